r"""Distillation: a student learns the whole distribution of a teacher.

Source: Hinton et al., *Distilling the knowledge in a neural network* (2015), arXiv:1503.02531, section 2;
Agarwal et al., *On-policy distillation of language models* (2023), arXiv:2306.13649, eq. (2) (generalised
Jensen-Shannon divergence).
Claims: `jaxmath.claims.distillation`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.information import kl
from jaxmath.definitions.softmax import log_softmax
from jaxmath.notation import checked


@checked
def distillation_loss(
    student: Float[Array, "*shape v"], teacher: Float[Array, "*shape v"], temperature: Scalar = 1.0
) -> Float[Array, "*shape"]:
    r"""The divergence of softened predictions, $T^2 D(p \Vert q)$.

    $$ p = \mathrm{softmax}(z / T), \qquad q = \mathrm{softmax}(x / T) $$

    Departs from the source: the entropy of the teacher, which has no gradient, is taken off.

    Args:
      student: $x$, logits.
      teacher: $z$, logits.
      temperature: $T$; its square keeps gradients of one size at all temperatures.

    >>> print(distillation_loss(jnp.array([1.0, 2.0]), jnp.array([1.0, 2.0]), 2.0))
    0.0
    """
    log_p, log_q = log_softmax(teacher / temperature), log_softmax(student / temperature)
    return temperature**2 * (jnp.exp(log_p) * (log_p - log_q)).sum(-1)


@checked
def generalised_js(
    p: Float[Array, "*shape n"], q: Float[Array, "*shape n"], beta: Scalar = 0.5
) -> Float[Array, "*shape"]:
    r"""Generalised Jensen-Shannon divergence, $\beta D(p \Vert m) + (1 - \beta) D(q \Vert m)$.

    $$ m = \beta p + (1 - \beta) q $$

    Args:
      p: a law, the teacher's.
      q: another one, the student's.
      beta: $\beta$ between 0 and 1.

    >>> print(generalised_js(jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0])) / jnp.log(2.0))
    1.0
    """
    m = beta * p + (1 - beta) * q
    return beta * kl(p, m) + (1 - beta) * kl(q, m)
