"""The question whether marked outputs stay the same when marked inputs change."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from jaxmath.verify import depend
from jaxmath.verify.demands import demand_call
from jaxmath.verify.errors import QuestionError
from jaxmath.verify.flow import UNDEFINED
from jaxmath.verify.interpret import Walk
from jaxmath.verify.num import Sampled, Stuck
from jaxmath.verify.problem import Leaf, Problem
from jaxmath.verify.real import Float
from jaxmath.verify.trace import Trace, is_float, leaf_spec, trace
from jaxmath.verify.witness import Sampler

Masks = list[np.ndarray]


class Independence(Problem):
    """f(x) against f(x'), where x' is x with the marked entries drawn again."""

    kind = "independence"

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], outputs: Any, inputs: Any) -> None:
        """Asks of the entries marked in `outputs` whether they depend on those marked in `inputs`."""
        super().__init__(args)
        self.f, self.outputs = f, outputs
        demand_call("f", f, len(self.args), "f(*args)")
        self.redrawn = _input_masks(self.args, inputs)

    def _traced(self, wide: bool) -> Trace:
        traced = trace(self.f, self.args, wide)
        self.kept = _output_masks(traced.out, self.outputs)
        return traced

    def programs(self, wide: bool = False) -> list[Any]:
        """The function."""
        return [self.traced(wide).jaxpr]

    def evaluate(self, domain: Any, wide: bool) -> tuple[list[Leaf], Walk]:
        """The marked outputs before and after."""
        traced, walk = self.traced(wide), Walk(domain)
        xs = self.inputs(domain, traced)
        new = self.inputs(domain, traced, "redrawn")
        changed = [
            domain.select(mask, x, y) if mask.any() else x
            for x, y, mask in zip(xs, new, self.redrawn, strict=True)
        ]
        before, after = walk.inline(traced.jaxpr, xs), walk.inline(traced.jaxpr, changed)
        return self._leaves(traced, walk, before, after), walk

    def _leaves(self, traced: Trace, walk: Walk, before: list[Any], after: list[Any]) -> list[Leaf]:
        paths = [jax.tree_util.keystr(p) for p, _ in jax.tree_util.tree_leaves_with_path(traced.out)]
        return [
            Leaf(path, _entries(walk.domain, a, mask), _entries(walk.domain, b, mask), np.argwhere(mask))
            for path, a, b, mask in zip(paths, before, after, self.kept, strict=True)
            if mask.any()
        ]

    def by_analysis(self, ieee: bool) -> bool:
        """Whether the program itself shows that no marked output depends on a marked input."""
        traced = self.traced(False)
        try:
            outs = depend.through(traced, self.redrawn, ieee)
        except Stuck:
            return False
        hit = any((out.depends & mask).any() for out, mask in zip(outs, self.kept, strict=True))
        vague = any((out.state[mask] == UNDEFINED).any() for out, mask in zip(outs, self.kept, strict=True))
        return not hit and not vague

    def leak(self, seed: int) -> str | None:
        """Where NaN or infinity, planted in the marked inputs, shows in a marked output in floating point."""
        for name, value in (("NaN", np.nan), ("infinity", np.inf)):
            place = self._leak(Sampler(seed, 1.0, False, 2), value)
            if place is not None:
                return f"{name} in the marked inputs reaches output{place}"
        return None

    def _leak(self, reals: Sampler, value: float) -> str | None:
        traced, walk = self.traced(False), Walk(reals)
        xs = self.inputs(reals, traced)
        planted = [Float(np.where(mask, value, x.a)) for x, mask in zip(xs, self.redrawn, strict=True)]
        try:
            with np.errstate(all="ignore"):
                before, after = walk.inline(traced.jaxpr, xs), walk.inline(traced.jaxpr, planted)
        except Stuck:
            return None
        for leaf in self._leaves(traced, walk, before, after):
            clean, dirty = (np.asarray(getattr(v, "a", v)) for v in (leaf.left, leaf.right))
            spoiled = np.argwhere(np.isfinite(clean) & ~np.isfinite(dirty))
            if len(spoiled):
                return leaf.place(spoiled[0][-1:])
        return None


def _entries(domain: Any, value: Any, mask: np.ndarray) -> Any:
    """The marked entries in a row."""
    at = np.flatnonzero(mask)
    if isinstance(value, Sampled):
        return Sampled(value.a.reshape(len(value.a), -1)[:, at])
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        return np.asarray(value).reshape(-1)[at]
    return domain.moved(value, lambda a: a.reshape(len(a), -1)[:, at])


def _input_masks(args: tuple[Any, ...], inputs: Any) -> Masks:
    if not isinstance(inputs, tuple | list) or len(inputs) != len(args):
        came = (
            f"{len(inputs)} came" if isinstance(inputs, tuple | list) else f"a {type(inputs).__name__} came"
        )
        raise QuestionError(
            f"inputs: a tuple of {len(args)} masks is needed, one for each argument; {came}.\n"
            "  Put None where nothing of an argument is marked."
        )
    specs = jax.tree_util.tree_map_with_path(
        lambda path, leaf: leaf_spec(leaf, jax.tree_util.keystr(path)), args
    )
    pairs = [pair for n, spec in enumerate(specs) for pair in _masks(f"inputs[{n}]", spec, inputs[n])]
    for name, spec, mask in pairs:
        if mask.any() and not is_float(spec.dtype):
            raise QuestionError(
                f"{name}: marks entries of {spec.dtype}[{_sizes(spec.shape)}], which is taken as given.\n"
                "  Only floating arrays can be drawn again; put None there."
            )
    masks = [mask for _, spec, mask in pairs if is_float(spec.dtype)]
    if not any(mask.any() for mask in masks):
        raise QuestionError("inputs: no entry is marked, so nothing changes. Mark at least one entry.")
    return masks


def _output_masks(out: Any, outputs: Any) -> Masks:
    masks = [mask for _, _, mask in _masks("outputs", out, outputs)]
    if not any(mask.any() for mask in masks):
        raise QuestionError("outputs: no entry is marked, so nothing is asked. Mark at least one entry.")
    return masks


def _masks(name: str, specs: Any, masks: Any) -> list[tuple[str, Any, np.ndarray]]:
    """Each array with its name and its mask; None marks nothing."""
    leaves: list[Any]
    tree: Any
    leaves, tree = jax.tree_util.tree_flatten_with_path(specs)
    if masks is None:
        masks = [None] * len(leaves)
    else:
        try:
            masks = tree.flatten_up_to(masks)
        except (ValueError, TypeError, KeyError) as error:
            raise QuestionError(
                f"{name}: the mask has another structure than what it marks.\n"
                f"  demanded  {tree}\n  came      {jax.tree_util.tree_structure(masks)}"
            ) from error
    names = [name + jax.tree_util.keystr(path) for path, _ in leaves]
    return [(n, leaf, _mask(n, leaf, mask)) for n, (_, leaf), mask in zip(names, leaves, masks, strict=True)]


def _mask(name: str, spec: Any, mask: Any) -> np.ndarray:
    if mask is None:
        return np.zeros(spec.shape, bool)
    dtype, shape = getattr(mask, "dtype", type(mask).__name__), np.shape(mask)
    if np.asarray(mask).dtype != np.bool_ or shape != tuple(spec.shape):
        raise QuestionError(
            f"{name}: the mask does not fit.\n"
            f"  demanded  bool[{_sizes(spec.shape)}]\n  came      {dtype}[{_sizes(shape)}]\n"
            "  Mark entries with a boolean array of the same shape."
        )
    return np.asarray(mask)


def _sizes(shape: Sequence[int]) -> str:
    return ",".join(map(str, shape))
