r"""Fairness between groups: rates, gaps between them, and scores.

Claims: `jaxmath.claims.fairness`.
"""

from jaxmath.definitions.fairness.gaps import average_odds_difference as average_odds_difference
from jaxmath.definitions.fairness.gaps import demographic_parity as demographic_parity
from jaxmath.definitions.fairness.gaps import equal_opportunity as equal_opportunity
from jaxmath.definitions.fairness.gaps import equalized_odds as equalized_odds
from jaxmath.definitions.fairness.gaps import gap as gap
from jaxmath.definitions.fairness.gaps import predictive_parity as predictive_parity
from jaxmath.definitions.fairness.rates import Confusion as Confusion
from jaxmath.definitions.fairness.rates import base_rate as base_rate
from jaxmath.definitions.fairness.rates import confusion as confusion
from jaxmath.definitions.fairness.rates import false_positive_rate as false_positive_rate
from jaxmath.definitions.fairness.rates import positive_predictive_value as positive_predictive_value
from jaxmath.definitions.fairness.rates import selection_rate as selection_rate
from jaxmath.definitions.fairness.rates import true_positive_rate as true_positive_rate
from jaxmath.definitions.fairness.scores import calibration as calibration
from jaxmath.definitions.fairness.scores import class_means as class_means
from jaxmath.definitions.fairness.scores import randomized as randomized
from jaxmath.definitions.fairness.scores import wasserstein as wasserstein
