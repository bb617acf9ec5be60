"""The README is code: every block of Python in it runs, in order, in one namespace."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_python_blocks_run():
    sources = blocks("python")
    assert sources
    namespace = {"__name__": "readme"}
    for i, source in enumerate(sources):
        exec(compile(source, f"README.md, python block {i + 1}", "exec"), namespace)


def test_there_are_two_commands():
    assert blocks("bash") == ["pip install -e . && jaxmath verify\n", "pip install -e '.[test]' && pytest\n"]


def test_the_commands_are_those_of_the_package_and_of_ci():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"jaxmath": "jaxmath.__main__:main"}
    assert "test" in project["optional-dependencies"]
    assert f"({blocks('bash')[1].strip()})" in (ROOT / ".ci" / "run").read_text().splitlines()


def test_pictures_exist():
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README)
    assert pictures
    assert all((ROOT / path).is_file() for path in pictures)
