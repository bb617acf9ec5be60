"""Tokens after a random prompt by a model of GPT-2's kind, in torch."""

from collections.abc import Callable
from typing import Any

import torch
from training.sizes import gpt2
from transformers import GPT2Config, GPT2LMHeadModel


def problem(setting: dict[str, Any], method: Callable[..., Any]) -> tuple[Any, tuple[Any, ...]]:
    """The function of a method, which knows its model, and a prompt."""
    torch.manual_seed(0)
    sizes = {**gpt2({**setting, "length": 1024}), "bos_token_id": None, "eos_token_id": None}
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = GPT2LMHeadModel(GPT2Config(**sizes)).eval().to(getattr(torch, setting["dtype"]))
        ids = torch.randint(0, setting["words"], (setting["batch"], setting["prompt"]))
    return lambda ids: method(model, ids, setting["steps"]), (ids,)
