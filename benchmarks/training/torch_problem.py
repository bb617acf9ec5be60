"""A step of AdamW on random tokens, in torch."""

from collections.abc import Callable
from typing import Any

import torch

from training.sizes import DECAY, RATE


def problem(setting: dict[str, Any], method: Callable[..., Any]) -> tuple[Callable[[], Any], tuple[Any, ...]]:
    """One step; a method makes a model whose call is the loss, and says how its optimizer works."""
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with torch.device(device):
        model, how = method(setting)
        ids = torch.randint(0, setting["words"], (setting["batch"], setting["length"] + 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=DECAY, **how)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = model(ids[:, :-1], ids[:, 1:])
        loss.backward()
        optimizer.step()
        return loss

    return step, ()
