"""The mathematics of transformers: what it is, how it is done fast, and how we know.

The engine that checks is `jaxmath.verify`, what it checks `jaxmath.claims`; neither is loaded from here.
"""

from jaxmath import invariants as invariants
from jaxmath import notation as notation
from jaxmath.definitions.plan import plan as plan
from jaxmath.kernels import attention as attention
from jaxmath.kernels import dot_product_attention as dot_product_attention

__version__ = "0.1.0"
