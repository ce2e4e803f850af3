"""An entry says with which TensorFlows it does not hold, and the record knows every entry."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import record, versions
from lossary_book import holds
from lossary_book.recorded import load

ROOT = Path(__file__).parents[2]
GOOD = Path(__file__).parent / "roots" / "good"
HAPPENED = "TypeError: float() argument must be a number"


@pytest.mark.parametrize(
    ("yes", "no", "text"),
    [
        ("1 2 3", "", ""),
        ("2 3", "1", "Holds for TensorFlow 2 and newer, not for 1."),
        ("3", "1 2", "Holds for TensorFlow 3 and newer, not for 1 and 2."),
        ("1 3", "2", "Holds for TensorFlow 1 and 3, not for 2."),
        ("1", "2 3", "Holds for TensorFlow 1, not for 2 and 3."),
        ("", "1 2 3", "Holds for TensorFlow none, not for 1, 2 and 3."),
    ],
)
def test_sentence_of_an_entry(yes, no, text):
    assert holds.sentence({v: v in yes.split() for v in sorted((yes + " " + no).split())}) == text


@pytest.fixture
def book(tmp_path):
    """Return a copy of the good book, without its cells run, in which loss fails on 2.16."""
    source = Path(shutil.copytree(GOOD, tmp_path / "book"))
    conf = (source / "conf.py").read_text()
    assert '"cache"' in conf
    conf = conf.replace('"cache"', '"off"')
    conf += '\nlossary_records = "records"\nsuppress_warnings = ["lossary.evidence"]\n'
    (source / "conf.py").write_text(conf)
    (source / "figures").mkdir()
    write_page(source, "")
    write_record(source, [["loss", "no", "yes"], ["one-hot", "yes", "yes"]])
    return source


def write_page(source, body):
    text = f"---\norphan: true\n---\n# Holds for\n\n:::{{holds-for}}\n{body}\n:::\n"
    (source / "figures" / "holds-for.md").write_text(text)


def write_record(source, rows):
    title = record.table
    record.write(
        "versions",
        functions=["lossary"],
        packages=["numpy"],
        tables={
            "entries": title("", {"Entry": "", "2.16": "", "2.21": ""}, rows),
            "changes": title(
                "",
                dict.fromkeys(["Page", "Entry", "TensorFlow", "Cell", "What happened"], ""),
                [["loss", "loss", "2.16", "cell-loss", HAPPENED]],
            ),
        },
        folder=source / "records",
    )


def words(path):
    return " ".join(path.read_text("utf-8").replace("*", "").split())


def test_an_entry_says_where_it_does_not_hold(build, book, tmp_path):
    build(book, tmp_path)
    text = words(tmp_path / "text" / "loss.txt")
    assert text.count("Holds for TensorFlow") == 1
    assert "Holds for TensorFlow 2.21 and newer, not for 2.16. What changed" in text
    assert HAPPENED.split()[0] in words(tmp_path / "text" / "figures" / "holds-for.txt")


def test_an_entry_of_a_book_without_the_page_links_to_none(build, book, tmp_path):
    (book / "figures" / "holds-for.md").unlink()
    build(book, tmp_path)
    text = words(tmp_path / "text" / "loss.txt")
    assert "Holds for TensorFlow 2.21 and newer, not for 2.16." in text
    assert "What changed" not in text


def test_page_of_an_entry_follows_the_record(build, book, tmp_path):
    build(book, tmp_path)
    write_record(book, [["loss", "yes", "yes"], ["one-hot", "yes", "no"]])
    build(book, tmp_path)
    assert "Holds for TensorFlow 2.16, not for 2.21." in words(tmp_path / "text" / "loss.txt")


def test_a_sentence_stands_beside_what_it_explains_and_a_needless_one_fails(build, book, tmp_path):
    write_page(book, "TypeError: float() => Give it a number.\nKeyError: a => Never.")
    warnings = "\n".join(build(book, tmp_path))
    assert "Give it a number." in words(tmp_path / "text" / "figures" / "holds-for.txt")
    assert "Never." not in words(tmp_path / "text" / "figures" / "holds-for.txt")
    assert "nothing that is recorded begins with 'KeyError: a'" in warnings
    assert "float()" not in warnings


def test_a_record_that_cannot_be_read_fails_until_it_is_made(build, book, tmp_path):
    (book / "records" / "versions.json").write_text("{")
    for _ in range(2):
        warnings = [line for line in build(book, tmp_path) if "[lossary.record]" in line]
        assert len(warnings) == 1
        assert "record 'versions': it is no JSON" in warnings[0]
        assert "holds-for.md:6" in warnings[0]
    write_record(book, [["loss", "no", "yes"], ["one-hot", "yes", "yes"]])
    assert not any("[lossary.record]" in line for line in build(book, tmp_path))


def test_a_book_without_a_record_is_built(build, book, tmp_path):
    shutil.rmtree(book / "records")
    build(book, tmp_path)
    assert "Nothing is recorded yet." in words(tmp_path / "text" / "figures" / "holds-for.txt")
    assert "Holds for TensorFlow" not in words(tmp_path / "text" / "loss.txt")


CELLS = [
    {"labels": [], "source": "%matplotlib inline\nfrom myst_nb import glue", "expects": ""},
    {"labels": ["a"], "source": "x = 1\nassert x == 2, 'two'", "expects": ""},
    {"labels": ["b"], "source": "assert x == 1", "expects": ""},
    {"labels": ["c"], "source": "int('a')", "expects": "ValueError"},
    {"labels": ["d"], "source": "int('1')", "expects": "ValueError"},
    {"labels": ["e"], "source": "y = int(None)", "expects": ""},
    {"labels": ["f"], "source": "assert y", "expects": ""},
    {"labels": ["g"], "source": "def f():\n    return 5\n", "expects": ""},
    {
        "labels": ["h"],
        "source": "from inspect import getsource\nassert '5' in getsource(f)",
        "expects": "",
    },
]


@pytest.fixture(scope="module")
def came():
    """What the runner makes of a page, in a process of its own as in another environment."""
    code = (
        "import json, sys, types, run_cells as run;"
        "sys.modules['myst_nb'] = types.SimpleNamespace(glue=None);"
        "print(json.dumps(run.answer(*run.fork(lambda: run.run_page(json.load(sys.stdin)), '.'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(CELLS),
        check=True,
        cwd=ROOT / "benchmarks",
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def test_runner_judges_each_cell_by_itself(came):
    assert [bool(text) for text in came] == [
        False,
        True,
        False,
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    assert came[1] == "AssertionError: assert x == 2, 'two'"
    assert came[4] == "no ValueError"


def test_what_is_missing_is_put_down_to_the_cell_that_makes_it(came):
    assert came[6].startswith("NameError")
    assert versions.cause(came, 6) == came[5]
    assert versions.cause(came, 1) == came[1]
    book = {"entries": {"one": ["b", "f"], "two": ["c"]}, "pages": {"index": CELLS}}
    assert versions.changes(book, {"2.16": {"index": came}, "2.21": {}}) == [
        ["index", "one", "2.16", "f", came[5]]
    ]


def test_versions_of_the_record_are_those_of_the_pins():
    table = load(record.RECORDS, "versions")["tables"]["environments"]
    columns = [column["title"] for column in table["columns"]]
    ran = [dict(zip(columns, row, strict=True)) for row in table["rows"]]
    assert [row["TensorFlow"].rpartition(".")[0] for row in ran] == list(versions.VERSIONS)
    for row, version in zip(ran, versions.VERSIONS, strict=True):
        own = versions.PINS / f"tensorflow-{version}.txt"
        pins = (own if own.exists() else ROOT / "constraints.txt").read_text("utf-8").splitlines()
        for package, title in (
            ("tensorflow-cpu", "TensorFlow"),
            ("keras", "Keras"),
            ("numpy", "NumPy"),
        ):
            assert f"{package}=={row[title]}" in pins
        assert row["Unit tests passed"] == row["of"]


def test_oldest_numpy_that_ran_is_the_oldest_that_is_supported():
    table = load(record.RECORDS, "versions")["tables"]["environments"]
    oldest = min(tuple(map(int, row[2].split("."))) for row in table["rows"])
    assert (
        f'dependencies = ["numpy>={oldest[0]}.{oldest[1]}"]'
        in (ROOT / "pyproject.toml").read_text()
    )
