"""Whole families of models, read from published checkpoints.

A family is data: a map from the options of its `config.json` to a `Config`, and the names of its tensors.
"""

from jaxmath.models._config import Config as Config
from jaxmath.models._files import CheckpointError as CheckpointError
from jaxmath.models._generation import Generated as Generated
from jaxmath.models._generation import GenerationError as GenerationError
from jaxmath.models._generation import Settings as Settings
from jaxmath.models._generation import generate as generate
from jaxmath.models._generation import stream as stream
from jaxmath.models._make import Model as Model
from jaxmath.models._make import init as init
from jaxmath.models._make import load as load
from jaxmath.models._make import read_config as read_config
from jaxmath.models._read import ConfigError as ConfigError
from jaxmath.models._transformer import Result as Result
from jaxmath.models._transformer import Transformer as Transformer
from jaxmath.models._two_stacks import EncoderDecoder as EncoderDecoder
from jaxmath.models.families import FAMILIES as FAMILIES
