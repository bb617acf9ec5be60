"""`attention`, on arrays whose leading axes broadcast."""

import functools
import inspect
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from jaxmath.kernels._differentiable import Kernel, differentiable
from jaxmath.kernels._numeric import wide
from jaxmath.kernels.attention._choice import Choice, Implementation, choose, kernel
from jaxmath.kernels.attention._dropout import words
from jaxmath.kernels.attention._operands import (
    Align,
    AttentionError,
    Named,
    aligned,
    checked_operands,
    reach,
    without_unseen,
)
from jaxmath.kernels.attention._plan import Options

Number = float | int


def attention(
    q: Float[Array, "*q n d"],
    k: Float[Array, "*k m d"],
    v: Float[Array, "*v m e"],
    mask: Bool[Array, "..."] | None = None,
    bias: Float[Array, "..."] | None = None,
    *,
    causal: bool = False,
    window: Sequence[int | None] | None = None,
    align: Align = "top-left",
    offset: Int[Array, "..."] | int | None = None,
    prefix: Int[Array, "..."] | int | None = None,
    segments: Int[Array, "..."] | tuple[Int[Array, "..."], Int[Array, "..."]] | None = None,
    query_lengths: Int[Array, "..."] | None = None,
    key_lengths: Int[Array, "..."] | None = None,
    scale: Float[Array, ""] | Number | None = None,
    soft_cap: Number | None = None,
    bias_before_cap: bool = False,
    slopes: Float[Array, "..."] | None = None,
    sink: Float[Array, "..."] | None = None,
    finite_padding: bool = False,
    dropout: Number = 0.0,
    dropout_key: Any = None,
    return_lse: bool = False,
    precision: Any = None,
    implementation: Implementation = None,
    block: tuple[int, int, int] | None = None,
    interpret: bool = False,
) -> Float[Array, "..."] | tuple[Float[Array, "..."], Float[Array, "..."]]:
    r"""Attention of $n$ queries over $m$ keys, in memory linear in $n + m$.

    $$ a_i = \sum_j p_{ij} v_j, \qquad
       p_{ij} = \frac{e^{x_{ij}}}{e^s + \sum_{l \in M_i} e^{x_{il}}}, \qquad
       x = c \tanh \frac{q k^\top}{c \sqrt d} + b, $$

    with $M_i$ the keys that query $i$ may see: those in `mask`, and in every other restriction given.
    Where $M_i$ is empty $a_i = 0$, with zero derivatives.

    Leading axes broadcast like NumPy's. Heads that share keys (grouped-query attention) are a leading
    axis of their own, along which keys and values have size one; nothing is repeated for them:
    `q[..., g, r, n, d]`, `k[..., g, 1, m, d]`.

    Differentiable in forward and reverse mode, to any order, by `q`, `k`, `v`, `bias`, `scale`, `slopes`
    and `sink`, always in linear memory. Products are accumulated in float32, or float64 for float64.

    Args:
      q: queries `[..., n, d]`.
      k: keys `[..., m, d]`, of the dtype of `q`.
      v: values `[..., m, e]`, of the dtype of `q`.
      mask: `[..., n, m]` (either may be 1): whether query `i` may see key `j`.
      bias: `[..., n, m]` (either may be 1): added to the scores, after the soft-cap.
      causal: query `i` sees no key after its own position.
      window: `(left, right)`: how many keys before and after its position a query sees; `None` for all.
      align: where query 0 stands among the keys: at key 0 (`"top-left"`), or so that the last query stands
        at the last key (`"bottom-right"`). For `causal`, `window` and `slopes`.
      offset: `[...]`: the position of query 0 among the keys, in place of `align`.
      prefix: `[...]`: the first `prefix` keys are seen regardless of `causal` and `window`.
      segments: numbers `[..., n]`, or a pair `[..., n]`, `[..., m]`: a query sees keys of its own number.
      query_lengths: `[...]`: queries from this one on do not exist.
      key_lengths: `[...]`: keys from this one on do not exist.
      scale: replaces $1 / \sqrt d$. A number multiplies scores, in the dtype of the sums; an array multiplies
        the queries, in theirs.
      soft_cap: $c$, the bound of the scores.
      bias_before_cap: whether the bias is added before the soft-cap.
      slopes: `[...]`: ALiBi, adds slope times (position of the key - position of the query).
      sink: `[...]`: $s$, the score of a key that every query sees, with value zero.
      finite_padding: a promise that what is hidden from everyone is finite, which saves a copy of the arrays;
        without it, not even NaN there spreads. (At a key that somebody sees it does, to others as 0 NaN.)
      dropout: the share of weights set to zero; the others are divided by one minus it.
      dropout_key: a key of `jax.random`, for `dropout`; `dropout_mask` gives the weights that are kept.
      return_lse: also return $\log (e^s + \sum_{l \in M_i} e^{x_{il}})$, differentiable, in float32
        (float64 for float64); see `merge`.
      precision: of every product, forward and in all derivatives, as in `jax.lax.dot_general`.
      implementation: `"cudnn"`, `"triton"` (NVIDIA GPUs), `"splash"` (TPUs) or `"blockwise"` (everywhere,
        everything); or several, of which the first answers that computes what is asked for. `None` stands for
        all that there are for this machine, the fastest first; `choice` says which one answers and why.
      block: of `"blockwise"`, sizes of a block of queries and of keys, and how many heads at once.
      interpret: whether Pallas kernels are run as plain operations, which works on any machine.

    Returns:
      Means of values `[..., n, e]`, and with `return_lse` a pair of them and `[..., n]`.

    Raises:
      NotationError: if an operand has the wrong dtype, or last axes do not fit.
      AttentionError: if arguments do not go together in another way; a `ValueError`.

    Source: Vaswani et al., *Attention is all you need* (2017), arXiv:1706.03762, eq. (1).
    """
    return answer(locals())


