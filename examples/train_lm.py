"""Train a small language model on the sources of Python's standard library, byte by byte.

    python examples/train_lm.py --steps 500 --out /tmp/lm

Kill it and start it again: it goes on from the last checkpoint with the batch that came next, since a batch
is a function of the seed and the number of the step. At the end it draws the losses and writes some Python.
"""

import argparse
import functools
import json
import sysconfig
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

import jaxmath

BARS = "▁▂▃▄▅▆▇█"


def text(limit: int) -> np.ndarray:
    """The first bytes of the standard library, in the order of its files' names."""
    root = Path(sysconfig.get_paths()["stdlib"])
    parts, size = [], 0
    for path in sorted(root.glob("*.py")):
        parts.append(path.read_bytes())
        size += len(parts[-1])
        if size >= limit:
            break
    return np.frombuffer(b"".join(parts)[:limit], np.uint8)


def batch(data: np.ndarray, seed: int, step: int, rows: int, length: int) -> jax.Array:
    """The batch of a step: pieces of `length + 1` bytes from random places."""
    random = np.random.default_rng((seed, step))
    starts = random.integers(0, len(data) - length, rows)
    return jnp.asarray(np.stack([data[x : x + length + 1] for x in starts]), jnp.int32)


def config(width: int, layers: int) -> dict[str, object]:
    """A small model of Llama's kind over bytes."""
    return {
        "model_type": "llama",
        "vocab_size": 256,
        "hidden_size": width,
        "intermediate_size": 8 * width // 3,
        "num_hidden_layers": layers,
        "num_attention_heads": max(1, width // 32),
        "tie_word_embeddings": True,
    }


def loss(model: jaxmath.models.Transformer, ids: jax.Array) -> jax.Array:
    """Mean cross-entropy of the next byte, in nats."""
    logits = model(ids[:, :-1]).logits
    return optax.softmax_cross_entropy_with_integer_labels(logits, ids[:, 1:]).mean()


@functools.partial(jax.jit, static_argnames="optimizer", donate_argnums=(0, 1))
def train_step(model, state, ids, optimizer):
    """One step of the optimizer."""
    value, gradients = jax.value_and_grad(loss)(model, ids)
    updates, state = optimizer.update(gradients, state, model)
    return optax.apply_updates(model, updates), state, value


class Checkpoints:
    """Checkpoints of model and optimizer, the last two of them kept."""

    def __init__(self, folder: Path):
        """Open a folder."""
        self._manager = ocp.CheckpointManager(folder, options=ocp.CheckpointManagerOptions(max_to_keep=2))

    def restore(self, tree):
        """The last one, and how many steps it took; the tree as it is and 0 if there is none."""
        step = self._manager.latest_step()
        if step is None:
            return tree, 0
        leaves, shape = jax.tree.flatten(tree)
        found = self._manager.restore(step, args=ocp.args.StandardRestore(leaves))
        return jax.tree.unflatten(shape, found), step

    def save(self, tree, step: int) -> None:
        """Write one."""
        self._manager.save(step, args=ocp.args.StandardSave(jax.tree.leaves(tree)))

    def close(self) -> None:
        """Wait for what is being written."""
        self._manager.wait_until_finished()
        self._manager.close()


def curve(losses: list[float], columns: int = 60) -> str:
    """Losses as a row of bars, each the mean of a stretch."""
    means = [float(np.mean(x)) for x in np.array_split(losses, min(columns, len(losses)))]
    low, high = min(means), max(means)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0
    return "".join(BARS[round((x - low) * scale)] for x in means) + f"  {means[0]:.3f} → {means[-1]:.3f}"


def train(options: argparse.Namespace, console: Console):
    """The model after all steps, and every loss."""
    data = text(options.bytes)
    schedule = optax.warmup_cosine_decay_schedule(0, options.rate, max(1, options.steps // 20), options.steps)
    optimizer = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, b2=0.95, weight_decay=0.1))
    model = jaxmath.models.init(config(options.width, options.layers), jax.random.key(options.seed))
    checkpoints = Checkpoints(options.out.absolute() / "checkpoints")
    (model, state), first = checkpoints.restore((model, optimizer.init(model)))
    log = options.out / "losses.jsonl"
    losses = [json.loads(x) for x in log.read_text().splitlines()[:first]] if log.exists() else []
    log.write_text("".join(f"{x}\n" for x in losses))
    columns = (
        TextColumn("step"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.3f}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress, log.open("a") as file:
        task = progress.add_task("", total=options.steps, completed=first, loss=float("nan"))
        for step in range(first, options.steps):
            ids = batch(data, options.seed, step, options.rows, options.length)
            model, state, value = train_step(model, state, ids, optimizer)
            losses.append(float(value))
            file.write(f"{losses[-1]}\n")
            progress.update(task, advance=1, loss=losses[-1])
            if (step + 1) % options.every == 0 or step + 1 == options.steps:
                file.flush()
                checkpoints.save((model, state), step + 1)
    checkpoints.close()
    return model, losses


def sample(model: jaxmath.models.Transformer, prompt: str, steps: int, seed: int) -> str:
    """A continuation."""
    ids = jnp.asarray(np.frombuffer(prompt.encode(), np.uint8)[None], jnp.int32)
    key = jax.random.key(seed)
    made = jaxmath.generate(model, ids, steps=steps, key=key, temperature=0.8, top_p=0.95)
    return prompt + bytes(np.asarray(made.tokens[0], np.uint8)).decode(errors="replace")


def main(arguments: list[str] | None = None) -> list[float]:
    """Train, draw and sample."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("lm"), help="folder of checkpoints and losses")
    for name, default, what in (
        ("steps", 500, "steps of the optimizer"),
        ("width", 192, "of the model"),
        ("layers", 4, "of the model"),
        ("rows", 16, "pieces in a batch"),
        ("length", 128, "bytes in a piece"),
        ("bytes", 4_000_000, "of text"),
        ("every", 100, "steps from one checkpoint to the next"),
        ("sample", 300, "bytes to write at the end"),
        ("seed", 0, "of everything random"),
    ):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{what} ({default})")
    parser.add_argument("--rate", type=float, default=2e-3, help="greatest learning rate (2e-3)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    console = Console()
    model, losses = train(options, console)
    console.print(f"\nloss  {curve(losses)}\n")
    console.print(sample(model, "def ", options.sample, options.seed), markup=False, highlight=False)
    return losses


if __name__ == "__main__":
    main()
