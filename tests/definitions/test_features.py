import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d
from jaxmath.definitions import superposition
from jaxmath.notation import NotationError

UNIT = 2.0**-53


def autoencoder(rng, width, features):
    shapes = (width, features), (features,), (features, width), (width,)
    return d.SparseAutoencoder(*(jnp.asarray(rng.standard_normal(shape)) for shape in shapes))


def test_sparse_autoencoder(x64):
    rng = np.random.default_rng(0)
    params, x = autoencoder(rng, 4, 7), rng.standard_normal(4)
    encoder, bias, decoder, rest = map(np.asarray, params)
    features = np.maximum([sum((x - rest) * encoder[:, i]) + bias[i] for i in range(7)], 0)
    again = rest + sum(features[i] * decoder[i] for i in range(7))
    penalty = sum(features[i] * np.linalg.norm(decoder[i]) for i in range(7))
    close = {"rtol": 0, "atol": 64 * 8 * UNIT}
    assert 0 < (features > 0).sum() < 7
    np.testing.assert_allclose(d.sae_features(jnp.asarray(x), params), features, **close)
    np.testing.assert_allclose(d.sae_decode(jnp.asarray(features), params), again, **close)
    loss = jax.jit(d.sae_loss)(jnp.asarray(x), params, 0.25)
    np.testing.assert_allclose(loss, ((x - again) ** 2).sum() + penalty / 4, rtol=64 * UNIT)


def test_sparse_autoencoder_says_what_does_not_fit():
    params = autoencoder(np.random.default_rng(0), 4, 7)
    with pytest.raises(
        NotationError, match=r"(?s)sae_features: shapes do not fit.*encoder +\(d=4, features=7\)"
    ):
        d.sae_features(jnp.ones(3), params)
    with pytest.raises(
        NotationError, match=r"(?s)sae_decode: shapes do not fit.*decoder +\(features=7, d=4\)"
    ):
        d.sae_decode(jnp.ones(3), params)


@pytest.mark.parametrize(("features", "width"), [(3, 5), (5, 5), (7, 3), (40, 6)])
def test_no_directions_meet_less_than_the_bound(x64, features, width):
    w = jnp.asarray(np.random.default_rng(0).standard_normal((features, width)))
    least = superposition.welch_bound(features, width)
    assert superposition.coherence(w) >= least
    assert (least > 0) == (features > width)
    loops = max(
        abs(w[i] @ w[j]) / np.linalg.norm(w[i]) / np.linalg.norm(w[j])
        for i in range(features)
        for j in range(i)
    )
    np.testing.assert_allclose(superposition.coherence(w), loops, rtol=32 * UNIT)


def test_one_feature():
    assert superposition.welch_bound(1, 4) == 0
    assert superposition.coherence(jnp.ones((1, 4))) == 0
