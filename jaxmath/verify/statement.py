"""What a claim is: a function with a source, a kind and false neighbours; and how it is asked.

The decorators that make claims are in `jaxmath.verify.claim`. A trap is the reverse of a claim: a
popular statement that is false, which the engine has to refute, with a true neighbour.
"""

import dataclasses
import functools
import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from jaxmath.verify import annotations
from jaxmath.verify.annotations import ClaimError
from jaxmath.verify.verdict import Certificate

Judge = Callable[..., Certificate]
_QUIET = (str(Path(__file__).parent), "site-packages", "/lib/python")


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Claim:
    """A theorem with the evidence that it asks for, made by a decorator.

    Its name is the theorem, its arguments are the quantified variables, its docstring is the
    statement. Calling it calls the decorated function.

    Attributes:
      function: what was decorated; any callable.
      kind: the decorator's name.
      judge: turns the function and its arguments into a certificate.
      source: where the statement is found.
      at: the size of each letter.
      given: values of the arguments that are not quantified over.
      options: what else the decorator was told, for the judge.
      label: a name other than the function's.
      of: the claim that this is a mutant of, if it is one.
      mutants: false neighbours, which must be refuted; of a trap, true ones, which must hold.
      trap: whether this is a popular statement that is false.
      instead: the name of a claim elsewhere that takes the place of a trap; empty if there is none.
    """

    function: Callable[..., Any]
    kind: str
    judge: Judge
    source: str
    at: Mapping[str, int] = dataclasses.field(default_factory=dict)
    given: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    label: str | None = None
    of: "Claim | None" = None
    mutants: list["Claim"] = dataclasses.field(default_factory=list)
    trap: bool = False
    instead: str = ""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the decorated function returns."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name}>"

    @property
    def name(self) -> str:
        """The theorem, as an identifier."""
        return self.label or str(getattr(_innermost(self.function), "__name__", type(self.function).__name__))

    @property
    def module(self) -> str:
        """The module that the function was written in."""
        return getattr(_innermost(self.function), "__module__", None) or ""

    @property
    def component(self) -> str:
        """The last part of the module's name."""
        return self.module.rpartition(".")[2]

    @property
    def docstring(self) -> str:
        """The whole docstring, without its indentation."""
        return inspect.cleandoc(getattr(_innermost(self.function), "__doc__", None) or "")

    @property
    def statement(self) -> str:
        """The first paragraph of the docstring, on one line."""
        return " ".join(self.docstring.partition("\n\n")[0].split())

    def arguments(self) -> dict[str, Any]:
        """Values and types of the arguments by name; a mutant has those of its claim, a truth its own.

        Raises:
          ClaimError: if one of them has neither a value nor an annotation that gives its type.
        """
        return annotations.arguments(self.name, self._signature(), self.at, self.given)

    def apply(self, values: Mapping[str, Any]) -> Any:
        """What the function returns for values by name, in the claim's order."""
        kinds = {key: parameter.kind for key, parameter in self._signature().parameters.items()}
        named = {key: value for key, value in values.items() if kinds[key] is inspect.Parameter.KEYWORD_ONLY}
        return self.function(*(value for key, value in values.items() if key not in named), **named)

    def _signature(self) -> inspect.Signature:
        owner = self.of if self.of and not self.trap else self
        return inspect.signature(owner.function, eval_str=True)

    def check(self, seed: int = 0, failure: float = 2.0**-60) -> Certificate:
        """Puts the claim to the engine. An error on the way is a verdict of `unknown`, never raised."""
        try:
            return self.judge(self, seed=seed, failure=failure)
        except ClaimError as error:
            reason = str(error)
        except Exception as error:  # whatever a claim raises, the other claims have to be heard
            reason = _told(self, error)
        return Certificate(kind=self.kind, verdict="unknown", reason=reason, seed=seed, failure=failure)

    def about(self, **given: Any) -> "Claim":
        """The same theorem, with its mutants, about other things than those it was given.

        A claim whose argument `process` is a function in `given` is put to another function by
        `claim.about(process=theirs)`.

        Raises:
          ClaimError: if the claim was not given what is to be replaced.
        """
        unknown = [key for key in given if key not in self.given]
        if unknown:
            raise ClaimError(
                f"{self.name}: about({unknown[0]}=...) replaces what the claim was not given.\n"
                f"  It was given {', '.join(self.given) or 'nothing'}."
            )
        changed = {**self.given, **given}
        claim = dataclasses.replace(self, given=changed, mutants=[])
        of = self.of or claim
        claim.mutants.extend(dataclasses.replace(m, given=changed, of=of) for m in self.mutants)
        return claim

    def mutant(self, function: Callable[..., Any]) -> "Claim":
        """Registers a false neighbour that takes the same arguments in the same order."""
        neighbour = dataclasses.replace(self, function=function, label=None, of=self.of or self, mutants=[])
        self.mutants.append(neighbour)
        return neighbour

    def truth(self, claim: "Claim") -> "Claim":
        """Registers a claim that is true in place of a trap; it has its own arguments, kind and source.

        Raises:
          TypeError: if this is no trap, or what stands in its place is no claim.
        """
        if not (self.trap and isinstance(claim, Claim)):
            what = "is no trap" if not self.trap else f"is given a {type(claim).__name__}"
            raise TypeError(
                f"{self.name}: a claim takes the place of a trap, but this {what}.\n"
                "  Decorate what is popular and false with `trap()`, and what is true with the kind of its\n"
                "  evidence (identity, bound, ...) before `truth`; a claim's false neighbour is its `mutant`."
            )
        self.mutants.append(dataclasses.replace(claim, trap=True, of=self))
        return self.mutants[-1]

    @property
    def is_false(self) -> bool:
        """Whether this has to be refuted: a mutant of a claim, or a trap, but not a trap's truth."""
        return self.trap != (self.of is not None)

    def stands(self, found: Certificate) -> bool:
        """Whether a certificate is the one that this has to get."""
        return found.verdict == "refuted" if self.is_false else found.held


