"""Build the book cold with the stock kernel and with ours, and compare both with the floor.

``nox -s figures -- build`` runs it. The floor is one import of TensorFlow, the cells' own seconds
one after the other, and Sphinx on the same pages without their cells. Cells that share the cores
take longer than their own seconds, so these are taken from the stock build, which runs one at a
time: its processor time less that of Sphinx and of its imports.
"""

import argparse
import os
import platform
import re
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
if not __package__:  # run as a file: python benchmarks/build.py
    sys.path[0] = str(ROOT)

from benchmarks import record, watch  # noqa: E402

PACKAGES = ("tensorflow-cpu", "Sphinx", "myst-nb", "ipykernel")
IMPORTS = re.compile(r"^import tensorflow\b", re.MULTILINE)
WITHOUT_CELLS = ("nb_execution_mode=off", "suppress_warnings=docutils,lossary.*,myst.*,mystnb.*")
# What a plain myst-nb book does: an ordinary kernel for each page, one after the other.
STOCK = ("nb_execution_mode=force", "nb_kernel_rgx_aliases.python3=python3")


def copy(pages: int, folder: Path) -> tuple[Path, int]:
    """Copy the book with at most so many pages that import TensorFlow; return their number."""
    docs = folder / "docs"
    shutil.copytree(ROOT / "docs", docs, ignore=shutil.ignore_patterns("_build"))
    if record.RECORDS.exists():
        shutil.copytree(record.RECORDS, folder / "benchmarks" / "records")
    found = [path for path in sorted(docs.rglob("*.md")) if IMPORTS.search(path.read_text("utf-8"))]
    for path in found[pages:]:
        path.unlink()
    return docs, min(pages, len(found))


def build(name: str, docs: Path, *settings: str) -> watch.Run:
    """Build the copy cold; return what it took. No cell may fail."""
    out, log = docs.parent / name, docs.parent / f"{name}.log"
    command = [sys.executable, "-m", "sphinx", "-d", out / "doctrees"]
    command += [part for setting in settings for part in ("-D", setting)]
    print(f"{name}: building", flush=True)
    run = watch.run([*command, docs, out / "html"], log)
    printed = log.read_text()
    if "[lossary.cell]" in printed or "[lossary.execution]" in printed:
        raise SystemExit(f"{printed[-4000:]}\n{name}: a cell failed")
    print(
        f"{name}: {run.seconds:.1f} s, {run.busy:.1f} s of processor time, "
        f"at most {run.peak:.2f} GB",
        flush=True,
    )
    return run


def main() -> None:
    """Measure, print, and record; a try with some of the pages is not recorded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, help="at most so many, for a try")
    options = parser.parse_args()
    machine = " · ".join(map(str, record.machine().values()))
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    print(
        f"{machine} · load {os.getloadavg()[0]:.1f} · "
        f"Python {platform.python_version()}, {versions}"
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        docs, pages = copy(options.pages or 10**6, folder)
        once = [sys.executable, "-c", "import tensorflow"]
        watch.run(once, folder / "log")  # from the disk into memory
        imported = watch.run(once, folder / "log")
        bare = build("without cells", docs, *WITHOUT_CELLS)
        ours = build("ours", docs)
        stock = build("stock", docs, *STOCK)
    cells = stock.busy - bare.busy - pages * imported.busy
    floor = imported.seconds + cells + bare.seconds
    ratio, over = stock.seconds / ours.seconds, ours.seconds / floor
    print(
        f"floor: import {imported.seconds:.1f} s, cells {cells:.1f} s, Sphinx {bare.seconds:.1f} s"
    )
    print(
        f"peak memory: ours {ours.peak:.2f} GB, stock {stock.peak:.2f} GB, all processes together"
    )
    print(
        f"pages {pages} stock {stock.seconds:.1f} s ours {ours.seconds:.1f} s ratio {ratio:.2f} "
        f"floor {floor:.1f} s over-floor {over:.2f}"
    )
    if options.pages is None:
        figures = {"pages": pages, "ratio": ratio, "over-floor": over, "memory": ours.peak}
        write(figures, {"Stock kernel": stock, "Ours": ours, "Without cells": bare})


def write(figures: dict[str, float], runs: dict[str, watch.Run]) -> None:
    """Record the run."""
    columns = {"Build": "", "Seconds": ".0f", "Processor time, s": ".0f", "Peak memory, GB": ".2f"}
    rows = [(name, run.seconds, run.busy, run.peak) for name, run in runs.items()]
    record.write(
        "build",
        functions=["lossary_book.execution.before_reading", "lossary_book.provisioner.start"],
        packages=PACKAGES,
        figures=figures,
        tables={"builds": record.table("The whole book, built cold", columns, rows)},
    )


if __name__ == "__main__":
    main()
