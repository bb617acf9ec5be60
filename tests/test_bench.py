"""`jaxmath bench`: growth, comparisons, and whole runs with workers that only pretend to compute."""

import contextlib
import io
import itertools
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jaxmath.__main__ import main
from jaxmath._cli import selection
from jaxmath._cli.bench import (
    command,
    compare,
    find,
    measure,
    picture,
    plan,
    predict,
    session,
    summary,
    tables,
)
from jaxmath._cli.bench import record as records

ROOT = Path(__file__).parent.parent

# A side whose clocks are made up: time and memory are powers of the length, and noise repeats itself.
SIDE = """
import itertools, os, time
LOG = os.path.join(os.path.dirname(__file__), "asked.log")

def facts():
    return dict(platform="cpu", kind="cpu", count=1, library="1.0", memory_mib=None)

class Runner:
    def __init__(self, problem, method):
        self.method, self.noise = method, itertools.cycle([1.0, 1.02, 0.99, 1.01, 0.98])
    def prepare(self, setting, mode):
        with open(LOG, "a") as file:
            file.write(f"{self.method['name']} {setting['length']} {mode}\\n")
        n = setting["length"]
        if self.method.get("fails"):
            raise NotImplementedError("no such mode\\nsecond line")
        if self.method.get("dies"):
            print("last words")
            os._exit(3)
        if self.method.get("sleeps"):
            time.sleep(60)
        self.seconds = self.method["scale"] * 1e-7 * n**2
        memory = dict(resident_mib=0.01 * n, resident_exact=True)
        return dict(first=self.seconds, warm=self.seconds, tracing=0.1, compiling=0.2, xla_temp_mib=0.009 * n,
                    xla_output_mib=0.001 * n, **memory)
    def run(self, calls):
        return self.seconds * next(self.noise)

def ceilings(dtypes):
    return {"bandwidth": 1e10, "exp": 1e9, **{f"product {d}": 1e11 for d in dtypes}}

def verbs(problem=None, method=None):
    if problem is None:
        return dict(ceilings=ceilings)
    runner = Runner(problem, method)
    return dict(prepare=runner.prepare, run=runner.run)
"""
METHODS = """
OURS = dict(name="ours", scale=1.0)
SLOW = dict(name="slow", scale=3.0)
FAILS = dict(name="fails", fails=True)
DIES = dict(name="dies", dies=True)
SLEEPS = dict(name="sleeps", sleeps=True)
def problem(setting, method):
    return None
"""
BENCH = '''"""A toy."""
from jaxmath._cli.bench.protocol import Bench, Peer, Sweep, Work

PEERS = (
    Peer(name="ours", where="toy_methods:OURS", packages=("jax",)),
    Peer(name="slow", where="toy_methods:SLOW", packages=("numpy",)),
    Peer(name="fails", where="toy_methods:FAILS", packages=("numpy",), default=False),
    Peer(name="dies", where="toy_methods:DIES", packages=("numpy",), default=False),
    Peer(name="sleeps", where="toy_methods:SLEEPS", packages=("numpy",), default=False),
    Peer(name="absent", where="toy_methods:OURS", packages=("no-such-package",)),
    Peer(name="elsewhere", where="toy_methods:OURS", packages=("numpy",), platforms=("tpu",)),
)
GRID = dict(length=(64, 128, 256, 512), dtype=("float32",), causal=(True,))
BENCH = Bench(
    name="toy", title="Toy", subject="ours", reference="slow", peers=PEERS,
    problems={"jax_side": "toy_methods:problem", "torch_side": "toy_methods:problem"},
    sweeps={"default": (Sweep(name="all", axis="length", grid=GRID, modes=("forward", "gradient")),),
            "quick": (Sweep(name="all", axis="length", grid=GRID, modes=("forward",)),)},
    letters=dict(length="T", dtype="dtype", causal="causal"),
    work=lambda setting, mode: Work(flops=64.0 * setting["length"] ** 2, moved=1.0, exps=1.0),
    exponent=lambda axis, mode, of: {"time": 2.0, "memory": 1.0}[of],
)
'''


