"""What `jaxmath bench` does."""

import argparse
import json
import math
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.text import Text

from jaxmath._cli.bench import claims, compare, find, measure, options, picture, plan, record, session, tables
from jaxmath._cli.bench.progress import Progress
from jaxmath._cli.bench.protocol import Bench, Peer
from jaxmath._cli.errors import UnusableError

DONE, FAILED, INTERRUPTED = 0, 1, 130


def bench(given: argparse.Namespace) -> int:
    """Measures what was asked for; without anything asked, says what there is."""
    console = Console(stderr=given.json, highlight=False, width=None if sys.stdout.isatty() else 160)
    if given.show:
        document = record.read(given.show)
        return _told(console, find.bench(document["benchmark"]), document, given, given.show)
    if not given.what:
        return _listed(console)
    modules = [(name, find.load(name)) for name in given.what]
    if given.out and len(modules) > 1:
        raise UnusableError(
            "jaxmath bench: --out names one file, but there are several components.\n  Name one."
        )
    return max(_one(console, name, module, given) for name, module in modules)


def _listed(console: Console) -> int:
    for name in find.names():
        console.print(Text(f"{name:<12} {find.title(name)}"), soft_wrap=True)
    return DONE


def _one(console: Console, name: str, module: ModuleType, given: argparse.Namespace) -> int:
    """One component; one of another form than a sweep over peers has its own command."""
    if not hasattr(module, "BENCH"):
        return int(module.main(_plain(given)))
    return _measured(console, module.BENCH, given)


def _plain(given: argparse.Namespace) -> list[str]:
    """The options that every benchmark understands."""
    words = ["--quick"] * given.quick + ["--resume"] * given.resume
    words += ["--torch", given.torch, "--limit", str(given.limit)]
    return words + (["--json", str(given.out)] if given.out else [])


def _measured(console: Console, what: Bench, given: argparse.Namespace) -> int:
    facts = _facts()
    preset = given.preset or ("quick" if given.quick else "gpu" if facts["platform"] != "cpu" else "default")
    chosen = {
        **_axes(what, given),
        "modes": given.mode or (),
        "sweeps": given.sweep,
        "peers": given.peer or (),
    }
    cells = plan.cells(what, preset, chosen)
    peers, missing = _peers(what, given, facts["platform"])
    for name, why in missing.items():
        console.print(Text(f"{name}: {why}"), soft_wrap=True)
    kept = record.Record(_path(what, preset, given, facts), _head(what, preset, given, facts, peers, missing))
    if given.resume:
        kept.resume()
    settings = _settings(given)
    if "ceilings" not in kept.head:
        kept.head["ceilings"] = _ceilings(console, cells, settings, [p for p, _ in peers])
    kept.complete = _run(console, what, kept, cells, [p for p, _ in peers], settings, facts, given.minutes)
    kept.head["scaling"] = claims.judged(claims.claims(what, kept.document()))
    kept.save()
    status = _told(console, what, kept.document(), given, kept.path)
    return status if kept.complete else INTERRUPTED


def _facts() -> dict[str, Any]:
    """The device that JAX picks, asked of a process that is given back."""
    worker = session.Session(sys.executable, "jax_side")
    try:
        return worker.ready()
    except session.FailedError as failure:
        raise UnusableError(f"jaxmath bench: JAX does not start.\n  {failure}") from None
    finally:
        worker.close()


def _axes(what: Bench, given: argparse.Namespace) -> dict[str, list[Any]]:
    found = options.axes(given)
    for axis in found:
        if axis not in what.letters:
            raise UnusableError(
                f"jaxmath bench: {what.name} has no axis {axis!r}.\n  It has: {', '.join(what.letters)}."
            )
    return found


