r"""Watermarks: marks in generated text that a key reveals.

Claims: `jaxmath.claims.watermarks`.
"""

from jaxmath.definitions.watermarks.green import favour as favour
from jaxmath.definitions.watermarks.green import green_tail as green_tail
from jaxmath.definitions.watermarks.green import normal_tail as normal_tail
from jaxmath.definitions.watermarks.green import spike_entropy as spike_entropy
from jaxmath.definitions.watermarks.green import z_score as z_score
from jaxmath.definitions.watermarks.silent import exponential_score as exponential_score
from jaxmath.definitions.watermarks.silent import exponential_tail as exponential_tail
from jaxmath.definitions.watermarks.silent import exponential_token as exponential_token
from jaxmath.definitions.watermarks.silent import permuted_token as permuted_token
from jaxmath.definitions.watermarks.silent import tournament as tournament
