"""Clocks: every run in a process of its own, runs interleaved, medians and spreads, peak memory."""

import json
import math
import multiprocessing
import os
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

# Children are forked from a server that has the libraries loaded and nothing else running.
PROCESSES = multiprocessing.get_context("forkserver")


class TimeLimitError(Exception):
    """A run took longer than it may."""


class DiedError(Exception):
    """A run ended without an answer."""


def preload(*modules: str) -> None:
    """Names the modules that every run finds loaded; to be called before the first run."""
    here = os.path.dirname(os.path.abspath(__file__))
    # The server does not take over this process's path.
    os.environ["PYTHONPATH"] = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    PROCESSES.set_forkserver_preload(list(modules))


def isolated(work: Callable[..., Any], *args: Any, limit: float) -> Any:
    """What work(*args) returns in a fresh process.

    Raises:
      TimeLimitError: after `limit` seconds.
      DiedError: if the work fails, or the process ends without an answer.
    """
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=_answer, args=(theirs, work, args), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(limit):
            raise TimeLimitError(f"longer than {limit:.0f} s")
        answer, failed = ours.recv()
    except EOFError:
        process.join()
        raise DiedError(f"the process ended with {process.exitcode} and no answer") from None
    finally:
        process.kill()
        process.join()
    if failed:
        raise DiedError(failed)
    return answer


def _answer(pipe: Any, work: Callable[..., Any], args: Sequence[Any]) -> None:
    # An interrupt is for the process in front, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pipe.send((work(*args), ""))
    except Exception as error:
        pipe.send((None, f"{type(error).__name__}: {error}".splitlines()[0]))


def other_python(python: str, script: str, task: dict[str, Any], limit: float) -> dict[str, Any]:
    """What a script prints as JSON, run by an interpreter with libraries of its own.

    Raises:
      TimeLimitError: after `limit` seconds.
      DiedError: if the script fails.
    """
    command = [python, script, json.dumps(task)]
    try:
        # Its time limit is inside; here is room for loading the libraries.
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit + 60)
    except subprocess.TimeoutExpired:
        raise TimeLimitError(f"longer than {limit:.0f} s") from None
    if done.returncode == -signal.SIGALRM:
        raise TimeLimitError(f"longer than {limit:.0f} s")
    if done.returncode:
        raise DiedError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def twice(call: Callable[[], str], again_below: float) -> dict[str, Any]:
    """Seconds of a first call and, if that was quick, of a second; peak memory, in MiB, and what was said."""
    before = _peak()
    start = time.perf_counter()
    outcome = call()
    first = time.perf_counter() - start
    again = None
    if first < again_below:
        start = time.perf_counter()
        call()
        again = time.perf_counter() - start
    return dict(outcome=outcome, first=first, again=again, peak_mib=_peak(), before_mib=before)


def _peak() -> float:
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def median(values: Sequence[float | None]) -> float | None:
    """The median of what was measured, None if nothing was."""
    known = [v for v in values if v is not None]
    return statistics.median(known) if known else None


def spread(values: Sequence[float | None]) -> float | None:
    """Half the range over the median; None for a single value."""
    known = [v for v in values if v is not None]
    return (max(known) - min(known)) / 2 / statistics.median(known) if len(known) > 1 else None


def exponent(sizes: Sequence[float], seconds: Sequence[float], last: int = 3) -> float | None:
    """The slope of log seconds over log size, by least squares through the last points."""
    if len(sizes) < 2:
        return None
    x, y = (np.log(np.asarray(values[-last:], float)) for values in (sizes, seconds))
    slope = float(np.polyfit(x, y, 1)[0])
    return slope if math.isfinite(slope) else None