def claims_of(thing: Any) -> list[Claim]:
    """The claims in a claim, a module, a class, a mapping or a sequence, each once, in order.

    A list of claims may stand anywhere in a module, so that one function can make the same set of
    claims about several implementations. Mutants come with their claims and are not listed.
    """
    return list(dict.fromkeys(_found(thing)))


def _found(thing: Any) -> Iterable[Claim]:
    if isinstance(thing, ModuleType | type):
        thing = [value for key, value in vars(thing).items() if not key.startswith("__")]
    if isinstance(thing, Claim):
        return () if thing.of else (thing,)
    if isinstance(thing, Mapping):
        thing = list(thing.values())
    if isinstance(thing, list | tuple):
        nested = (part for part in thing if isinstance(part, Claim | Mapping | list | tuple))
        return (claim for part in nested for claim in _found(part))
    return ()


def _innermost(function: Any) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _told(claim: Claim, error: Exception) -> str:
    text = str(error).strip() or "(no message)"
    lines = text.splitlines()
    if len(lines) > 12:
        lines = [*lines[:12], f"... ({len(lines) - 12} more lines)"]
    return "\n".join(
        [
            f"{claim.name}: {type(error).__name__} while the claim was evaluated{_where(claim, error)}.",
            *(f"  {line}" for line in lines),
            "  Nothing is claimed. Correct the claim or the function that it calls.",
        ]
    )


def _where(claim: Claim, error: Exception) -> str:
    """The line of the claim's file that led to an error, or else of the nearest file of no library."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not any(part in frame.filename for part in _QUIET)]
    code = getattr(inspect.unwrap(_innermost(claim.function)), "__code__", None)
    own = [frame for frame in own if code is not None and frame.filename == code.co_filename] or own
    if not own:
        return ""
    return f" at {'/'.join(Path(own[-1].filename).parts[-2:])}:{own[-1].lineno} ({own[-1].name})"
