"""Options of attention by name, and a call with some of them: its arrays, what stays fixed, its reference."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import jaxmath
from jaxmath.kernels.attention import dropout_mask
from tests.kernels import _attention_bounds as bounds

# Sizes that fit no block: primes, one, and more queries than keys.
SHAPES = [(7, 7), (5, 11), (11, 5), (1, 13), (13, 1), (1, 1)]
# What has derivatives.
FLOATING = ("q", "k", "v", "bias", "sink", "slopes", "scale")


def _mask(rng, n, m, lead):
    mask = rng.random((*lead, n, m)) < 0.6
    mask[..., n // 2, :] = False
    return dict(mask=mask)


def _holes(rng, n, m, lead):
    bias = np.where(rng.random((n, m)) < 0.3, -np.inf, rng.standard_normal((n, m)))
    bias[n // 2] = -np.inf
    return dict(bias=bias)


def _bias(*axes):
    """A bias along these axes: `i` items, `h` heads, `n` queries, `m` keys."""

    def draw(rng, n, m, lead):
        sizes = dict(zip("ihnm", (*lead, n, m), strict=True))
        return dict(bias=rng.standard_normal([sizes[axis] if axis in axes else 1 for axis in "ihnm"]))

    return draw


def _count(name, size):
    def draw(rng, n, m, lead):
        return {name: rng.integers(0, dict(n=n, m=m)[size] + 1, (lead[0], 1)).astype(np.int32)}

    return draw


def _segments(rng, n, m, lead):
    query, key = (np.sort(rng.integers(0, 3, (lead[0], 1, size))).astype(np.int32) for size in (n, m))
    return dict(segments=(query, key))


def _fixed(**how):
    return lambda rng, n, m, lead: how


# Values of an option's arguments for n queries and m keys; leading axes are items and heads.
OPTIONS = {
    "mask": _mask,
    "mask of pairs": lambda rng, n, m, lead: _mask(rng, n, m, ()),
    "bias": _bias(*"ihnm"),
    "bias of items": _bias(*"inm"),
    "bias of heads": _bias(*"hnm"),
    "bias of keys": _bias(*"m"),
    "bias with holes": _holes,
    "causal": _fixed(causal=True),
    "causal at the end": _fixed(causal=True, align="bottom-right"),
    "window": _fixed(window=(2, 1)),
    "window to the left": _fixed(window=(1, None)),
    "window to the right": _fixed(window=(None, 2)),
    "window at the end": _fixed(window=(2, 1), align="bottom-right"),
    "prefix": lambda rng, n, m, lead: dict(causal=True) | _count("prefix", "m")(rng, n, m, lead),
    "segments": _segments,
    "query lengths": _count("query_lengths", "n"),
    "key lengths": _count("key_lengths", "m"),
    "scale": _fixed(scale=0.3),
    "scale that moves": lambda rng, n, m, lead: dict(scale=np.asarray(-0.4)),
    "soft-cap": _fixed(soft_cap=1.5),
    "soft-cap over a bias": lambda rng, n, m, lead: (
        dict(soft_cap=0.7, bias_before_cap=True) | _bias(*"nm")(rng, n, m, lead)
    ),
    "slopes": lambda rng, n, m, lead: dict(slopes=2.0 ** -np.arange(1.0, lead[-1] + 1)),
    "sink": lambda rng, n, m, lead: dict(sink=rng.standard_normal(lead[-1])),
    "dropout": _fixed(dropout=0.25),
}


@dataclasses.dataclass(frozen=True)
class Call:
    """A call of attention.

    Attributes:
      values: the floating arguments, as they are given to the kernel.
      arrays: the other arrays.
      fixed: the other arguments.
    """

    values: dict[str, Any]
    arrays: dict[str, Any]
    fixed: dict[str, Any]

    @classmethod
    def draw(
        cls,
        names=(),
        n=7,
        m=7,
        *,
        d=4,
        e=3,
        lead=(2, 3),
        shared=False,
        dtype="float32",
        seed=0,
        size=1.0,
        **fixed,
    ):
        """One with some options, the later of two that set one argument; `shared` keys serve all heads."""
        rng = np.random.default_rng(seed)
        how = {x: value for name in names for x, value in OPTIONS[name](rng, n, m, lead).items()}
        keys = (lead[0], 1) if shared else lead
        how |= dict(
            q=size * rng.standard_normal((*lead, n, d)),
            k=rng.standard_normal((*keys, m, d)),
            v=rng.standard_normal((*keys, m, e)),
        )
        values = {x: jnp.asarray(how.pop(x), dtype) for x in FLOATING if isinstance(how.get(x), np.ndarray)}
        arrays = {
            x: how.pop(x) for x in ("mask", "prefix", "segments", "query_lengths", "key_lengths") if x in how
        }
        if "dropout" in how:
            arrays["dropout_key"] = jax.random.key(seed)
        return cls(values, jax.tree.map(jnp.asarray, arrays), how | fixed)

    def function(self, **knobs):
        """Attention of the floating arguments and the other arrays, by name: answers and log-sum-exps."""

        def attend(values, arrays):
            return jaxmath.attention(**values, **arrays, **self.fixed, **knobs, return_lse=True)

        return attend

    def told(self):
        """The arguments as the reference takes them, in extended precision."""
        how = {x: np.asarray(value, np.float64).astype(np.longdouble) for x, value in self.values.items()}
        arrays = {x: value for x, value in self.arrays.items() if x != "dropout_key"}
        return how | jax.tree.map(np.asarray, arrays) | self.fixed | self.kept()

    def kept(self):
        """Which weights survive dropout."""
        if "dropout" not in self.fixed:
            return {}
        q, k = self.values["q"], self.values["k"]
        key, rate = self.arrays["dropout_key"], self.fixed["dropout"]
        return dict(keep=np.asarray(dropout_mask(key, rate, q.shape[:-2], q.shape[-2], k.shape[-2])))

    def cotangents(self, seed=1):
        """Numbers to pull back, for answers and for log-sum-exps."""
        rng = np.random.default_rng(seed)
        q, v = self.values["q"], self.values["v"]
        lead = np.broadcast_shapes(q.shape[:-2], v.shape[:-2])
        do = jnp.asarray(rng.standard_normal((*lead, q.shape[-2], v.shape[-1])), v.dtype)
        return do, jnp.asarray(rng.standard_normal(do.shape[:-1]), bounds.working(v.dtype))
