"""What is true of gradients that are accumulated over micro-batches or devices."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from jaxmath.definitions import accumulated, token_mean
from jaxmath.verify.claim import accounting, identity

ISSUE = "huggingface/transformers, issue 34242 (2024): gradient accumulation"
# Two items of three tokens, of which three and one count.
COUNTS = np.array([[True, True, True], [True, False, False]])


def _losses(w: Array, x: Array, y: Array) -> Array:
    return (jnp.einsum("btd,d->bt", x, w) - y) ** 2


@identity(source=ISSUE, at=dict(b=2, t=3, d=2), given=dict(counts=COUNTS))
def accumulated_sums_over_all_tokens_are_the_gradient_of_the_batch(
    w: Float[Array, " d"], x: Float[Array, "b t d"], y: Float[Array, "b t"], counts: Bool[Array, "b t"]
):
    r"""$\sum_i \nabla s_i / \sum_i n_i = \nabla\, \frac{1}{n} \sum \ell$, for unequal micro-batches."""

    def total(w, i):
        return jnp.where(counts[i], _losses(w, x, y)[i], 0).sum()

    sums = jnp.stack([jax.grad(total)(w, i) for i in range(2)])
    whole = jax.grad(lambda w: token_mean(_losses(w, x, y), counts))(w)
    return accumulated(sums, counts.sum(1).astype(w.dtype)), whole


@accumulated_sums_over_all_tokens_are_the_gradient_of_the_batch.mutant
def averaged_means_are_the_gradient_of_the_batch(w, x, y, counts):
    def mean(w, i):
        return jnp.where(counts[i], _losses(w, x, y)[i], 0).sum() / counts[i].sum().astype(w.dtype)

    means = jnp.stack([jax.grad(mean)(w, i) for i in range(2)])
    whole = jax.grad(lambda w: token_mean(_losses(w, x, y), counts))(w)
    return means.mean(0), whole


@identity(source=f"{ISSUE}: where both agree", at=dict(b=2, t=3), given=dict(counts=np.ones((2, 3), bool)))
def averaged_means_are_the_mean_of_micro_batches_of_one_size(
    losses: Float[Array, "b t"], counts: Bool[Array, "b t"]
):
    r"""The mean of the means is the mean, if every micro-batch has as many tokens."""
    means = jax.vmap(lambda row, count: token_mean(row[None], count[None]))(losses, counts)
    return means.mean(), token_mean(losses, counts)


@averaged_means_are_the_mean_of_micro_batches_of_one_size.mutant
def averaged_sums_are_the_mean_of_micro_batches_of_one_size(losses, counts):
    return losses.sum(1).mean(), token_mean(losses, counts)


@identity(
    source=f"{ISSUE}: by how much the mean of means is off", at=dict(b=2, t=3), given=dict(counts=COUNTS)
)
def a_mean_of_means_weighs_tokens_of_short_texts_more(
    losses: Float[Array, "b t"], counts: Bool[Array, "b t"]
):
    r"""The mean of means has weights $1 / (b\, n_i)$: $\tfrac16$ for each of three, $\tfrac12$ for one."""
    means = jax.vmap(lambda row, count: token_mean(row[None], count[None]))(losses, counts)
    weights = jnp.asarray([[1.0, 1.0, 1.0], [3.0, 0.0, 0.0]]) / 6
    return means.mean(), (weights * losses).sum()


@a_mean_of_means_weighs_tokens_of_short_texts_more.mutant
def a_mean_of_means_weighs_all_tokens_alike(losses, counts):
    means = jax.vmap(lambda row, count: token_mean(row[None], count[None]))(losses, counts)
    weights = jnp.asarray([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0]]) / 4
    return means.mean(), (weights * losses).sum()


@accounting(source=f"{ISSUE}: one long text of loss 1 and one short one of loss 2")
def a_mean_of_means_is_off_by_a_fifth_here():
    r"""With three tokens of loss 1 and one of loss 2 the mean is 1.25, the mean of means 1.5."""
    losses = jnp.asarray([[1.0, 1.0, 1.0], [2.0, 0.0, 0.0]])
    mean = token_mean(losses, jnp.asarray(COUNTS))
    each = [token_mean(losses[i : i + 1], jnp.asarray(COUNTS)[i : i + 1]) for i in range(2)]
    return (float(mean), float(sum(each)) / 2), ("1.25", "1.50")


@a_mean_of_means_is_off_by_a_fifth_here.mutant
def a_mean_of_means_is_the_mean_here():
    losses = jnp.asarray([[1.0, 1.0, 1.0], [2.0, 0.0, 0.0]])
    each = [token_mean(losses[i : i + 1], jnp.asarray(COUNTS)[i : i + 1]) for i in range(2)]
    return float(sum(each)) / 2, "1.25"


@identity(source="linearity; Goyal et al. 2017, arXiv:1706.02677, section 2", at=dict(b=4, d=2))
def accumulation_does_not_depend_on_the_partition(sums: Float[Array, "b d"], counts: Float[Array, " b"]):
    r"""Four micro-batches, two of twice the size, or one: the same gradient, however many tokens each has."""
    pairs = sums[0::2] + sums[1::2], counts[0::2] + counts[1::2]
    whole = accumulated(sums, counts)
    return (accumulated(*pairs), accumulated(sums[::-1], counts[::-1])), (whole, whole)


@accumulation_does_not_depend_on_the_partition.mutant
def means_do_not_depend_on_the_partition(sums, counts):
    means = sums / counts[:, None]
    pairs = (sums[0::2] + sums[1::2]) / (counts[0::2] + counts[1::2])[:, None]
    return pairs.mean(0), means.mean(0)
