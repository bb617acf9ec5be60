"""The command line: what it finds, what it says, and the status it ends with."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from jaxmath import claims
from jaxmath.__main__ import main
from jaxmath._cli import arguments, layout, rows, run, screen, selection, tally
from jaxmath.claims import CHAPTERS, Component
from jaxmath.verify.verdict import Certificate, Witness

ROOT = Path(__file__).parent.parent

HEAD = "from jaxmath.verify.claim import accounting, distribution, identity\n"
GOOD = (
    HEAD
    + '''
@accounting(source="Euclid")
def two_and_two_are_four():
    """Two and two are four."""
    return 2 + 2, 4

@two_and_two_are_four.mutant
def two_and_two_are_five():
    return 2 + 2, 5

@distribution(source="Pascal", at=dict(n=2))
def a_coin_is_fair():
    """Heads are as likely as tails."""
    return [1, 1], [1, 1]

@a_coin_is_fair.mutant
def a_coin_lands_on_heads():
    return [1, 1], [2, 0]
'''
)
BAD = (
    HEAD
    + '''
@accounting(source="Orwell")
def two_and_two_are_five():
    """Two and two are five."""
    return 2 + 2, 5

@two_and_two_are_five.mutant
def two_and_two_are_four():
    return 2 + 2, 4

@accounting(source="nobody")
def a_claim_that_fails():
    """Raises."""
    raise RuntimeError("no such luck")
'''
)


TRAPS = (
    "from jaxmath.verify.claim import accounting, trap\n"
    + '''
@trap(instead="two_and_two_are_four")
@accounting(source="Orwell")
def two_and_two_are_five():
    """Two and two are five."""
    return 2 + 2, 5

@two_and_two_are_five.truth
@accounting(source="Euclid")
def two_and_two_are_less():
    return 2 + 2, 4
'''
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    selection.load.cache_clear()
    selection._text.cache_clear()
    return tmp_path


@pytest.fixture
def good(folder):
    (folder / "good.py").write_text(GOOD)
    return folder / "good.py"


@pytest.fixture
def bad(folder):
    (folder / "bad.py").write_text(BAD)
    return folder / "bad.py"


@pytest.fixture
def library(folder, monkeypatch):
    """A library of three components in two chapters; the third does not import."""
    package = f"library_{folder.name}"
    (folder / package).mkdir()
    for name, text in (("first", GOOD), ("second", BAD), ("third", "import nowhere")):
        (folder / package / f"{name}.py").write_text(text)
    sys.path.insert(0, str(folder))
    chapters = dict(first=CHAPTERS[0], second=CHAPTERS[0], third=CHAPTERS[4])
    found = tuple(Component(name, f"{package}.{name}", chapter) for name, chapter in chapters.items())
    monkeypatch.setattr(claims, "components", lambda: found)


def ran(capsys, *words):
    status = main(list(words))
    out, err = capsys.readouterr()
    return status, out, err


# The status and the count.


def test_all_that_holds_ends_with_zero(good, capsys):
    status, out, _ = ran(capsys, "verify", "good.py")
    assert status == 0
    lines = out.splitlines()
    assert lines[1].startswith("proved     good.two_and_two_are_four  equal to the source: 4  ")
    assert lines[2].startswith("proved     good.a_coin_is_fair  (n=2)  by enumeration over 2 outcomes  ")
    assert lines[-1].startswith("2 claims: 2 proved; ")


def test_what_does_not_hold_is_explained_and_ends_with_one(bad, capsys):
    status, out, _ = ran(capsys, "verify", "bad.py")
    assert status == 1
    assert "refuted    bad.two_and_two_are_five" in out
    assert "    1 of 1 entries differ; output is 4 on the left, 5 on the right\n" in out
    assert "    a_claim_that_fails: RuntimeError while the claim was evaluated at " in out
    assert "bad.py:15 (a_claim_that_fails)." in out and "      no such luck\n" in out
    assert out.splitlines()[-1].startswith("2 claims: 1 refuted, 1 unknown; ")


def test_mutants_are_checked_on_request(good, bad, capsys):
    status, out, _ = ran(capsys, "verify", "good.py", "--mutants")
    assert status == 0 and "refuted    good.two_and_two_are_five [mutant of two_and_two_are_four]" in out
    assert out.splitlines()[-1].startswith("2 claims: 2 proved; 2 mutants: 2 refuted; ")
    status, out, _ = ran(capsys, "verify", "bad.py", "--mutants")
    assert "\nwithout a mutant, so that nothing shows what would be refuted: a_claim_that_fails.\n" in out
    assert "two_and_two_are_four: this mutant of two_and_two_are_five is false and was not refuted." in out


def test_first_failure_stops(bad, good, capsys):
    status, out, _ = ran(capsys, "verify", "bad.py", "good.py", "-x")
    assert status == 1 and out.splitlines()[-1].startswith("1 claim: 1 refuted; ")


def test_only_failures_are_shown_on_request(bad, good, capsys):
    status, out, _ = ran(capsys, "verify", "good.py", "bad.py", "--only-failed")
    assert status == 1 and "good." not in out and "bad.two_and_two_are_five" in out
    assert out.splitlines()[-1].startswith("4 claims: 2 proved, 1 refuted, 1 unknown; ")


# Traps.


def test_a_trap_is_refuted_as_it_should_be_and_counted_apart(folder, good, capsys):
    (folder / "traps.py").write_text(TRAPS)
    status, out, _ = ran(capsys, "verify", "good.py", "traps.py", "--mutants")
    assert status == 0
    assert "refuted    traps.two_and_two_are_five  " in out
    assert (
        "    popular: Two and two are five.\n    quoted:  Orwell\n"
        "    witness: output is 4 on the left, 5 on the right\n"
        "    instead: two_and_two_are_less, two_and_two_are_four\n"
    ) in out
    assert "proved     traps.two_and_two_are_less [truth of two_and_two_are_five]  equal" in out
    assert "\ntrap: a statement that is popular and false; that it is refuted is as it should be.\n" in out
    told = "2 claims: 2 proved; 2 mutants: 2 refuted; 1 trap: 1 refuted; 1 truth: 1 proved; "
    assert out.splitlines()[-1].startswith(told)


def test_a_trap_that_holds_is_a_failure(folder, capsys):
    (folder / "traps.py").write_text(TRAPS.replace("5\n", "4\n"))
    status, out, _ = ran(capsys, "verify", "traps.py")
    assert status == 1
    assert "two_and_two_are_five: this statement is popular and was to be refuted, but it holds.\n" in out
    assert out.splitlines()[-1].startswith("1 trap: 1 proved; ")


def test_a_trap_whose_truth_does_not_hold_is_a_failure(folder, capsys):
    (folder / "traps.py").write_text(TRAPS.replace(", 4", ", 3"))
    assert ran(capsys, "verify", "traps.py")[0] == 0
    status, out, _ = ran(capsys, "verify", "traps.py", "--mutants")
    assert status == 1 and "    1 of 1 entries differ; output is 4 on the left, 3 on the right\n" in out


def test_traps_are_written_and_listed_apart(folder, capsys):
    (folder / "traps.py").write_text(TRAPS)
    _, out, _ = ran(capsys, "verify", "traps.py", "--mutants", "--json", "-")
    document = json.loads(out)
    assert document["claims"] == document["mutants"] == []
    assert document["traps"][0]["truths"] == ["two_and_two_are_less"]
    assert document["traps"][0]["instead"] == "two_and_two_are_four"
    assert document["truths"][0]["truth_of"] == "two_and_two_are_five"
    assert document["truths"][0]["source"] == "Euclid"
    _, out, _ = ran(capsys, "list", "traps.py")
    assert "    trap (accounting), quoted in Orwell\n" in out and out.endswith("\n1 trap\n")


# WHAT.


@pytest.mark.parametrize(
    "word, found",
    [
        ("1", ["first", "second"]),
        ("Core concepts", ["first", "second"]),
        ("core-concepts", ["first", "second"]),
        ("first", ["first"]),
        ("a_coin_is_fair", ["first"]),
        ("second", ["second"]),
    ],
)
def test_words_are_chapters_components_and_claims(library, word, found):
    assert [task.component for task in selection.select([word])] == found


def test_a_claim_is_checked_alone(library, capsys):
    status, out, _ = ran(capsys, "verify", "a_coin_is_fair")
    assert status == 0 and "two_and_two" not in out


def test_what_is_named_twice_is_checked_once(library):
    tasks = selection.select(["second", "a_coin_is_fair", "first", "first"])
    assert [(task.component, task.names) for task in tasks] == [("first", ()), ("second", ())]
    tasks = selection.select(["a_coin_is_fair", "two_and_two_are_four"])
    assert [task.names for task in tasks] == [("a_coin_is_fair", "two_and_two_are_four")]


def test_everything_is_the_default_and_a_broken_component_is_a_row(library, capsys):
    status, out, _ = ran(capsys, "verify")
    assert status == 1
    assert "unknown    third.third" in out
    assert "ModuleNotFoundError: No module named 'nowhere'\n      None of them was checked." in out
    assert "5 claims: 2 proved, 1 refuted, 2 unknown; " in out


def test_objects_of_modules_and_files_hold_claims(good, capsys):
    for word in ("good:a_coin_is_fair", "good.py:a_coin_is_fair"):
        status, out, _ = ran(capsys, "verify", word)
        assert status == 0 and out.splitlines()[-1].startswith("1 claim: 1 proved; ")


@pytest.mark.parametrize(
    "word, message",
    [
        ("frist", "jaxmath: nothing is called 'frist'.\n  Close to it: first"),
        ("two_and_two_are_six", "Close to it: two_and_two_are_fi"),
        ("zzz", "jaxmath: nothing is called 'zzz'.\n  WHAT is a chapter"),
        ("7", "jaxmath: chapter '7' has no claims yet.\n  Try: jaxmath list"),
        ("godo.py", "jaxmath: there is no file godo.py.\n  Close to it: good.py."),
        ("nowhere/x.py", "jaxmath: there is no file nowhere/x.py."),
        (
            "good.py:a_coin_is_unfair",
            "good.py has no object `a_coin_is_unfair`.\n  Close to it: a_coin_is_fair.",
        ),
        ("good.py:HEAD.x", "has no object `HEAD.x`"),
        ("empty.py", "jaxmath: empty.py holds no claims.\n  Decorate a function"),
        ("empty.py:x", "jaxmath: empty.py:x holds no claims."),
        (":x", "names no module.\n  Write module:object"),
        ("nowhere:x", "nowhere could not be imported.\n  ModuleNotFoundError: No module named 'nowhere'"),
        ("broken.py", "broken.py could not be imported.\n"),
        ("broken.py", "broken.py:2: SyntaxError: "),
        ("raises.py", "raises.py:2: ZeroDivisionError: division by zero\n  Correct it and try again."),
        ("lacks.py", "AttributeError: module 'math' has no attribute 'pie'"),
        ("quits.py", "quits.py:1: SystemExit: 3"),
    ],
)
def test_words_that_mean_nothing_end_with_two(library, good, folder, capsys, word, message):
    files = dict(
        empty="x = 1\n",
        broken="x = 1\ny = (\n",
        raises="x = 1\ny = 1 / 0\n",
        lacks="import math\nmath.pie\n",
        quits="raise SystemExit(3)\n",
    )
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    status, out, err = ran(capsys, "verify", word)
    assert status == 2 and out == "" and message in err


@pytest.mark.parametrize(
    "words, message",
    [
        (["--failure", "2"], "'2' is no probability between 0 and 1; write it like 1e-18 or 2^-60"),
        (["--failure", "tiny"], "'tiny' is no probability"),
        (["--failure", "2^-9999"], "is no probability"),
        (["--seed", "-1"], "'-1' is no natural number; write it like 0 or 17"),
        (["--jobs", "0"], "'0' is no number of processes"),
        (["--json", "nowhere/x.json"], "cannot be written: there is no folder nowhere"),
        (["--json", "."], "cannot be written: it is a folder"),
        (["--josn", "x"], "unrecognized arguments"),
    ],
)
def test_options_that_cannot_be_used_end_with_two(folder, capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        main(["verify", *words])
    assert ended.value.code == 2 and message in capsys.readouterr().err


@pytest.mark.parametrize("text", ["2**-60", "2^-60", " 2 ^ -60", "8.673617379884035e-19"])
def test_a_probability_is_written_in_any_way(text):
    assert arguments.failure(text) == 2.0**-60


def test_no_command_shows_the_help(capsys):
    status, out, err = ran(capsys)
    assert status == 2 and "usage: jaxmath" in err and "exit status: 0 all held" in err


# JSON.


def test_json_is_the_same_for_the_same_seed(library, folder, capsys):
    documents = []
    for name in ("a.json", "b.json"):
        ran(capsys, "verify", "--json", name, "--mutants", "--seed", "3", "--failure", "1e-9")
        documents.append(json.loads((folder / name).read_text()))
    for document in documents:
        assert all(entry.pop("seconds") >= 0 for entry in document["claims"] + document["mutants"])
    assert json.dumps(documents[0]) == json.dumps(documents[1])
    document = documents[0]
    assert document["schema"] == 1 and document["complete"] and document["versions"]["jax"]
    first = document["claims"][1]
    assert first["name"] == "a_coin_is_fair" and first["chapter"] == {"number": 1, "title": "Core concepts"}
    assert first["statement"] == "Heads are as likely as tails." and first["source"] == "Pascal"
    assert first["mutants"] == ["a_coin_lands_on_heads"]
    assert first["sizes"] == {"n": 2} and first["certificate"]["seed"] == 3
    assert first["certificate"]["failure"] == 1e-9
    assert document["counts"]["claims"] == {"proved": 2, "refuted": 1, "unknown": 2}
    assert [entry["mutant_of"] for entry in document["mutants"]][0] == "two_and_two_are_four"
    assert sorted(path.name for path in folder.glob("*.json*")) == ["a.json", "b.json"]


def test_json_goes_to_standard_output(good, capsys):
    _, out, err = ran(capsys, "verify", "good.py", "--json", "-")
    assert json.loads(out)["counts"]["claims"] == {"proved": 2} and "2 claims: 2 proved" in err
    _, out, _ = ran(capsys, "list", "good.py", "--json", "-")
    assert [entry["source"] for entry in json.loads(out)["claims"]] == ["Euclid", "Pascal"]


# The other commands.


def test_list_shows_statements_and_sources(library, capsys):
    status, out, _ = ran(capsys, "list", "first")
    assert status == 0
    assert (
        "1 Core concepts\nfirst\n  two_and_two_are_four\n    Two and two are four.\n    accounting; Euclid"
        in out
    )
    assert out.endswith("2 claims\n")
    status, out, _ = ran(capsys, "list")
    assert status == 1 and "could not be imported" in out


def test_version_names_packages_devices_and_floats(capsys):
    status, out, _ = ran(capsys, "--version")
    assert status == 0
    for word in (
        "jaxmath",
        "jax ",
        "jaxlib",
        "flax",
        "optax",
        "python",
        "devices",
        "cpu:0",
        "float32 by default",
    ):
        assert word in out


# Several processes, and interrupts.


def test_processes_change_nothing_but_time(good, bad):
    tasks = selection.select(["good.py", "bad.py"]) * 2
    one = [(place, row.name, row.certificate) for place, row in run.run(tasks, run.Budget(mutants=True))]
    two = [
        (place, row.name, row.certificate) for place, row in run.run(tasks, run.Budget(mutants=True), jobs=2)
    ]
    assert one == two


def test_few_claims_do_not_start_a_process(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert [run.default_jobs(claims) for claims in (1, 39, 40)] == [1, 1, 2]
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert run.default_jobs(1000) == 1


def test_a_process_that_dies_is_told(folder):
    text = (
        HEAD
        + "import os, pathlib, time\nmark = pathlib.Path('dying')\n"
        + "@accounting(source='x')\ndef claimed():\n    {}\n    return 1, 1\n"
    )
    (folder / "slow.py").write_text(text.format("while not mark.exists(): time.sleep(0.1)"))
    dies = f"mark.touch() if os.getpid() == {os.getpid()} else (mark.touch(), os._exit(1))"
    (folder / "dies.py").write_text(text.format(dies))
    tasks = selection.select(["slow.py", "dies.py"])
    found = [row for _, row in run.run(tasks, run.Budget(), jobs=2)]
    assert [row.certificate.verdict for row in found] == ["proved", "unknown"]
    assert "the process that checked them died" in found[1].certificate.reason


# Whoever runs the tests in the background may have interrupts ignored, and children inherit that.
_HEARS_INTERRUPTS = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from jaxmath.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_interrupt_prints_what_is_done(good, folder, jobs):
    slow = HEAD + "import time\n@accounting(source='x')\ndef slow():\n    time.sleep(60)\n    return 1, 1\n"
    (folder / "slow.py").write_text(slow)
    words = ["verify", "good.py", "slow.py", "slow.py:slow", "--json", "partial.json", "--jobs", jobs]
    process = subprocess.Popen(
        [sys.executable, "-c", _HEARS_INTERRUPTS, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        start_new_session=True,
    )
    lines = [process.stdout.readline() for _ in range(3)]
    assert "a_coin_is_fair" in lines[-1], lines
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in rest
    assert rest.splitlines()[-1].startswith("interrupted after 2 claims: 2 proved; ")
    assert json.loads((folder / "partial.json").read_text())["complete"] is False


# The screen.


def row(name="blockwise_attention_has_the_textbook_gradient", **told):
    told = dict(kind="identity", verdict="proved", error_bound=2.0**-62, theorem="Schwartz-Zippel") | told
    sizes = (("n", 2), ("m", 5), ("d", 2), ("e", 3))
    return rows.Row(
        name=name,
        component="attention",
        chapter=CHAPTERS[4],
        kind="identity",
        statement="",
        source="",
        sizes=sizes,
        certificate=Certificate(**told),
        seconds=12.25,
    )


SHOWN = [
    row(),
    row(error_bound=None, error_estimate=2.0**-90, theorem=None, assumptions=("x",)),
    row(verdict="certified", error_bound=None, detail="error <= 3.1e-06 for abs(x) <= 8, float32"),
    row(verdict="refuted", error_bound=None, witness=Witness(output="[0]", left=1.0, right=2.0)),
    row(
        verdict="unknown", error_bound=None, reason="x: no rule.\n  used at somewhere far away " + "on " * 60
    ),
]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, 120, 200])
def test_nothing_is_cut_off_at_any_width(width):
    for each in SHOWN:
        lines = [line.plain.rstrip() for line in screen.table_lines(each, layout.layout(width))]
        assert max(map(len, lines)) <= width, lines
        text = "".join("".join(lines).split())
        assert each.certificate.verdict in text and "12.25s" in text
        assert all(part in text for part in each.name.split("_"))
        assert all(size in text for size in ("n=2", "m=5", "d=2", "e=3"))


def shown(width, rows_shown, **told):
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, highlight=False, **told)
    table = screen.Screen(console, verbose=True)
    for each in rows_shown:
        table.add(each)
    return out.getvalue()


def test_a_terminal_shows_headings_once_and_keeps_figures_apart():
    text = shown(120, SHOWN, color_system=None)
    assert text.count("5 Attention") == 1 and text.count("\nattention\n") == 1
    heading = next(line for line in text.splitlines() if "error bound" in line)
    bound = next(line for line in text.splitlines() if "2^-62" in line)
    estimate = next(line for line in text.splitlines() if "2^-90*" in line)
    assert heading.index("error bound") == bound.index("2^-62")
    assert heading.index("estimate") == estimate.index("2^-90")
    assert "    witness: output[0] is 1.0 on the left, 2.0 on the right" in text
    assert "    assumes: x" in text
    assert all(len(line) <= 120 for line in text.splitlines())


def test_colours_are_for_terminals_that_want_them(monkeypatch):
    assert "\x1b[32mproved" in shown(120, SHOWN)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in shown(120, SHOWN)


def test_notes_tell_bounds_from_estimates():
    *notes, last = tally.footer(SHOWN, 1.0)
    assert notes[0] == "error bound: probability of a false proof, by Schwartz-Zippel."
    assert notes[1].startswith("estimate: probability of a false proof, by a measured rate")
    assert notes[2].startswith("*: rests on assumptions (1 of these)")
    assert last == "5 claims: 2 proved, 1 certified, 1 refuted, 1 unknown; 1.0 s"


def test_names_break_after_underscores():
    assert layout.broken_name("the_name_of_it", 8) == ["the_", "name_of_", "it"]
    assert layout.broken_name("unbreakable", 4) == ["unbr", "eaka", "ble"]


# The table of contents.


def test_components_are_found_in_the_order_of_the_book():
    found = claims.components()
    numbers = [component.chapter.number for component in found]
    assert numbers == sorted(numbers)
    names = [component.name for component in found]
    assert [
        name for place, name in enumerate(names) if name in names[:place] and name != names[place - 1]
    ] == []
    assert found[0].module == "jaxmath.claims.softmax.values"
    assert [chapter.number for chapter in CHAPTERS] == list(range(1, len(CHAPTERS) + 1))
