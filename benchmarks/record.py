"""Write what a benchmark measured, with the machine, the versions and the date it was measured on.

The pages under ``docs/figures`` show these files: see :mod:`lossary_book.recorded`.
"""

import datetime
import json
import math
import os
import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from lossary_book.recorded import complaint

RECORDS = Path(__file__).parent / "records"


def write(
    name: str,
    *,
    functions: Iterable[str],
    packages: Iterable[str],
    tables: Mapping[str, Mapping[str, Any]],
    figures: Mapping[str, float | str] | None = None,
    versions: Mapping[str, str] | None = None,
    command: str | None = None,
    folder: Path = RECORDS,
) -> Path:
    """Write ``NAME.json``: what was measured, and on what.

    ``functions`` are the dotted names of what was measured and ``packages`` those whose versions
    matter; ``versions`` are those of packages that ran in another environment.
    ``figures`` are single numbers for the prose of a page, ``tables`` come from :func:`table`.
    """
    numbers = {package: version(package) for package in packages} | dict(versions or {})
    record = {
        "made": {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "machine": machine(),
            "python": platform.python_version(),
            # Without the local part, which a pin has not: 2.13.0 of 2.13.0+cpu.
            "versions": {name: numbers[name].partition("+")[0] for name in sorted(numbers)},
        },
        "command": command or f"nox -s figures -- {name}",
        "functions": sorted(functions),
        "figures": {key: _json(value) for key, value in (figures or {}).items()},
        "tables": {key: dict(value) for key, value in tables.items()},
    }
    if wrong := complaint(record):
        raise ValueError(f"{name}: {wrong}")
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(_one_row_a_line(record), encoding="utf-8")
    return path


def table(
    title: str, columns: Mapping[str, str], rows: Iterable[Sequence[float | str | None]]
) -> dict[str, Any]:
    """Return a table: the format of the numbers by column title, and a row of cells a line.

    A cell is a number, a text, or None where there is nothing to say.
    """
    return {
        "title": title,
        "columns": [{"title": name, "format": spec} for name, spec in columns.items()],
        "rows": [[_json(cell) for cell in row] for row in rows],
    }


def machine() -> dict[str, str | int]:
    """Return the processor, the cores and the operating system; no name and no path."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count() or 1,
        "system": f"{platform.system()} {platform.machine()}",
    }


def _processor() -> str:
    """Return the model, and the widest vectors that NumPy uses: they decide how fast its exp is."""
    # platform.processor() is empty on Linux.
    facts = Path("/proc/cpuinfo")
    text = facts.read_text("utf-8") if facts.exists() else ""
    model = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    name = (model and model[1].strip()) or platform.processor() or platform.machine()
    used = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    vectors = {"X86_V4": "AVX-512", "X86_V3": "AVX2"}
    widest = [label for level, label in vectors.items() if level in used]
    return ", ".join([name, *widest[:1]])


def _json(value: float | str | None) -> float | str | None:
    """Return a cell that JSON can hold: it has no infinity and no NaN."""
    if isinstance(value, str) or value is None:
        return value
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    return value if isinstance(value, int) else number


def _one_row_a_line(record: Mapping[str, Any]) -> str:
    """Return JSON with a line for each row, so that a diff shows the row that changed."""
    text = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False)
    innermost = r"\[[^\[\]{}]*\]"
    return re.sub(innermost, lambda row: re.sub(r"\n *", " ", row[0]), text) + "\n"
