"""Modules of torch, eager and compiled."""

import torch
from torch import nn
from torch.nn import functional

from training.sizes import EPS


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.first, self.second = (nn.LayerNorm(d, eps=EPS) for _ in range(2))
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = (y.view(b, n, self.heads, -1).transpose(1, 2) for y in self.qkv(self.first(x)).chunk(3, -1))
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(b, n, d))
        return x + self.down(functional.gelu(self.up(self.second(x)), approximate="tanh"))


class Model(nn.Module):
    def __init__(self, setting):
        super().__init__()
        d = setting["width"]
        self.words, self.positions = nn.Embedding(setting["words"], d), nn.Embedding(setting["length"], d)
        self.blocks = nn.ModuleList(Block(d, setting["heads"]) for _ in range(setting["layers"]))
        self.norm = nn.LayerNorm(d, eps=EPS)
        nn.init.normal_(self.words.weight, std=0.02)

    def forward(self, ids, targets):
        x = self.words(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))
        for block in self.blocks:
            x = block(x)
        logits = functional.linear(self.norm(x), self.words.weight)
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten())


def eager(setting):
    return Model(setting), {}


def fused(setting):
    return Model(setting), {"fused": True}


def compiled(setting):
    return torch.compile(Model(setting)), {}
