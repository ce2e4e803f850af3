"""The glossary in the terminal and in a notebook."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lossary
from lossary import glossary
from lossary.__main__ import main


def entry(term: str, *aliases: str) -> dict[str, Any]:
    return {
        "term": term,
        "slug": term.lower(),
        "aliases": list(aliases),
        "definition": f"What {term} means & <does>.",
        "url": f"topics/page.html#{term.lower()}",
        "names": {"keras": f"layer.{term}"},
        "shape": "(d0, units)",
        "equations": [{"latex": "z = xW"}],
        "evidence": [{"url": "topics/page.html#cell", "asserts": 2}],
        "code": ["lossary.dense"],
        "not_the_same_as": ["bias"],
    }


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "glossary.json"
    entries = [entry("kernel", "weight matrix"), entry("W"), entry("w"), entry("from_logits")]
    path.write_text(json.dumps({"entries": entries}))
    monkeypatch.setenv(glossary.VARIABLE, str(path))
    return path


@pytest.mark.parametrize(
    ("typed", "headword"),
    [
        ("kernel", "kernel"),
        ("Kernel", "kernel"),
        ("weight-matrix", "kernel"),
        ("from logits", "from_logits"),
        ("W", "W"),
        ("w", "w"),
    ],
)
def test_finds_names_as_people_type_them(built: Path, typed: str, headword: str) -> None:
    assert lossary.define(typed).term == headword


def test_prints_every_part(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weight", "matrix"]) == 0
    printed = capsys.readouterr().out
    for part in (
        "kernel",
        "What kernel means",
        "(d0, units)",
        "layer.kernel",
        "z = xW",
        "cell (2)",
    ):
        assert part in printed


def test_json_is_the_entry(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kernel", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == entry("kernel", "weight matrix")


def test_near_misses_are_named(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kernle"]) == 1
    assert "Did you mean kernel?" in capsys.readouterr().err
    assert main(["zzz"]) == 1
    assert "--list" in capsys.readouterr().err


def test_lists_by_prefix(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "we"]) == 0
    assert capsys.readouterr().out == "weight matrix (see kernel)\n"
    assert main(["--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5
    assert main(["--list", "q"]) == 1


def test_without_a_glossary_the_message_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(glossary.VARIABLE, str(tmp_path / "none.json"))
    assert main(["kernel"]) == 1
    assert "nox -s docs" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"entries": 3}', "\x00"])
def test_broken_glossary_is_named(built: Path, text: str) -> None:
    built.write_text(text)
    with pytest.raises(glossary.NoGlossaryError, match=r"expected the glossary\.json of a build"):
        lossary.define("kernel")


def test_notebook_shows_escaped_html(built: Path) -> None:
    shown = lossary.define("kernel")._repr_html_()
    assert "&amp; &lt;does&gt;" in shown
    assert "<does>" not in shown


def test_runs_as_a_module(built: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lossary", "kernel"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith("kernel\n")
    assert subprocess.run([sys.executable, "-m", "lossary"], capture_output=True).returncode == 2
