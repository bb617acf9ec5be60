"""Distillation: what temperature does."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import distillation_loss, kl, softmax
from jaxmath.verify.claim import derivative, identity

HINTON = "Hinton et al. 2015, arXiv:1503.02531"
SIZES = dict(v=3)
TWO = dict(v=2)
Logits = Float[Array, " v"]
Scalar = Float[Array, ""]


@derivative(source=f"{HINTON}, eq. (2)", at=SIZES)
def distillation_pulls_by_the_temperature_times_the_difference(student: Logits, temperature: Scalar):
    r"""$\nabla_x = T (q - p)$; here for a teacher with logits 1, 2 and 4.

    By $T$ it is $2 T D(p \Vert q)$ minus what cooling does to both laws.
    """

    def vjp(student, temperature, dl):
        teacher = jnp.array([1.0, 2.0, 4.0])
        p, q = softmax(teacher / temperature), softmax(student / temperature)
        cooled = (p * (jnp.log(p) - jnp.log(q))) @ teacher - p @ teacher * kl(p, q)
        dt = 2 * temperature * kl(p, q) - cooled + (p - q) @ student
        return dl * temperature * (q - p), dl * dt

    return _taught, vjp


@distillation_pulls_by_the_temperature_times_the_difference.mutant
def distillation_pulls_by_the_difference_over_the_temperature(student, temperature):
    def vjp(student, temperature, dl):
        teacher = jnp.array([1.0, 2.0, 4.0])
        p, q = softmax(teacher / temperature), softmax(student / temperature)
        cooled = (p * (jnp.log(p) - jnp.log(q))) @ teacher - p @ teacher * kl(p, q)
        dt = 2 * temperature * kl(p, q) - cooled + (p - q) @ student
        return dl * (q - p) / temperature, dl * dt

    return _taught, vjp


@identity(source=f"{HINTON}, eqs. (3) and (4)", at=SIZES)
def hot_distillation_matches_centred_logits(student: Logits, teacher: Logits):
    r"""$\lim_{T \to \infty} T (q - p) = \frac1v \bigl((x - \bar x) - (z - \bar z)\bigr)$.

    As the derivative of $q - p$ by $1 / T$ at zero. Logits need not have mean zero, as the source supposes.
    """

    def difference(cold):
        return softmax(cold * student) - softmax(cold * teacher)

    limit = jax.jvp(difference, (jnp.zeros(()),), (jnp.ones(()),))[1]
    return limit, ((student - student.mean()) - (teacher - teacher.mean())) / 3


@hot_distillation_matches_centred_logits.mutant
def hot_distillation_matches_logits(student, teacher):
    def difference(cold):
        return softmax(cold * student) - softmax(cold * teacher)

    limit = jax.jvp(difference, (jnp.zeros(()),), (jnp.ones(()),))[1]
    return limit, (student - teacher) / 3


@identity(source=HINTON, at=TWO)
def distillation_ignores_a_shift_of_the_student(student: Logits, shift: Scalar):
    r"""A constant added to the student's logits changes nothing; here for a teacher with logits 1 and 3."""
    teacher = jnp.array([1.0, 3.0])
    return distillation_loss(student + shift, teacher), distillation_loss(student, teacher)


@distillation_ignores_a_shift_of_the_student.mutant
def distillation_ignores_a_scale_of_the_student(student, shift):
    teacher = jnp.array([1.0, 3.0])
    return distillation_loss(student * shift, teacher), distillation_loss(student, teacher)


def _taught(student: Array, temperature: Array) -> Array:
    return distillation_loss(student, jnp.array([1.0, 2.0, 4.0]), temperature)
