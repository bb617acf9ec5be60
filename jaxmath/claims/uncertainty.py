"""What is true of uncertainty."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from jaxmath.definitions import entropy, js, kl, softmax, uncertainty
from jaxmath.verify.claim import bound, identity

DEPEWEG = "Depeweg et al. 2018, arXiv:1710.07283, eq. (2)"
KUHN = "Kuhn, Gal & Farquhar 2023, arXiv:2302.09664, eq. (2)"
MEANING = np.array([0, 0, 1, 1])


@identity(source=DEPEWEG, at=dict(b=3, v=2))
def disagreement_is_the_mean_divergence_from_the_mean(x: Float[Array, "b v"]):
    r"""$H(\bar p) - \overline{H(p_i)} = \overline{\mathrm{KL}(p_i \Vert \bar p)}$."""
    laws = softmax(x)
    mean = laws.mean(0)
    return uncertainty.epistemic(laws), jnp.stack([kl(p, mean) for p in laws]).mean()


@disagreement_is_the_mean_divergence_from_the_mean.mutant
def disagreement_is_the_mean_divergence_of_the_mean(x):
    laws = softmax(x)
    mean = laws.mean(0)
    return uncertainty.epistemic(laws), jnp.stack([kl(mean, p) for p in laws]).mean()


@identity(source=DEPEWEG, at=dict(v=2))
def disagreement_of_two_models_is_their_jensen_shannon_divergence(
    x: Float[Array, " v"], y: Float[Array, " v"]
):
    r"""$H(\frac{p + q}2) = \frac{H(p) + H(q)}2 + \mathrm{JS}(p, q)$: total is aleatoric plus epistemic."""
    p, q = softmax(x), softmax(y)
    laws = jnp.stack([p, q])
    return (uncertainty.epistemic(laws), entropy(laws.mean(0))), (
        js(p, q),
        uncertainty.aleatoric(laws) + js(p, q),
    )


@disagreement_of_two_models_is_their_jensen_shannon_divergence.mutant
def disagreement_of_two_models_is_twice_their_jensen_shannon_divergence(x, y):
    p, q = softmax(x), softmax(y)
    laws = jnp.stack([p, q])
    return (uncertainty.epistemic(laws), entropy(laws.mean(0))), (2 * js(p, q), uncertainty.aleatoric(laws))


@bound(
    source=DEPEWEG,
    box=dict(a=(-6, 6), b=(-6, 6)),
    sharp=dict(a=-6.0, b=6.0),
    slack=0.02,
)
def two_models_disagree_by_a_bit_at_most(a: Float[Array, ""], b: Float[Array, ""]):
    r"""Epistemic uncertainty of $n$ models is at most $\log n$, nearly that of sure ones that differ."""
    laws = softmax(jnp.stack([jnp.stack([a, -a]), jnp.stack([b, -b])]))
    return uncertainty.epistemic(laws), jnp.log(jnp.full((), 2.0, a.dtype))


@two_models_disagree_by_a_bit_at_most.mutant
def two_models_disagree_by_half_a_bit_at_most(a, b):
    laws = softmax(jnp.stack([jnp.stack([a, -a]), jnp.stack([b, -b])]))
    return uncertainty.epistemic(laws), jnp.log(jnp.full((), 2.0, a.dtype)) / 2


@identity(source=f"{KUHN}; chain rule of entropy", given=dict(meaning=MEANING))
def what_meanings_leave_open_is_the_entropy_within_them(x: Float[Array, "4"], meaning: Int[Array, "4"]):
    r"""$H(\text{answer}) = H(\text{meaning}) + \mathbb E\, H(\text{answer} \mid \text{meaning})$.

    So semantic entropy is never above that of the answers.
    """
    p = softmax(x)
    shares = jnp.stack([p[:2].sum(), p[2:].sum()])
    within = shares[0] * entropy(p[:2] / shares[0]) + shares[1] * entropy(p[2:] / shares[1])
    return entropy(p), uncertainty.semantic_entropy(p, meaning, 2) + within


@what_meanings_leave_open_is_the_entropy_within_them.mutant
def what_meanings_leave_open_is_the_mean_entropy_within_them(x, meaning):
    p = softmax(x)
    shares = jnp.stack([p[:2].sum(), p[2:].sum()])
    within = jax.vmap(entropy)(jnp.stack([p[:2] / shares[0], p[2:] / shares[1]])).mean()
    return entropy(p), uncertainty.semantic_entropy(p, meaning, 2) + within
