"""Modules of Flax NNX as its documentation puts them together, with optax's loss."""

import jax
import optax
from flax import nnx

from training.sizes import EPS


class Block(nnx.Module):
    def __init__(self, d, heads, rngs):
        self.heads = heads
        self.first = nnx.LayerNorm(d, epsilon=EPS, rngs=rngs)
        self.qkv = nnx.Linear(d, 3 * d, rngs=rngs)
        self.out = nnx.Linear(d, d, rngs=rngs)
        self.second = nnx.LayerNorm(d, epsilon=EPS, rngs=rngs)
        self.up = nnx.Linear(d, 4 * d, rngs=rngs)
        self.down = nnx.Linear(4 * d, d, rngs=rngs)

    def __call__(self, x):
        b, n, d = x.shape
        qkv = self.qkv(self.first(x)).reshape(b, n, 3, self.heads, -1)
        mixed = nnx.dot_product_attention(*(qkv[:, :, i] for i in range(3)), is_causal=True)
        x = x + self.out(mixed.reshape(b, n, d))
        return x + self.down(nnx.gelu(self.up(self.second(x))))


class Model(nnx.Module):
    def __init__(self, setting, rngs):
        d = setting["width"]
        normal = nnx.initializers.normal(0.02)
        self.words = nnx.Embed(setting["words"], d, embedding_init=normal, rngs=rngs)
        self.positions = nnx.Embed(setting["length"], d, embedding_init=normal, rngs=rngs)
        self.blocks = nnx.List([Block(d, setting["heads"], rngs) for _ in range(setting["layers"])])
        self.norm = nnx.LayerNorm(d, epsilon=EPS, rngs=rngs)

    def __call__(self, ids):
        x = self.words(ids) + self.positions(jax.numpy.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.words.attend(self.norm(x))


def make(setting):
    def loss(state, ids, targets):
        logits = nnx.merge(graph, state)(ids)
        return optax.softmax_cross_entropy_with_integer_labels(logits, targets).mean()

    graph, state = nnx.split(Model(setting, nnx.Rngs(0)))
    return state, loss
