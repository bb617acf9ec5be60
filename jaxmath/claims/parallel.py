"""What is true of divided transformers."""

from fractions import Fraction

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.claims._schedules import pipeline_waits, ring_all_reduce
from jaxmath.definitions import (
    AttentionShape,
    all_gather_volume,
    all_reduce_volume,
    data_parallel_volume,
    gated_mlp,
    pipeline_bubble,
    reduce_scatter_volume,
    ring_attention_volume,
    tensor_parallel_volume,
    ulysses_volume,
)
from jaxmath.verify.claim import distribution, identity

PATARASUK = "Patarasuk & Yuan 2009, Bandwidth optimal all-reduce algorithms, section 3"
NARAYANAN = "Narayanan et al. 2021, arXiv:2104.04473, section 2.2"
HEADS = AttentionShape(heads=8, groups=8, key_width=16, value_width=16)


@identity(source=PATARASUK, at=dict(n=4, m=4, d=2))
def a_sum_over_devices_is_scattered_then_gathered(x: Float[Array, "n m d"]):
    r"""All-reduce is reduce-scatter, then all-gather, with the same answer on every device."""

    def both(x):
        part = jax.lax.psum_scatter(x, "i", tiled=True)
        return jax.lax.all_gather(part, "i", tiled=True)

    return jax.vmap(both, axis_name="i")(x), jax.vmap(lambda x: jax.lax.psum(x, "i"), axis_name="i")(x)


@a_sum_over_devices_is_scattered_then_gathered.mutant
def a_sum_over_devices_is_scattered(x):
    def both(x):
        return jnp.tile(jax.lax.psum_scatter(x, "i", tiled=True), (x.shape[0], 1))

    return jax.vmap(both, axis_name="i")(x), jax.vmap(lambda x: jax.lax.psum(x, "i"), axis_name="i")(x)


@distribution(source=PATARASUK)
def a_ring_sends_the_volume_of_the_formula():
    r"""On rings of 2 to 7 devices, each sends $2 \frac{n - 1}{n} B$ until all have the sum."""
    sent, ended = zip(*(ring_all_reduce(n) for n in range(2, 8)), strict=True)
    return (list(sent), all(ended)), ([all_reduce_volume(n, n) for n in range(2, 8)], True)


@a_ring_sends_the_volume_of_the_formula.mutant
def a_ring_sends_all_it_has_once():
    sent, ended = zip(*(ring_all_reduce(n) for n in range(2, 8)), strict=True)
    return (list(sent), all(ended)), ([all_gather_volume(n, n) for n in range(2, 8)], True)


@distribution(source=f"{NARAYANAN}; Huang et al. 2018, arXiv:1811.06965")
def a_pipeline_waits_as_long_as_the_formula_says():
    r"""Slots in which nothing is to do, by running the schedule: $(p - 1) / (v m + p - 1)$ of all."""
    cases = [(p, m * p, v) for p in (1, 2, 3, 4) for m in (1, 2, 3) for v in (1, 2, 3)]
    return [pipeline_waits(*case) for case in cases], [pipeline_bubble(*case) for case in cases]


@a_pipeline_waits_as_long_as_the_formula_says.mutant
def a_pipeline_waits_for_the_share_of_the_work():
    cases = [(p, m * p, v) for p in (1, 2, 3, 4) for m in (1, 2, 3) for v in (1, 2, 3)]
    return [pipeline_waits(*case) for case in cases], [Fraction(p - 1, v * m) for p, m, v in cases]


@identity(source="Shoeybi et al. 2019, arXiv:1909.08053, section 3, figure 3", at=dict(n=3, d=2, f=4))
def a_network_is_the_sum_of_its_shards(
    x: Float[Array, "n d"], w: Float[Array, "d f"], v: Float[Array, "d f"], w2: Float[Array, "f d"]
):
    r"""Columns of the first matrices and rows of the last may be divided: one sum at the end."""
    first, second = (gated_mlp(x, w[:, i], v[:, i], w2[i]) for i in (slice(0, 2), slice(2, 4)))
    return first + second, gated_mlp(x, w, v, w2)


@a_network_is_the_sum_of_its_shards.mutant
def a_network_is_the_sum_of_shards_of_its_input(x, w, v, w2):
    keep = jnp.eye(2)[:, :, None]
    first, second = (gated_mlp(x, w * rows, v * rows, w2) for rows in keep)
    return first + second, gated_mlp(x, w, v, w2)


@distribution(source="Rajbhandari et al. 2020, arXiv:1910.02054, section 7")
def sharded_parameters_cost_half_as_much_again():
    r"""Up to stage 2 of ZeRO a step sends what plain data parallelism sends; at stage 3, $1.5$ times that."""
    plain = data_parallel_volume(60, 4)
    return [data_parallel_volume(60, 4, stage=s) / plain for s in (1, 2, 3)], [1, 1, Fraction(3, 2)]


@sharded_parameters_cost_half_as_much_again.mutant
def sharded_parameters_cost_twice_as_much():
    plain = data_parallel_volume(60, 4)
    return [data_parallel_volume(60, 4, stage=s) / plain for s in (1, 2, 3)], [1, 1, 2]


@distribution(source="Jacobs et al. 2023, arXiv:2309.14509, section 3.2; Liu et al. 2023, arXiv:2310.01889")
def exchanging_heads_sends_less_than_passing_keys_on():
    r"""Without groups, $4 \frac{n - 1}{n^2} s d$ entries against $2 \frac{n - 1}{n} s d$."""
    sizes = (2, 4, 8)
    ratios = [ulysses_volume(64, HEADS, n) / ring_attention_volume(64, HEADS, n) for n in sizes]
    return ratios, [Fraction(2, n) for n in sizes]


@exchanging_heads_sends_less_than_passing_keys_on.mutant
def exchanging_heads_sends_as_much_as_passing_keys_on():
    sizes = (2, 4, 8)
    ratios = [ulysses_volume(64, HEADS, n) / ring_attention_volume(64, HEADS, n) for n in sizes]
    return ratios, [1, 1, 1]


@distribution(source="Korthikanti et al. 2022, arXiv:2205.05198, section 4.2.2")
def dividing_tokens_beside_heads_is_free():
    r"""Four all-reduces of a block send what four all-gathers and four reduce-scatters do."""
    whole = [64 * 16 * n for n in (2, 4, 8)]
    sums = [tensor_parallel_volume(64 * n, 16, 1, n) for n in (2, 4, 8)]
    pairs = [
        (all_gather_volume(w, n), reduce_scatter_volume(w, n)) for w, n in zip(whole, (2, 4, 8), strict=True)
    ]
    return sums, [4 * (gather + scatter) for gather, scatter in pairs]


@dividing_tokens_beside_heads_is_free.mutant
def dividing_tokens_beside_heads_halves_what_is_sent():
    whole = [64 * 16 * n for n in (2, 4, 8)]
    sums = [tensor_parallel_volume(64 * n, 16, 1, n) for n in (2, 4, 8)]
    return sums, [4 * all_gather_volume(w, n) for w, n in zip(whole, (2, 4, 8), strict=True)]
