"""Preferences: Kahneman-Tversky optimisation."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath.definitions import kto, sigmoid
from jaxmath.verify.claim import bound, derivative, identity, independence

ETHAYARAJH = "Ethayarajh et al. 2024, arXiv:2402.01306, section 4.1"
Scalar = Float[Array, ""]
Flag = Bool[Array, ""]


@derivative(source=f"{ETHAYARAJH}; chain rule", given=dict(good=np.array(False)))
def kto_has_the_textbook_gradient(answer: Scalar, ref: Scalar, good: Flag, beta: Scalar, loss: Scalar):
    r"""For an undesirable answer $\nabla = \lambda_U \beta\, \sigma(h) (1 - \sigma(h)) \nabla \log \pi$.

    With $h = \beta (r - z)$, here at $z = 0$: answers far from the reference point are left alone.
    """

    def f(answer, ref, good, beta, loss):
        return kto(answer, ref, jnp.zeros(()), good, beta, 1.0, loss)

    def vjp(answer, ref, good, beta, loss, dl):
        h = beta * (answer - ref)
        slope = dl * loss * sigmoid(h) * sigmoid(-h)
        return beta * slope, -beta * slope, (answer - ref) * slope, dl * sigmoid(h)

    return f, vjp


@kto_has_the_textbook_gradient.mutant
def kto_has_the_gradient_of_a_logarithm(answer, ref, good, beta, loss):
    def f(answer, ref, good, beta, loss):
        return kto(answer, ref, jnp.zeros(()), good, beta, 1.0, loss)

    def vjp(answer, ref, good, beta, loss, dl):
        h = beta * (answer - ref)
        slope = dl * loss * sigmoid(h)
        return beta * slope, -beta * slope, (answer - ref) * slope, dl * sigmoid(h)

    return f, vjp


@independence(
    source=f"{ETHAYARAJH}: no gradient through the reference point", given=dict(good=np.array(True))
)
def the_reference_point_of_kto_has_no_gradient(answer: Scalar, point: Scalar, good: Flag, dl: Scalar):
    r"""What is pulled back to $z$ is zero: it depends on no argument."""
    pullback = jax.vjp(lambda z: kto(answer, jnp.zeros(()), z, good), point)[1]
    mark = np.ones((), bool)
    return pullback(dl)[0], [(mark, dict(answer=mark, point=mark, dl=mark))]


@the_reference_point_of_kto_has_no_gradient.mutant
def the_answer_of_kto_has_no_gradient(answer, point, good, dl):
    pullback = jax.vjp(lambda x: kto(x, jnp.zeros(()), point, good), answer)[1]
    mark = np.ones((), bool)
    return pullback(dl)[0], [(mark, dict(answer=mark, point=mark, dl=mark))]


@identity(source=ETHAYARAJH)
def good_and_bad_answers_of_kto_cost_one_together(answer: Scalar, ref: Scalar, point: Scalar, beta: Scalar):
    r"""With equal weights, the losses of one answer as desirable and as undesirable add up to 1."""
    costs = [kto(answer, ref, point, good, beta) for good in (True, False)]
    return costs[0] + costs[1], jnp.ones(())


@good_and_bad_answers_of_kto_cost_one_together.mutant
def good_and_bad_answers_of_kto_cost_the_same(answer, ref, point, beta):
    costs = [kto(answer, ref, point, good, beta) for good in (True, False)]
    return costs[0], costs[1]


@bound(source=ETHAYARAJH, box=dict(h=(-8, 8)), slack=1e-9, sharp=dict(h=0.0))
def one_answer_pulls_kto_by_a_quarter_at_most(h: Scalar):
    r"""$|\partial_{\log \pi}| \le \lambda \beta / 4$, however wrong the answer is.

    Here $\beta = \lambda = 1$.
    """
    zero = jnp.zeros_like(h)
    return jnp.abs(jax.grad(lambda h: kto(h, zero, zero, True, 1.0))(h)), 0.25


@one_answer_pulls_kto_by_a_quarter_at_most.mutant
def one_answer_pulls_kto_by_a_fifth_at_most(h):
    zero = jnp.zeros_like(h)
    return jnp.abs(jax.grad(lambda h: kto(h, zero, zero, True, 1.0))(h)), 0.2
