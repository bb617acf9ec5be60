"""Attention in one piece, with every option, in the precision of its arguments; and its first derivative.

Written from the formulas alone, for numpy and, where it has to be differentiated, for `jax.numpy`:
nothing of the library is used.
"""

import numpy as np

SCORED = ("scale", "soft_cap", "bias_before_cap", "slopes")


def seen(
    n, m, *, mask=None, causal=False, window=None, align="top-left", prefix=None, segments=None,
    query_lengths=None, key_lengths=None, xp=np,
):  # fmt: skip
    """Which query may see which key: a row per query."""
    i, j = xp.arange(n)[:, None] + offset(n, m, align), xp.arange(m)[None, :]
    left, right = window or (None, None)
    pairs = (j <= i) if causal else xp.ones((n, m), bool)
    pairs = pairs if left is None else pairs & (i - j <= left)
    pairs = pairs if right is None else pairs & (j - i <= right)
    pairs = pairs if prefix is None else pairs | (j < _last(prefix, 2, xp))
    if segments is not None:
        pairs = pairs & (xp.asarray(segments[0])[..., :, None] == xp.asarray(segments[1])[..., None, :])
    if query_lengths is not None:
        pairs = pairs & (xp.arange(n)[:, None] < _last(query_lengths, 2, xp))
    if key_lengths is not None:
        pairs = pairs & (j < _last(key_lengths, 2, xp))
    return pairs if mask is None else pairs & xp.asarray(mask)


def offset(n, m, align):
    """Where the first query stands among the keys."""
    return m - n if align == "bottom-right" else 0


def scores(
    q, k, bias=None, *, align="top-left", scale=None, soft_cap=None, bias_before_cap=False, slopes=None, xp=np
):
    """How well each key fits each query, before masks."""
    n, m = q.shape[-2], k.shape[-2]
    x = xp.einsum("...nd,...md->...nm", q, k)
    x = x * (1 / xp.sqrt(xp.asarray(q.shape[-1], q.dtype)) if scale is None else scale)
    x = x + bias if bias is not None and bias_before_cap else x
    x = x if soft_cap is None else soft_cap * xp.tanh(x / soft_cap)
    x = x + bias if bias is not None and not bias_before_cap else x
    if slopes is None:
        return x
    distance = xp.arange(m)[None, :] - (xp.arange(n)[:, None] + offset(n, m, align))
    return x + xp.asarray(slopes)[..., None, None] * distance


def attention(
    q, k, v, mask=None, bias=None, *, sink=None, keep=None, dropout=0.0, xp=np, dtype=None, weights=False,
    **how,
):  # fmt: skip
    """Answers and log-sum-exps; `keep` says which weights survive `dropout`.

    With `weights` come the probabilities, and those of the sink.
    """
    q, k, v, bias, sink = (None if a is None else xp.asarray(a, dtype) for a in (q, k, v, bias, sink))
    scored = {x: how[x] for x in SCORED if x in how}
    masked = {x: y for x, y in how.items() if x not in scored}
    x = scores(q, k, bias, align=how.get("align"), xp=xp, **scored)
    pairs = xp.broadcast_to(seen(*x.shape[-2:], mask=mask, xp=xp, **masked), x.shape) & (x > -xp.inf)
    p, sunk, lse = _softmax(xp.where(pairs, x, 0), pairs, sink, xp)
    kept = p if keep is None else xp.where(keep, p / (1 - dropout), 0)
    out = xp.einsum("...nm,...me->...ne", kept, v)
    return (out, lse, p, sunk) if weights else (out, lse)


def pullback(
    do, q, k, v, mask=None, bias=None, *, dlse=0.0, sink=None, keep=None, dropout=0.0, sizes=False,
    dtype=np.longdouble, **how,
):  # fmt: skip
    """Cotangents of the floating arguments, by name, from those of answers and log-sum-exps.

    With `sizes` those of a program in which nothing cancels: what the terms of each sum to at most.
    """
    do, dlse, q, k, v, bias, sink = (
        None if a is None else np.asarray(a, dtype) for a in (do, dlse, q, k, v, bias, sink)
    )
    more = dict(sink=sink, keep=keep, dropout=dropout, weights=True)
    _, _, p, sunk = attention(q, k, v, mask, bias, **more, **how)
    slope = _slope_of_cap(q, k, bias, how)
    scale = q.shape[-1] ** np.asarray(-0.5, dtype) if how.get("scale") is None else dtype(how["scale"])
    distance = np.arange(k.shape[-2]) - (np.arange(q.shape[-2])[:, None] + _start(q, k, how))
    if sizes:
        do, dlse, q, k, v, scale, distance = map(np.abs, (do, dlse, q, k, v, scale, distance))
        slope = 1 if how.get("soft_cap") is None else 2 - slope  # 1 + tanh^2, for 1 - tanh^2 cancels
    dp = np.einsum("...ne,...me->...nm", do, v)
    dp = dp if keep is None else np.where(keep, dp / (1 - dropout), 0)
    mean = (p * dp).sum(-1, keepdims=True) * (1 if sizes else -1) + dlse[..., None]
    ds = p * (dp + mean)
    dx = ds * slope
    kept = p if keep is None else np.where(keep, p / (1 - dropout), 0)
    return dict(
        q=_like(q, scale * np.einsum("...nm,...md->...nd", dx, k)),
        k=_like(k, scale * np.einsum("...nm,...nd->...md", dx, q)),
        v=_like(v, np.einsum("...nm,...ne->...me", kept, do)),
        bias=None if bias is None else _like(bias, dx if how.get("bias_before_cap") else ds),
        sink=None if sink is None else _like(sink, (sunk * mean)[..., 0].sum(-1)),
        scale=_like(scale, dx * np.einsum("...nd,...md->...nm", q, k)),
        slopes=None if how.get("slopes") is None else _like(how["slopes"], (ds * distance).sum((-1, -2))),
    )


def _slope_of_cap(q, k, bias, how):
    """The derivative of what follows the scores, $1 - \\tanh^2$ under a cap."""
    if how.get("soft_cap") is None:
        return 1
    x = scores(q, k, bias if how.get("bias_before_cap") else None, scale=how.get("scale"))
    return 1 / np.cosh(x / how["soft_cap"]) ** 2


def _start(q, k, how):
    return offset(q.shape[-2], k.shape[-2], how.get("align"))


def _like(x, cotangent):
    """The sum over the axes along which `x` was broadcast."""
    x = np.asarray(x)
    cotangent = cotangent.sum(tuple(range(cotangent.ndim - x.ndim)))
    return cotangent.sum(tuple(i for i in range(x.ndim) if x.shape[i] == 1), keepdims=True)


def _softmax(x, pairs, sink, xp):
    """Probabilities, that of the sink, the logarithms of their denominators; rows without a pair are zero."""
    some = pairs.any(-1, keepdims=True)
    top = xp.where(pairs, x, -xp.inf).max(-1, keepdims=True, initial=-xp.inf)
    if sink is None:
        top, sunk = xp.where(some, top, 0), xp.zeros(top.shape, x.dtype)
    else:
        some, sink = some | True, sink[..., None, None]
        top = xp.maximum(top, sink)
        sunk = xp.exp(sink - top)
    e = xp.where(pairs, xp.exp(x - top), 0)
    total = xp.where(some, e.sum(-1, keepdims=True) + sunk, 1)
    return e / total, sunk / total, xp.where(some, top + xp.log(total), -xp.inf)[..., 0]


def _last(numbers, axes, xp):
    return xp.asarray(numbers)[(..., *[None] * axes)]
