"""What the engine takes from inside JAX to read a kernel: the one place that knows these modules.

Written for JAX 0.10 and 0.11; another version may have moved them, and the messages say so.
"""

import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from jaxmath.verify.num import Stuck

_KERNELS = ("jax._src.pallas.hlo_interpreter", "pallas_call_hlo_interpret")
_RAGGED = ("jax._src.lax.lax", "_ragged_dot_general_impl")


class MovedError(Stuck):
    """A function inside JAX is not where it was."""


def inside(module: str, name: str) -> Callable[..., Any]:
    """A function of JAX that is not public.

    Raises:
      MovedError: if it is not there.
    """
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise MovedError(
            f"`{module}.{name}` is needed and jax {jax.__version__} has none ({error}).\n"
            "  Use a version of jax from 0.10.2 on, or 0.11."
        ) from error


@functools.lru_cache(maxsize=256)
def without_grid(eqn: Any) -> Any:
    """A `pallas_call` as a closed jaxpr of plain operations: the grid is a loop, memory is a value.

    Nothing is lowered or compiled, so a kernel for a TPU or a GPU is as good as any. Memory that was
    never written holds NaN.

    Raises:
      MovedError: if JAX's interpreter is not where it was.
      Stuck: if it does not know an operation of the kernel.
    """
    interpret = inside(*_KERNELS)
    wanted = [name for name, p in inspect.signature(interpret).parameters.items() if p.kind is p.KEYWORD_ONLY]
    missing = [name for name in wanted if name not in eqn.params]
    if missing:
        raise MovedError(f"`pallas_call` of jax {jax.__version__} has no parameter `{missing[0]}`.")
    kept = {name: eqn.params[name] for name in wanted}
    kept.update(dict.fromkeys({"debug"} & set(kept), False))
    return _traced(functools.partial(interpret, **kept), eqn, "kernel")


@functools.lru_cache(maxsize=64)
def without_groups(eqn: Any) -> Any:
    """A `ragged_dot_general` as a closed jaxpr: masked products, as JAX itself lowers it.

    Raises:
      MovedError: if that lowering is not where it was.
    """
    implementation = inside(*_RAGGED)
    names = ("ragged_dot_dimension_numbers", "precision", "preferred_element_type", "group_offset")
    kept = {name: eqn.params[name] for name in names}
    return _traced(functools.partial(implementation, **kept), eqn, "product")


def _traced(fn: Callable[..., Any], eqn: Any, what: str) -> Any:
    avals = [jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype) for v in eqn.invars]
    wide = jax.config.read("jax_enable_x64") or any(np.dtype(a.dtype).itemsize == 8 for a in avals)
    try:
        with jax.enable_x64(wide), jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
            return jax.make_jaxpr(fn)(*avals)
    except Exception as error:  # JAX raises anything; whatever it is, the proof stops here
        raise Stuck(f"jax {jax.__version__} cannot spell out the {what}: {error}") from error
