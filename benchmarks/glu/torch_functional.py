"""`torch.nn.functional`."""

from torch.nn.functional import linear, silu


def network(x, gate, up, down):
    return linear(silu(linear(x, gate)) * linear(x, up), down)
