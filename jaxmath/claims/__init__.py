"""What is true of every component, by chapter.

A module in this package holds the claims about the component of the same name; `peers` holds
claims about libraries of other people, as they are installed; `traps` holds popular statements
that are false, and are refuted. Modules are found by themselves;
one that is missing from the table of contents is listed under `Other`.
"""

import dataclasses
import pkgutil


@dataclasses.dataclass(frozen=True)
class Chapter:
    """One chapter of the book.

    Attributes:
      number: its place.
      title: its name.
      components: modules of claims, in the order in which they are read. Of a component that is a
        folder, single modules may be named to come first.
    """

    number: int
    title: str
    components: tuple[str, ...] = ()


CHAPTERS = (
    Chapter(
        1,
        "Core concepts",
        (
            "softmax.values",
            "softmax",
            "information",
            "f_divergences",
            "mutual_information",
            "perplexity",
            "bregman",
            "fisher",
            "gaussian",
            "matrix_calculus",
            "summation",
        ),
    ),
    Chapter(
        2,
        "Training",
        (
            "losses",
            "linear_cross_entropy",
            "accumulation",
            "optimizers",
            "newton_schulz",
            "ema",
            "schedules",
            "stochastic_rounding",
            "initialization",
            "rematerialization",
            "loss_scaling",
        ),
    ),
    Chapter(
        3,
        "Structure",
        (
            "activations",
            "glu",
            "router",
            "mixture",
            "feedforward",
            "norms",
            "group_norm",
            "embedding",
            "linear",
            "sinusoidal",
            "rotary",
            "alibi",
            "t5",
            "residual",
            "blocks",
            "transformers",
            "pooling",
        ),
    ),
    Chapter(
        4,
        "Expansion",
        ("costs", "hardware", "parallel", "scaling_laws", "critical_batch", "mup"),
    ),
    Chapter(
        5,
        "Attention",
        (
            "masks",
            "scores",
            "attention",
            "multihead",
            "latent_attention",
            "cache",
            "linear_attention",
            "retention",
            "delta_rule",
            "random_features",
            "distance_attention",
            "differential_attention",
            "hopfield",
            "mixing",
            "clustering",
        ),
    ),
    Chapter(
        6,
        "Refinement",
        (
            "lora",
            "preferences",
            "kl_estimators",
            "policy_gradients",
            "distillation",
            "best_of_n",
            "quantizers",
            "hadamard",
            "smoothing",
            "surgeon",
            "pruning",
            "merging",
        ),
    ),
    Chapter(
        7,
        "Interpretability",
        (
            "logit_attribution",
            "lens",
            "circuits",
            "path_expansion",
            "induction",
            "rollout",
            "attention_flow",
            "identifiability",
            "quadrature",
            "integrated_gradients",
            "shapley",
            "patching",
            "erasure",
            "similarity",
            "sparse_autoencoder",
            "superposition",
            "influence",
            "ranks",
        ),
    ),
    Chapter(8, "Generation", ("processors", "samplers", "speculative", "beam", "mirostat", "diversity")),
    Chapter(
        9,
        "Ethics",
        (
            "fairness",
            "association",
            "privacy",
            "scoring",
            "calibration",
            "conformal",
            "uncertainty",
            "watermarks",
            "energy",
        ),
    ),
    Chapter(
        10,
        "Third parties",
        ("jax_nn", "flax_nnx", "flax_linen", "ml_dtypes", "optax", "pallas_gpu", "pallas_tpu"),
    ),
    Chapter(
        11,
        "Traps",
        (
            "traps.core",
            "traps.training",
            "traps.structure",
            "traps.expansion",
            "traps.attention",
            "traps.refinement",
            "traps.interpretability",
            "traps.attributions",
            "traps.sampling",
            "traps.generation",
            "traps",
        ),
    ),
    Chapter(12, "Other"),
)


@dataclasses.dataclass(frozen=True)
class Component:
    """A module of claims and its chapter.

    Attributes:
      name: the component's name, which the modules of a folder share.
      module: the module's full name.
      chapter: where it stands in the book.
    """

    name: str
    module: str
    chapter: Chapter


def components() -> tuple[Component, ...]:
    """Every module of claims that is installed, in the order of the book; imports none of them.

    A component that has outgrown its file is a folder; its modules share the folder's name.
    """
    listed = {name: (chapter, place) for chapter in CHAPTERS for place, name in enumerate(chapter.components)}
    found = []
    for module in _modules(list(__path__), f"{__name__}."):
        path = module.removeprefix(f"{__name__}.").removeprefix("peers.")
        name = path.partition(".")[0]
        chapter, place = listed.get(path) or listed.get(name) or (CHAPTERS[-1], 0)
        found.append((chapter.number, place, Component(name, module, chapter)))
    found.sort(key=lambda entry: (*entry[:2], entry[2].module))
    return tuple(component for *_, component in found)


def _modules(path: list[str], prefix: str) -> list[str]:
    found = []
    for info in pkgutil.iter_modules(path, prefix):
        name = info.name.rpartition(".")[2]
        if name.startswith("_"):
            continue
        found += [] if name == "peers" else [info.name]
        if info.ispkg:
            found += _modules([f"{folder}/{name}" for folder in path], f"{info.name}.")
    return found
