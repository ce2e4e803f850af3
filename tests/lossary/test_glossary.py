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
from lossary import __main__ as command_line
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


FULL: dict[str, Any] = {
    **entry("kernel", "weight matrix", "W of a layer"),
    "definition": "The matrix of weights of a layer, one-column-for-each-unit and a row per input.",
    "example": "here (4, 25)",
    "domain": "any real numbers",
    "unit": "nats",
    "names": {
        "numpy": "W",
        "sklearn": "coefs_[0]",
        "jax": "params['kernel']",
        "pytorch": "Linear.weight",
        "keras": "layer.kernel",
        "course": "W & more",
    },
    "equations": [{"latex": r"\frac{x}{W}", "text": "z = x/W"}, {"latex": "W_{k, j}"}],
    "evidence": [{"url": "page.html#one", "asserts": 1}, {"url": "page.html#two", "asserts": 2}],
    "code": ["lossary.dense", "tf.keras.layers.Dense"],
    "not_the_same_as": ["bias", "units"],
}
WIDE = """\
<kernel>
The matrix of weights of a layer,
one-column-for-each-unit and a row per
input.

<  also called>      weight matrix, W of
                   a layer
<  example>          here (4, 25)
<  shape>            (d0, units)
<  values>           any real numbers
<  unit>             nats
<  Course>           W & more
<  Keras>            layer.kernel
<  PyTorch>          Linear.weight
<  JAX>              params['kernel']
<  scikit-learn>     coefs_[0]
<  NumPy>            W
<  equation>         z = x/W
                   W_{k, j}
<  code>             lossary.dense,
                   tf.keras.layers.Dense
<  not the same as>  bias, units
<  evidence>         page.html#one (1
                   claim)
                   page.html#two (2
                   claims)
<  page>             topics/page.html#kernel"""
NARROW = """\
<W>
What W means & <does>.

<  shape>
    (d0, units)
<  Keras>
    layer.W
<  equation>
    z = x/W
<  code>
    lossary.dense
<  not the same as>
    bias
<  evidence>
    topics/page.html#cell (2 claims)
<  page>
    topics/page.html#w"""


@pytest.mark.parametrize(("data", "width", "text"), [(FULL, 38, WIDE), (entry("W"), 37, NARROW)])
def test_text_has_two_columns_where_they_fit(data: dict[str, Any], width: int, text: str) -> None:
    found = glossary.Definition(data)
    assert found.text(width, "<{}>".format) == text
    assert found.text(width) == found.text(width, str)


def test_text_is_at_least_20_wide() -> None:
    found = glossary.Definition({**FULL, "definition": "ab " * 40})
    assert found.text(1) == found.text(20) != found.text(24)
    assert found.text(1).splitlines()[1] == "ab ab ab ab ab ab ab"


def test_text_is_88_wide_unless_it_is_told() -> None:
    # Lines of odd length in the definition, and of even length beside a title.
    found = glossary.Definition({**FULL, "definition": "a " * 100, "example": "a " * 100})
    assert found.text() == found.text(88) == str(found)
    assert max(map(len, found.text().splitlines())) == 88


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


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"entries": 3}', "\x00"], ids=repr)
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


def test_notebook_shows_a_row_for_each_part() -> None:
    data = {**entry("params['W']"), "shape": "", "names": {}, "not_the_same_as": []}
    data |= {"equations": [{"latex": "a < b", "text": ""}, {"latex": "z", "text": "c & d"}]}
    data |= {"evidence": [{"url": "p.html?a=1&b=2", "asserts": 1}]}
    th, td = "<tr><th style='text-align:left'>", "</th><td style='text-align:left'>"
    term = "params[&#x27;W&#x27;]"
    address = "http://e.org/p.html?a=1&amp;b=2"
    page = "http://e.org/t/params[&#x27;w&#x27;]/"
    assert glossary.Definition(data, "http://e.org/")._repr_html_() == (
        f"<p><b>{term}</b>: What {term} means &amp; &lt;does&gt;.</p><table>"
        f"{th}equation{td}a &lt; b<br>c &amp; d</td></tr>"
        f"{th}code{td}lossary.dense</td></tr>"
        f'{th}evidence{td}<a href="{address}">{address}</a> (1 claim)</td></tr>'
        f'{th}page{td}<a href="{page}">{page}</a></td></tr></table>'
    )