def furnish(folder):
    """A folder of benchmarks with one toy in it; what the workers are asked for will be in `asked.log`."""
    folder.mkdir()
    for name in ("worker.py", "clock.py"):
        shutil.copy(ROOT / "benchmarks" / name, folder)
    for name, text in (("jax_side", SIDE), ("toy_methods", METHODS), ("bench_toy", BENCH)):
        (folder / f"{name}.py").write_text(text)


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The toy in a folder of its own."""
    folder = tmp_path / "benchmarks"
    furnish(folder)
    monkeypatch.setattr(find, "folder", lambda: folder)
    monkeypatch.setattr(find, "results", lambda: tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "bench_toy", raising=False)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a whole run wrote and said; several tests look at it."""
    place = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as said:
        furnish(place / "benchmarks")
        patch.setattr(find, "folder", lambda: place / "benchmarks")
        patch.setattr(sys, "path", list(sys.path))
        patch.delitem(sys.modules, "bench_toy", raising=False)
        peers = ("ours", "slow", "fails", "absent", "elsewhere")
        status = run("toy", "--peer", *peers, "--out", place / "a.json")
    return place / "a.json", status, said.getvalue()


def asked(folder):
    log = folder / "asked.log"
    return log.read_text().splitlines() if log.exists() else []


def run(*words):
    return main(["bench", *map(str, words)])


# Comparing.


