"""Text out of models: a jitted loop, static shapes, a cache."""

from jaxmath.models._generation.generate import Generated as Generated
from jaxmath.models._generation.generate import generate as generate
from jaxmath.models._generation.settings import GenerationError as GenerationError
from jaxmath.models._generation.settings import Settings as Settings
from jaxmath.models._generation.stream import stream as stream
