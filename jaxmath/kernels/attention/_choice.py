"""Which implementation answers a call, and why not another."""

import dataclasses
from collections.abc import Sequence

import jax

from jaxmath.kernels._differentiable import Kernel
from jaxmath.kernels.attention._operands import AttentionError, Named
from jaxmath.kernels.attention._plan import Options
from jaxmath.kernels.attention._vendor import Vendor
from jaxmath.kernels.attention.blockwise import Blockwise
from jaxmath.kernels.attention.cudnn import Cudnn
from jaxmath.kernels.attention.splash import Splash
from jaxmath.kernels.attention.triton import Triton

# Fastest first.
VENDORS: dict[str, type[Vendor]] = {x.name: x for x in (Cudnn, Triton, Splash)}
NAMES = (*VENDORS, "blockwise")
Implementation = str | Sequence[str] | None


@dataclasses.dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
      name: the implementation that answers.
      objections: those that come before it, and why each of them does not.
    """

    name: str
    objections: dict[str, str]

    def __str__(self) -> str:
        """One line a candidate."""
        rows = [f"{name}: {why}" for name, why in self.objections.items()]
        return "\n".join([f"attention is computed by `{self.name}`.", *(f"  not by {row}." for row in rows)])


def choose(implementation: Implementation, options: Options, named: Named, interpret: bool) -> Choice:
    """The first of those asked for that computes what is asked for; by default, of all, fastest first.

    Raises:
      AttentionError: if a name is unknown, or none of those asked for will do.
    """
    candidates = _candidates(implementation)
    objections: dict[str, str] = {}
    for name in candidates:
        why = VENDORS[name].objection(options, named, interpret) if name in VENDORS else ""
        if not why:
            return Choice(name, objections)
        objections[name] = why
    rows = [f"  {name}: {why}." for name, why in objections.items()]
    headline = "attention: no implementation that was asked for computes this."
    remedy = "  Leave implementation out to have one chosen, or add 'blockwise', which computes everything."
    raise AttentionError("\n".join([headline, *rows, remedy]))


def kernel(choice: Choice, options: Options, interpret: bool) -> Kernel:
    """The chosen kernel."""
    if choice.name == "blockwise":
        return Blockwise(options)
    return VENDORS[choice.name](options, interpret)


def _candidates(implementation: Implementation) -> tuple[str, ...]:
    if implementation is None:
        here = jax.default_backend()
        return (*(name for name, vendor in VENDORS.items() if vendor.platform == here), "blockwise")
    names = (implementation,) if isinstance(implementation, str) else tuple(implementation)
    unknown = [x for x in names if x not in NAMES]
    if unknown or not names:
        raise AttentionError(
            f"attention: implementation must be one of {', '.join(map(repr, NAMES))}, a sequence of these, "
            f"the preferred first, or None to have one chosen; got {implementation!r}."
        )
    return names
