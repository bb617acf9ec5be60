"""The same field under `jax.jit`, for real shapes: residues in XLA, loops kept rolled.

Every rule and every operation is the one of the numpy path, with `jax.numpy`
in the place of `numpy`; both give the same residues for the same seed.
"""

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.verify.dual import Dual
from jaxmath.verify.field import Field
from jaxmath.verify.model import Model
from jaxmath.verify.num import ANGLE, BAD, CORE, INF, LOG_VALUE, Array, E, Num, Stuck, is_of_max
from jaxmath.verify.problem import Leaf, Problem
from jaxmath.verify.trace import is_float, scan_counts

# Each program runs once, so compilation is most of its cost.
_QUICK = {"xla_backend_optimization_level": 1, "xla_llvm_disable_expensive_passes": True}


class CompiledField(Field):
    """A field whose arrays live in XLA.

    Attributes:
      given: the unknowns by name, as arguments of the compiled program.
      drawn: the unknowns by name, as drawn.
      plain: the same field in numpy.
    """

    rolls = True

    def __init__(self, model: Model, samples: int, seed: int, given: dict[str, Any] | None = None) -> None:
        """The field of the same model, samples and seed in numpy, with other arrays."""
        super().__init__(model, samples, seed, jnp)
        self.given = given
        self.drawn: dict[str, list[Array]] = {}
        self.plain = Field(model, samples, seed)

    def unknown(self, name: str, shape: tuple[int, ...]) -> Num:
        """An unknown: an argument of the program."""
        keys = [*self.value_levels, *([E] if self.free else []), ANGLE]
        if self.given is None:
            drawn = self.plain.unknown(name, shape).c
            self.drawn[name] = [drawn[key] for key in keys]
        arrays = self.drawn[name] if self.given is None else self.given[name]
        return Num({key: jnp.asarray(a) for key, a in zip(keys, arrays, strict=True)})

    def lift_traced(self, value: Array) -> Num:
        """Integers that only the running program knows, as reals."""
        wide = value.astype(np.int64)[None]
        keys = [*self.value_levels, *([E] if self.free else []), ANGLE]
        c = {
            key: (wide % self.modulus_of(key, value.ndim).astype(np.int64)).astype(np.uint64) for key in keys
        }
        return Num(c, const=True)

    def apply(
        self, primitive: Any, params: dict[str, Any], values: Sequence[Any], data: Sequence[int]
    ) -> Num:
        """A primitive that only moves entries, on every component: for places that the program computes."""
        parts, template = self.alike([values[n] for n in data])

        def moved(key: Any) -> Array:
            columns = [p[key] for p in parts]
            lead = max(len(a) for a in columns)
            columns = [jnp.broadcast_to(a, (lead, *a.shape[1:])) for a in columns]

            def one(*rows: Array) -> Array:
                filled = list(values)
                for n, row in zip(data, rows, strict=True):
                    filled[n] = row
                out = primitive.bind(*map(jnp.asarray, filled), **params)
                return out[0] if primitive.multiple_results else out

            return jax.vmap(one)(*columns)

        return template.with_c(c={key: moved(key) for key in parts[0]})

    def scatter_add(self, x: Num, updates: Num, places: Array) -> Num:
        """x with updates added at flat places; -1 drops an update."""
        (a, b), template = self.alike([self.materialise(x), self.materialise(updates)])
        at = jnp.where(places.reshape(-1) < 0, x.size, places.reshape(-1))
        c: dict[Any, Array] = {}
        for key in (k for k in a if not is_of_max(k)):
            if key == INF:
                raise Stuck(f"infinite entries are scattered{self.where}")
            lead = max(len(a[key]), len(b[key]))
            flat = jnp.broadcast_to(a[key], (lead, *x.shape)).reshape(lead, -1).astype(np.uint64)
            moved = jnp.broadcast_to(b[key], (lead, *updates.shape)).reshape(lead, -1).astype(np.uint64)
            out = flat.at[:, at].add(moved, mode="drop").reshape(lead, *x.shape)
            c[key] = out > 0 if key == BAD else out % self.modulus_of(key, x.ndim)
        return template.with_c(c=c)