def test_an_address_of_a_file_leads_to_the_page_and_not_to_the_short_link() -> None:
    rows = dict(glossary.Definition(entry("W"), "file:///book/").rows())
    assert rows["page"] == ["file:///book/topics/page.html#w"]


@pytest.mark.parametrize(
    ("typed", "folded"),
    [("Mini-Batch_ x", "mini batch x"), (" a__b--c\t", "a b c"), ("Maß", "mass"), ("_", "")],
)
def test_names_are_compared_without_case_hyphens_and_underscores(typed: str, folded: str) -> None:
    assert glossary.fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "names", "near"),
    [
        # Three that are written like it, then the shortest that have it as the begin of a word.
        (
            "RATE",
            ["Late", "rates", "rat", "unrated", "Learning rate", "rate of x", "decay rate"],
            ["rates", "rat", "Late", "rate of x"],
        ),
        ("abcde", ["abcxy", "abxyz"], ["abcxy"]),  # three letters of five are near enough
        (
            "logits",
            ["dialogits with more words", "logits of all the rows", "from logits"],
            ["from logits", "logits of all the rows"],
        ),
        ("rat", ["Rate", "rate"], ["Rate"]),
        ("", ["Rate"], []),
        ("---", ["Rate"], []),
    ],
)
def test_nearest_names(typed: str, names: list[str], near: list[str]) -> None:
    assert glossary.nearest(typed, {"entries": [entry(name) for name in names]}) == near
    assert glossary.nearest(typed, {"entries": [entry("Zz", *names)]}) == near


def test_a_headword_goes_before_the_aliases_that_read_like_it() -> None:
    assert glossary.nearest("bait", {"entries": [entry("Baits", "baits", "BAITS")]}) == ["Baits"]


def test_a_name_of_two_entries_leads_to_the_first(built: Path) -> None:
    built.write_text(json.dumps({"entries": [entry("a", "x"), entry("b", "X"), entry("c", "x")]}))
    assert [lossary.define(name).term for name in ("x", "X")] == ["a", "b"]


@pytest.mark.parametrize("term", [None, 1, b"kernel"], ids=str)
def test_a_term_is_a_word(term: object) -> None:
    with pytest.raises(TypeError) as error:
        lossary.define(term)  # type: ignore[arg-type]
    name = type(term).__name__
    assert str(error.value) == f"term: expected a word such as 'kernel', got {name}."


def test_an_unknown_term_is_named_beside_its_neighbors(built: Path) -> None:
    with pytest.raises(glossary.NoEntryError) as error:
        lossary.define("w matrix")
    assert error.value.args == ("No entry 'w matrix'. Did you mean weight matrix?",)
    built.write_text(json.dumps({"entries": [entry("Rates"), entry("Rated")]}))
    with pytest.raises(glossary.NoEntryError) as error:
        lossary.define("rate")
    assert error.value.args == ("No entry 'rate'. Did you mean Rates, Rated?",)


def test_the_installed_glossary_goes_before_that_of_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(glossary.VARIABLE, raising=False)
    root = tmp_path / "checkout"
    module, built = root / "src/lossary/glossary.py", root / "docs/_build/html/glossary.json"
    installed = tmp_path / "glossary.json"
    monkeypatch.setattr(glossary, "__file__", str(module))
    monkeypatch.setattr(glossary, "_installed", lambda: installed)
    with pytest.raises(glossary.NoGlossaryError) as error:
        glossary.load()
    assert str(error.value) == (
        f"No glossary found at {installed}. Build the book in a checkout (nox -s docs), install "
        "a wheel of it, or name a glossary.json in the variable LOSSARY_GLOSSARY."
    )
    built.parent.mkdir(parents=True)
    (root / "pyproject.toml").touch()
    with pytest.raises(glossary.NoGlossaryError, match=f"found at {installed} or {built}. Build"):
        glossary.load()
    built.write_text('{"entries": [], "from": "checkout"}')
    assert glossary.load() == {"address": "", "entries": [], "from": "checkout"}
    installed.write_text('{"entries": [], "from": "package"}')
    assert glossary.load() == {"address": "", "entries": [], "from": "package"}


