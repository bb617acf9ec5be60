"""Rules for Pallas kernels, which become plain operations before they are read."""

from typing import Any

from jaxmath.verify import internals
from jaxmath.verify.interpret import Walk, rule
from jaxmath.verify.num import Stuck


@rule("pallas_call")
def _kernel(walk: Walk, eqn: Any, *values: Any) -> list[Any]:
    """The grid in order, one program after another; memory that was never written is undefined."""
    try:
        body = internals.without_grid(eqn)
    except internals.MovedError:
        raise
    except Stuck as error:
        raise walk.stuck(str(error)) from error
    return walk.inline(body, values)
