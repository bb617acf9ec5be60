"""Rules for convolutions and ragged products: dot products of entries that JAX itself finds."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxmath.verify import internals
from jaxmath.verify.interpret import Walk, rule
from jaxmath.verify.num import Array
from jaxmath.verify.rules.movement import _moved


@rule("ragged_dot", "ragged_dot_general")
def _ragged_dot(walk: Walk, eqn: Any, *values: Any) -> list[Any] | Any:
    outs = walk.inline(internals.without_groups(eqn), values)
    return outs if eqn.primitive.multiple_results else outs[0]


@rule("conv_general_dilated")
def _convolution(walk: Walk, eqn: Any, x: Any, kernel: Any) -> Any:
    """Patches of the input times the kernel."""
    p, dims = eqn.params, eqn.params["dimension_numbers"]
    x = _axes_first(walk, walk.real(x), dims.lhs_spec)
    kernel = _axes_first(walk, walk.real(kernel), dims.rhs_spec)
    splits = p["batch_group_count"]
    parts = [
        _grouped(walk, eqn, a, b)
        for a, b in zip(_cut(walk, x, splits), _cut(walk, kernel, splits), strict=True)
    ]
    out = parts[0] if splits == 1 else walk.domain.concatenate(parts, 1)
    back = np.argsort(dims.out_spec)
    return _moved(walk, out, lambda a: a.transpose(0, *(i + 1 for i in back)))


def _axes_first(walk: Walk, x: Any, spec: Any) -> Any:
    """The two named axes first, then those of space."""
    return _moved(walk, x, lambda a: a.transpose(0, *(i + 1 for i in spec)))


def _cut(walk: Walk, x: Any, count: int) -> list[Any]:
    """Equal parts along the first axis."""
    size = x.shape[0] // count
    cuts = [slice(i * size, (i + 1) * size) for i in range(count)]
    return [_moved(walk, x, functools.partial(_rows, cut=cut)) for cut in cuts]


def _rows(a: Array, cut: slice) -> Array:
    return a[:, cut]


def _grouped(walk: Walk, eqn: Any, x: Any, kernel: Any) -> Any:
    """The convolution of one part of the batch, features in groups."""
    groups = eqn.params["feature_group_count"]
    places = _patches(eqn, tuple(x.shape), tuple(kernel.shape[2:]))
    batch, features, *space = places.shape
    patches = walk.domain.assemble([x, walk.real(np.zeros(1))], places)
    left = _moved(walk, patches, lambda a: a.reshape(len(a), batch, groups, features // groups, -1))
    outs = kernel.shape[0]
    right = _moved(walk, kernel, lambda a: a.reshape(len(a), groups, outs // groups, -1))
    # (g, o, c) . (n, g, c, s) -> (g, o, n, s)
    product = walk.domain.dot(right, left, (((2,), (2,)), ((0,), (1,))))
    return _moved(walk, product, lambda a: a.reshape(len(a), outs, batch, *space).swapaxes(1, 2))


def _patches(eqn: Any, shape: tuple[int, ...], window: tuple[int, ...]) -> Array:
    """For each output place the numbers of the inputs under the window; the padding's is the last."""
    p = eqn.params
    keys = ("window_strides", "padding", "lhs_dilation", "rhs_dilation")
    return _numbers(shape, window, tuple((key, p[key]) for key in keys))


@functools.lru_cache(maxsize=256)
def _numbers(shape: tuple[int, ...], window: tuple[int, ...], options: tuple[tuple[str, Any], ...]) -> Array:
    size = int(np.prod(shape, dtype=np.int64))
    with jax.enable_x64(True):
        numbers = jnp.arange(1, size + 1, dtype=jnp.float64).reshape(shape)
        found = jax.lax.conv_general_dilated_patches(
            numbers, window, precision=jax.lax.Precision.HIGHEST, **dict(options)
        )
    places = np.asarray(found).astype(np.int64) - 1
    return np.where(places < 0, size, places)