def test_the_package_holds_its_glossary_beside_its_modules() -> None:
    place = glossary._installed()
    assert isinstance(place, Path)
    assert place == Path(lossary.__file__).parent / "glossary.json"


HELP = """\
usage: python -m lossary [-h] [--json] [--list [PREFIX]] [term ...]

Print an entry of the glossary.

positional arguments:
  term             a headword or another name, such as from_logits

options:
  -h, --help       show this help message and exit
  --json           print JSON, for programs
  --list [PREFIX]  list the names with that beginning

Letter case, hyphens and underscores do not matter: mini-batch is mini_batch.
"""


@pytest.mark.parametrize("arguments", [[], [""]])
def test_help_says_all_that_can_be_asked(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", HELP)


def test_messages_go_to_the_other_stream(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["zzz"]) == 1
    assert capsys.readouterr() == ("", "No entry 'zzz'. List all with: --list\n")
    assert main(["--list", "Q q"]) == 1
    assert capsys.readouterr() == ("", "No name begins with 'Q q'.\n")


def test_names_are_sorted_without_their_case(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = [entry("b", "Z one"), entry("A"), entry("B", "a")]
    built.write_text(json.dumps({"entries": entries}))
    assert main(["--list"]) == 0
    assert capsys.readouterr().out == "A\na (see B)\nb\nB\nZ one (see b)\n"
    assert main(["--list", "Z_O"]) == 0
    assert capsys.readouterr().out == "Z one (see b)\n"


def test_json_is_for_people_too(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list", "we", "--json"]) == 0
    assert capsys.readouterr().out == '{\n "weight matrix": "kernel"\n}\n'


@pytest.mark.parametrize(
    ("encoding", "shown"), [("UTF-8", "∑"), ("utf8", "∑"), ("latin-1", r"\u2211"), ("", r"\u2211")]
)
def test_json_has_the_letters_that_the_output_has(
    built: Path, encoding: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    built.write_text(json.dumps({"entries": [entry("∑")]}))
    screen = Terminal()
    monkeypatch.setattr(Terminal, "encoding", encoding or None)
    monkeypatch.setattr("sys.stdout", screen)
    assert main(["∑", "--json"]) == 0
    assert f'"term": "{shown}"' in screen.getvalue()


def test_a_letter_that_the_output_lacks_gets_its_number(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built.write_text(json.dumps({"entries": [entry("∑")]}))
    paper = io.BytesIO()
    with io.TextIOWrapper(paper, encoding="ascii") as output:
        monkeypatch.setattr("sys.stdout", output)
        assert main(["∑"]) == 0
        output.flush()
        assert paper.getvalue().startswith(rb"\u2211")


@pytest.mark.parametrize(("columns", "widest"), [("", 88), ("95", 95), ("300", 100)])
def test_lines_are_as_long_as_the_terminal_but_readable(
    columns: str,
    widest: int,
    built: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def no_terminal(_: object) -> None:
        raise OSError("whatever runs the tests has no width")

    data = {**entry("kernel"), "definition": "a " * 300, "example": ""}
    built.write_text(json.dumps({"entries": [data]}))
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr("os.get_terminal_size", no_terminal)
    assert main(["kernel"]) == 0
    longest = max(map(len, capsys.readouterr().out.splitlines()))
    assert longest == (widest - 1) // 2 * 2 + 1


def test_the_process_ends_with_the_code(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for term, code in (("kernel", 0), ("zzz", 1)):
        monkeypatch.setattr("sys.argv", ["lossary", term])
        assert command_line.run() == code
    assert capsys.readouterr().out.startswith("kernel\n")


def test_a_pipe_that_nobody_reads_ends_it_in_silence(
    built: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    monkeypatch.setattr("sys.argv", ["lossary", "kernel"])
    with open(writes, "w") as pipe:  # noqa: PTH123  it has a number, and no path
        monkeypatch.setattr("sys.stdout", pipe)
        assert command_line.run() == 141
        print("what is written later is dropped", file=pipe)
    assert capfd.readouterr() == ("", "")


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