def _peers(
    what: Bench, given: argparse.Namespace, platform: str
) -> tuple[list[tuple[Peer, str]], dict[str, str]]:
    """Peers with their versions, and why others are missing."""
    names = [peer.name for peer in what.peers]
    for name in given.peer or ():
        if name not in names:
            raise UnusableError(
                f"jaxmath bench: there is no peer {name!r}.\n  PEER is one of: {', '.join(names)}."
            )
    there, missing = [], {}
    for peer in what.peers:
        if not (peer.name in given.peer if given.peer else peer.default):
            continue
        python = given.torch if peer.side == "torch_side" else sys.executable
        version = session.version(python, peer.packages)
        if platform not in peer.platforms:
            missing[peer.name] = f"not measured: it runs on {', '.join(peer.platforms)}, this is {platform}"
        elif version is None:
            told = "pip install -e '.[peers]'" + (", or --torch PYTHON" if peer.side == "torch_side" else "")
            missing[peer.name] = f"not measured: {peer.packages[0]} is not installed ({told})"
        else:
            there.append((peer, version))
    return there, missing


def _head(
    what: Bench,
    preset: str,
    given: argparse.Namespace,
    facts: dict[str, Any],
    peers: Sequence[tuple[Peer, str]],
    missing: dict[str, str],
) -> dict[str, Any]:
    settings = measure.Settings()
    return dict(
        benchmark=what.name,
        preset=preset,
        device=record.device(facts),
        versions=record.all_versions({peer.packages[0]: version for peer, version in peers}),
        peers={peer.name: version for peer, version in peers},
        missing=missing,
        settings=dict(vars(_settings(given)), burst=settings.burst),
    )


def _settings(given: argparse.Namespace) -> measure.Settings:
    repeats = given.repeats or (3 if given.quick else 7)
    return measure.Settings(repeats=repeats, limit=given.limit, torch=given.torch, patience=given.patience)


def _path(what: Bench, preset: str, given: argparse.Namespace, facts: dict[str, Any]) -> Path:
    if given.out:
        return Path(given.out)
    kind = (
        record.device(facts)["kind"]
        if facts["platform"] != "cpu"
        else f"cpu-{record.device(facts)['cores']}-cores"
    )
    slug = re.sub(r"[^a-z0-9]+", "-", str(kind).lower()).strip("-")
    return find.results() / f"{what.name}-{slug}{'-quick' if preset == 'quick' else ''}.json"


def _ceilings(
    console: Console, cells: Sequence[plan.Cell], settings: measure.Settings, peers: Sequence[Peer]
) -> dict[str, Any]:
    dtypes = list(dict.fromkeys(str(cell.setting["dtype"]) for cell in cells if "dtype" in cell.setting))
    with console.status("ceilings of this machine"):
        return measure.ceilings(dtypes, settings, any(peer.side == "torch_side" for peer in peers))


def _run(
    console: Console,
    what: Bench,
    kept: record.Record,
    cells: Sequence[plan.Cell],
    peers: Sequence[Peer],
    settings: measure.Settings,
    facts: dict[str, Any],
    minutes: float | None,
) -> bool:
    """Measures all cells; False if that was interrupted, or took longer than it may."""
    runs = measure.Runs(what, kept, settings, facts)
    bar = Progress(console, runs, cells, peers)
    end = math.inf if minutes is None else time.monotonic() + 60 * minutes
    try:
        with bar.bar:
            for cell in cells:
                if time.monotonic() > end:
                    return False
                bar.turn(cell)
                if runs.missing(cell, peers):
                    runs.cell(cell, peers, bar.say)
                    kept.save()
    except KeyboardInterrupt:
        return False
    finally:
        runs.close()
    return True


def _told(
    console: Console, what: Bench, document: dict[str, Any], given: argparse.Namespace, path: Path
) -> int:
    """Prints and draws a record."""
    tables.show(console, what, document)
    judged = claims.judged(claims.claims(what, document))
    tables.verdicts(console, judged)
    if given.compare:
        tables.changes(console, what, compare.compare(record.read(given.compare), document, what.subject))
    drawn = picture.draw(what, document, path.with_suffix(""))
    for written in (*([path] if not given.show else []), *drawn):
        console.print(Text(f"wrote {written}"), soft_wrap=True)
    if picture.matplotlib is None:
        console.print(
            Text("no picture: matplotlib is not installed (pip install 'jaxmath[bench]')"), soft_wrap=True
        )
    if given.json:
        sys.stdout.write(json.dumps(document, indent=1) + "\n")
    return FAILED if any(entry["certificate"]["verdict"] == "refuted" for entry in judged) else DONE


COMMANDS = {"bench": bench}
