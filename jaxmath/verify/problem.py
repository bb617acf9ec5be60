"""Questions: two sides that have to agree, as programs and as values in a domain."""

import copy
import dataclasses
import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend import core

from jaxmath.verify.demands import demand_arrays, demand_call, demand_floats, matched, typed
from jaxmath.verify.dual import Dual, Duals
from jaxmath.verify.errors import QuestionError
from jaxmath.verify.interpret import Walk
from jaxmath.verify.trace import Trace, is_float, leaf_spec, trace

Spec = jax.ShapeDtypeStruct


@dataclasses.dataclass(frozen=True)
class Leaf:
    """One output array: its path and its two sides.

    Attributes:
      path: where the array is in the output.
      left: one side.
      right: the other side.
      places: the index of each entry in the output, where the sides hold some entries only, in a row.
    """

    path: str
    left: Any
    right: Any
    places: np.ndarray | None = None

    def place(self, index: Any) -> str:
        """Path and index of an entry, such as `['w'][2, 1]`."""
        at = index if self.places is None else self.places[index[0]]
        return self.path + (str([int(i) for i in at]) if len(at) else "")


class Problem:
    """Two sides over the same unknowns."""

    kind = "identity"

    def __init__(self, args: Sequence[Any]) -> None:
        """A question about functions of `args`."""
        self.args = tuple(args)
        self.traced: Callable[[bool], Any] = functools.cache(self._traced)

    def _traced(self, wide: bool) -> Any:
        raise NotImplementedError

    def programs(self, wide: bool = False) -> list[Any]:
        """The closed jaxprs in question."""
        raise NotImplementedError

    def evaluate(self, domain: Any, wide: bool) -> tuple[list[Leaf], Walk]:
        """Both sides in a domain."""
        raise NotImplementedError

    def inputs(self, domain: Any, traced: Trace, prefix: str = "") -> list[Any]:
        """Unknowns for the floating inputs of a traced function."""
        unknown = zip(traced.names, traced.avals, traced.given, strict=True)
        return [domain.unknown(prefix + name, tuple(a.shape)) for name, a, g in unknown if g is None]

    def repeats(self) -> bool:
        """Whether the functions are the same programs when they are traced again."""
        again = copy.copy(self)
        again.traced = again._traced
        return [_outline(p) for p in self.programs()] == [_outline(p) for p in again.programs()]

    @property
    def described(self) -> tuple[str, ...]:
        """The arguments' types."""
        leaves = jax.tree_util.tree_leaves_with_path(self.args)
        specs = [leaf_spec(leaf, jax.tree_util.keystr(path)) for path, leaf in leaves]
        return tuple(f"{s.dtype}[{','.join(map(str, s.shape))}]" for s in specs)


def _outline(program: Any) -> list[Any]:
    """Primitives, literals and constants in order: what differs between two programs shows here."""
    jaxpr, consts = getattr(program, "jaxpr", program), getattr(program, "consts", ())
    arrays = [c for c in consts if not jax.dtypes.issubdtype(getattr(c, "dtype", float), jax.dtypes.extended)]
    out: list[Any] = [np.asarray(c).tobytes() for c in arrays]
    for eqn in jaxpr.eqns:
        out += [eqn.primitive.name, [str(v.val) for v in eqn.invars if hasattr(v, "val")]]
    return out + [_outline(inner) for inner in core.subjaxprs(jaxpr)]


