import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from jaxmath import definitions, modules

D, POSITIONS, GROUPS = 6, (2, 3), 2
# Roundings: mean (19), difference, square, mean (19), epsilon, root, division, weight, bias.
COST = 45


def test_groups_of_neighbouring_channels(draw, close):
    (x, wx), (w, ww), (b, wb) = draw(*POSITIONS, D), draw(D), draw(D)
    expected = np.empty_like(wx)
    for group in (slice(0, 3), slice(3, 6)):
        part = wx[..., group]
        expected[..., group] = (part - part.mean()) / np.sqrt(part.var() + 0.5) * ww[group] + wb[group]
    spread = (1 + np.abs(wx).max() / np.sqrt(0.5)) * np.abs(ww).max() + np.abs(wb).max()
    close(definitions.group_norm(x, GROUPS, w, b, eps=0.5), expected, COST, size=spread)


def test_groups_must_divide_the_channels():
    for groups in (0, 4):
        with pytest.raises(
            ValueError, match=f"group_norm: groups must divide the 6 channels of x, but is {groups}"
        ):
            definitions.group_norm(jnp.ones((2, 6)), groups)


def test_the_module_is_that_of_flax():
    """In 16 bits too: moments are taken in 32."""
    mine, theirs = modules.GroupNorm(2, 4, rngs=nnx.Rngs(0), eps=1e-6), nnx.GroupNorm(4, 2, rngs=nnx.Rngs(0))
    x = 100 + jax.random.normal(jax.random.key(0), (3, 5, 4))
    # A variance of one next to a mean of 100, squared: Flax loses four of seven digits of it.
    np.testing.assert_allclose(mine(x), theirs(x), atol=4 * 100**2 * np.finfo(np.float32).eps)
    half = x.astype(jnp.bfloat16)
    assert mine(half).dtype == jnp.bfloat16
    np.testing.assert_array_equal(mine(half), mine(half.astype(jnp.float32)).astype(jnp.bfloat16))
    gradient = jax.jit(jax.grad(lambda m: (m(x) ** 3).sum()))(mine)
    assert gradient.weight.shape == gradient.bias.shape == (4,)
