"""What claims about intervals and inputs ask of the enclosures."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.verify import enclosure as enclosures
from jaxmath.verify.annotations import ClaimError, is_quantified
from jaxmath.verify.judges import pair
from jaxmath.verify.statement import Claim
from jaxmath.verify.verdict import Certificate

Ends = tuple[Any, Any]


def bound(claim: Claim, **budget: Any) -> Certificate:
    """Whether left <= right for all values in a box."""
    values = claim.arguments()
    box = _box(claim, values)
    options = {key: claim.options[key] for key in ("slack", "sharp")}

    def sides(**free: Any) -> tuple[Any, Any]:
        return pair(claim, claim.apply({**values, **free}), "two sides, (left, right)")

    return dataclasses.replace(enclosures.certify_bound(sides, box, **options), **budget)


def enclosure(claim: Claim, **budget: Any) -> Certificate:
    """How far a value computed in floating point is from the exact one."""
    values = claim.arguments()
    if claim.options["box"]:
        found = _everywhere(claim, values)
    else:
        values = _drawn(values, budget["seed"])
        computed, exact = _halves(claim, values)
        arrays = [value for value in values.values() if _is_inexact(value)]
        limits = {key: claim.options[key] for key in ("at_most", "ulps")}
        found = enclosures.certify_error(jax.jit(computed), exact, *arrays, **limits)
    return dataclasses.replace(found, **budget)


def _everywhere(claim: Claim, values: Mapping[str, Any]) -> Certificate:
    box = _box(claim, values)
    if [low.shape for low, _ in box.values()] != [()]:
        raise ClaimError(
            f"{claim.name}: an enclosure over a box is about one number.\n"
            f"  came  {', '.join(f'{name} {list(low.shape)}' for name, (low, _) in box.items())}\n"
            '  Annotate one argument BFloat16[Array, ""] or Float16[Array, ""], or leave out the box.'
        )
    ((name, (low, high)),) = box.items()
    ulps = claim.options["ulps"]
    computed, exact = _halves(claim, values)
    return enclosures.certify_rounding(
        computed, exact, float(low), float(high), dtype=values[name].dtype, ulps=ulps
    )


def _halves(claim: Claim, values: Mapping[str, Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The computed and the exact side, as functions of the floating arguments."""
    names = [name for name, value in values.items() if _is_inexact(value)]

    def sides(args: tuple[Any, ...]) -> tuple[Any, Any]:
        given = {**values, **dict(zip(names, args, strict=True))}
        return pair(claim, claim.apply(given), "(computed, exact)")

    return lambda *args: sides(args)[0], lambda *args: sides(args)[1]


def _is_inexact(value: Any) -> bool:
    leaves = jax.tree.leaves(value)
    return any(hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jnp.inexact) for leaf in leaves)


def _drawn(values: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The values, with standard normal numbers in place of types."""
    rng = np.random.default_rng(seed)

    def draw(leaf: Any) -> Any:
        if isinstance(leaf, jax.ShapeDtypeStruct):
            return jnp.asarray(rng.standard_normal(leaf.shape), leaf.dtype)
        return leaf

    return {name: jax.tree.map(draw, value) for name, value in values.items()}


def _box(claim: Claim, values: Mapping[str, Any]) -> dict[str, Ends]:
    """The ends of every quantified argument, in its shape."""
    free = [name for name, value in values.items() if is_quantified(value)]
    box = claim.options["box"]
    if set(box) != set(free) or not free:
        raise ClaimError(
            f"{claim.name}: the box does not fit the arguments.\n"
            f"  demanded  {', '.join(free) or 'one floating argument at least'}\n"
            f"  came      {', '.join(box) or 'no interval'}\n"
            "  Give each floating argument its interval: box=dict(x=(-8, 8))."
        )
    return {name: tuple(_end(claim, name, end, values[name]) for end in box[name]) for name in free}  # type: ignore[misc]


def _end(claim: Claim, name: str, end: Any, kind: Any) -> np.ndarray:
    try:
        return np.broadcast_to(np.asarray(end, np.float64), kind.shape)
    except (ValueError, AttributeError):
        raise ClaimError(
            f"{claim.name}: an end of the box of `{name}` does not fit its shape.\n"
            f"  demanded  {list(getattr(kind, 'shape', ())) or 'an array'}\n"
            f"  came      {list(np.shape(end))}\n"
            "  Give a number, or an array that broadcasts to the argument."
        ) from None
