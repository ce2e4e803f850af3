"""Figures that were measured: `benchmarks` records them, and a page shows the record.

A build cannot measure (a machine that builds is busy), and a figure typed by hand goes stale
unseen. So a page names a record, and shows it with the machine, the versions and the date.
"""

import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from lossary_book.pages import table

logger = logging.getLogger(__name__)

Record = Mapping[str, Any]


def _filled(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind) and bool(value)


def _cell(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


SHAPE: dict[str, tuple[Callable[[Any], bool], str]] = {
    "made.date": (_filled(str), "a date"),
    "made.machine.cpu": (_filled(str), "a processor"),
    "made.machine.cores": (_filled(int), "a number of cores"),
    "made.machine.system": (_filled(str), "an operating system"),
    "made.python": (_filled(str), "a version"),
    "made.versions": (_filled(dict), "versions by package"),
    "command": (_filled(str), "a command"),
    "functions": (_filled(list), "names of functions"),
    "figures": (lambda value: isinstance(value, dict), "numbers by name"),
    "tables": (_filled(dict), "tables by name"),
}


def complaint(record: object) -> str:
    """Say what a record lacks, or nothing."""
    for path, (fits, expected) in SHAPE.items():
        value = record
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if not fits(value):
            return f"expected {expected} in '{path}', got {value!r}"
    assert isinstance(record, dict)
    for name, shown in record["tables"].items():
        if not isinstance(shown, dict) or not {"title", "columns", "rows"} <= shown.keys():
            return f"expected title, columns and rows in table '{name}'"
        width = len(shown["columns"])
        for row in shown["rows"]:
            if len(row) != width or not all(map(_cell, row)):
                return f"expected {width} numbers or texts in each row of table '{name}', got {row}"
    return ""


def load(folder: Path, name: str) -> Record:
    """Return a record, or raise a ValueError that says what is wrong with it."""
    try:
        return _parsed((folder / f"{name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError("there is no such record") from None


@functools.lru_cache(maxsize=16)  # each page with entries asks for that of the versions
def _parsed(text: str) -> Record:
    try:
        record = json.loads(text)
    except ValueError as error:
        raise ValueError(f"it is no JSON: {error}") from None
    if wrong := complaint(record):
        raise ValueError(wrong)
    return dict(record)


def shown(cell: float | str | None, spec: str) -> str:
    """Return a cell as the page shows it; the format is for numbers alone."""
    if cell is None:
        return "–"
    return cell if isinstance(cell, str) else format(cell, spec)


def provenance(record: Record) -> str:
    """Say when and on what a record was made."""
    made = record["made"]
    machine, versions = made["machine"], {"Python": made["python"], **made["versions"]}
    return (
        f" on {made['date']} on {machine['cpu']} ({machine['cores']} cores, {machine['system']}) "
        f"with {', '.join(f'{name} {number}' for name, number in versions.items())}."
    )


class Reader:
    """What directives and the role share: the record, and the warning where it is wrong."""

    def record(self, name: str) -> Record:
        """Return a record, on which the page then depends."""
        folder = Path(self.env.srcdir, self.config.lossary_records).resolve()  # type: ignore[attr-defined]
        self.env.note_dependency(str(folder / f"{name}.json"))  # type: ignore[attr-defined]
        return load(folder, name)

    def warn(self, name: str, wrong: object, command: str = "") -> None:
        """Warn now, and on every build until the record is made."""
        self.env.note_reread()  # type: ignore[attr-defined]
        logger.warning(
            "record '%s': %s. Make it with '%s'.",
            name,
            wrong,
            command or f"nox -s figures -- {name}",
            location=self.get_location(),  # type: ignore[attr-defined]
            type="lossary",
            subtype="record",
        )


class RecordedDirective(Reader, SphinxDirective):
    """`recorded`: the tables of a record (`table`: one of them), and how it was made."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"table": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Return the tables, each with its title, and a line on the run."""
        name = self.arguments[0]
        try:
            record = self.record(name)
            wanted = [self.options["table"]] if "table" in self.options else list(record["tables"])
            found: list[nodes.Node] = [_table(record["tables"][each]) for each in wanted]
        except ValueError as error:
            self.warn(name, error)
            return []
        except KeyError as missing:
            self.warn(name, f"it has no table {missing}, but {', '.join(record['tables'])}")
            return []
        made = nodes.paragraph(classes=["lossary-made"])
        command = nodes.literal("", record["command"])
        made += [nodes.Text("Recorded by "), command, nodes.Text(provenance(record))]
        return [*found, made]


class RecordedRole(Reader, SphinxRole):
    """`recorded`: one figure of a record, as in `accuracy:worst` or `accuracy:worst:.1f`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the figure as text."""
        name, _, rest = self.text.partition(":")
        figure, _, spec = rest.partition(":")
        try:
            record = self.record(name)
            return [nodes.Text(shown(record["figures"][figure], spec))], []
        except ValueError as error:
            self.warn(name, error)
        except KeyError:
            self.warn(name, f"it has no figure '{figure}', but {', '.join(record['figures'])}")
        return [], []


def _table(of: Mapping[str, Any]) -> nodes.table:
    specs = [column["format"] for column in of["columns"]]
    rows: list[list[list[nodes.Node]]] = [
        [[nodes.Text(shown(cell, spec))] for cell, spec in zip(row, specs, strict=True)]
        for row in of["rows"]
    ]
    titles = [column["title"] for column in of["columns"]]
    made = table(titles, rows, [20] * len(titles))
    made["classes"].append("colwidths-auto")  # as wide as the numbers need
    made.insert(0, nodes.title("", of["title"]))
    return made