# Loops.


@dataclasses.dataclass(frozen=True)
class Form:
    """What a loop has to know of a value that it carries: its components and its coefficient."""

    keys: tuple[Any, ...]
    k: Any
    sign: int

    @classmethod
    def of(cls, x: Num) -> "Form":
        """The form of a value."""
        return cls(tuple(sorted(x.c, key=str)), x.k, x.sign)

    def join(self, other: "Form") -> "Form":
        """The least form that both values can take."""
        both = set(self.keys) & set(other.keys)
        either = set(self.keys) | set(other.keys)
        levels = {key for key in both if isinstance(key, int)}
        kept = {
            key for key in either if key in (BAD, INF, LOG_VALUE) or is_of_max(key) or isinstance(key, tuple)
        }
        linear = {E} & either
        pure = all(E in f.keys and CORE not in f.keys for f in (self, other))
        core = {CORE} if linear and not pure else set()
        keys = levels | kept | linear | core | ({ANGLE} & both)
        if self.k is not None and other.k is not None and self.k != other.k:
            raise Stuck("a loop carries logarithms with different coefficients")
        k = self.k if self.k is not None else other.k
        return Form(tuple(sorted(keys, key=str)), k, min(self.sign, other.sign))

    def arrays(self, field: CompiledField, x: Num) -> list[Array]:
        """The components of a value in this form."""
        full = (field.samples, *x.shape)
        return [jnp.broadcast_to(field.component(x, key), full) for key in self.keys]

    def num(self, arrays: Sequence[Array]) -> Num:
        """The value with these components."""
        return Num(dict(zip(self.keys, arrays, strict=True)), k=self.k, sign=self.sign)


def _parts(walk: Any, value: Any, dual: bool) -> list[Any]:
    """A loop value as arrays or Nums: a real has one part, a dual number two."""
    if isinstance(value, np.ndarray | np.generic | jax.Array) and not is_float(value.dtype):
        return [jnp.asarray(value)]
    real = walk.real(value)
    return [real.x, walk.domain.tangent(real)] if dual else [real]


def _whole(parts: Sequence[Any]) -> Any:
    return parts[0] if len(parts) == 1 else Dual(*parts)


def scan(walk: Any, eqn: Any, values: Sequence[Any]) -> list[Any]:
    """A `lax.scan` over the components, its carry brought to a form that the body keeps."""
    p = eqn.params
    field = getattr(walk.domain, "base", walk.domain)
    dual = field is not walk.domain
    held, carried = scan_counts(eqn)
    consts, rest = values[:held], values[held:]
    carry = [_parts(walk, v, dual) for v in rest[:carried]]
    columns = [_parts(walk, v, dual) for v in rest[carried:]]
    column_forms = [[Form.of(c) if isinstance(c, Num) else None for c in parts] for parts in columns]
    xs = [
        [_turned(form.arrays(field, c), 1, 0) if form else c for form, c in zip(forms, parts, strict=True)]
        for forms, parts in zip(column_forms, columns, strict=True)
    ]
    forms = [[Form.of(c) if isinstance(c, Num) else None for c in parts] for parts in carry]
    seen: dict[str, Any] = {}

    def body(state: Any, row: Any) -> Any:
        args = [
            _whole([_filled(f, a) for f, a in zip(fs, parts, strict=True)])
            for fs, parts in zip(forms, state, strict=True)
        ]
        given = [
            _whole([_filled(f, a) for f, a in zip(fs, parts, strict=True)])
            for fs, parts in zip(column_forms, row, strict=True)
        ]
        outs = [_parts(walk, o, dual) for o in walk.inline(p["jaxpr"], [*consts, *args, *given])]
        seen["forms"] = [[Form.of(c) if isinstance(c, Num) else None for c in parts] for parts in outs]
        state_forms = [*forms, *seen["forms"][len(forms) :]]
        done = [
            [f.arrays(field, c) if f else c for f, c in zip(fs, parts, strict=True)]
            for fs, parts in zip(state_forms, outs, strict=True)
        ]
        return done[: len(forms)], done[len(forms) :]

    for _ in range(8):
        state = [
            [f.arrays(field, c) if f else c for f, c in zip(fs, ps, strict=True)]
            for fs, ps in zip(forms, carry, strict=True)
        ]
        first = jax.tree_util.tree_map(lambda a: a[0], xs)
        jax.eval_shape(body, state, first)
        after = seen["forms"][: len(forms)]
        joined = [
            [f.join(g) if f else None for f, g in zip(a, b, strict=True)]
            for a, b in zip(forms, after, strict=True)
        ]
        if joined == forms:
            break
        forms = joined
    final, stacked = jax.lax.scan(body, state, xs, length=p["length"], reverse=p["reverse"])
    outs = [
        _whole([_filled(f, a) for f, a in zip(fs, ps, strict=True)])
        for fs, ps in zip(forms, final, strict=True)
    ]
    for fs, parts in zip(seen["forms"][len(forms) :], stacked, strict=True):
        outs.append(_whole([f.num(_turned(a, 0, 1)) if f else a for f, a in zip(fs, parts, strict=True)]))
    return outs


