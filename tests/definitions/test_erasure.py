import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxmath import definitions as d

UNIT = 2.0**-53
CONDITION = 1e4  # of the covariances here, on their range; looked at where they are made
CLOSE = 8**2 * CONDITION * 8 * UNIT  # products of matrices of width eight and an inverse


def reference(x, z):
    """As in the source: whiten, project, take the whitening back; small singular values count as none."""
    centred, labels = x - x.mean(0), z - z.mean(0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(x))
    kept = values > 1e-10 * values[-1]
    white = vectors[:, kept] / np.sqrt(values[kept]) @ vectors[:, kept].T
    coloured = vectors[:, kept] * np.sqrt(values[kept]) @ vectors[:, kept].T
    u, s, _ = np.linalg.svd(white @ (centred.T @ labels / len(x)), full_matrices=False)
    u = u[:, s > 1e-10]
    return coloured @ u @ u.T @ white


@pytest.fixture(params=["numbers", "classes", "fewer examples than entries"])
def examples(request, x64):
    rng = np.random.default_rng(0)
    items, width = (6, 8) if request.param.startswith("fewer") else (40, 5)
    z = (
        np.eye(3)[rng.integers(0, 3, items)]
        if request.param == "classes"
        else rng.standard_normal((items, 2))
    )
    x = rng.standard_normal((items, width)) + z @ rng.standard_normal((z.shape[1], width))
    x = x @ (np.eye(width) + rng.standard_normal((width, width)) / 4)
    values = np.linalg.svd(x - x.mean(0))[1]
    assert (values[values > 1e-10 * values[0]].min() / values[0]) ** 2 > 1 / CONDITION
    return x, z


def test_projection_is_that_of_the_source(examples):
    eraser = jax.jit(d.leace)(*map(jnp.asarray, examples))
    np.testing.assert_allclose(eraser.projection, reference(*examples), rtol=0, atol=CLOSE)


def test_nothing_linear_is_left(examples):
    x, z = map(jnp.asarray, examples)
    erased = d.erase(d.leace(x, z), x)
    np.testing.assert_allclose(d.covariance(erased, z), 0, rtol=0, atol=CLOSE)
    np.testing.assert_allclose(erased.mean(0), x.mean(0), rtol=0, atol=CLOSE)
    left, labels = (np.asarray(a) - np.asarray(a).mean(0) for a in (erased, z))
    slope = np.linalg.lstsq(left, labels, rcond=1e-10)[0]
    np.testing.assert_allclose(slope, 0, rtol=0, atol=1e3 * CLOSE)


def test_orthogonal_projection_changes_more(examples):
    x, z = map(jnp.asarray, examples)
    least = d.leace(x, z)
    cross = d.covariance(x, z)
    orthogonal = least._replace(projection=d.leace_projection(jnp.eye(x.shape[1]), cross))
    np.testing.assert_allclose(d.covariance(d.erase(orthogonal, x), z), 0, rtol=0, atol=CLOSE)
    change = [float(((d.erase(eraser, x) - x) ** 2).sum()) for eraser in (least, orthogonal)]
    assert change[0] < change[1]


def test_erasing_keeps_leading_axes(x64):
    eraser = d.Eraser(jnp.ones(2), jnp.eye(2))
    assert d.erase(eraser, jnp.zeros((3, 4, 2))).shape == (3, 4, 2)
