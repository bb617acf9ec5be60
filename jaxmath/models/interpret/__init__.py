"""Looking inside a model, one text at a time: attention, lenses, attributions, circuits.

What comes back are arrays, which the definitions of chapter seven take, and which `figures` draws:

```
weights = interpret.attention(model, ids)                # [layers, heads, n, n]
jaxmath.definitions.attention_rollout(weights.mean(1))   # where each position comes from
interpret.figures.attention_map(axes, weights[4, 1], tokens)
```

For one stack of layers; the decoder or encoder of a model with two is not looked into.
"""

from jaxmath.models.interpret import figures as figures
from jaxmath.models.interpret._attention import HeadScores as HeadScores
from jaxmath.models.interpret._attention import attention as attention
from jaxmath.models.interpret._attention import head_scores as head_scores
from jaxmath.models.interpret._circuits import compositions as compositions
from jaxmath.models.interpret._circuits import heads as heads
from jaxmath.models.interpret._induction import induction_model as induction_model
from jaxmath.models.interpret._patching import changes as changes
from jaxmath.models.interpret._patching import score_of_changes as score_of_changes
from jaxmath.models.interpret._scores import Attribution as Attribution
from jaxmath.models.interpret._scores import attribution as attribution
from jaxmath.models.interpret._scores import lens as lens
