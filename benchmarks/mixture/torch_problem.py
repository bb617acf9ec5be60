"""A mixture of experts with its router on random vectors, in torch."""

from collections.abc import Callable
from typing import Any

import torch


def problem(setting: dict[str, Any], method: Callable[..., Any]) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method, and its arguments: vectors and parameters."""
    torch.manual_seed(0)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        module = method(setting).to(getattr(torch, setting["dtype"]))
        x = torch.randn(1, setting["tokens"], setting["width"]).to(getattr(torch, setting["dtype"]))
    names = [name for name, _ in module.named_parameters()]

    def call(x, *parameters):
        out = torch.func.functional_call(module, dict(zip(names, parameters, strict=True)), (x,))
        return out[0] if isinstance(out, tuple) else out

    return call, (x, *(p.detach() for p in module.parameters()))
