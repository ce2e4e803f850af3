"""The book's evidence with several TensorFlows: its cells for them, and the record of what came.

``python -m benchmarks.versions cells FOLDER`` reads the book and writes the cells of the pages that
changed since the record, or with ``--all`` of all pages. ``benchmarks/run_cells.py`` runs them in
each environment. ``python -m benchmarks.versions record FOLDER`` records what came of them.
``nox -s versions`` calls all three.
"""

import contextlib
import hashlib
import io
import json
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from benchmarks import record
from lossary_book import launch
from lossary_book.domain import LossaryDomain, domain_of

ROOT = Path(__file__).parents[1]
PINS = ROOT / "benchmarks" / "pins"
NAME = "versions"
# The newest is that of the constraints, and runs in the environment of all other sessions.
VERSIONS = ("2.16", "2.18", "2.20", "2.21")

Cells = list[dict[str, Any]]


def read_book() -> LossaryDomain:
    """Read all pages as the build does, without running their cells."""
    settings = {
        "nb_execution_mode": "off",
        "suppress_warnings": ["docutils", "lossary.*", "myst.*", "mystnb.*"],
    }
    docs, out = ROOT / "docs", ROOT / "docs" / "_build" / "versions"
    with contextlib.redirect_stdout(io.StringIO()):
        app = Sphinx(docs, docs, out, out / "doctrees", "dummy", settings, status=None)
        app.builder.read()
    return domain_of(app.env)


def cells_of(domain: LossaryDomain) -> dict[str, Cells]:
    """Return the cells of each page as ``run_cells.py`` takes them."""
    return {
        docname: [
            {"labels": list(cell.labels), "source": cell.source, "expects": cell.expects}
            for cell in cells
        ]
        for docname, cells in sorted(domain.cells.items())
    }


def entries_of(domain: LossaryDomain) -> dict[str, list[str]]:
    """Return the labels of the evidence of each entry, by slug."""
    return {entry.slug: list(entry.evidence) for entry in domain.all_entries()}


def digest(cells: Cells) -> str:
    """Return a digest of the cells of a page and of what is installed for them."""
    pins = "".join(path.read_text("utf-8") for path in sorted(PINS.glob("*.txt")))
    return hashlib.sha256((pins + json.dumps(cells)).encode()).hexdigest()[:12]


def rows(name: str) -> list[list[Any]]:
    """Return the rows of a table of the record; none where there is no record yet."""
    path = record.RECORDS / f"{NAME}.json"
    if not path.is_file():
        return []
    return list(json.loads(path.read_text("utf-8"))["tables"][name]["rows"])


def write_cells(folder: Path, everything: bool) -> None:
    """Write the cells that are to run, and what the record is made from."""
    domain = read_book()
    pages = cells_of(domain)
    known = {} if everything else {page: done for page, done, *_ in rows("pages")}
    due = {page: cells for page, cells in pages.items() if known.get(page) != digest(cells)}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    job = {"environment": launch.ENVIRONMENT, "pages": due}
    (folder / "cells.json").write_text(json.dumps(job), "utf-8")
    book = {"entries": entries_of(domain), "pages": pages}
    (folder / "book.json").write_text(json.dumps(book), "utf-8")
    print(f"{len(due)} of {len(pages)} pages to run.")


def cause(came: Sequence[str], number: int) -> str:
    """Return what stopped a cell; where a name is missing, what stopped the cell that makes it."""
    earlier = [text for text in came[:number] if text and not text.startswith("NameError")]
    if came[number].startswith("NameError") and earlier:
        return earlier[-1]
    return came[number]


def changes(
    book: Mapping[str, Any], results: Mapping[str, Mapping[str, list[str]]]
) -> list[list[str]]:
    """Return (page, entry, version, cell, what happened) of each evidence cell that failed."""
    place = {
        label: (page, number)
        for page, cells in book["pages"].items()
        for number, cell in enumerate(cells)
        for label in cell["labels"]
    }
    found = []
    for slug, labels in book["entries"].items():
        for version, pages in results.items():
            for label in labels:
                page, number = place[label]
                if page in pages and pages[page][number]:
                    found.append([page, slug, version, label, cause(pages[page], number)])
    return found


def outcome(path: Path) -> dict[str, Any]:
    """Return what ``run_cells.py`` wrote; a page that was stopped is no result."""
    done = dict(json.loads(path.read_text("utf-8")))
    if stopped := [page for page, came in done["pages"].items() if came is None]:
        sys.exit(
            f"TensorFlow {path.stem}: {', '.join(stopped)} did not end. Run the session again."
        )
    return done


def write_record(folder: Path) -> None:
    """Record the outcome, with that of the pages that did not run again."""
    book = json.loads((folder / "book.json").read_text("utf-8"))
    done = {version: outcome(folder / f"{version}.json") for version in VERSIONS}
    ran = set(done[VERSIONS[-1]]["pages"])
    failed = changes(book, {version: of["pages"] for version, of in done.items()})
    failed += [row for row in rows("changes") if row[0] not in ran and row[1] in book["entries"]]
    fails = {(slug, version) for _, slug, version, *_ in failed}
    holds = {
        slug: ["no" if (slug, version) in fails else "yes" for version in VERSIONS]
        for slug in sorted(book["entries"])
    }
    everywhere = sum("no" not in row for row in holds.values())
    record.write(
        NAME,
        command="nox -s versions",
        functions=["lossary"],
        packages=["tensorflow-cpu", "keras", "numpy"],
        figures={"entries": len(holds), "everywhere": everywhere},
        tables={
            "environments": record.table(
                "What ran",
                dict.fromkeys(["TensorFlow", "Keras", "NumPy"], "")
                | {"Unit tests passed": "d", "of": "d", "Entries that hold": "d"},
                [
                    [
                        *(
                            done[version]["versions"][name]
                            for name in ("tensorflow", "keras", "numpy")
                        ),
                        *unit_tests(folder / f"{version}.xml"),
                        sum(row[VERSIONS.index(version)] == "yes" for row in holds.values()),
                    ]
                    for version in VERSIONS
                ],
            ),
            "entries": record.table(
                "Entries",
                dict.fromkeys(["Entry", *VERSIONS], ""),
                [[slug, *row] for slug, row in holds.items()],
            ),
            "changes": record.table(
                "What does not hold",
                dict.fromkeys(["Page", "Entry", "TensorFlow", "Cell", "What happened"], ""),
                sorted(failed),
            ),
            "pages": record.table(
                "Pages",
                {"Page": "", "Digest of its cells": ""},
                [[page, digest(cells)] for page, cells in book["pages"].items()],
            ),
        },
    )
    print(f"{everywhere} of {len(holds)} entries hold with TensorFlow {', '.join(VERSIONS)}.")


def unit_tests(report: Path) -> tuple[int, int]:
    """Return how many tests passed, and of how many that were not skipped."""
    suite = ET.parse(report).getroot()[0]
    count = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
    ran = count["tests"] - count["skipped"]
    return ran - count["failures"] - count["errors"], ran


if __name__ == "__main__":
    what, where, *options = sys.argv[1:]
    if what == "cells":
        write_cells(Path(where), "--all" in options)
    else:
        write_record(Path(where))
