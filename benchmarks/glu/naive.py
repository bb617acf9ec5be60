"""The formula."""

import jax


def network(x, gate, up, down):
    return (jax.nn.silu(x @ gate) * (x @ up)) @ down
