r"""Samplers: from the law of the next token, and noise, to a token.

The noise is an argument, so that its law can be enumerated; `categorical` draws it from a key.

Claims: `jaxmath.claims.samplers`.
"""

from jaxmath.definitions.samplers.gumbel import categorical as categorical
from jaxmath.definitions.samplers.gumbel import gumbel as gumbel
from jaxmath.definitions.samplers.gumbel import gumbel_max as gumbel_max
from jaxmath.definitions.samplers.gumbel import gumbel_softmax as gumbel_softmax
from jaxmath.definitions.samplers.gumbel import gumbel_top_k as gumbel_top_k
from jaxmath.definitions.samplers.inversion import inverse_cdf as inverse_cdf
