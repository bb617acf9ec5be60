"""What the engine raises: on questions that cannot be put, and on answers that are not yes."""

from jaxmath.verify.verdict import Certificate, Witness

_LONGEST = 200
_SIDES = {"vjp": ("exact", "rule"), "jvp": ("exact", "rule"), "independence": ("before", "after")}


class QuestionError(ValueError):
    """A question that cannot be put; the text says why."""


class VerificationError(AssertionError):
    """A question was refuted or stayed open.

    Attributes:
      certificate: the answer in full.
    """

    def __init__(self, certificate: Certificate) -> None:
        """Says which answer was given and why."""
        super().__init__(_message(certificate))
        self.certificate = certificate


def _message(certificate: Certificate) -> str:
    lines = [f"{certificate.kind}({', '.join(certificate.args)}): {certificate.verdict}."]
    if certificate.witness is not None:
        lines += _point(certificate.witness, *_SIDES.get(certificate.kind, ("left", "right")))
    if certificate.witness is None or certificate.reason != str(certificate.witness):
        lines += certificate.reason.split("\n")
    return "\n  ".join(line.strip() for line in lines if line.strip())


def _point(witness: Witness, left: str, right: str) -> list[str]:
    """The first entry that differs, and the inputs at which it does."""
    wide = max(len(left), len(right)) + 2
    sides = [f"output{witness.output} differs."]
    sides += [f"{left:{wide}}{witness.left}", f"{right:{wide}}{witness.right}"]
    return [*sides, *(f"at {name} = {_shortened(value)}" for name, value in witness.inputs)]


def _shortened(value: object) -> str:
    text = _rounded(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ... (in full in `.certificate.witness`)"


def _rounded(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_rounded, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
