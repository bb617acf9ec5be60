"""What is true of direct logit attribution."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions import layer_norm, rms_norm, unembed
from jaxmath.definitions.logit_attribution import frozen_norm, logit_attribution
from jaxmath.verify.claim import identity

ELHAGE = "Elhage et al. 2021, A mathematical framework for transformer circuits"
NANDA = "Nanda & Bloom 2022, TransformerLens, apply_ln_to_stack"
SIZES = dict(parts=3, d=3, v=2)
Parts = Float[Array, "parts d"]
Table = Float[Array, "v d"]
Row = Float[Array, " d"]


@identity(source=NANDA, at=SIZES)
def attributions_add_up_to_the_scores(parts: Parts, table: Table, weight: Row, bias: Row):
    r"""Those of all components and of the bias of the norm are $\mathrm{norm}(\sum_i c_i)\, W_U$."""
    added = logit_attribution(parts, table, weight).sum(0) + unembed(bias, table)
    return added, unembed(layer_norm(parts.sum(0), weight, bias), table)


@attributions_add_up_to_the_scores.mutant
def attributions_add_up_to_the_scores_without_the_bias(parts, table, weight, bias):
    added = logit_attribution(parts, table, weight).sum(0)
    return added, unembed(layer_norm(parts.sum(0), weight, bias), table)


@attributions_add_up_to_the_scores.mutant
def scores_of_the_components_add_up_to_the_scores(parts, table, weight, bias):
    """Each through a norm of its own."""
    added = unembed(layer_norm(parts, weight), table).sum(0) + unembed(bias, table)
    return added, unembed(layer_norm(parts.sum(0), weight, bias), table)


@identity(source=NANDA, at=SIZES)
def attributions_of_a_root_mean_square_add_up_to_the_scores(parts: Parts, table: Table, weight: Row):
    r"""RMS norm has no bias and subtracts nothing: the components are all there is."""
    added = logit_attribution(parts, table, weight, 1e-6, kind="rms").sum(0)
    return added, unembed(rms_norm(parts.sum(0), weight), table)


@attributions_of_a_root_mean_square_add_up_to_the_scores.mutant
def attributions_of_a_root_mean_square_are_centred(parts, table, weight):
    added = logit_attribution(parts, table, weight, 1e-6, kind="layer").sum(0)
    return added, unembed(rms_norm(parts.sum(0), weight), table)


@identity(source="chain rule, the radial term of a norm", at=dict(parts=2, d=3))
def a_frozen_norm_keeps_all_of_the_derivative_but_the_radial_part(parts: Parts, weight: Row, u: Row):
    r"""The true derivative is the frozen one less $\hat x \langle \hat x, \gamma \odot u \rangle / (s d)$."""
    x = parts.sum(0)
    centred = x - x.mean()
    scale = jnp.sqrt((centred**2).mean() + 1e-5)
    hat = centred / scale
    radial = hat * (hat @ (weight * u)) / (scale * 3)
    frozen = jax.grad(lambda parts: (frozen_norm(parts, weight) @ u).sum())(parts)
    true = jax.grad(lambda parts: layer_norm(parts.sum(0), weight) @ u)(parts)
    return frozen - jnp.broadcast_to(radial, parts.shape), true


@a_frozen_norm_keeps_all_of_the_derivative_but_the_radial_part.mutant
def a_frozen_norm_keeps_all_of_the_derivative(parts, weight, u):
    frozen = jax.grad(lambda parts: (frozen_norm(parts, weight) @ u).sum())(parts)
    return frozen, jax.grad(lambda parts: layer_norm(parts.sum(0), weight) @ u)(parts)


@identity(source=f"{NANDA}; components that only change the mean", at=SIZES)
def what_moves_all_entries_alike_is_attributed_nothing(parts: Parts, table: Table, c: Float[Array, " parts"]):
    r"""Constants added to all entries of a component leave attributions by layer norm as they are."""
    moved = parts + jnp.broadcast_to(c[:, None], parts.shape)
    return logit_attribution(moved, table), logit_attribution(parts, table)


@what_moves_all_entries_alike_is_attributed_nothing.mutant
def what_moves_all_entries_alike_is_attributed_nothing_by_root_mean_square(parts, table, c):
    moved = parts + jnp.broadcast_to(c[:, None], parts.shape)
    return logit_attribution(moved, table, kind="rms"), logit_attribution(parts, table, kind="rms")


@identity(source=f"{ELHAGE}, finer and coarser sums", at=SIZES)
def attributions_of_a_split_component_add_up_to_its_attribution(parts: Parts, table: Table, piece: Row):
    r"""A component may be split, as a layer into heads: the pieces share its own, the others keep theirs."""
    finer = jnp.concatenate([parts[:1] - piece[None], piece[None], parts[1:]])
    found = logit_attribution(finer, table)
    return jnp.concatenate([found[:1] + found[1:2], found[2:]]), logit_attribution(parts, table)


@attributions_of_a_split_component_add_up_to_its_attribution.mutant
def attributions_do_not_change_if_a_component_is_left_out(parts, table, piece):
    return logit_attribution(parts[:2], table), logit_attribution(parts, table)[:2]
