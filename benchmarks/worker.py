"""A process that measures one library: it reads tasks as lines of JSON and answers each with a line.

    python worker.py SIDE [PROBLEM METHOD]

SIDE is the module that knows the library's clocks (`jax_side`, `torch_side`); PROBLEM makes a function and
its arguments from a setting, by METHOD; both are written `module:name`. This file and `clock.py` need no
library.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, TextIO

# How much of an error is told: libraries write pages.
MOST = 400


def named(where: str) -> Any:
    """The object at `module:name`, or a module."""
    module, _, name = where.partition(":")
    found = importlib.import_module(module)
    return getattr(found, name) if name else found


def told(error: BaseException) -> str:
    """An error in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = f"{type(error).__name__}: {lines[0] if lines else '(no message)'}"
    return text if len(text) <= MOST else text[: MOST - 4] + " ..."


def answers() -> TextIO:
    """The way back; what libraries print goes to standard error instead."""
    ours = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return ours


def expendable() -> None:
    """Where memory runs out, the kernel ends this process and no other (Linux)."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass  # another system, or it is forbidden


def serve(verbs: dict[str, Callable[..., Any]], tasks: TextIO, back: TextIO) -> None:
    """Answers tasks until there are no more; an error is an answer."""
    for line in tasks:
        task = json.loads(line)
        try:
            answer = {"ok": verbs[task.pop("do")](**task)}
        except Exception as error:
            traceback.print_exc()
            answer = {"error": told(error)}
        back.write(json.dumps(answer) + "\n")


def main() -> None:
    back = answers()
    expendable()
    side, *what = sys.argv[1:]
    try:
        verbs = named(side).verbs(*map(named, what))
    except Exception as error:
        traceback.print_exc()
        back.write(json.dumps({"error": told(error)}) + "\n")
        return
    back.write(json.dumps({"ok": named(side).facts()}) + "\n")
    serve(verbs, sys.stdin, back)


if __name__ == "__main__":
    main()
