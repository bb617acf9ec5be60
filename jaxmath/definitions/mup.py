r"""Maximal update parametrization: how multipliers, initial scales and rates depend on width.

Source: Yang & Hu et al., *Tensor programs V* (2022), arXiv:2203.03466, tables 3, 8 and 9, and appendix B.1,
eq. (4) of *Tensor programs IV* (2020), arXiv:2011.14522 (symmetry of multiplier, scale and rate).
Claims: `jaxmath.claims.mup`.
"""

from typing import Literal, NamedTuple

from jaxmath.definitions._scalar import Scalar

Role = Literal["input", "hidden", "output"]
Rule = Literal["sgd", "adam"]


class Scaling(NamedTuple):
    """Factors of one weight: its multiplier, the standard deviation of its entries at the start, its rate."""

    multiplier: Scalar
    deviation: Scalar
    rate: Scalar


def mup_scaling(role: Role, fan_in: Scalar, fan_out: Scalar, rule: Rule = "adam") -> Scaling:
    r"""The factors of table 8.

    | | input and bias | hidden | output |
    |---|---|---|---|
    | multiplier | $1$ | $1$ | $1 / n_{\mathrm{in}}$ |
    | variance | $1 / n_{\mathrm{in}}$ | $1 / n_{\mathrm{in}}$ | $1$ |
    | rate, SGD | $n_{\mathrm{out}}$ | $1$ | $n_{\mathrm{in}}$ |
    | rate, Adam | $1$ | $1 / n_{\mathrm{in}}$ | $1$ |

    Only ratios to the values at some base width matter; what does not grow with the width counts as 1.

    Args:
      role: input (only `fan_out` grows with width; also biases), hidden (both), or output (only `fan_in`).
      fan_in: inputs of the weight.
      fan_out: outputs of the weight.
      rule: the optimizer: gradient descent, or one whose steps do not depend on the size of gradients.

    Raises:
      ValueError: if `role` or `rule` is another word.
    """
    table = {
        ("input", "sgd"): Scaling(1, fan_in**-0.5, fan_out),
        ("input", "adam"): Scaling(1, fan_in**-0.5, 1),
        ("hidden", "sgd"): Scaling(1, fan_in**-0.5, 1),
        ("hidden", "adam"): Scaling(1, fan_in**-0.5, 1 / fan_in),
        ("output", "sgd"): Scaling(1 / fan_in, 1, fan_in),
        ("output", "adam"): Scaling(1 / fan_in, 1, 1),
    }
    if (role, rule) not in table:
        raise ValueError(
            f'mup_scaling: role is {role!r}, rule is {rule!r}.\n  role must be "input", "hidden" or '
            '"output", rule "sgd" or "adam".'
        )
    return table[role, rule]


def shift_scaling(scaling: Scaling, factor: Scalar, rule: Rule = "adam") -> Scaling:
    r"""Other factors that make the same function take the same steps.

    $$ (m, \sigma, \eta) \mapsto (\theta m, \sigma / \theta, \eta / \theta^2) \text{ for SGD}, \qquad
       (\theta m, \sigma / \theta, \eta / \theta) \text{ for Adam} $$

    Args:
      scaling: the factors.
      factor: $\theta$, by which the multiplier grows.
      rule: the optimizer.
    """
    rate = scaling.rate / factor ** (2 if rule == "sgd" else 1)
    return Scaling(scaling.multiplier * factor, scaling.deviation / factor, rate)


def attention_scale(head_width: Scalar, base: Scalar = 64) -> Scalar:
    r"""$\sqrt{d_0} / d$ in place of $1 / \sqrt d$: trained queries and keys are correlated (definition 4.1).

    Args:
      head_width: width of a query, $d$.
      base: the width at which both are equal, $d_0$.
    """
    return base**0.5 / head_width
