"""The block of Mixtral in `transformers`, which computes experts one by one, or by grouped products."""

import torch
from transformers import MixtralConfig
from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock


def block(setting, how):
    config = MixtralConfig(
        hidden_size=setting["width"],
        intermediate_size=setting["hidden"],
        num_local_experts=setting["experts"],
        num_experts_per_tok=setting["chosen"],
        experts_implementation=how,
    )
    module = MixtralSparseMoeBlock(config)
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    return module


def eager(setting):
    return block(setting, "eager")


def grouped(setting):
    return block(setting, "grouped_mm")
