"""The mathematics of transformers: what it is, how it is done fast, and how we know.

The engine that checks is `jaxmath.verify`, what it checks `jaxmath.claims`; neither is loaded from here.
"""

from jaxmath import invariants as invariants
from jaxmath import notation as notation

__version__ = "0.1.0"