def answer(given: dict[str, Any], heads_last: bool = False) -> Any:
    """What `attention` returns for its arguments by name; those that are missing have their defaults.

    Args:
      given: the arguments.
      heads_last: whether arrays come from, and means go to, a layout with heads after positions.
    """
    given = _DEFAULTS | given
    call = _prepared(given, heads_last)
    means, lse = _run(call.kernel, call.options, call.arrays)
    return (means, lse) if given["return_lse"] else means


def choice(q: Any, k: Any, v: Any, **given: Any) -> Choice:
    """Which implementation `attention` uses for these arguments, and why not another.

    Takes the arguments of `attention`, arrays or `jax.ShapeDtypeStruct`; prints as a few lines.
    """
    found: list[Choice] = []

    def look(arrays: dict[str, Any]) -> None:
        found.append(_prepared(_DEFAULTS | given | arrays).choice)

    arrays = {"q": q, "k": k, "v": v} | {x: y for x, y in given.items() if hasattr(y, "shape")}
    jax.eval_shape(look, arrays)
    return found[0]


_DEFAULTS = {x: p.default for x, p in inspect.signature(attention).parameters.items()}


class _Call(NamedTuple):
    kernel: Kernel
    options: Options
    arrays: Named
    choice: Choice


def _prepared(given: dict[str, Any], heads_last: bool = False) -> _Call:
    """A call with everything checked and decided."""
    arrays = checked_operands(_operands(given))
    n, m, d = arrays["q"].shape[-2], *arrays["k"].shape[-2:]
    left, right, place = reach(given["causal"], given["window"], given["align"], n, m)
    _check_prefix(given["prefix"], left, right)
    rate = _check_dropout(given["dropout"], given["dropout_key"])
    arrays = aligned(arrays)
    if rate:
        arrays["dropout_key"] = words(given["dropout_key"], _lead(arrays))
    scale, offset = given["scale"], given["offset"]
    inside = arrays["q"].dtype.itemsize == 2 and (scale is None or isinstance(scale, Number))
    options = Options(
        operands=tuple(arrays),
        left=left,
        right=right,
        offset=offset if isinstance(offset, int) else place,
        scale=(1 / math.sqrt(d) if scale is None else float(scale)) if inside else None,
        soft_cap=_check_cap(given["soft_cap"]),
        bias_before_cap=given["bias_before_cap"],
        dropout=rate,
        precision=given["precision"],
        block=given["block"],
        wide=jax.default_backend() == "cpu",
        heads_last=heads_last,
        finite_padding=given["finite_padding"],
    )
    picked = choose(given["implementation"], options, arrays, given["interpret"])
    if not inside:
        arrays["q"] = _scaled(arrays["q"], scale)
    return _Call(kernel(picked, options, given["interpret"]), options, arrays, picked)


