"""Parameters of mixtures of experts, all and active, as published."""

from fractions import Fraction

from jaxmath.definitions import active_parameters, embedding_parameters, parameters, published_shape
from jaxmath.verify.claim import accounting

HUB = "tensors of the checkpoint that its authors published"


def _billions(n: int) -> Fraction:
    return Fraction(n, 10**9)


@accounting(source=f"Jiang et al. 2024, arXiv:2401.04088, section 2 (13B active); {HUB}")
def mixtral_has_the_published_parameters():
    r"""All of Mistral and of Mixtral 8x7B; a token meets 12.9 of its 46.7 billion."""
    shape = published_shape("mixtral-8x7b")
    counted = (
        parameters(published_shape("mistral-7b")),
        parameters(shape),
        _billions(active_parameters(shape)),
    )
    return counted, (7241732096, 46702792704, "12.9")


@mixtral_has_the_published_parameters.mutant
def mixtral_is_eight_mistrals():
    mistral = parameters(published_shape("mistral-7b"))
    return (mistral, 8 * mistral, _billions(2 * mistral)), (7241732096, 46702792704, "12.9")


@accounting(source=f"DeepSeek-AI 2024, arXiv:2412.19437, section 1 (671B, 37B active); {HUB}")
def deepseek_v3_has_the_published_parameters():
    r"""671,026,419,200: 671,026,404,352 parameters and a bias for each expert, adjusted without gradient.

    Of the 37 billion active ones, 36.6 are met when the table of embeddings is left out, 37.6 with it.
    """
    shape = published_shape("deepseek-v3")
    stored = parameters(shape) + shape.sparse_layers * shape.experts.count
    active = active_parameters(shape)
    return (stored, _billions(active), _billions(active - embedding_parameters(shape))), (
        671026419200,
        "37.6",
        "36.6",
    )


@deepseek_v3_has_the_published_parameters.mutant
def deepseek_v3_stores_parameters_only():
    shape = published_shape("deepseek-v3")
    active = active_parameters(shape)
    counted = (parameters(shape), _billions(active), _billions(active - embedding_parameters(shape)))
    return counted, (671026419200, "37.6", "36.6")


@accounting(source="OpenAI 2025, gpt-oss model card, arXiv:2508.10925, table 1")
def gpt_oss_has_the_published_parameters():
    r"""Billions: 116.83 in all; 5.13 active, without the table of embeddings but with the read-out."""
    shape = published_shape("gpt-oss-120b")
    active = active_parameters(shape) - embedding_parameters(shape)
    return (_billions(parameters(shape)), _billions(active)), ("116.83", "5.13")


@gpt_oss_has_the_published_parameters.mutant
def gpt_oss_counts_its_embeddings_as_active():
    shape = published_shape("gpt-oss-120b")
    return (_billions(parameters(shape)), _billions(active_parameters(shape))), ("116.83", "5.13")
