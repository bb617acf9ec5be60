"""The mathematics of transformers: what it is, how it is done fast, and how we know.

The engine that checks is `jaxmath.verify`, what it checks `jaxmath.claims`; neither is loaded from here.
Modules, models and plans are loaded when they are first asked for, since Flax and they take as long as JAX.
"""

import importlib
from typing import TYPE_CHECKING, Any

from jaxmath import invariants as invariants
from jaxmath import notation as notation
from jaxmath.kernels import attention as attention
from jaxmath.kernels import differentiable as differentiable
from jaxmath.kernels import dot_product_attention as dot_product_attention

if TYPE_CHECKING:
    from jaxmath import models as models
    from jaxmath import modules as modules
    from jaxmath.definitions.plan import plan as plan
    from jaxmath.models import generate as generate
    from jaxmath.models import stream as stream
    from jaxmath.modules import checking as checking

__version__ = "0.1.0"

# Names that are loaded when they are asked for, and where they are.
_LATER = {
    "checking": "jaxmath.modules",
    "generate": "jaxmath.models",
    "models": "jaxmath",
    "modules": "jaxmath",
    "plan": "jaxmath.definitions.plan",
    "stream": "jaxmath.models",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'jaxmath' has no attribute {name!r}")
    if _LATER[name] == "jaxmath":
        return importlib.import_module(f"jaxmath.{name}")
    return getattr(importlib.import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
