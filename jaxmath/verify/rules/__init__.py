"""The meaning of JAX's primitives, one file per kind of mathematics."""

from jaxmath.verify.rules import arithmetic as arithmetic
from jaxmath.verify.rules import control as control
from jaxmath.verify.rules import movement as movement
