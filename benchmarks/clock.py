"""Seconds and memory of this process; the standard library only."""

import ctypes
import gc
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

MIB = 2**20


def _status(key: str) -> float | None:
    try:
        with open("/proc/self/status") as file:
            line = next(line for line in file if line.startswith(key))
    except (OSError, StopIteration):
        return None
    return int(line.split()[1]) / 2**10


def resident() -> float:
    """Resident memory now, in MiB (where the system does not tell, its peak)."""
    found = _status("VmRSS")
    return peak() if found is None else found


def peak() -> float:
    """The largest resident memory since the last `forget_peak`, in MiB."""
    found = _status("VmHWM")
    unit = MIB if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB if found is None else found


def forget_peak() -> bool:
    """Lets the peak begin anew; whether the system can do that (Linux)."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        pass  # another C library
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        return False
    return True


class Growth:
    """Measures how much resident memory a call needs above what is there before it.

    A first call also brings in code and starts threads, so that a second one tells what the work needs.

    Attributes:
      mib: the growth, in MiB.
      exact: whether it is; otherwise, an earlier peak may hide some of it.
    """

    def __enter__(self) -> "Growth":
        self.exact = forget_peak()
        self.before = resident()
        return self

    def __exit__(self, *error: Any) -> None:
        self.mib = max(0.0, peak() - self.before)


def timed(call: Callable[[], Any]) -> float:
    """Seconds that a call takes; what it returns is dropped outside of that time."""
    start = time.perf_counter()
    kept = call()
    seconds = time.perf_counter() - start
    del kept
    return seconds


def fastest(call: Callable[[], Any], seconds: float = 0.5) -> float:
    """The least time of a call, after a first: what the machine can do when nothing disturbs it."""
    call()
    end, found = time.perf_counter() + seconds, [timed(call)]
    while time.perf_counter() < end:
        found.append(timed(call))
    return min(found)


def best_rate(
    work: Callable[[int], tuple[float, Callable[[], Any]]], largest: int, least: int = 256
) -> float:
    """The best rate over sizes that double until a call takes a twentieth of a second.

    Args:
      work: from a size to its operations and a call that does them.
      largest: no size beyond it.
      least: the first size.
    """
    best, size, seconds = 0.0, least, 0.0
    while size <= largest and seconds < 0.05:
        operations, call = work(size)
        seconds = fastest(call)
        best, size = max(best, operations / seconds), 2 * size
    return best