class Sides(Problem):
    """A function that returns a pair (left, right)."""

    def __init__(self, fn: Callable[..., Any], args: Sequence[Any]) -> None:
        """Compares the two parts of what `fn` returns."""
        super().__init__(args)
        self.fn = fn

    def _traced(self, wide: bool) -> Trace:
        traced = trace(self._checked, self.args, wide)
        if not traced.names or all(g is not None for g in traced.given):
            raise QuestionError(
                "no argument is a floating array, so there is nothing to quantify over.\n"
                "  Pass at least one floating array; integer and boolean arrays are taken as given."
            )
        return traced

    def _checked(self, *args: Any) -> Any:
        out = self.fn(*args)
        if not isinstance(out, tuple | list) or len(out) != 2:
            raise QuestionError(f"two sides are needed, a {type(out).__name__} came. Return `left, right`.")
        return matched(*out)

    def programs(self, wide: bool = False) -> list[Any]:
        """The one jaxpr with both sides."""
        return [self.traced(wide).jaxpr]

    def evaluate(self, domain: Any, wide: bool) -> tuple[list[Leaf], Walk]:
        """Both sides in one walk."""
        traced, walk = self.traced(wide), Walk(domain)
        outs = walk.inline(traced.jaxpr, self.inputs(domain, traced))
        half = len(outs) // 2
        paths = [jax.tree_util.keystr(p) for p, _ in jax.tree_util.tree_leaves_with_path(traced.out[0])]
        return [Leaf(p, a, b) for p, a, b in zip(paths, outs[:half], outs[half:], strict=True)], walk


class Vjp(Problem):
    """A function and a hand-written pullback: <g, Df v> against <pullback(g), v>."""

    kind = "vjp"

    def __init__(self, f: Callable[..., Any], vjp: Callable[..., Any], args: Sequence[Any]) -> None:
        """Holds `vjp(*args, cotangent)` against the derivative of `f`."""
        super().__init__(args)
        self.f, self.vjp = f, vjp
        demand_call("f", f, len(self.args), "f(*args)")
        demand_call("vjp", vjp, len(self.args) + 1, "vjp(*args, cotangent)")

    def _traced(self, wide: bool) -> tuple[Trace, Trace]:
        primal = trace(self.f, self.args, wide)
        demand_floats(primal)
        out = jax.tree_util.tree_map(_cotangent, primal.out)
        return primal, trace(self._pulled, (self.args, out), wide)

    def _pulled(self, args: tuple[Any, ...], cotangent: Any) -> list[Any]:
        floats = [a for a in jax.tree_util.tree_leaves(args) if is_float(jnp.result_type(a))]
        back = jax.tree_util.tree_leaves(self.vjp(*args, cotangent), is_leaf=lambda x: x is None)
        demand_arrays("vjp", [b for b in back if b is not None])
        back = [b for b in back if b is not None and jnp.result_type(b) != jax.dtypes.float0]
        if len(back) != len(floats):
            raise QuestionError(
                f"vjp returned {len(back)} arrays, {len(floats)} are needed: one cotangent for each floating "
                "argument, in the order of the arguments."
            )
        for n, (b, a) in enumerate(zip(back, floats, strict=True)):
            if jnp.shape(b) != jnp.shape(a):
                raise QuestionError(
                    f"cotangent {n} does not fit its argument.\n"
                    f"  cotangent {typed(b)}\n  argument  {typed(a)}"
                )
        return [jnp.asarray(b) for b in back]

    def programs(self, wide: bool = False) -> list[Any]:
        """The function and the pullback."""
        return [t.jaxpr for t in self.traced(wide)]

    def evaluate(self, domain: Any, wide: bool) -> tuple[list[Leaf], Walk]:
        """The two inner products."""
        primal, pulled = self.traced(wide)
        xs, vs = self.inputs(domain, primal), self.inputs(domain, primal, "tangent")
        duals = Walk(Duals(domain))
        outs = duals.inline(primal.jaxpr, [Dual(x, v) for x, v in zip(xs, vs, strict=True)])
        walk = Walk(domain)
        gs = self.inputs(domain, _last(pulled, len(primal.names)), "cotangent")
        back = walk.inline(pulled.jaxpr, [*xs, *gs])
        slopes = [duals.domain.tangent(o) if isinstance(o, Dual) else None for o in _float_outs(primal, outs)]
        left = _inner(domain, gs, slopes)
        right = _inner(domain, [walk.real(b) for b in back], vs)
        walk.primitives.update(duals.primitives)
        return [Leaf("", left, right)], walk


