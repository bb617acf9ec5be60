"""The questions of the engine as assertions, for test suites: silent where the answer is yes."""

from collections.abc import Callable
from typing import Any

from jaxmath.verify import prove
from jaxmath.verify.errors import VerificationError
from jaxmath.verify.verdict import Certificate

Function = Callable[..., Any]


def assert_identity(
    f: Function, g: Function, *args: Any, failure: float = prove.FAILURE, seed: int = 0
) -> None:
    """Demands that f(*args) and g(*args) are the same function; see `prove_identity`.

    Raises:
      VerificationError: if they are not, or if it stays open.
    """
    _demand(prove.prove_identity(f, g, *args, failure=failure, seed=seed))


def assert_vjp(f: Function, vjp: Function, *args: Any, failure: float = prove.FAILURE, seed: int = 0) -> None:
    """Demands that vjp(*args, cotangent) is the pullback of f; see `prove_vjp`.

    Raises:
      VerificationError: if it is not, or if it stays open.
    """
    _demand(prove.prove_vjp(f, vjp, *args, failure=failure, seed=seed))


def assert_jvp(f: Function, jvp: Function, *args: Any, failure: float = prove.FAILURE, seed: int = 0) -> None:
    """Demands that jvp(args, tangents) is the derivative of f; see `prove_jvp`.

    Raises:
      VerificationError: if it is not, or if it stays open.
    """
    _demand(prove.prove_jvp(f, jvp, *args, failure=failure, seed=seed))


def assert_independence(
    f: Function,
    *args: Any,
    outputs: Any,
    inputs: Any,
    failure: float = prove.FAILURE,
    seed: int = 0,
) -> None:
    """Demands that marked outputs stay the same when marked inputs change; see `prove_independence`.

    Raises:
      VerificationError: if they do not, or if it stays open.
    """
    _demand(prove.prove_independence(f, *args, outputs=outputs, inputs=inputs, failure=failure, seed=seed))


def _demand(certificate: Certificate) -> None:
    if not certificate.held:
        raise VerificationError(certificate)
