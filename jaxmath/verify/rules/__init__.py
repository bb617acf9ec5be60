"""The meaning of JAX's primitives, one file per kind of mathematics."""

from jaxmath.verify.rules import arithmetic as arithmetic
from jaxmath.verify.rules import collectives as collectives
from jaxmath.verify.rules import contraction as contraction
from jaxmath.verify.rules import control as control
from jaxmath.verify.rules import linalg as linalg
from jaxmath.verify.rules import movement as movement
from jaxmath.verify.rules import pallas as pallas
from jaxmath.verify.rules import reductions as reductions
from jaxmath.verify.rules import routing as routing
from jaxmath.verify.rules import scattering as scattering
