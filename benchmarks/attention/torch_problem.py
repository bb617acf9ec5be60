"""Attention of random queries, keys and values, in torch."""

from typing import Any

import torch

from attention.method import Method, Setting, heads, shapes


def problem(setting: Setting, method: Method) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method and its arguments."""
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    groups, dtype = heads(setting)[1], getattr(torch, setting["dtype"])
    args = [
        method.to(torch.randn(shape, device=device).to(dtype), groups).contiguous()
        for shape in shapes(setting)
    ]
    return method.attend(setting), tuple(args)