def _operands(given: dict[str, Any]) -> dict[str, Any]:
    names = ("q", "k", "v", "bias", "mask", "sink", "slopes", "prefix", "query_lengths", "key_lengths")
    segments, offset = given["segments"], given["offset"]
    both = segments if isinstance(segments, tuple) else (segments, segments)
    more = {"query_segments": both[0], "key_segments": both[1]}
    return {x: given[x] for x in names} | more | {"offset": None if isinstance(offset, int) else offset}


@functools.partial(jax.jit, static_argnums=(0, 1))
def _run(kernel: Kernel, options: Options, arrays: Named) -> tuple[jax.Array, jax.Array]:
    n, m = arrays["q"].shape[-2], arrays["k"].shape[-2]
    if n == 0 or m == 0:
        return _nothing(arrays)
    arrays, rows = (arrays, None) if options.finite_padding else without_unseen(arrays, options)
    means, lse = differentiable(kernel)(*(arrays[x] for x in options.operands))
    return (means if rows is None else jnp.where(rows[..., None], means, 0)), lse


def _nothing(arrays: Named) -> tuple[jax.Array, jax.Array]:
    """Without queries or keys: zeros, and the sink alone."""
    shape = (*_lead(arrays), arrays["q"].shape[-2])
    means = jnp.zeros((*shape, arrays["v"].shape[-1]), arrays["q"].dtype)
    sink = arrays.get("sink", jnp.asarray(-jnp.inf)).astype(wide(means))
    return means, jnp.broadcast_to(sink[..., None], shape)


def _lead(arrays: Named) -> tuple[int, ...]:
    rank = arrays["q"].ndim - 2
    return jnp.broadcast_shapes(*(x.shape[:rank] for x in arrays.values()))


def _scaled(q: jax.Array, scale: Any) -> jax.Array:
    if scale is None:
        return q / jnp.sqrt(jnp.asarray(q.shape[-1], q.dtype))
    return q * jnp.asarray(scale).astype(q.dtype)


def _check_prefix(prefix: Any, left: int | None, right: int | None) -> None:
    if prefix is not None and left is None and right is None:
        raise AttentionError(
            "attention: prefix makes its keys visible in spite of causal and window, but neither was given; "
            "pass causal=True, or leave prefix out (key_lengths hides keys)."
        )


def _check_dropout(rate: Number, key: Any) -> float:
    if not isinstance(rate, Number) or not 0 <= rate < 1:
        raise AttentionError(f"attention: dropout must be a number in [0, 1); got {rate!r}.")
    if rate and key is None:
        raise AttentionError("attention: dropout needs dropout_key, a key of jax.random; got None.")
    return float(rate)


def _check_cap(cap: Any) -> float | None:
    if cap is not None and (not isinstance(cap, Number) or cap <= 0):
        raise AttentionError(
            f"attention: soft_cap must be a Python number above 0, or None for no cap; got {cap!r}."
        )
    return None if cap is None else float(cap)
