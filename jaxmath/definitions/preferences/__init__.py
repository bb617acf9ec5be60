r"""Losses that learn from preferences, for one prompt with one pair of answers (KTO: one answer).

An answer comes as the logarithm of its probability, the sum over its tokens: `chosen` and `rejected` under
the policy that is trained, `ref_chosen` and `ref_rejected` under a frozen reference.

Claims: `jaxmath.claims.preferences`.
"""

from jaxmath.definitions.preferences.dpo import bradley_terry as bradley_terry
from jaxmath.definitions.preferences.dpo import dpo as dpo
from jaxmath.definitions.preferences.dpo import preference_margin as preference_margin
from jaxmath.definitions.preferences.dpo import robust_dpo as robust_dpo
from jaxmath.definitions.preferences.ipo import ipo as ipo
from jaxmath.definitions.preferences.kto import kto as kto
from jaxmath.definitions.preferences.reference_free import log_odds as log_odds
from jaxmath.definitions.preferences.reference_free import orpo as orpo
from jaxmath.definitions.preferences.reference_free import simpo as simpo
from jaxmath.definitions.preferences.tilting import tilted_policy as tilted_policy
