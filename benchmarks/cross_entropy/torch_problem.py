"""The mean loss of random vectors, table and targets, in torch."""

import functools
from collections.abc import Callable
from typing import Any

import torch


def problem(setting: dict[str, Any], method: Callable[..., Any]) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method, which closes over the targets, and its arguments."""
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    n, d, v = (setting[axis] for axis in ("tokens", "width", "words"))
    dtype = getattr(torch, setting["dtype"])
    x = torch.randn((n, d), device=device).to(dtype)
    table = (torch.randn((v, d), device=device) * 0.02).to(dtype)
    targets = torch.randint(0, v, (n,), device=device)
    return functools.partial(method, targets=targets), (x, table)
