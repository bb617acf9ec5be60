"""What a file `benchmarks/bench_<name>.py` says, as `BENCH = Bench(...)`: a new file is found by itself."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Setting = dict[str, Any]

# Of a number of each dtype that is measured.
BYTES = dict(float32=4, float64=8, bfloat16=2, float16=2)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Work:
    """The least that has to be done, whoever does it.

    Attributes:
      flops: floating-point operations of matrix products.
      moved: bytes read and written once.
      exps: exponentials.
    """

    flops: float
    moved: float = 0.0
    exps: float = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Peer:
    """A library, as its users have it.

    Attributes:
      name: what it is called here.
      where: its method, `module:name` in the folder of benchmarks.
      packages: what has to be installed for it; the first one's version is recorded.
      side: the module that knows its clocks, `jax_side` or `torch_side`.
      modes: the modes that it is asked for.
      platforms: where it can run.
      default: whether it runs without being named.
    """

    name: str
    where: str
    packages: tuple[str, ...]
    side: str = "jax_side"
    modes: tuple[str, ...] = ("forward", "gradient", "jvp", "hvp")
    platforms: tuple[str, ...] = ("cpu", "gpu", "tpu")
    default: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sweep:
    """Settings of which one axis varies.

    Attributes:
      name: what it is called on the command line.
      axis: the axis that varies.
      grid: values of every axis; all combinations are measured.
      modes: the modes that are measured.
      peers: who is measured unless told; all that are installed if empty.
    """

    name: str
    axis: str
    grid: Mapping[str, Sequence[Any]]
    modes: tuple[str, ...]
    peers: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bench:
    """A component that is measured beside its peers.

    Attributes:
      name: the word on the command line.
      title: the heading.
      subject: the peer that this library is.
      reference: the peer that the others are divided by.
      peers: all of them, the subject first.
      problems: by side, what makes a function and its arguments from a setting and a method.
      sweeps: all sweeps by preset; `default` is one.
      letters: the letter of each axis, and how an axis is written.
      work: the least work of a setting and a mode.
      exponent: the theoretical exponent of `time` or `memory` along an axis in a mode.
      settled: completes a setting (a batch from a number of tokens).
      each: what a figure is divided by before exponents are fitted, where sizes vary together.
    """

    name: str
    title: str
    subject: str
    reference: str
    peers: tuple[Peer, ...]
    problems: Mapping[str, str]
    sweeps: Mapping[str, tuple[Sweep, ...]]
    letters: Mapping[str, str]
    work: Callable[[Setting, str], Work]
    exponent: Callable[[str, str, str], float | None]
    settled: Callable[[Setting], Setting] = dict
    each: Callable[[Setting], float] = lambda setting: 1.0
