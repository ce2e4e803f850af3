"""Two builds give the same bytes: in any folder, with any kernel, workers and order of pages."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent / "roots" / "same"
# Sphinx notes in it what it was built with, among it the number of workers.
SKIPPED = {".buildinfo"}


def build(
    folder: Path, kernel: str, workers: int, *arguments: str, plots: str | None = None
) -> Path:
    """Build a copy of the book in a process of its own, and return its site."""
    docs = Path(shutil.copytree(ROOT, folder / "docs", dirs_exist_ok=True))
    if plots is not None:
        (docs / "plots.md").write_text(plots)
    out = docs / "_build"
    command = [sys.executable, "-m", "sphinx", "-q", "-D", f"lossary_workers={workers}", *arguments]
    command += ["-d", str(out / "doctrees"), str(docs), str(out / "html")]
    subprocess.run(command, check=True, env={**os.environ, "LOSSARY_TEST_KERNEL": kernel})
    return out / "html"


def contents(site: Path) -> dict[str, bytes]:
    """Return the files of the site, and the notebooks and plots beside it."""
    out = site.parent
    paths = [*site.rglob("*"), *(out / "jupyter_execute").rglob("*")]
    files = [path for path in paths if path.is_file() and path.name not in SKIPPED]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("first"), "lossary-fork", 1)


def test_site_holds_what_is_compared(site: Path) -> None:
    names = set(contents(site))
    assert {"html/glossary.json", "html/objects.inv", "html/_static/search-data.js"} <= names
    assert {"jupyter_execute/training.ipynb", "jupyter_execute/plots.ipynb"} <= names
    assert sum(name.endswith(".svg") and name.startswith("html/_images") for name in names) == 2
    assert "ValueError" in (site / "training.html").read_text(encoding="utf-8")


def test_no_path_of_the_machine_is_in_the_site(site: Path) -> None:
    folder = str(site.parents[2]).encode()
    found = {name for name, data in contents(site).items() if folder in data}
    assert found == set()


@pytest.mark.parametrize(
    ("kernel", "workers", "arguments"),
    [("lossary-fork", 3, ["-j2"]), ("lossary", 2, [])],
    ids=["forked, three at a time, read in parallel", "not forked"],
)
def test_builds_are_the_same(
    site: Path, tmp_path: Path, kernel: str, workers: int, arguments: list[str]
) -> None:
    other = build(tmp_path / "another, longer folder", kernel, workers, *arguments)
    first, second = contents(site), contents(other)
    assert {name for name in first | second if first.get(name) != second.get(name)} == set()


def test_a_plot_that_no_page_shows_any_more_is_gone(site: Path, tmp_path: Path) -> None:
    shutil.copytree(site.parents[1], tmp_path / "docs")
    plots = tmp_path / "docs" / "plots.md"
    changed = plots.read_text().replace("x**2", "x**3")
    other = build(tmp_path, "lossary-fork", 1, plots=changed)
    before, after = (contents(each) for each in (site, other))
    images = [
        {name for name in names if name.startswith("html/_images")} for names in (before, after)
    ]
    assert len(images[0] - images[1]) == len(images[1] - images[0]) == 1


def test_nothing_ran_in_the_process_that_is_forked() -> None:
    # An operation starts threads, which a fork loses: its children would hang.
    code = """
import lossary_book.warm
from tensorflow.python.eager import context
assert context._context is None or not context._context._initialized
"""
    subprocess.run([sys.executable, "-c", code], check=True)