@pytest.mark.parametrize(("m", "n"), [(2, 3), (3, 3), (4, 5)])
def test_the_rank_sum_statistic_is_counted_right(m, n):
    by_hand = [0] * (m * n + 1)
    for places in itertools.combinations(range(m + n), m):
        by_hand[sum(places) - m * (m - 1) // 2] += 1
    assert compare._counts(m, n) == by_hand


def test_an_interval_covers_as_often_as_it_says():
    rng, covered, times = np.random.default_rng(0), 0, 2000
    for _ in range(times):
        old, new = np.exp(rng.normal(0, 0.2, 7)), 1.3 * np.exp(rng.normal(0, 0.2, 7))
        _, low, high = compare.interval(list(old), list(new))
        covered += low <= 1.3 <= high
    # Three standard deviations below the level: a wrong rank would be far off.
    assert covered / times > compare.LEVEL - 3 * math.sqrt(compare.LEVEL * (1 - compare.LEVEL) / times)


def test_three_samples_are_too_few_for_an_interval():
    assert compare.interval([1.0, 1.1, 0.9], [9.0, 9.1, 8.9])[1:] == (0.0, math.inf)


def record(times, versions=None, length=64):
    """A record of peers with samples around the times."""
    noise = np.linspace(0.97, 1.03, 7)
    runs = [
        dict(
            setting=dict(length=length, dtype="float32", causal=True),
            mode="forward",
            axis="length",
            peer=peer,
            version=(versions or {}).get(peer, "1"),
            seconds=list(time * noise),
        )
        for peer, time in times.items()
    ]
    return dict(runs=runs, device={"kind": "x"}, versions=versions or {})


@pytest.mark.parametrize(("ratio", "verdict"), [(0.8, "faster"), (1.25, "slower"), (1.01, compare.SAME)])
def test_a_change_is_told_from_noise(ratio, verdict):
    found = compare.compare(record({"ours": 1.0}), record({"ours": ratio}), "ours")
    assert [each.verdict for each in found.changes] == [verdict]
    assert found.changes[0].low < ratio < found.changes[0].high
    assert (found.controls, found.noise) == (0, 1.0)


def test_what_the_day_does_to_unchanged_peers_is_no_change():
    old = record({"ours": 1.0, "other": 1.0}, {"other": "2"})
    new = record({"ours": 1.25, "other": 1.25}, {"other": "2"})
    found = compare.compare(old, new, "ours")
    assert found.controls == 1 and found.noise == pytest.approx(1.25)
    assert {each.verdict for each in found.changes} == {compare.SAME}


def test_peers_of_another_version_are_no_controls():
    found = compare.compare(
        record({"ours": 1.0, "other": 1.0}, {"other": "2"}),
        record({"ours": 1.25, "other": 1.25}, {"other": "3"}),
        "ours",
    )
    assert found.controls == 0 and found.changes[0].verdict == "slower"
    assert found.notes == ("other: 2 then, 3 now",)


# Whole runs.


def test_a_run_writes_what_was_measured_and_why_the_rest_was_not(whole):
    path, status, said = whole
    document = json.loads(path.read_text())
    assert status == 0
    assert document["schema"] == 1 and document["benchmark"] == "toy" and document["complete"]
    assert {"device", "versions", "settings", "ceilings", "runs", "left_out", "scaling"} <= set(document)
    assert document["device"]["platform"] == "cpu" and document["device"]["cores"] >= 1
    assert document["versions"]["jax"] and document["settings"]["repeats"] == 7
    assert len(document["runs"]) == 2 * 4 * 2
    keys = {"setting", "mode", "peer", "version", "seconds", "calls", "compiling", "resident_mib"}
    assert keys <= set(document["runs"][0]) and len(document["runs"][0]["seconds"]) == 7
    fails = [entry["why"] for entry in document["left_out"] if entry["peer"] == "fails"]
    assert fails[0] == "NotImplementedError: no such mode" and len(fails) == 8
    assert "no-such-package is not installed" in document["missing"]["absent"]
    assert document["missing"]["elsewhere"] == "not measured: it runs on tpu, this is cpu"
    assert "Toy, forward: time (float32, causal)" in said and "exponent (theory 2)" in said
    assert "fails, forward, T=64,128" in said and "absent: not measured" in said


def test_exponents_are_judged_and_false_neighbours_refuted(whole):
    judged = json.loads(whole[0].read_text())["scaling"]
    assert len(judged) == 4
    assert {entry["certificate"]["verdict"] for entry in judged} == {"measured"}
    assert {m["certificate"]["verdict"] for entry in judged for m in entry["mutants"]} == {"refuted"}
    assert judged[0]["certificate"]["detail"].startswith("time ~ T^2.0")
    assert "false neighbours, one power off: 4 of 4 refuted" in whole[2]


def test_peers_take_turns(whole):
    found = {r["peer"]: r for r in json.loads(whole[0].read_text())["runs"]}
    assert found["ours"]["beside"] == ["slow"] and found["slow"]["beside"] == ["ours"]


def test_verify_reads_a_record(toy, whole, capsys):
    selection.load.cache_clear()
    assert main(["verify", str(whole[0]), "--mutants"]) == 0
    said = capsys.readouterr().out
    assert "4 claims: 4 measured; 4 mutants: 4 refuted" in said and "time ~ T^2.0" in said


def test_figures_read_as_rates_and_shares(toy, whole):
    rows = summary.rows(find.bench("toy"), json.loads(whole[0].read_text()))
    row = next(r for r in rows if r.peer == "ours" and r.size == 512)
    assert row.rate == pytest.approx(64 / 1e-7, rel=0.02)
    assert row.limit == "product float32" and row.share == pytest.approx(row.rate / 1e11)
    assert row.memory == pytest.approx(5.12) and row.planned == pytest.approx(4.608)


def test_pictures_are_written(toy, whole):
    pytest.importorskip("matplotlib", reason="pictures ask for matplotlib")
    svg, png = (whole[0].with_name(f"a-length-float32-causal.{end}") for end in ("svg", "png"))
    assert png.stat().st_size > 10_000 and "forward + backward" in svg.read_text()


def test_without_matplotlib_that_is_said(toy, whole, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(picture, "matplotlib", None)
    run("--show", whole[0])
    assert "no picture: matplotlib is not installed (pip install 'jaxmath[bench]')" in capsys.readouterr().out


def test_the_record_goes_to_standard_output(toy, whole, capsys):
    run("--show", whole[0], "--json")
    said = capsys.readouterr()
    assert json.loads(said.out)["benchmark"] == "toy" and "Toy, forward" in said.err


def test_a_record_is_compared_and_shown(toy, whole, tmp_path, capsys):
    document = json.loads(whole[0].read_text())
    for entry in document["runs"]:
        if entry["peer"] == "ours":
            entry["seconds"] = [2 * s for s in entry["seconds"]]
    (tmp_path / "old.json").write_text(json.dumps(document))
    assert run("--show", whole[0], "--compare", tmp_path / "old.json") == 0
    said = capsys.readouterr().out
    assert said.count("faster") == 8 and "a factor of 1.00, by 8 times" in said
    assert asked(toy) == []


def test_resuming_measures_nothing_twice(toy, tmp_path):
    words = ("toy", "--quick", "--peer", "ours", "--out", tmp_path / "a.json", "--resume", "--length")
    run(*words, 64, 128)
    before = asked(toy)
    assert run(*words, 64, 256) == 0
    assert {line.split()[1] for line in asked(toy)[len(before) :]} == {"256"}
    assert len(json.loads((tmp_path / "a.json").read_text())["runs"]) == 3


def test_a_library_on_another_device_is_not_compared(toy, tmp_path, monkeypatch):
    real = command._facts
    monkeypatch.setattr(command, "_facts", lambda: real() | {"platform": "gpu", "memory_mib": 1e5})
    words = ("--preset", "quick", "--peer", "ours", "--length", "64", "--out", tmp_path / "a.json")
    assert run("toy", *words) == 0
    left = json.loads((tmp_path / "a.json").read_text())["left_out"]
    assert [entry["why"] for entry in left] == ["it computes on cpu here, JAX on gpu"]


def test_an_interrupt_keeps_what_there_is(toy, tmp_path, monkeypatch, capsys):
    whole = measure.Runs.cell

    def cell(self, each, *rest):
        if each.setting["length"] == 128:
            raise KeyboardInterrupt
        whole(self, each, *rest)

    monkeypatch.setattr(measure.Runs, "cell", cell)
    words = ("toy", "--quick", "--length", "64", "128", "--out", tmp_path / "a.json")
    assert run(*words) == 130
    kept = json.loads((tmp_path / "a.json").read_text())
    assert not kept["complete"] and {r["setting"]["length"] for r in kept["runs"]} == {64}
    assert "incomplete: --resume goes on from here." in capsys.readouterr().out
    monkeypatch.setattr(measure.Runs, "cell", whole)
    assert run(*words, "--resume") == 0
    done = json.loads((tmp_path / "a.json").read_text())
    assert done["complete"] and done["runs"][:2] == kept["runs"] and len(done["runs"]) == 4


def test_time_that_is_up_is_an_interrupt(toy, tmp_path):
    assert run("toy", "--quick", "--minutes", "0", "--out", tmp_path / "a.json") == 130
    assert json.loads((tmp_path / "a.json").read_text())["runs"] == []


def test_a_process_that_dies_or_hangs_is_a_row(toy, tmp_path):
    words = (
        "--peer",
        "ours",
        "dies",
        "sleeps",
        "--limit",
        "1.5",
        "--length",
        "64",
        "--out",
        tmp_path / "a.json",
    )
    assert run("toy", "--quick", *words) == 0
    document = json.loads((tmp_path / "a.json").read_text())
    why = {entry["peer"]: entry["why"] for entry in document["left_out"]}
    assert why == {"dies": "the process ended with 3: last words", "sleeps": "longer than 2 s"}
    assert [r["peer"] for r in document["runs"]] == ["ours"]


# What a cell will need.


def test_sizes_beyond_the_limits_are_left_out(toy, tmp_path):
    run(
        "toy",
        "--quick",
        "--peer",
        "ours",
        "--limit",
        "0.02",
        "--length",
        "256",
        "512",
        "--out",
        tmp_path / "a.json",
    )
    why = {
        (e["peer"], e["setting"]["length"]): e["why"]
        for e in json.loads((tmp_path / "a.json").read_text())["left_out"]
    }
    assert why["ours", 512] == "not run: about 0 s a call expected, the limit is 0 s"


def test_memory_is_expected_to_grow_as_it_did(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(predict, "available", lambda: 5.0)
    run("toy", "--quick", "--peer", "ours", "--length", "64", "128", "512", "--out", tmp_path / "a.json")
    left = json.loads((tmp_path / "a.json").read_text())["left_out"]
    why = {(e["peer"], e["setting"]["length"]): e["why"] for e in left}
    assert why["ours", 512] == "not run: about 0.0 GiB expected, 0.0 GiB are free"


def test_memory_of_a_number_of_tokens_is_expected_by_the_sequence(tmp_path):
    bench = find.bench("attention")
    small, large = plan.cells(bench, "gpu", {"sweeps": ["derivatives 128"], "modes": ["jvp"]})[:2]
    assert (small.setting["length"], large.setting["length"]) == (1024, 4096)
    kept = records.Record(tmp_path / "a.json", {})
    kept.measured(small, "jax.nn", warm=0.01, xla_temp_mib=3500.0, xla_output_mib=100.0)
    # Scores of 16 times the size, of a quarter of the sequences.
    free = predict.Predictor(bench, kept, 60.0, 4 * 3600 / predict.SHARE + 1)
    assert free.objection(large, "jax.nn") == ""
    tight = predict.Predictor(bench, kept, 60.0, 4 * 3600 / predict.SHARE - 1)
    assert tight.objection(large, "jax.nn").startswith("not run: about 14.1 GiB expected")


# Messages.


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tyo"], r"there is no benchmark 'tyo'.\n  Close to it: toy.\n  WHAT is one of: toy."),
        (["toy", "--peer", "nobody"], "there is no peer 'nobody'.\n  PEER is one of: ours, slow"),
        (["toy", "--width", "8"], "toy has no axis 'width'.\n  It has: length, dtype, causal."),
        (["toy", "--sweep", "none"], "preset 'default' of toy has no sweep 'none'.\n  It has: all."),
        (["toy", "--preset", "none"], "toy has no preset 'none'.\n  It has: default, quick."),
        (["toy", "toy", "--out", "x.json"], "--out names one file"),
        (["--show", "none.json"], "none.json cannot be read."),
        (["toy", "--quick", "--resume", "--out", "other.json"], "its benchmark is another."),
        (["--show", "list.json"], "list.json is no record of `jaxmath bench`."),
    ],
)
def test_what_cannot_be_used_is_told(toy, tmp_path, capsys, words, message):
    (tmp_path / "list.json").write_text("[]")
    other = dict(schema=1, benchmark="other", runs=[], left_out=[], ceilings={}, device={}, versions={})
    (tmp_path / "other.json").write_text(json.dumps(other))
    assert run(*words) == 2
    assert message.replace(r"\n", "\n") in capsys.readouterr().err


def test_a_benchmark_of_another_form_has_no_record(toy, tmp_path, capsys):
    (toy / "bench_odd.py").write_text(
        '"""Odd."""\n\ndef main(words):\n    print("ran", *words)\n    return 0\n'
    )
    (tmp_path / "odd.json").write_text(json.dumps(dict(schema=1, benchmark="odd", runs=[])))
    assert run("--show", "odd.json") == 2
    assert "odd keeps records of a form of its own" in capsys.readouterr().err
    assert run("odd", "--quick") == 0
    assert "ran --quick --torch" in capsys.readouterr().out


def test_everything_that_can_be_measured_is_listed(toy, capsys):
    assert run() == 0
    assert capsys.readouterr().out.split() == ["toy", "A", "toy."]


def test_an_installation_without_benchmarks_says_so(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(find, "PACKAGE", tmp_path)
    monkeypatch.setattr(find, "CHECKOUT", tmp_path)
    assert run("attention") == 2
    assert "this installation holds no benchmarks" in capsys.readouterr().err


def test_a_side_that_does_not_load_is_a_reason(toy):
    worker = session.Session(sys.executable, "no_such_side")
    with pytest.raises(session.FailedError, match="ModuleNotFoundError: No module named 'no_such_side'"):
        worker.ready()
    worker.close()


@pytest.mark.parametrize("text", ["0", "seven"])
def test_a_number_of_samples_is_one(toy, text, capsys):
    with pytest.raises(SystemExit):
        run("toy", "--repeats", text)
    assert f"'{text}' is no number of samples; write it like 7" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "told"), [(3.414, "3.41 s"), (0.01234, "12.3 ms"), (4.2e-7, "420 ns"), (5e-5, "50.0 us")]
)
def test_times_have_three_digits(value, told):
    assert tables.seconds(value) == told


