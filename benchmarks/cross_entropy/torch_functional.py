"""`torch.nn.functional.linear` and `cross_entropy`."""

from torch.nn import functional


def loss(x, table, targets):
    return functional.cross_entropy(functional.linear(x, table), targets)
