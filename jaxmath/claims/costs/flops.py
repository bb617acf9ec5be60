"""Operations: counted in jaxprs, by XLA, and as published."""

import jax
import jax.numpy as jnp

from jaxmath.claims import _shapes
from jaxmath.claims.costs._counted import SHAPE, decoder, matmul_flops, params, xla_flops
from jaxmath.definitions import (
    forward_flops,
    masks,
    matrix_parameters,
    training_flops,
    visible_pairs,
)
from jaxmath.verify.claim import accounting, distribution


@accounting(source="definition of a matrix product: 2nkm operations")
def matrix_products_of_a_decoder_cost_what_the_formula_says():
    r"""$2 n (N_{\mathrm{blocks}} + V d) + 2 h (k + e) L n^2$ operations in its jaxpr."""
    return matmul_flops(decoder, params()), forward_flops(SHAPE, 16, masked=False)


@matrix_products_of_a_decoder_cost_what_the_formula_says.mutant
def matrix_products_of_a_decoder_are_those_with_weights():
    return matmul_flops(decoder, params()), 2 * 16 * matrix_parameters(SHAPE)


@accounting(source="Hoffmann et al. 2022, arXiv:2203.15556, appendix F")
def a_step_costs_three_forward_passes():
    r"""Every product has two in its backward pass: $3$ times the operations for value and gradient."""

    def loss(parameters):
        return decoder(parameters).sum()

    return matmul_flops(jax.value_and_grad(loss), params()), training_flops(SHAPE, 16, masked=False)


@a_step_costs_three_forward_passes.mutant
def a_step_costs_two_forward_passes():
    def loss(parameters):
        return decoder(parameters).sum()

    return matmul_flops(jax.value_and_grad(loss), params()), 2 * forward_flops(SHAPE, 16, masked=False)


@accounting(source="XLA, HloCostAnalysis")
def xla_counts_a_product_as_the_formula_does():
    r"""$2 n k m$ for one product; a gated network has three, and XLA adds its elementwise operations."""
    x, w = _shapes.array(8, 64), _shapes.array(64, 128)
    mlp = [_shapes.array(64, 128), _shapes.array(64, 128), _shapes.array(128, 64)]
    gated = xla_flops(lambda x, w, v, o: ((x @ w) * (x @ v)) @ o, x, *mlp)
    return (int(xla_flops(jnp.matmul, x, w)), gated / (2 * 8 * 3 * 64 * 128)), (2 * 8 * 64 * 128, "1.00")


@xla_counts_a_product_as_the_formula_does.mutant
def xla_counts_a_product_once():
    x, w = _shapes.array(8, 64), _shapes.array(64, 128)
    return (int(xla_flops(jnp.matmul, x, w)), 1.0), (8 * 64 * 128, "1.00")


@accounting(source="jax-ml/jax issue 22249 and google/flax issue 3492: costs of a scan")
def xla_counts_the_body_of_a_loop_once():
    r"""By `cost_analysis`, three layers under `lax.scan` cost a third of what they cost written out."""
    x, w = _shapes.array(16, 128), _shapes.array(3, 128, 128)

    def scanned(x, w):
        return jax.lax.scan(lambda x, w: (x @ w, None), x, w)[0]

    written = xla_flops(lambda x, w: x @ w[0] @ w[1] @ w[2], x, w)
    return (xla_flops(scanned, x, w) / written, matmul_flops(scanned, x, w)), ("0.33", 3 * 2 * 16 * 128 * 128)


@xla_counts_the_body_of_a_loop_once.mutant
def xla_counts_every_round_of_a_loop():
    x, w = _shapes.array(16, 128), _shapes.array(3, 128, 128)

    def scanned(x, w):
        return jax.lax.scan(lambda x, w: (x @ w, None), x, w)[0]

    written = xla_flops(lambda x, w: x @ w[0] @ w[1] @ w[2], x, w)
    return (xla_flops(scanned, x, w) / written, matmul_flops(scanned, x, w)), ("1.00", 3 * 2 * 16 * 128 * 128)


@distribution(source="definition of causal and windowed masks")
def visible_pairs_are_those_of_the_mask():
    r"""With and without cache and window, the formula counts the entries of the masks of the definitions."""
    cases = [
        (1, 0, 0),
        (5, 0, 0),
        (5, 3, 0),
        (1, 6, 0),
        (5, 0, 2),
        (5, 3, 2),
        (2, 3, 4),
        (2, 3, 9),
        (1, 6, 3),
    ]
    counted = [visible_pairs(n, c, window=w) for n, c, w in cases]
    return counted, [
        int(masks.window(n, n + c, w - 1 if w else None, 0, "bottom-right").sum()) for n, c, w in cases
    ]


@visible_pairs_are_those_of_the_mask.mutant
def visible_pairs_are_half_of_all():
    cases = [(1, 0), (5, 0), (5, 3)]
    counted = [n * (n + c) // 2 for n, c in cases]
    return counted, [int(masks.causal(n, n + c, "bottom-right").sum()) for n, c in cases]
