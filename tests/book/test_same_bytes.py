"""The book, built cold once more in another folder and another way, gives the same bytes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Sphinx notes in it what it was built with, among it the number of workers.
BUILT_WITH = {".buildinfo", ".buildinfo.bak"}


# Sphinx dates a style sheet only where an earlier build has left it; myst-nb adds this one late.
DATED = re.compile(rb"(/mystnb\.[0-9a-f]+\.css)\?v=[0-9a-f]+")


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): DATED.sub(rb"\1", path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and path.name not in BUILT_WITH
    }


def test_cold_build_in_another_folder_gives_the_same_bytes(site, tmp_path):
    """All pages run in another order, two at a time, and are then read by two processes."""
    docs = tmp_path / "docs"
    shutil.copytree(ROOT / "docs", docs, ignore=shutil.ignore_patterns("_build"))
    shutil.copytree(ROOT / "benchmarks" / "records", tmp_path / "benchmarks" / "records")
    out = tmp_path / "out"
    options = ["-q", "-j2", "-D", "lossary_workers=2", "-d", out / "doctrees"]
    subprocess.run([sys.executable, "-m", "sphinx", *options, docs, out / "html"], check=True)
    once, again = files(site.folder), files(out / "html")
    assert [name for name in again | once if once.get(name) != again.get(name)] == []