def _filled(form: Form | None, arrays: Any) -> Any:
    return form.num(arrays) if form else arrays


def _turned(arrays: Sequence[Array], source: int, target: int) -> list[Array]:
    return [jnp.moveaxis(a, source, target) for a in arrays]


# Questions.


def leaves(problem: Problem, model: Model, samples: int, seed: int) -> tuple[Field, list[Leaf], Any]:
    """Both sides of a problem as residues in numpy, evaluated by one compiled program."""
    problem.programs(model.wide)  # traced in the caller's float types, before wider ones are enabled
    with jax.enable_x64(True):
        first = CompiledField(model, samples, seed)
        jax.eval_shape(lambda: _components(problem.evaluate(first, model.wide)[0])[0])
        told: list[Any] = []

        @functools.partial(jax.jit, compiler_options=_QUICK)
        def program(given: dict[str, Any]) -> Any:
            field = CompiledField(model, samples, seed, given)
            found, walk = problem.evaluate(field, model.wide)
            arrays, forms = _components(found)
            told[:] = [forms, found, walk, field]
            return arrays

        arrays = jax.device_get(program(first.drawn))
    forms, found, walk, field = told
    plain = Field(model, samples, seed)
    plain.notes, plain.readings, plain.branches = field.notes, field.readings, field.branches
    sides = [f.num(a) if f else a for f, a in zip(forms, arrays, strict=True)]
    pairs = zip(found, sides[::2], sides[1::2], strict=True)
    return plain, [dataclasses.replace(leaf, left=a, right=b) for leaf, a, b in pairs], walk


def _components(found: Sequence[Leaf]) -> tuple[list[Any], list[Form | None]]:
    sides = [side for leaf in found for side in (leaf.left, leaf.right)]
    forms = [Form.of(s) if isinstance(s, Num) else None for s in sides]
    return [[s.c[key] for key in f.keys] if f else s for s, f in zip(sides, forms, strict=True)], forms


def is_large(problem: Problem, wide: bool) -> bool:
    """Whether the arrays in a problem are so large that compilation pays."""
    return max((_largest(p.jaxpr) for p in problem.programs(wide)), default=0) >= 2**15


def _largest(jaxpr: Any) -> int:
    sizes = [
        int(np.prod(v.aval.shape)) for eqn in jaxpr.eqns for v in eqn.outvars if hasattr(v.aval, "shape")
    ]
    for eqn in jaxpr.eqns:
        for value in eqn.params.values():
            inner = getattr(value, "jaxpr", value)
            if hasattr(inner, "eqns"):
                sizes.append(_largest(inner))
    return max(sizes, default=0)
