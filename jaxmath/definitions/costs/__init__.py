r"""What a transformer costs: parameters, operations, memory; from its sizes alone, as exact integers.

Claims: `jaxmath.claims.costs`.
"""

from jaxmath.definitions.costs.activations import activation_bytes as activation_bytes
from jaxmath.definitions.costs.activations import block_activation_bytes as block_activation_bytes
from jaxmath.definitions.costs.cache import kv_cache_bytes as kv_cache_bytes
from jaxmath.definitions.costs.cache import kv_cache_width as kv_cache_width
from jaxmath.definitions.costs.flops import chinchilla_flops as chinchilla_flops
from jaxmath.definitions.costs.flops import forward_flops as forward_flops
from jaxmath.definitions.costs.flops import palm_flops as palm_flops
from jaxmath.definitions.costs.flops import training_flops as training_flops
from jaxmath.definitions.costs.flops import visible_pairs as visible_pairs
from jaxmath.definitions.costs.parameters import active_parameters as active_parameters
from jaxmath.definitions.costs.parameters import attention_parameters as attention_parameters
from jaxmath.definitions.costs.parameters import embedding_parameters as embedding_parameters
from jaxmath.definitions.costs.parameters import matrix_parameters as matrix_parameters
from jaxmath.definitions.costs.parameters import mlp_parameters as mlp_parameters
from jaxmath.definitions.costs.parameters import parameters as parameters
from jaxmath.definitions.costs.states import MIXED as MIXED
from jaxmath.definitions.costs.states import Precision as Precision
from jaxmath.definitions.costs.states import state_bytes as state_bytes
