"""A norm of random vectors with its parameters, in torch."""

from collections.abc import Callable
from typing import Any

import torch


def problem(setting: dict[str, Any], method: dict[str, Callable[..., Any]]) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method for the kind of norm, and its arguments."""
    torch.manual_seed(0)
    n, d, dtype = setting["rows"], setting["width"], getattr(torch, setting["dtype"])
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        x, both = torch.randn(n, d).to(dtype), (torch.ones(d, dtype=dtype), torch.zeros(d, dtype=dtype))
    return method[setting["kind"]], (x, *both[: 2 if setting["kind"] == "layer" else 1])
