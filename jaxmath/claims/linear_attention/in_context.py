"""Linear attention that learns in context: layers are steps of descent."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import delta_rule, retention
from jaxmath.verify.claim import identity

OSWALD = "von Oswald et al. 2022, Transformers learn in-context by gradient descent, arXiv:2212.07677"
SIZES = dict(m=3, d=2, e=2)
Inputs = Float[Array, "m d"]
Targets = Float[Array, "m e"]
Query = Float[Array, " d"]
Scalar = Float[Array, ""]


def _loss(w, x, y):
    """Half the mean squared error of a linear map."""
    return ((x @ w - y) ** 2).sum() / (2 * x.shape[0])


def _answer(x, y, query):
    """What the last of all positions reads by linear attention without denominators; it has no value yet."""
    inputs = jnp.concatenate([x, query[None]])
    values = jnp.concatenate([y, jnp.zeros((1, y.shape[1]))])
    return retention(inputs, inputs, values, jnp.zeros(inputs.shape[0]))[-1]


@identity(source=f"{OSWALD}, proposition 1, from weights of zero", at=SIZES)
def linear_attention_to_examples_is_a_step_of_descent(x: Inputs, y: Targets, query: Query, lr: Scalar):
    r"""Keys $x_i$, values $\tfrac{\eta}{m} y_i$: the answer is that of $W_1 = -\eta \nabla L(0)$."""
    w = -lr * jax.grad(_loss)(jnp.zeros((2, 2)), x, y)
    return _answer(x, lr / x.shape[0] * y, query), query @ w


@linear_attention_to_examples_is_a_step_of_descent.mutant
def linear_attention_to_examples_solves_for_one_of_them(x, y, query, lr):
    return _answer(x[:1], y[:1], query), query @ jnp.outer(x[0], y[0]) / (x[0] @ x[0])


@identity(source=f"{OSWALD}, proposition 1", at=SIZES)
def linear_attention_to_errors_is_a_step_of_descent(
    x: Inputs, y: Targets, query: Query, w: Float[Array, "d e"], lr: Scalar
):
    r"""With the errors $y_i - x_i W$ as values, what is read is what a step of descent changes."""
    change = -lr * jax.grad(_loss)(w, x, y)
    return _answer(x, lr / x.shape[0] * (y - x @ w), query), query @ change


@linear_attention_to_errors_is_a_step_of_descent.mutant
def linear_attention_to_targets_is_a_step_of_descent(x, y, query, w, lr):
    change = -lr * jax.grad(_loss)(w, x, y)
    return _answer(x, lr / x.shape[0] * y, query), query @ change


@identity(source=f"{OSWALD}, section 3: several layers", at=SIZES)
def layers_of_linear_attention_are_steps_of_descent(x: Inputs, y: Targets, query: Query, lr: Scalar):
    r"""Two layers with residuals take the targets to the errors of $W_2$, and the query to its answer."""
    tokens = jnp.concatenate([x, query[None]])
    values = jnp.concatenate([y, jnp.zeros((1, 2))])
    for _ in range(2):
        values = values - lr / x.shape[0] * (tokens @ x.T) @ values[:-1]
    w = jnp.zeros((2, 2))
    for _ in range(2):
        w = w - lr * jax.grad(_loss)(w, x, y)
    return (values[:-1], -values[-1]), (y - x @ w, query @ w)


@layers_of_linear_attention_are_steps_of_descent.mutant
def two_layers_are_a_step_of_twice_the_rate(x, y, query, lr):
    tokens = jnp.concatenate([x, query[None]])
    values = jnp.concatenate([y, jnp.zeros((1, 2))])
    for _ in range(2):
        values = values - lr / x.shape[0] * (tokens @ x.T) @ values[:-1]
    w = -2 * lr * jax.grad(_loss)(jnp.zeros((2, 2)), x, y)
    return (values[:-1], -values[-1]), (y - x @ w, query @ w)


@identity(source="Widrow & Hoff 1960: least mean squares, one example at a time", at=SIZES)
def the_delta_rule_is_descent_example_by_example(x: Inputs, y: Targets, query: Query, lr: Scalar):
    r"""After examples one by one, each with a step of its own, the delta rule answers as their weights do."""
    w = jnp.zeros((2, 2))
    for i in range(3):
        w = w - lr * jax.grad(_loss)(w, x[i : i + 1], y[i : i + 1])
    asked = jnp.concatenate([x[1:], query[None]])
    return delta_rule(asked, x, y, jnp.broadcast_to(lr, (3,)))[-1], query @ w


@the_delta_rule_is_descent_example_by_example.mutant
def the_delta_rule_is_descent_on_all_examples(x, y, query, lr):
    w = -3 * lr * jax.grad(_loss)(jnp.zeros((2, 2)), x, y)
    asked = jnp.concatenate([x[1:], query[None]])
    return delta_rule(asked, x, y, jnp.broadcast_to(lr, (3,)))[-1], query @ w
