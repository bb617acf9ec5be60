r"""Optimizers: one step of the textbook recurrences, for one array, as pure functions.

`step(theta, grad, *state, ...hyper-parameters)` returns the new parameters, then the new state.
Every hyper-parameter may be an array; `t` counts steps from 1 and is a number known beforehand.

Claims: `jaxmath.claims.optimizers`.
"""

from jaxmath.definitions.optimizers.adafactor import adafactor as adafactor
from jaxmath.definitions.optimizers.adafactor import adafactor_decay as adafactor_decay
from jaxmath.definitions.optimizers.adafactor import factored_rms as factored_rms
from jaxmath.definitions.optimizers.adam import adam as adam
from jaxmath.definitions.optimizers.adam import adam_direction as adam_direction
from jaxmath.definitions.optimizers.adam import adamw as adamw
from jaxmath.definitions.optimizers.clipping import clip_by_global_norm as clip_by_global_norm
from jaxmath.definitions.optimizers.clipping import global_norm as global_norm
from jaxmath.definitions.optimizers.lion import lion as lion
from jaxmath.definitions.optimizers.muon import muon as muon
from jaxmath.definitions.optimizers.schedule_free import schedule_free as schedule_free
from jaxmath.definitions.optimizers.schedule_free import schedule_free_point as schedule_free_point
from jaxmath.definitions.optimizers.sgd import momentum as momentum
from jaxmath.definitions.optimizers.sgd import nesterov as nesterov
from jaxmath.definitions.optimizers.sgd import sgd as sgd
