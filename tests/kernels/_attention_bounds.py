"""How far a kernel may be from attention and its derivatives: counted roundings times the size of the terms.

The size of the terms of a derivative is the same derivative of a program in which nothing cancels:
absolute values in, sums for differences (`majorant`). It bounds derivatives of every order.
"""

import jax
import jax.numpy as jnp
import numpy as np

from tests.kernels import _attention_reference as reference

# Roundings granted to one elementary function (exp, log, tanh): four units in the last place.
ELEMENTARY = 8


def roundings(
    q, k, v, bias=None, *, order=0, blocks=8, slopes=None, scale=None, soft_cap=None, kept_in=None, **_
):
    """The roundings on the longest way to an output, to a first (second, ...) derivative.

    A score is a sum of d products, scaled, capped and shifted; its error is an error of the exponent,
    relative to the exponential. `blocks` is how often a running maximum may be replaced. Scaled queries are
    `kept_in` a dtype, if it is not that of the sums.
    """
    (n, d), (m, e) = q.shape[-2:], v.shape[-2:]
    size = score_size(q, k, bias, slopes=slopes, scale=scale)
    cap = 0 if soft_cap is None else ELEMENTARY + 2
    scaled = 1 if kept_in is None else float(jnp.finfo(kept_in).eps / jnp.finfo(working(kept_in)).eps)
    in_exponent = size * (d + 5 + scaled + cap) + 4 * size
    weight = 2 * in_exponent + m + (blocks + 2) * (ELEMENTARY + 2)
    return (2 * order + 1) * (weight + cap) + m + order * (n + m + d + e + 4) + 2


def score_size(q, k, bias=None, *, slopes=None, scale=None):
    """The largest that the terms of a score can sum to."""
    (n, d), m = q.shape[-2:], k.shape[-2]
    q, k = np.abs(wide(q)), np.abs(wide(k))
    size = (d**-0.5 if scale is None else abs(float(scale))) * np.max(q @ np.swapaxes(k, -1, -2), initial=0)
    if bias is not None:
        size += np.max(np.abs(wide(bias)), initial=0, where=np.isfinite(wide(bias)))
    return float(size + (0 if slopes is None else np.max(np.abs(wide(slopes))) * max(n, m)))


def narrow_roundings(order):
    """Roundings to the dtype of the arguments, where it is narrower than that of the sums.

    Weights and answers; for each order cotangents of scores, the answers they are corrected by, results.
    """
    return 2 + 4 * order


def bound(wide_roundings, dtype, order=0):
    """The error relative to the size of the terms."""
    unit, narrow = float(jnp.finfo(working(dtype)).eps) / 2, float(jnp.finfo(dtype).eps) / 2
    total = wide_roundings * unit + (narrow_roundings(order) * narrow if narrow > unit else 0)
    assert total < 0.5, "the bound says nothing: take smaller sizes"
    return total / (1 - total)


def working(dtype):
    """What sums are taken in."""
    return max(jnp.dtype(dtype), jnp.dtype(jnp.float32), key=lambda kind: kind.itemsize)


def check(actual, expected, size, relative):
    """Within the bound, entry by entry, and zero where no term is."""
    actual, expected, size = wide(actual), np.asarray(expected), np.asarray(size)
    assert actual.shape == expected.shape
    # Where a weight is below the smallest number there is, it is gone.
    error, limit = np.abs(actual - expected), relative * size + np.where(size > 0, 1e-30, 0)
    assert np.all(error <= limit), (
        f"error {error.max():.3e}, of terms of size {size.max():.3e}; bound {limit.max():.3e}, "
        f"exceeded {np.sum(~(error <= limit))} times, {np.max(error / np.maximum(limit, 1e-300)):.3g}-fold"
    )


def wide(array):
    return np.asarray(array, np.float64 if np.asarray(array).dtype != np.longdouble else None)


def majorant(q, k, v, mask=None, bias=None, *, align="top-left", keep=None, dropout=0.0, **how):
    """A function of the absolute values of floating arguments, by name, whose derivatives bound attention's.

    Its weights are those of attention; they move as $p (\\dot x + \\sum p \\dot x)$.
    """
    _, lse, p, sunk = reference.attention(q, k, v, mask, bias, align=align, xp=jnp, weights=True, **how)
    p = jnp.concatenate([p, sunk], -1)
    distance = jnp.abs(jnp.arange(p.shape[-1] - 1) - jnp.arange(p.shape[-2])[:, None] - _offset(p, align))

    def function(values):
        q, k, v, bias = (values.get(x) for x in ("q", "k", "v", "bias"))
        scale, cap, before = (how.get(x) for x in ("scale", "soft_cap", "bias_before_cap"))
        scale = values.get("scale", scale if scale is None else abs(scale))
        x = reference.scores(q, k, bias if before else None, scale=scale, xp=jnp)
        x = x if cap is None else _capped(x, cap)
        x = x + bias if bias is not None and not before else x
        x = x + values["slopes"][..., None, None] * distance if "slopes" in values else x
        sink = values["sink"][..., None, None] if "sink" in values else jnp.zeros(())
        x = jnp.concatenate([x, jnp.broadcast_to(sink, sunk.shape)], -1)
        weights = _weights(x, p)[..., :-1]
        weights = weights if keep is None else jnp.where(keep, weights / (1 - dropout), 0)
        return jnp.einsum("...nm,...me->...ne", weights, v), _log_total(
            x, p, jnp.where(lse > -jnp.inf, lse, 0)
        )

    return function


def _offset(p, align):
    return reference.offset(p.shape[-2], p.shape[-1] - 1, align)


@jax.custom_jvp
def _weights(x, p):
    return jnp.broadcast_to(p, jnp.broadcast_shapes(x.shape, p.shape))


@_weights.defjvp
def _weights_jvp(primals, tangents):
    p = _weights(*primals)
    change = p * tangents[0]
    return p, change + p * change.sum(-1, keepdims=True)


@jax.custom_jvp
def _log_total(x, p, lse):
    return jnp.abs(lse)


@_log_total.defjvp
def _log_total_jvp(primals, tangents):
    x, p, _ = primals
    return _log_total(*primals), (_weights(x, p) * tangents[0]).sum(-1)


@jax.custom_jvp
def _capped(x, cap):
    return x


@_capped.defjvp
def _capped_jvp(primals, tangents):
    x, cap = primals
    return x, _slope(x, cap) * tangents[0]


@jax.custom_jvp
def _slope(x, cap):
    """At least the derivative of the cap, $1 - \\tanh^2$; the terms of its own grow by at most 4 / c."""
    return jnp.ones_like(x)


@_slope.defjvp
def _slope_jvp(primals, tangents):
    g = _slope(*primals)
    return g, 4 / primals[1] * g * tangents[0]
