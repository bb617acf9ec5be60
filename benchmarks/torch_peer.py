"""`torch.autograd.gradcheck` on the functions of `problems.py`; needs torch only, prints one line of JSON."""

import json
import math
import signal
import sys

import grid
import timing
import torch

# The Jacobians of a full check, by hand and by differences, may take this much memory.
MOST_BYTES = 2**26


def draw(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def scores(q, k, first=0):
    seen = torch.arange(q.shape[-2])[:, None] >= first + torch.arange(k.shape[-2])[None]
    return (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(~seen, -math.inf)


def blockwise(q, k, v, block=grid.KEYS):
    top = q.new_full(q.shape[:-1], -math.inf)
    total, mean = q.new_zeros(q.shape[:-1]), torch.zeros_like(q)
    for first in range(0, k.shape[-2], block):
        s = scores(q, k[..., first : first + block, :], first)
        new = torch.maximum(top, s.amax(-1))
        old, p = torch.exp(top - new), torch.exp(s - new[..., None])
        total = total * old + p.sum(-1)
        mean = mean * old[..., None] + p @ v[..., first : first + block, :]
        top = new
    return mean / total[..., None], top + torch.log(total)


class Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v):
        o, lse = blockwise(q, k, v)
        ctx.save_for_backward(q, k, v, o, lse)
        return o

    @staticmethod
    def backward(ctx, do):
        q, k, v, o, lse = ctx.saved_tensors
        p = torch.exp(scores(q, k) - lse[:, None])
        ds = p * (do @ v.mT - (do * o).sum(1, keepdim=True)) / math.sqrt(q.shape[1])
        return ds @ k, ds.mT @ q, p.mT @ do


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        centred = x - x.mean(-1, keepdim=True)
        r = torch.rsqrt((centred**2).mean(-1, keepdim=True) + 1e-5)
        ctx.save_for_backward(centred * r, r, weight)
        return centred * r * weight + bias

    @staticmethod
    def backward(ctx, dy):
        y, r, weight = ctx.saved_tensors
        g = dy * weight
        dx = r * (g - g.mean(-1, keepdim=True) - y * (g * y).mean(-1, keepdim=True))
        return dx, (dy * y).sum(0), dy.sum(0)


def heads(x):
    return x.reshape(x.shape[0], grid.BLOCK_HEADS, -1).transpose(0, 1)


def stack(x, *params):
    norm = torch.nn.functional.layer_norm
    for w1, b1, qkv, out, w2, b2, up, down in zip(*[iter(params)] * 8, strict=True):
        q, k, v = map(heads, (norm(x, w1.shape, w1, b1) @ qkv).chunk(3, -1))
        x = x + blockwise(q, k, v)[0].transpose(0, 1).reshape(x.shape) @ out
        y = norm(x, w2.shape, w2, b2)
        x = x + torch.nn.functional.gelu(y @ up, approximate="tanh") @ down
    return x


def layer(d):
    f = 4 * d
    return map(
        lambda shape: (draw(*shape).detach() / math.sqrt(shape[0])).requires_grad_(),
        [(d,), (d,), (d, 3 * d), (d, d), (d,), (d,), (d, f), (f, d)],
    )


def attention_at(n, d):
    return tuple(draw(n, d) for _ in range(3))


CASES = {
    "forward-length": lambda n: (lambda *a: blockwise(*a)[0], attention_at(n, grid.HEAD)),
    "backward-length": lambda n: (Attention.apply, attention_at(n, grid.HEAD)),
    "forward-width": lambda d: (lambda *a: blockwise(*a)[0], attention_at(grid.SHORT, d)),
    "norm-width": lambda d: (LayerNorm.apply, (draw(grid.SHORT, d), draw(d), draw(d))),
    "block-depth": lambda depth: (
        stack,
        (
            draw(grid.BLOCK_LENGTH, grid.BLOCK_WIDTH),
            *(p for _ in range(depth) for p in layer(grid.BLOCK_WIDTH)),
        ),
    ),
}


def main() -> None:
    task = json.loads(sys.argv[1])
    torch.manual_seed(0)
    f, args = CASES[task["family"]](task["size"])
    with torch.no_grad():
        outputs = f(*args).numel()
    size = 16 * outputs * sum(a.numel() for a in args)
    if not task["fast"] and size > MOST_BYTES:
        print(json.dumps(dict(left_out=f"its two Jacobians would take {size / 2**20:.0f} MiB")))
        return

    def check() -> str:
        try:
            torch.autograd.gradcheck(f, args, fast_mode=task["fast"])
        except RuntimeError as error:
            return "rejected: " + str(error).strip().splitlines()[0]
        return "accepted"

    signal.setitimer(signal.ITIMER_REAL, task["limit"])  # ends the process
    found = timing.twice(check, task["again_below"])
    print(json.dumps({**found, "version": torch.__version__}))


if __name__ == "__main__":
    main()
