r"""Memory of one device in training.

Source: Rajbhandari et al. 2020, arXiv:1910.02054, section 3; Korthikanti et al. 2022, arXiv:2205.05198,
section 4.
"""

import math

from jaxmath.definitions.costs import MIXED, Precision, block_activation_bytes, parameters, state_bytes
from jaxmath.definitions.plan.layout import Layout
from jaxmath.definitions.shapes import TransformerShape


def device_memory(
    shape: TransformerShape, layout: Layout, context: int, precision: Precision = MIXED
) -> dict[str, int]:
    """Bytes on the fullest device, by what they are for.

    Parameters are taken to be divided evenly between stages, and all blocks to be as wide as the widest.
    While the backward pass recomputes a block in full, that block's own activations are there too.

    Args:
      shape: the model.
      layout: how it is divided.
      context: tokens of a sequence.
      precision: bytes for each parameter.
    """
    own = -(-parameters(shape) // (layout.tensor * layout.pipeline))
    parts = {
        "weights": Precision(gradients=0, optimizer=0, weights=precision.weights),
        "gradients": Precision(weights=0, optimizer=0, gradients=precision.gradients),
        "optimizer": Precision(weights=0, gradients=0, optimizer=precision.optimizer),
    }
    state = {k: state_bytes(own, p, stage=layout.stage, shards=layout.data) for k, p in parts.items()}
    # Sharded weights are whole in the block at work and in the next one, which is on its way.
    whole = 2 * precision.weights * own // max(1, shape.layers // layout.pipeline) if layout.stage == 3 else 0
    kept = {"activations": _activations(shape, layout, context), "logits": _logits(shape, layout, context)}
    return state | {"gathered": whole} | kept


def _activations(shape: TransformerShape, layout: Layout, context: int) -> int:
    told = dict(dropout=False, tensor=layout.tensor, sequence_parallel=layout.tensor > 1)
    kept = block_activation_bytes(shape, context, recompute=layout.recompute, **told)  # type: ignore[arg-type]
    again = block_activation_bytes(shape, context, recompute="selective", **told)  # type: ignore[arg-type]
    # The first stage holds as many microbatches as there are stages, so that every layer counts once.
    extra = again if layout.recompute == "full" else 0
    return math.ceil(layout.microbatch * (shape.layers * kept + extra))


def _logits(shape: TransformerShape, layout: Layout, context: int) -> int:
    """Scores of one microbatch in 32 bits."""
    return -(-4 * layout.microbatch * context * shape.vocabulary * shape.readout // layout.tensor)
