r"""Patching: what a score does when inner values are exchanged for those of another run.

Source: Vig et al., *Investigating gender bias in language models using causal mediation analysis* (2020),
arXiv:2004.12265; Meng et al., *Locating and editing factual associations in GPT* (2022), arXiv:2202.05262;
Nanda, *Attribution patching: activation patching at industrial scale* (2023);
Pearl, *Direct and indirect effects* (2001), arXiv:1301.2300 (paths).
Claims: `jaxmath.claims.patching`.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.notation import checked

Changes = Mapping[str, Array]
Score = Callable[[Changes], Float[Array, ""]]


def patching_effects(f: Score, changes: Changes) -> dict[str, Float[Array, ""]]:
    r"""Activation patching: $f(\delta_k) - f(0)$ for each inner value $k$, one run for each.

    Args:
      f: the score of a run to whose inner values these were added; those not named are left alone.
      changes: $\delta$: the values of the other run less those of this one, by name.

    >>> f = lambda d: jnp.exp(d.get("a", 0.0)) + 2 * d.get("b", 0.0)
    >>> {k: str(v) for k, v in patching_effects(f, {"a": jnp.array(0.0), "b": jnp.array(3.0)}).items()}
    {'a': '0.0', 'b': '6.0'}
    """
    before = f({})
    return {name: f({name: change}) - before for name, change in changes.items()}


def attribution_effects(f: Score, changes: Changes) -> dict[str, Float[Array, ""]]:
    r"""Attribution patching: $\langle \nabla f(0), \delta_k \rangle$ for all inner values, by one gradient.

    Args:
      f: as in `patching_effects`.
      changes: $\delta$.

    >>> f = lambda d: jnp.exp(d["a"]) + 2 * d["b"]
    >>> {k: str(v) for k, v in attribution_effects(f, {"a": jnp.array(1.0), "b": jnp.array(3.0)}).items()}
    {'a': '1.0', 'b': '6.0'}
    """
    slopes = jax.grad(f)({name: jnp.zeros_like(change) for name, change in changes.items()})
    return {name: (slopes[name] * change).sum() for name, change in changes.items()}


class Effects(NamedTuple):
    """What an exchange of the input does, along both ways from it to the score.

    Attributes:
      total: along both.
      direct: past the mediator, which keeps its value.
      indirect: through the mediator alone.
    """

    total: Float[Array, ""]
    direct: Float[Array, ""]
    indirect: Float[Array, ""]


@checked
def path_effects(
    f: Callable[[Array, Array], Float[Array, ""]],
    mediator: Callable[[Array], Array],
    x: Float[Array, "*shape"],
    other: Float[Array, "*shape"],
) -> Effects:
    r"""Path patching: $f(x', m(x'))$, $f(x', m(x))$ and $f(x, m(x'))$, less $f(x, m(x))$ each.

    Args:
      f: the score, of the input and of the mediator.
      mediator: $m$.
      x: the input.
      other: $x'$, the other run's.

    >>> print(*path_effects(lambda x, m: x * m, lambda x: x, jnp.array(1.0), jnp.array(3.0)))
    8.0 2.0 2.0
    """
    m, m_other = mediator(x), mediator(other)
    before = f(x, m)
    return Effects(f(other, m_other) - before, f(other, m) - before, f(x, m_other) - before)
