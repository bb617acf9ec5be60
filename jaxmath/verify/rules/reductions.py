"""Rules for reductions, running reductions and contractions."""

from typing import Any

from jaxmath.verify.interpret import Walk, rule


@rule("reduce_sum")
def _reduce_sum(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.reduce_sum(walk.real(x), tuple(map(int, eqn.params["axes"])))


@rule("reduce_prod")
def _reduce_prod(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.reduce_prod(walk.real(x), tuple(map(int, eqn.params["axes"])))


@rule("reduce_max")
def _reduce_max(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.reduce_max(walk.real(x), tuple(map(int, eqn.params["axes"])))


@rule("reduce_min")
def _reduce_min(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.reduce_min(walk.real(x), tuple(map(int, eqn.params["axes"])))


@rule("cumsum")
def _cumsum(walk: Walk, eqn: Any, x: Any) -> Any:
    return walk.domain.cumsum(walk.real(x), eqn.params["axis"], eqn.params["reverse"])


@rule("cumprod", "cummax", "cummin", "cumlogsumexp")
def _running(walk: Walk, eqn: Any, x: Any) -> Any:
    d = walk.domain
    join = {"cumprod": d.mul, "cummax": d.maximum, "cummin": d.minimum, "cumlogsumexp": None}[
        eqn.primitive.name
    ]
    axis, reverse = eqn.params["axis"], eqn.params["reverse"]
    if join is None:
        return d.log(d.cumsum(d.exp(walk.real(x)), axis, reverse))
    return d.running(walk.real(x), axis, reverse, join)


@rule("dot_general")
def _dot(walk: Walk, eqn: Any, x: Any, y: Any) -> Any:
    return walk.domain.dot(walk.real(x), walk.real(y), eqn.params["dimension_numbers"])
