"""From the words on the command line to the claims that they mean."""

import ast
import dataclasses
import difflib
import functools
import hashlib
import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from jaxmath import claims
from jaxmath._cli.bench.claims import recorded
from jaxmath._cli.errors import UnusableError
from jaxmath.claims import CHAPTERS, Chapter
from jaxmath.verify.claim import Claim, claims_of

_YOURS = Chapter(0, "Your claims")
_FILES = (".py", ".json")
_DECORATED = re.compile(
    r"^@(?:\w+\.)*(?:identity|derivative|independence|bound|enclosure|distribution|accounting|scaling)\(",
    re.M,
)


@dataclasses.dataclass(frozen=True)
class Task:
    """Claims that are found in one place.

    Attributes:
      component: the name that they are shown under.
      chapter: where they stand in the book.
      module: a module's full name, or the path of a Python file.
      attribute: the object in the module that holds the claims; the module itself if empty.
      names: the claims that were asked for; all if empty.
    """

    component: str
    chapter: Chapter
    module: str
    attribute: str = ""
    names: tuple[str, ...] = ()

    def claims(self) -> list[Claim]:
        """Imports the place and collects its claims. Raises whatever the import raises."""
        thing: Any = load(self.module)
        for part in filter(None, self.attribute.split(".")):
            thing = getattr(thing, part)
        return [claim for claim in claims_of(thing) if not self.names or claim.name in self.names]

    def expected(self) -> int:
        """How many claims there will be, by a look at the source."""
        if self.names:
            return len(self.names)
        return len(_DECORATED.findall(_text(self.module)))


def select(words: Sequence[str]) -> list[Task]:
    """The tasks that the words mean, in the order of the book; everything, without words.

    Raises:
      UnusableError: if a word means nothing, or a file of the user cannot be used.
    """
    found = [task for word in words for task in _meant(word)] if words else _all()
    whole = {task.module for task in found if not task.names and not task.attribute}
    merged: dict[tuple[str, str], Task] = {}
    for task in found:
        if task.module in whole and (task.names or task.attribute):
            continue
        key = (task.module, task.attribute)
        known = merged.get(key, task)
        names = tuple(dict.fromkeys((*known.names, *task.names)))
        merged[key] = dataclasses.replace(task, names=names)
    order = {component.module: place for place, component in enumerate(claims.components())}
    return sorted(merged.values(), key=lambda task: order.get(task.module, -1))


@functools.cache
def load(module: str) -> ModuleType | list[Claim]:
    """A module by its name, a Python file, or the claims of a record. Raises whatever the import raises."""
    if module.endswith(".json"):
        return recorded(Path(module))
    if not module.endswith(".py"):
        return importlib.import_module(module)
    path = Path(module).resolve()
    sys.path.insert(0, str(path.parent))
    name = f"{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def trouble(error: BaseException, path: str = "") -> str:
    """An import's error in a few lines: where, of what kind, and what it says."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not _is_ours(f.filename)]
    line = getattr(error, "lineno", None) or (frames[-1].lineno if frames else None)
    file = getattr(error, "filename", None) or (frames[-1].filename if frames else path)
    where = f"{'/'.join(Path(file).parts[-2:])}:{line}: " if file and line else ""
    text = getattr(error, "msg", None) or str(error) or "(no message)"
    return f"{where}{type(error).__name__}: {text}"


def _is_ours(file: str) -> bool:
    return any(part in file for part in ("importlib", "site-packages", "/_cli/"))


def _all() -> list[Task]:
    return [Task(c.name, c.chapter, c.module) for c in claims.components()]


def _meant(word: str) -> list[Task]:
    if ":" in word or word.endswith(_FILES):
        return [_yours(word)]
    wanted = word.casefold().replace("-", " ")
    chapters = [c for c in CHAPTERS if wanted in (str(c.number), c.title.casefold())]
    if chapters:
        return _filled(word, [task for task in _all() if task.chapter == chapters[0]])
    tasks = [task for task in _all() if task.component == word]
    if tasks:
        return tasks
    near = [task for task in _all() if word in _text(task.module)]
    found = [task for task in near if word in (claim.name for claim in _loaded(task))]
    if not found:
        raise UnusableError(_unknown(word))
    return [dataclasses.replace(task, names=(word,)) for task in found]


def _filled(word: str, tasks: list[Task]) -> list[Task]:
    if not tasks:
        raise UnusableError(f"jaxmath: chapter {word!r} has no claims yet.\n  Try: jaxmath list")
    return tasks


def _loaded(task: Task) -> list[Claim]:
    try:
        return task.claims()
    except Exception:  # a component that does not import is reported when it is run
        return []


def _yours(word: str) -> Task:
    module, _, attribute = word.partition(":")
    _usable(word, module)
    task = Task(Path(module).stem if module.endswith(_FILES) else module, _YOURS, module, attribute)
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = task.claims()
    except AttributeError as error:
        if not attribute or hasattr(load(module), attribute.partition(".")[0]):
            raise UnusableError(_broken(module, error)) from error
        close = _close(attribute, vars(load(module)))
        raise UnusableError(f"jaxmath: {module} has no object `{attribute}`.{close}") from error
    except UnusableError:
        raise
    except (Exception, SystemExit) as error:  # anything may go wrong in a file of the user
        raise UnusableError(_broken(module, error)) from error
    if not found:
        hint = "Decorate a function with one of jaxmath.verify.claim (identity, derivative, ...)."
        if module.endswith(".json"):
            hint = "A record decides how this library grows where it has three sizes or more."
        raise UnusableError(f"jaxmath: {word} holds no claims.\n  {hint}")
    return task


def _usable(word: str, module: str) -> None:
    kind = Path(module).suffix
    if kind in _FILES and not Path(module).is_file():
        folder = Path(module).parent
        near = [path.name for path in folder.glob(f"*{kind}")] if folder.is_dir() else []
        raise UnusableError(f"jaxmath: there is no file {module}.{_close(Path(module).name, near)}")
    if not module:
        raise UnusableError(f"jaxmath: {word!r} names no module.\n  Write module:object or file.py:object.")


def _broken(module: str, error: BaseException) -> str:
    told = trouble(error, module)
    return f"jaxmath: {module} could not be imported.\n  {told}\n  Correct it and try again."


def _unknown(word: str) -> str:
    named = [*(c.title for c in CHAPTERS), *(t.component for t in _all()), *_names(_all())]
    return (
        f"jaxmath: nothing is called {word!r}.{_close(word, named)}\n"
        "  WHAT is a chapter (number or title), a component, a claim, file.py or module:object;"
        " `jaxmath list` shows them all."
    )


def _names(tasks: Iterable[Task]) -> Iterable[str]:
    for task in tasks:
        for node in ast.walk(ast.parse(_text(task.module))):
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                yield node.name


def _close(word: str, names: Iterable[str]) -> str:
    by_fold = {name.casefold(): name for name in names if not name.startswith("__")}
    close = [by_fold[fold] for fold in difflib.get_close_matches(word.casefold(), by_fold, 3)]
    return f"\n  Close to it: {', '.join(close)}." if close else ""


@functools.cache
def _text(module: str) -> str:
    if module.endswith(".py"):
        return Path(module).read_text(encoding="utf-8")
    try:
        spec = importlib.util.find_spec(module)
    except ImportError:
        return ""
    return Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