def _last(traced: Trace, n: int) -> Trace:
    """The inputs behind the first n, under their names in the output."""
    names = tuple(name.removeprefix("[1]") for name in traced.names[n:])
    return dataclasses.replace(traced, names=names, avals=traced.avals[n:], given=traced.given[n:])


def _cotangent(out: Any) -> Any:
    """The type of an output's cotangent; integers have one without values, as in JAX."""
    return Spec(out.shape, out.dtype) if is_float(out.dtype) else np.zeros(out.shape, jax.dtypes.float0)


def _float_outs(traced: Trace, outs: list[Any]) -> list[Any]:
    kinds = [v.aval.dtype for v in traced.jaxpr.jaxpr.outvars]
    return [o for o, kind in zip(outs, kinds, strict=True) if is_float(kind)]


def _inner(domain: Any, xs: list[Any], ys: list[Any]) -> Any:
    total = domain.lift(np.zeros(()))
    for x, y in zip(xs, ys, strict=True):
        if y is not None:
            total = domain.add(total, domain.reduce_sum(domain.mul(x, y), tuple(range(x.ndim))))
    return total


class Jvp(Problem):
    """A function and a hand-written derivative along a tangent."""

    kind = "jvp"

    def __init__(self, f: Callable[..., Any], jvp: Callable[..., Any], args: Sequence[Any]) -> None:
        """Holds `jvp(args, tangents)` against the derivative of `f`."""
        super().__init__(args)
        self.f, self.jvp = f, jvp
        demand_call("f", f, len(self.args), "f(*args)")
        demand_call("jvp", jvp, 2, "jvp(args, tangents)")

    def _traced(self, wide: bool) -> tuple[Trace, Trace]:
        primal = trace(self.f, self.args, wide)
        demand_floats(primal)
        floats = jax.tree_util.tree_map(
            lambda a: a if is_float(jnp.result_type(a)) else None, _specs(self.args)
        )
        self.out = primal.out
        return primal, trace(self._pushed, (self.args, floats), wide)

    def _pushed(self, args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        tangent = self.jvp(args, tangents)
        demand_arrays("jvp", jax.tree_util.tree_leaves(tangent))
        shapes = [[jnp.shape(a) for a in jax.tree_util.tree_leaves(t)] for t in (tangent, self.out)]
        if shapes[0] != shapes[1]:
            raise QuestionError(
                f"jvp returned arrays of shapes {shapes[0]}; the function's are {shapes[1]}.\n"
                "  Return the output's tangent, in the output's structure."
            )
        return tangent

    def programs(self, wide: bool = False) -> list[Any]:
        """The function and its derivative."""
        return [t.jaxpr for t in self.traced(wide)]

    def evaluate(self, domain: Any, wide: bool) -> tuple[list[Leaf], Walk]:
        """Both tangents of every floating output."""
        primal, pushed = self.traced(wide)
        xs, vs = self.inputs(domain, primal), self.inputs(domain, primal, "tangent")
        duals, walk = Walk(Duals(domain)), Walk(domain)
        outs = duals.inline(primal.jaxpr, [Dual(x, v) for x, v in zip(xs, vs, strict=True)])
        right = walk.inline(pushed.jaxpr, [*xs, *vs])
        paths = [jax.tree_util.keystr(p) for p, _ in jax.tree_util.tree_leaves_with_path(primal.out)]
        walk.primitives.update(duals.primitives)
        leaves = [
            Leaf(
                path,
                duals.domain.tangent(a) if isinstance(a, Dual) else domain.lift(np.zeros(np.shape(a))),
                b,
            )
            for path, a, b, v in zip(paths, outs, right, primal.jaxpr.jaxpr.outvars, strict=True)
            if is_float(v.aval.dtype)
        ]
        return leaves, walk


def _specs(args: Any) -> Any:
    return jax.tree_util.tree_map_with_path(lambda path, a: leaf_spec(a, jax.tree_util.keystr(path)), args)
