"""The glossary in the terminal and in a notebook."""

import io
import json
import os
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
        "short_url": f"t/{term.lower()}/",
        "names": {"keras": f"layer.{term}"},
        "shape": "(d0, units)",
        "equations": [{"latex": r"z = \frac{x}{W}", "text": "z = x/W"}],
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
        "z = x/W",
        "topics/page.html#cell (2 claims)",
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


@pytest.mark.parametrize("typed", ["wieght matrix", "weight", "matrix"])
def test_near_misses_are_named_as_they_are_written(built: Path, typed: str) -> None:
    with pytest.raises(glossary.NoEntryError, match=r"Did you mean weight matrix\?"):
        lossary.define(typed)


def place(built: Path, address: str) -> None:
    built.write_text(json.dumps({"address": address, **json.loads(built.read_text())}))


def test_addresses_are_full_where_the_site_has_one(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place(built, "https://example.org/book/")
    assert main(["kernel"]) == 0
    printed = capsys.readouterr().out
    assert "https://example.org/book/topics/page.html#cell (2 claims)" in printed
    assert printed.endswith("https://example.org/book/t/kernel/\n")
    assert main(["kernel", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["address"] == "https://example.org/book/"
    shown = lossary.define("kernel")._repr_html_()
    assert '<a href="https://example.org/book/topics/page.html#cell">' in shown


def test_in_a_checkout_evidence_is_in_the_built_site(built: Path) -> None:
    (built.parent / "index.html").touch()
    evidence = dict(lossary.define("kernel").rows())["evidence"]
    assert evidence == [f"{built.parent.as_uri()}/topics/page.html#cell (2 claims)"]


@pytest.mark.parametrize("width", [20, 36, 60, 100])
def test_text_fits_the_terminal(
    built: Path, width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["kernel"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines if ".html" not in line) <= max(width, 24)
    assert "What kernel means & <does>." in " ".join(" ".join(lines).split())


class Terminal(io.StringIO):
    """A terminal that shows colors."""

    def isatty(self) -> bool:
        return True

    def reconfigure(self, **_: str) -> None:
        """Take any setting."""


@pytest.mark.parametrize(
    ("terminal", "variables", "bold"),
    [
        (True, {"NO_COLOR": "", "TERM": "xterm"}, True),
        (True, {"NO_COLOR": "1", "TERM": "xterm"}, False),
        (True, {"NO_COLOR": "", "TERM": "dumb"}, False),
        (False, {"NO_COLOR": "", "TERM": "xterm"}, False),
    ],
)
def test_only_a_terminal_gets_bold_letters(
    built: Path,
    terminal: bool,
    variables: dict[str, str],
    bold: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    screen = Terminal()
    if terminal:
        monkeypatch.setattr("sys.stdout", screen)
    assert main(["kernel"]) == 0
    assert ("\x1b[1mkernel\x1b[0m" in screen.getvalue() + capsys.readouterr().out) == bold


def test_lists_by_prefix(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "we"]) == 0
    assert capsys.readouterr().out == "weight matrix (see kernel)\n"
    assert main(["--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5
    assert main(["--list", "q"]) == 1
    capsys.readouterr()
    assert main(["--list", "we", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"weight matrix": "kernel"}


def test_a_prefix_in_two_words_is_refused(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--list", "weight", "matrix"])
    assert "quote" in capsys.readouterr().err


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


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lossary", *arguments],
        env=os.environ | {"PYTHONUTF8": "0", **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_runs_as_a_module(built: Path) -> None:
    done = run("kernel")
    assert done.returncode == 0
    assert done.stdout.startswith("kernel\n")


def test_without_a_question_it_helps(built: Path) -> None:
    done = run()
    assert done.returncode == 2
    assert "--list" in done.stderr
    assert done.stdout == ""


def test_an_output_without_the_letters_still_works(built: Path) -> None:
    text = built.read_text().replace("(d0, units)", "∑ \U0001d430")
    built.write_text(text, encoding="utf-8")
    assert r"\u2211" in run("kernel", PYTHONIOENCODING="ascii").stdout
    printed = run("kernel", "--json", PYTHONIOENCODING="ascii").stdout
    assert json.loads(printed)["shape"] == "∑ \U0001d430"


def test_a_closed_pipe_is_no_error(built: Path) -> None:
    command = [sys.executable, "-m", "lossary", "--list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()  # before it prints: Python takes longer to start
        assert process.stderr.read() == b""
        assert process.wait() == 141
