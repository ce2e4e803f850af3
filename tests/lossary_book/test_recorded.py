"""A page shows measured figures as they were recorded, and says so when it cannot."""

import copy
import json
import re
from pathlib import Path

import pytest

from benchmarks import record
from lossary_book.model import exists
from lossary_book.recorded import complaint, load, shown

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "figures").glob("*.md"))
PINS = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if line
)
# Those of PyTorch and JAX stand where their environment is made.
PINS |= dict(re.findall(r'"(torch|jax)==([\d.]+)', (ROOT / "noxfile.py").read_text("utf-8")))
NAMES = sorted(path.stem for path in record.RECORDS.glob("*.json"))
NAMED = re.compile(r"\{recorded\}(?: |`)(\w+)")
CONF = """
extensions = ["myst_nb", "lossary_book"]
nb_execution_mode = "off"
html_math_renderer = "mathml"
lossary_records = "records"
myst_enable_extensions = ["colon_fence"]
"""
PAGE = """
# Speed

:::{recorded} speed
:table: ratios
:::

At most {recorded}`speed:worst:.1f` times as long.
"""


def write(folder: Path, ratio: float) -> Path:
    """Record a small run as a benchmark does."""
    return record.write(
        "speed",
        functions=["lossary.softmax"],
        packages=["numpy"],
        tables={
            "ratios": record.table(
                "Against SciPy",
                {"Function": "", "Ratio": ".2f"},
                [["softmax", ratio], ["sigmoid", None]],
            )
        },
        figures={"worst": ratio},
        versions={"torch": "2.13.0+cpu"},
        folder=folder,
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a book of one page that shows one record."""
    source = tmp_path / "book"
    source.mkdir()
    (source / "conf.py").write_text(CONF)
    (source / "index.md").write_text(PAGE)
    write(source / "records", 0.75)
    return source


def test_page_shows_the_record_and_how_it_was_made(build, book: Path, tmp_path: Path) -> None:
    assert build(book, tmp_path) == []
    text = (tmp_path / "text" / "index.txt").read_text("utf-8")
    words = " ".join(text.split())
    made = load(book / "records", "speed")["made"]
    assert re.search(r"softmax +\| 0\.75 ", text)
    assert re.search(r"sigmoid +\| – ", text)
    for part in ("Against SciPy", "At most 0.8 times", 'Recorded by "nox -s figures -- speed" on'):
        assert part in words
    for part in (made["date"], made["machine"]["cpu"], f"numpy {PINS['numpy']}", "torch 2.13.0."):
        assert part in words


def test_page_follows_the_record(build, book: Path, tmp_path: Path) -> None:
    build(book, tmp_path)
    write(book / "records", 0.5)
    assert build(book, tmp_path) == []
    assert " 0.50 " in (tmp_path / "text" / "index.txt").read_text("utf-8")


def edit(change):
    """Return a fault that changes the JSON of the record."""

    def fault(path: Path) -> None:
        data = json.loads(path.read_text("utf-8"))
        change(data)
        path.write_text(json.dumps(data), "utf-8")

    return fault


FAULTS = {
    "missing": (Path.unlink, "there is no such record"),
    "no JSON": (lambda path: path.write_text("{"), "it is no JSON"),
    "no date": (edit(lambda data: data["made"].pop("date")), "expected a date in 'made.date'"),
    "a list": (lambda path: path.write_text("[]"), "expected a date"),
    "no table of the name": (
        edit(lambda data: data.update(tables={"other": data["tables"]["ratios"]})),
        "it has no table 'ratios', but other",
    ),
    "no figure of the name": (
        edit(lambda data: data.update(figures={"best": 1})),
        "it has no figure 'worst', but best",
    ),
    "no columns": (
        edit(lambda data: data["tables"]["ratios"].pop("columns")),
        "expected title, columns and rows in table 'ratios'",
    ),
    "short row": (
        edit(lambda data: data["tables"]["ratios"]["rows"][0].pop()),
        "expected 2 numbers or texts in each row of table 'ratios'",
    ),
}


@pytest.mark.parametrize(("fault", "says"), FAULTS.values(), ids=FAULTS)
def test_fault_is_red_until_the_record_is_made_again(build, fault, says, book, tmp_path) -> None:
    fault(book / "records" / "speed.json")
    for _ in range(2):
        warnings = [line for line in build(book, tmp_path) if says in line]
        assert warnings
        assert all("Make it with 'nox -s figures -- speed'." in line for line in warnings)
        assert all(line.endswith("[lossary.record]") for line in warnings)
        assert all("index.md" in line for line in warnings)
    write(book / "records", 0.75)
    assert build(book, tmp_path) == []


def test_every_part_of_a_record_is_needed(tmp_path: Path) -> None:
    data = dict(load(write(tmp_path, 1.0).parent, "speed"))
    assert complaint(data) == ""
    for part in ("made", "command", "functions", "figures", "tables"):
        assert part in complaint({key: value for key, value in data.items() if key != part})
    for part in data["made"]:
        broken = copy.deepcopy(data)
        del broken["made"][part]
        assert f"made.{part}" in complaint(broken)


def test_a_benchmark_cannot_write_what_a_page_cannot_show(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected tables by name"):
        record.write("none", functions=["f"], packages=["numpy"], tables={}, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_what_json_cannot_hold_is_written_as_text() -> None:
    cells = [float("inf"), float("-inf"), float("nan"), None, 1.5, 2, "x"]
    rows = record.table("", {}, [cells])["rows"][0]
    assert [shown(cell, "") for cell in rows] == ["∞", "−∞", "NaN", "–", "1.5", "2", "x"]


@pytest.mark.parametrize("name", NAMES)
def test_recorded_functions_exist(name: str) -> None:
    assert [path for path in load(record.RECORDS, name)["functions"] if not exists(path)] == []


@pytest.mark.parametrize("name", NAMES)
def test_versions_are_those_of_the_constraints(name: str) -> None:
    versions = load(record.RECORDS, name)["made"]["versions"]
    own = {package for package in versions if package == "lossary"}
    assert {p: PINS.get(p) for p in versions.keys() - own} == {
        p: versions[p] for p in versions.keys() - own
    }


@pytest.mark.parametrize("name", NAMES)
def test_record_holds_no_path_and_no_name_of_a_machine(name: str) -> None:
    text = (record.RECORDS / f"{name}.json").read_text("utf-8")
    assert not re.search(r"(?<![\w.])/(home|root|tmp|usr|work|Users)\b|[A-Z]:\\", text)
    assert set(load(record.RECORDS, name)["made"]["machine"]) == {"cpu", "cores", "system"}


def test_pages_show_all_records_and_no_other() -> None:
    named = {name for page in PAGES for name in NAMED.findall(page.read_text("utf-8"))}
    assert named == set(NAMES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_figure_is_typed(page: Path) -> None:
    text = re.sub(
        r"^(:{3,}|`{3,}).*?^\1", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    prose = re.sub(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)|^\d+\. ", "", text, flags=re.MULTILINE)
    assert re.findall(r"(?<![\w])\d[\d.,]*", prose) == []
