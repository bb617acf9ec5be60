"""A worker process and what it answers."""

import contextlib
import functools
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from typing import Any

from jaxmath._cli.bench import find

# Loading libraries takes time; a machine under load takes more.
PATIENCE = 120.0


class FailedError(Exception):
    """A worker could not do what it was asked to; the text says why, for a row of a table."""


class Session:
    """One process in which one library is loaded; it is given back with all its memory by `close`."""

    def __init__(self, python: str, side: str, what: Sequence[str] = ()) -> None:
        """Starts the process, which loads its library meanwhile."""
        self.errors = tempfile.TemporaryFile()
        self.lines: queue.Queue[str] = queue.Queue()
        self.facts: dict[str, Any] | None = None
        self.process = subprocess.Popen(
            [python, str(find.folder() / "worker.py"), side, *what],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            env=_environment(python),
            start_new_session=True,  # an interrupt is for the process in front
        )
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.lines.put(line)
        self.lines.put("")

    def ready(self) -> dict[str, Any]:
        """Facts about the library and its device, once it is loaded.

        Raises:
          FailedError: if it cannot be loaded.
        """
        if self.facts is None:
            self.facts = self.answer(PATIENCE)
        return self.facts

    def ask(self, verb: str, limit: float, **told: Any) -> Any:
        """The answer to one task.

        Raises:
          FailedError: if there is none, or it is an error, or it takes longer than `limit` seconds.
        """
        self.ready()
        self.tell(verb, **told)
        return self.answer(limit)

    def tell(self, verb: str, **told: Any) -> None:
        """Gives a task; `answer` waits for it."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"do": verb, **told}) + "\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it died; the answer says how

    def answer(self, limit: float) -> Any:
        """The answer to the oldest task that has none yet; raises as `ask` does."""
        try:
            line = self.lines.get(timeout=limit)
        except queue.Empty:
            self.close()
            raise FailedError(f"longer than {limit:.0f} s") from None
        if not line:
            raise FailedError(self._death())
        answer = json.loads(line)
        if "error" in answer:
            raise FailedError(answer["error"])
        return answer["ok"]

    def _death(self) -> str:
        status = self.process.wait()
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace").strip().splitlines()
        if status == -9:
            return "the process was killed (out of memory?)"
        return f"the process ended with {status}" + (f": {said[-1][:300]}" if said else "")

    @property
    def alive(self) -> bool:
        """Whether it can be asked again."""
        return self.process.poll() is None

    def close(self) -> None:
        """Ends the process at once."""
        self.process.kill()
        self.process.wait()
        self.listener.join()
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # what was written may be left in its buffer
            self.process.stdin.close()
        self.errors.close()


def _environment(python: str) -> dict[str, str]:
    """The worker's environment: this package in reach, memory of an accelerator shared with others."""
    told = {**os.environ, "XLA_PYTHON_CLIENT_PREALLOCATE": "false", "JAX_ENABLE_COMPILATION_CACHE": "false"}
    if python == sys.executable:
        paths = [str(find.PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        told["PYTHONPATH"] = os.pathsep.join(paths)
    return told


@functools.cache
def version(python: str, packages: tuple[str, ...]) -> str | None:
    """The version of the first of some packages in an interpreter, None if one is missing."""
    program = f"import importlib.metadata as m; print(*[m.version(p) for p in {list(packages)!r}])"
    try:
        done = subprocess.run(
            [python, "-c", program], capture_output=True, text=True, env=_environment(python), check=False
        )
    except OSError:
        return None
    return done.stdout.split()[0] if done.returncode == 0 else None
