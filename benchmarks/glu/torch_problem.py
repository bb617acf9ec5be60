"""A SwiGLU network on random vectors, in torch."""

from collections.abc import Callable
from typing import Any

import torch


def problem(setting: dict[str, Any], method: Callable[..., Any]) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method, and its arguments: vectors, gate, up, down; matrices as torch has them."""
    torch.manual_seed(0)
    n, d, f = (setting[axis] for axis in ("tokens", "width", "hidden"))
    dtype = getattr(torch, setting["dtype"])
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        x = torch.randn(n, d).to(dtype)
        weights = [(torch.randn(shape) * shape[1] ** -0.5).to(dtype) for shape in ((f, d), (f, d), (d, f))]
    return method, (x, *weights)
