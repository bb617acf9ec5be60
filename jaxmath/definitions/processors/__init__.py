r"""Logit processors: pure functions from the scores of the next token to other scores.

A token that is ruled out gets $-\infty$; the others keep their scores, so that softmax conditions on
those that are left. Processors that look back take the history: the tokens so far, the newest last,
with negative numbers in places that hold none. Functions of scores alone are joined by `compose`, and
their order matters.

Claims: `jaxmath.claims.processors`.
"""

from jaxmath.definitions.processors.constraints import ban as ban
from jaxmath.definitions.processors.constraints import ban_phrase as ban_phrase
from jaxmath.definitions.processors.constraints import force as force
from jaxmath.definitions.processors.constraints import no_repeat_ngram as no_repeat_ngram
from jaxmath.definitions.processors.guidance import contrastive as contrastive
from jaxmath.definitions.processors.guidance import guided as guided
from jaxmath.definitions.processors.penalties import frequency_penalty as frequency_penalty
from jaxmath.definitions.processors.penalties import presence_penalty as presence_penalty
from jaxmath.definitions.processors.penalties import repetition_penalty as repetition_penalty
from jaxmath.definitions.processors.penalties import token_counts as token_counts
from jaxmath.definitions.processors.surprise import epsilon as epsilon
from jaxmath.definitions.processors.surprise import eta as eta
from jaxmath.definitions.processors.surprise import typical as typical
from jaxmath.definitions.processors.truncation import compose as compose
from jaxmath.definitions.processors.truncation import min_p as min_p
from jaxmath.definitions.processors.truncation import temperature as temperature
from jaxmath.definitions.processors.truncation import top_k as top_k
from jaxmath.definitions.processors.truncation import top_p as top_p
