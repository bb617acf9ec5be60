r"""Transformers described by their sizes: what a formula of cost has to know, and nothing else.

Claims: `jaxmath.claims.costs`.
"""

from jaxmath.definitions.shapes.experts import ExpertsShape as ExpertsShape
from jaxmath.definitions.shapes.parts import AttentionShape as AttentionShape
from jaxmath.definitions.shapes.parts import MLPShape as MLPShape
from jaxmath.definitions.shapes.parts import NormShape as NormShape
from jaxmath.definitions.shapes.published import PUBLISHED as PUBLISHED
from jaxmath.definitions.shapes.published import published_shape as published_shape
from jaxmath.definitions.shapes.read import shape_from_config as shape_from_config
from jaxmath.definitions.shapes.transformer import TransformerShape as TransformerShape