# Attention itself.


def test_settings_of_a_number_of_tokens():
    bench = find.bench("attention")
    cells = plan.cells(bench, "gpu", {"sweeps": ["causal 64"], "modes": ["forward"]})
    assert [(c.setting["length"], c.setting["batch"]) for c in cells][:2] == [(1024, 16), (2048, 8)]
    assert len({c.series for c in cells}) == 1 and cells[0].peers == ("jaxmath", "torch", "jax.nn cudnn")


def test_the_least_work_of_attention():
    bench = find.bench("attention")
    full = dict(batch=2, length=4, heads="8:2", width=3, dtype="bfloat16", causal=False)
    assert bench.work(full, "forward").flops == 2 * 2 * (2 * 8 * 4 * 4) * 3
    assert bench.work(full | {"causal": True}, "gradient").flops == 2 * 7 * (2 * 8 * 4 * 5 / 2) * 3
    assert bench.work(full, "jvp").exps == 2 * 8 * 4 * 4


# Libraries of one side are loaded by one process; their arithmetic is looked at here, not their clocks.
PROGRAM = """
import json, sys, traceback
import numpy as np
from worker import named
folder, library, peers = json.loads(sys.argv[1])
array = named("jax.numpy:asarray" if library == "jax_side" else "torch:from_numpy")
for peer, where in peers.items():
    for heads in ("4", "4:2"):
        try:
            method, groups = named(where), int(heads.split(":")[-1])
            files = [np.load(f"{folder}/{name}.npy") for name in ("q", f"k{groups}", f"v{groups}")]
            q, k, v = (method.to(array(file), groups) for file in files)
            attend = method.attend(dict(heads=heads, causal=True))
            np.save(f"{folder}/{peer} {heads}.npy", np.asarray(method.back(attend(q, k, v))))
        except NotImplementedError as error:
            print(error)
"""
ATTENTION = find.bench("attention").peers


