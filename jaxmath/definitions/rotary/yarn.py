r"""YaRN: clocks slowed down by parts, and scores at another temperature.

Source: Peng et al., *YaRN: efficient context window extension of large language models* (2023),
arXiv:2309.00071, sections 3.2 and 3.4. Claims: `jaxmath.claims.rotary.bands`.
"""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

from jaxmath.definitions._scalar import Scalar
from jaxmath.definitions.rotary.frequencies import rotary_frequencies


def yarn_frequencies(
    d: int,
    factor: Scalar,
    original: int,
    base: float = 10000.0,
    fast: float = 32.0,
    slow: float = 1.0,
    rounded: bool = True,
) -> Float[Array, "{d}//2"]:
    r"""NTK by parts, with a ramp that is linear in the index of the pair.

    $$ \omega_i' = (1 - \rho_i)\, \omega_i + \rho_i \frac{\omega_i}{s}, \qquad
       \rho_i = \operatorname{clip}\Bigl(\frac{i - i_\beta}{i_\alpha - i_\beta}, 0, 1\Bigr), \qquad
       i_r = \frac{d \ln(L / 2 \pi r)}{2 \ln b} $$

    where pair $i_r$ goes round $r$ times in $L$ positions; $i_\beta$ is rounded down, and is at least 0,
    $i_\alpha$ is rounded up, and is at most $d - 1$.

    Departs from the source's section 3.2, whose ramp is that of `llama3_frequencies`, as the authors' code
    and everybody else's does.

    Args:
      d: the width that is turned.
      factor: $s$.
      original: $L$, positions in training.
      base: $b$.
      fast: $\beta$: clocks that go round more often are left alone.
      slow: $\alpha$: clocks that go round less often are slowed down by the factor.
      rounded: whether the two indices are rounded.
    """
    first, last = (_index(d, original, base, times) for times in (fast, slow))
    if rounded:
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, d - 1)
    width = last - first if last != first else 0.001
    slowed = jnp.clip((jnp.arange(d // 2, dtype=float) - first) / width, 0, 1)
    frequencies = rotary_frequencies(d, base)
    return (1 - slowed) * frequencies + slowed * frequencies / factor


def _index(d: int, length: int, base: float, times: float) -> float:
    return d * math.log(length / (times * 2 * math.pi)) / (2 * math.log(base))


def yarn_attention_factor(factor: Scalar, weight: Scalar = 1.0) -> Float[Array, ""]:
    r"""By how much turned queries, and turned keys, are lengthened, $0.1\, m \ln s + 1$; 1 if $s \le 1$.

    Scores grow by its square. DeepSeek's `mscale` and `mscale_all_dim` are two weights $m$, and the
    factor of its vectors is the quotient of two of these.

    >>> print(yarn_attention_factor(1.0))
    1.0
    """
    return jnp.asarray(1 + weight * jnp.log(jnp.maximum(jnp.asarray(factor, float), 1)) / 10)
