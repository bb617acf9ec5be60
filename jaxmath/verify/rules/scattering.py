"""Rules for updates that are joined to entries of an array: added, multiplied, or the larger one kept."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.verify.interpret import Walk, is_known, out_is_float, rule
from jaxmath.verify.num import Array, Sampled
from jaxmath.verify.rules.movement import _moved, placed

_KEPT = ("dimension_numbers", "indices_are_sorted", "unique_indices", "mode")


@rule("scatter-add", "scatter_add")
def _scatter_add(walk: Walk, eqn: Any, x: Any, indices: Any, updates: Any) -> Any:
    if isinstance(indices, Sampled):
        return _added_by_sample(walk, eqn, x, indices, updates)
    places = _destinations(eqn, indices)
    return walk.domain.scatter_add(walk.real(x), walk.real(updates), places)


def _added_by_sample(walk: Walk, eqn: Any, x: Any, indices: Sampled, updates: Any) -> Any:
    """A product with the matrix that says, sample by sample, which update goes where."""
    if not out_is_float(eqn):
        raise walk.stuck("integers are added at places that depend on unknown reals")
    shape = eqn.invars[0].aval.shape
    size = int(np.prod(shape, dtype=np.int64))
    places = np.stack([_destinations(eqn, row).reshape(-1) for row in indices.a])
    matrix = (places[:, :, None] == np.arange(size)).astype(np.int64)
    flat = _moved(walk, walk.real(updates), lambda a: a.reshape(len(a), -1))
    d = walk.domain
    total = d.dot(flat, d.lift_sampled(Sampled(matrix)), (((0,), (0,)), ((), ())))
    return d.add(walk.real(x), _moved(walk, total, lambda a: a.reshape(len(a), *shape)))


def _destinations(eqn: Any, indices: Any) -> Array:
    """Where each update goes, -1 for nowhere."""
    indices = np.asarray(indices)
    return _found(eqn, indices.tobytes(), indices.dtype.str, indices.shape)


@functools.lru_cache(maxsize=512)
def _found(eqn: Any, words: bytes, kind: str, places: tuple[int, ...]) -> Array:
    """The transpose of scattering, applied to the numbers of the places."""
    shape, updates = eqn.invars[0].aval.shape, eqn.invars[2].aval.shape
    size = int(np.prod(shape, dtype=np.int64))
    kept = {name: eqn.params[name] for name in _KEPT}
    with jax.enable_x64(True):
        numbers = jnp.arange(1, size + 1, dtype=jnp.float64).reshape(shape)
        indices = jnp.asarray(np.frombuffer(words, kind).reshape(places))

        def scattered(u: Any) -> Any:
            return jax.lax.scatter_add(jnp.zeros(shape, jnp.float64), indices, u, **kept)

        (back,) = jax.vjp(scattered, jnp.zeros(updates, jnp.float64))[1](numbers)
    return np.asarray(back).astype(np.int64) - 1


@rule("scatter_mul", "scatter-mul", "scatter_min", "scatter-min", "scatter_max", "scatter-max")
def _scatter_join(walk: Walk, eqn: Any, x: Any, indices: Any, updates: Any) -> Any:
    """Updates of one entry are joined to it one after another."""
    if not is_known(indices) or not out_is_float(eqn):
        raise walk.stuck("this scatter has a rule for floats at known places only")
    kind = eqn.primitive.name.replace("-", "_").removeprefix("scatter_")
    join = getattr(walk.domain, {"mul": "mul", "min": "minimum", "max": "maximum"}[kind])
    places = _destinations(eqn, indices).reshape(-1)
    out = walk.real(x)
    for turn in _turns(places):
        met = np.zeros(out.shape, bool)
        met.reshape(-1)[places[turn]] = True
        source = np.arange(met.size)
        source[places[turn]] = met.size + turn
        there = walk.real(placed(walk, [out, updates], source.reshape(met.shape)))
        out = walk.domain.select(met, out, join(out, there))
    return out


def _turns(places: Array) -> list[Array]:
    """The updates in turns, so that no turn meets an entry twice; those that go nowhere are left out."""
    seen: dict[int, int] = {}
    turns: list[list[int]] = []
    for n, place in enumerate(places.tolist()):
        if place < 0:
            continue
        turn = seen.get(place, 0)
        seen[place] = turn + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(n)
    return [np.array(turn) for turn in turns]
