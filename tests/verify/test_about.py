"""A claim about one function is put to another."""

import jax.numpy as jnp
import pytest

from jaxmath.claims import speculative
from jaxmath.claims.samplers import inversion
from jaxmath.verify.claim import ClaimError


def careless(p, u):
    """Inversion that may draw the last token though its probability is zero."""
    return jnp.minimum((jnp.cumsum(p) <= u).sum(), p.shape[0] - 1)


def test_a_claim_is_refuted_for_a_wrong_sampler():
    claim = inversion.inversion_never_draws_what_has_probability_zero
    assert claim.check().held
    theirs = claim.about(sample=careless)
    assert theirs.check().verdict == "refuted" and theirs.name == claim.name
    assert [m.of for m in theirs.mutants] == [theirs] and claim.check().held


def test_what_was_not_given_is_not_replaced():
    claim = speculative.two_proposals_give_the_joint_law_of_the_model
    with pytest.raises(
        ClaimError, match=r"about\(draw=...\) replaces what the claim was not given.*\n.*sample"
    ):
        claim.about(draw=careless)