def is_here(peer):
    return "cpu" in peer.platforms and session.version(sys.executable, peer.packages) is not None


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """The arguments and what every library that is installed makes of them, as NumPy files."""
    folder, rng = tmp_path_factory.mktemp("attention"), np.random.default_rng(0)
    for name, heads in (("q", 4), ("k4", 4), ("v4", 4), ("k2", 2), ("v2", 2)):
        np.save(folder / f"{name}.npy", rng.normal(size=(2, heads, 9, 8)).astype("f"))
    for side in ("jax_side", "torch_side"):
        peers = {p.name: p.where for p in ATTENTION if p.side == side and is_here(p)}
        if not peers:
            continue
        task = json.dumps([str(folder), side, peers])
        environment = session._environment(sys.executable) | {"PYTHONPATH": f"{find.folder()}:{ROOT}"}
        program = [sys.executable, "-c", PROGRAM, task]
        done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
    return folder


def expected(q, k, v, causal):
    """The definition in float64, and a bound on the error of any order of float32 operations."""
    k, v = (np.repeat(x, q.shape[1] // k.shape[1], 1).astype(float) for x in (k, v))
    q, n, d = q.astype(float), q.shape[2], q.shape[3]
    seen = np.tril(np.ones((n, n), bool)) if causal else np.ones((n, n), bool)
    scores = np.where(seen, q @ k.swapaxes(2, 3) / np.sqrt(d), -np.inf)
    p = np.exp(scores - scores.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    # A score errs by d + 4 roundings of its terms' sizes, a weight by twice that and a sum, a mean by n more.
    size = np.max(np.abs(q) @ np.abs(k).swapaxes(2, 3) / np.sqrt(d))
    unit = 2.0**-24
    return p @ v, (2 * (d + 4) * size + 2 * n + 16) * 2 * unit * np.abs(v).max()


@pytest.mark.parametrize("heads", ["4", "4:2"])
@pytest.mark.parametrize("peer", ATTENTION, ids=lambda peer: peer.name)
def test_every_peer_computes_attention(peer, heads, computed):
    if not is_here(peer):
        pytest.skip(f"{peer.name}: {peer.packages[0]} is not installed, or runs elsewhere")
    if peer.name == "equinox" and heads != "4":
        pytest.skip("equinox has no grouped queries")
    groups = heads.split(":")[-1]
    q, k, v = (np.load(computed / f"{name}.npy") for name in ("q", f"k{groups}", f"v{groups}"))
    right, bound = expected(q, k, v, causal=True)
    assert np.max(np.abs(np.load(computed / f"{peer.name} {heads}.npy") - right)) <= bound
