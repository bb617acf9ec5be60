"""Parameters of blocks: their squares, and those of the textbook's own trees."""

from fractions import Fraction
from typing import Any

import jax

from jaxmath.claims import _shapes
from jaxmath.definitions import (
    AttentionShape,
    MLPShape,
    NormShape,
    TransformerShape,
    matrix_parameters,
    parameters,
    published_shape,
)
from jaxmath.verify.claim import accounting


def _billions(n: int) -> Fraction:
    return Fraction(n, 10**9)


@accounting(
    source="Kaplan et al. 2020, arXiv:2001.08361, eq. (2.1); Brown et al. 2020, arXiv:2005.14165, table 2.1"
)
def blocks_of_gpt_have_twelve_squares():
    r"""$12 L d^2$ entries of matrices without embeddings; GPT-3 has 175 billion parameters in all."""
    shapes = [published_shape(name) for name in ("gpt2", "gpt2-xl", "gpt3")]
    blocks = [matrix_parameters(s) - s.vocabulary * s.width for s in shapes]
    return (blocks, _billions(parameters(shapes[-1]))), ([12 * s.layers * s.width**2 for s in shapes], "175")


@blocks_of_gpt_have_twelve_squares.mutant
def blocks_of_gpt_have_eight_squares():
    shapes = [published_shape(name) for name in ("gpt2", "gpt2-xl", "gpt3")]
    blocks = [matrix_parameters(s) - s.vocabulary * s.width for s in shapes]
    return (blocks, _billions(parameters(shapes[-1]))), ([8 * s.layers * s.width**2 for s in shapes], "175")


def _textbook(**changes) -> tuple[TransformerShape, TransformerShape]:
    """The sizes of `_shapes.decoder(11, 5, 6, 3)` and `_shapes.encoder_decoder(11, 5, 6)`."""
    heads = AttentionShape(heads=2, groups=2, key_width=1, value_width=1)
    told: dict[str, Any] = dict(width=6, vocabulary=11, attention=heads, positions=5)
    deep = TransformerShape(layers=3, mlp=MLPShape(hidden=2, bias=True), norm=NormShape(vectors=2), **told)
    wide: dict[str, Any] = dict(norm=NormShape(vectors=2, outside=0), encoder_layers=1)
    return deep, TransformerShape(layers=1, mlp=MLPShape(hidden=1, bias=True), **wide, **told, **changes)


@accounting(source="Phuong & Hutter 2022, arXiv:2207.09238, algorithms 8 and 10")
def transformers_of_the_textbook_have_as_many_entries():
    r"""The formula counts the entries of the arrays that the definitions take."""
    trees = (_shapes.decoder(11, 5, 6, 3), _shapes.encoder_decoder(11, 5, 6))
    return [parameters(s) for s in _textbook()], [
        sum(x.size for x in jax.tree.leaves(tree)) for tree in trees
    ]


@transformers_of_the_textbook_have_as_many_entries.mutant
def readouts_of_the_textbook_are_tied():
    trees = (_shapes.decoder(11, 5, 6, 3), _shapes.encoder_decoder(11, 5, 6))
    return [parameters(s) for s in _textbook(tied=True)], [
        sum(x.size for x in jax.tree.leaves(tree)) for tree in trees
    ]
