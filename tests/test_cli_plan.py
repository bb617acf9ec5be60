"""`jaxmath plan`: what it prints, writes and draws, and what it cannot use."""

import importlib.util
import json
import sys

import pytest

from jaxmath import definitions as d
from jaxmath.__main__ import main
from jaxmath._cli.plan import options, tables

SIZES = ["--width", "512", "--layers", "8", "--heads", "8", "--vocabulary", "32000"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(capsys, *words):
    status = main(["plan", *words])
    out, err = capsys.readouterr()
    return status, out, err


def test_a_plan_is_printed(capsys):
    status, out, err = ran(capsys, "llama-3-8b", "--devices", "16", "--tokens", "1T")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "llama-3-8b on 16 x h100"
    assert lines[1] == "model       8.03 B parameters; 32 layers of width 4,096"
    assert lines[2].startswith("run         1 T tokens in 1,907,349 steps of 524,288, 4,096 in a sequence")
    assert lines[3].startswith("operations  4.825e+22, 6.7 % of them between tokens (6ND is 4.818e+22)")
    assert any(line.startswith("memory ") and " GB of 80 GB on each device" in line for line in lines)
    assert any(line.lstrip().startswith("optimizer") and line.endswith("#") for line in lines)
    labels = [line.split()[0] for line in lines[1:] if not line.startswith(" ")]
    assert labels == "model run operations layout memory step time law serving machine".split()


def test_what_does_not_fit_ends_with_one(capsys):
    status, out, _ = ran(capsys, "llama-2-70b", "--devices", "8")
    assert status == 1 and "layout      nothing fits on 8 x 80 GB. It takes " in out
    status, out, _ = ran(capsys, "llama-2-70b", "--devices", "8", "--layout", "data=8")
    assert status == 1 and "of 80 GB on each device -- DOES NOT FIT" in out


def test_a_model_is_given_by_its_sizes_or_its_configuration(folder, capsys):
    told = dict(model_type="llama", hidden_size=512, num_hidden_layers=8, num_attention_heads=8)
    told |= dict(num_key_value_heads=8, intermediate_size=8 * 512 // 3, vocab_size=32000)
    (folder / "config.json").write_text(json.dumps(told))
    by_size = ran(capsys, *SIZES, "--devices", "1")[1].splitlines()
    assert by_size[0] == "given by its sizes on 1 x h100"
    for path in ("config.json", "."):
        assert ran(capsys, path, "--devices", "1")[1].splitlines()[1:] == by_size[1:]


def test_experts_are_given_by_their_number(capsys):
    status, out, _ = ran(capsys, *SIZES, "--experts", "8", "--active", "2", "--devices", "1")
    assert status == 0 and " of them for each token; 8 layers of width 512" in out


def test_a_machine_is_given_by_a_file(folder, capsys):
    figures = dict(flops=1e14, bandwidth=1e12, memory=2e10, link=1e10, network=1e9, node=1, watts=100)
    (folder / "mine.json").write_text(json.dumps(figures))
    status, out, _ = ran(capsys, "gpt2", "--machine", "mine.json", "--devices", "1", "--tokens", "1B")
    assert status == 0 and out.startswith("gpt2 on 1 x mine.json\n") and " kWh of boards at full power" in out
    assert "kWh" not in ran(capsys, "gpt2", "--machine", "tpu-v5e", "--devices", "1")[1]
    assert "kWh" in ran(capsys, "gpt2", "--machine", "tpu-v5e", "--devices", "1", "--watts", "200")[1]


def test_the_plan_is_written(folder, capsys):
    ran(capsys, "gpt2", "--devices", "1", "--json", "plan.json")
    found = json.loads((folder / "plan.json").read_text())
    assert (found["model"], found["parameters"], found["machine_name"]) == ("gpt2", 124439808, "h100")
    assert set(found) >= {"layout", "memory", "seconds", "days", "optimum", "serving", "versions", "shape"}
    status, out, err = ran(capsys, "gpt2", "--devices", "1", "--json", "-")
    assert status == 0 and json.loads(out) == found and err.startswith("gpt2 on 1 x h100\n")


def test_names_are_listed(capsys):
    status, out, _ = ran(capsys, "--list")
    assert status == 0 and all(f"  {name} " in out for name in [*d.PUBLISHED, *d.ACCELERATORS])


def test_a_picture_is_drawn_or_the_lack_of_matplotlib_is_told(folder, capsys):
    status, _, err = ran(capsys, "gpt2", "--devices", "1", "--plot", "plan.svg")
    if importlib.util.find_spec("matplotlib"):
        assert status == 0 and (folder / "plan.svg").read_text().count("<svg") == 1
    else:
        assert status == 2 and err == (
            "jaxmath plan: --plot needs Matplotlib, which is not installed.\n"
            "  Install it with: pip install 'jaxmath[bench]'\n"
        )


def test_the_lack_of_matplotlib_is_told(folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    status, _, err = ran(capsys, "gpt2", "--devices", "1", "--plot", "plan.svg")
    assert status == 2 and "--plot needs Matplotlib, which is not installed.\n  Install it with: pip" in err


@pytest.mark.parametrize(
    "words, message",
    [
        ([], "no model is named, and --width, --layers, --heads, --vocabulary are missing.\n  Name a model"),
        (["gpt5"], "no model is called 'gpt5'.\n  Known are gpt2, "),
        (["gpt2", "--width", "8"], "a model is named, and --width is given.\n  Give one of both."),
        (["t5-small"], "an encoder-decoder has two lengths.\n"),
        (["nowhere.json"], "there is no file nowhere.json.\n"),
        (["broken.json"], "broken.json cannot be read as JSON.\n"),
        (["list.json"], "list.json holds a list.\n  It has to hold an object with named entries."),
        (["other.json"], "model_type is 'rwkv'.\n  Known are bert, "),
        (["gpt2", "--machine", "h1000"], "no accelerator is called 'h1000'.\n  Known are v100, "),
        (
            ["gpt2", "--machine", "other.json"],
            "of an accelerator, model_type is unknown or missing.",
        ),
        (["gpt2", "--machine", "words.json"], "words.json holds what is no number.\n  Give operations"),
        (["gpt2", "--layout", "data=4"], "the layout has 4 devices, --devices says 8.\n  data times"),
        (["gpt2", "--json", "nowhere/x.json"], "nowhere/x.json cannot be written: "),
        ([*SIZES, "--experts", "8"], "of --experts and --active one is missing.\n  Give both or none."),
        ([*SIZES, "--experts", "2", "--active", "3"], "a token is sent to 3 of 2 experts.\n"),
        (
            [*SIZES[:4], "--heads", "7", *SIZES[6:]],
            "7 heads do not divide a width of 512.\n  Give",
        ),
    ],
)
def test_what_cannot_be_used(folder, capsys, words, message):
    (folder / "broken.json").write_text("{")
    (folder / "list.json").write_text("[]")
    (folder / "other.json").write_text('{"model_type": "rwkv"}')
    figures = dict.fromkeys(("flops", "bandwidth", "memory", "link", "network", "node"), "many")
    (folder / "words.json").write_text(json.dumps(figures))
    status, _, err = ran(capsys, *words)
    assert status == 2 and err.startswith(f"jaxmath plan: {message}"), err


@pytest.mark.parametrize(
    "words, message",
    [
        (["--tokens", "many"], "'many' is no amount above zero; write it like 15.6T, 4M or 1e12"),
        (["--tokens", "1.2.3"], "'1.2.3' is no amount above zero"),
        (["--devices", "1.5"], "'1.5' is no whole number; write it like 8 or 4k"),
        (["--efficiency", "2"], "'2' is no share between 0 and 1; write it like 0.5"),
        (["--efficiency", "half"], "'half' is no share between 0 and 1"),
        (["--layout", "rows=2"], "'rows=2' names what is not one of data, tensor, pipeline, stage, "),
        (["--layout", "data=0"], "'data=0': write it like data=16,tensor=8,stage=1,recompute=full"),
        (["--layout", "stage=4"], "'stage=4': stage is 0, 1, 2 or 3"),
        (["--layout", "recompute=half"], "'recompute=half': recompute is none, selective or full"),
        (["--plot", "plan.txt"], "'plan.txt' cannot be drawn to: name a .svg, .pdf or .png in a folder"),
    ],
)
def test_words_that_are_no_numbers(folder, capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        main(["plan", "gpt2", *words])
    assert ended.value.code == 2 and message in capsys.readouterr().err


@pytest.mark.parametrize(
    "text, value", [("15.6T", 15.6e12), ("4M", 4e6), ("512k", 512e3), ("1e12", 1e12), ("2B", 2e9), ("7", 7)]
)
def test_amounts(text, value):
    assert options.amount(text) == value


def test_layouts():
    made = options.layout("data=2,tensor=8,stage=0,recompute=full")
    assert made == d.Layout(data=2, tensor=8, stage=0, recompute="full")


def test_numbers_are_short():
    told = [
        tables.quantity(8.03e9),
        tables.quantity(8.03e9, "B"),
        tables.quantity(999.9e6),
        tables.quantity(0.5),
    ]
    assert told == ["8.03 B", "8.03 GB", "1 B", "0.5"]
    assert [tables.duration(x) for x in (3e5, 5e3, 90, 2.5, 2e-3, 3e-6)] == [
        "3.47 days",
        "1.39 h",
        "1.5 min",
        "2.5 s",
        "2 ms",
        "3 us",
    ]
