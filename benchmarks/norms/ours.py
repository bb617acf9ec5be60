"""This library: its kernels, and its definitions."""

from jaxmath import definitions
from jaxmath.kernels import norms

KERNELS = dict(layer=norms.layer_norm, rms=norms.rms_norm)
DEFINITIONS = dict(layer=definitions.layer_norm, rms=definitions.rms_norm)
