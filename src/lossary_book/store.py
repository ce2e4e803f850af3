"""What running a page's cells gave, kept until something that the cells depend on changes.

Each run is a JSON file, ``<key>-<digest>.json``. The key names what ran: the cells, the folder
that they ran in, and how (:func:`how`). The file says what else they depended on, as the kernel
reported it: the modules of ``lossary`` and the data files that they loaded, and the versions of
the packages. It is used only while all of these are as they were, so nothing stale is shown. A
key can have several files, so that a branch switched and back runs nothing again.
"""

import functools
import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = "1"  # of the files: one of another format is never looked at
KEPT = 200  # runs that this build does not use: other branches, cells edited back
LAUNCH = Path(__file__).with_name("launch.py")


@dataclass
class Run:
    """What running a page's cells gave, and what they depended on."""

    docname: str
    seconds: list[float]  # of each code cell that ran
    cells: list[dict[str, Any]]  # execution_count and outputs of each code cell
    language: dict[str, Any] = field(default_factory=dict)  # the notebook's language_info
    files: dict[str, str] = field(default_factory=dict)  # digests of the files that were read
    packages: dict[str, str] = field(default_factory=dict)  # versions of those that were loaded
    error: str = ""  # why it stopped before its last cell; such a run is not kept
    line: int = 0  # of the cell that it stopped at


class Digests:
    """Digests of files, as they were when first asked for.

    Made anew for each build, before anything runs. A file that is saved while the build goes on
    keeps its old digest, so the next build sees that it has changed. Files are named by their
    path from the book's folder, so that a tree can be copied with what it has built.
    """

    def __init__(self, book: Path, *folders: Path) -> None:
        """Take the digests of all Python sources in these folders, their subfolders included."""
        self.book = book
        self._known: dict[str, str] = {}
        for folder in folders:
            for path in folder.rglob("*.py"):
                self.of(self.name(path))

    def name(self, path: Path | str) -> str:
        """Return the path from the book's folder."""
        return Path(os.path.relpath(path, self.book)).as_posix()

    def of(self, name: str) -> str:
        """Return the digest of a file, or nothing where there is none."""
        if name not in self._known:
            try:
                found = hashlib.sha256((self.book / name).read_bytes()).hexdigest()
            except OSError:
                found = ""
            self._known[name] = found
        return self._known[name]

    def all(self, paths: Iterable[Path | str]) -> dict[str, str]:
        """Return the digests of files by name."""
        return {name: self.of(name) for name in sorted({self.name(path) for path in paths})}

    def same(self, digests: Mapping[str, str]) -> bool:
        """Tell whether files still have these digests."""
        return all(self.of(name) == digest for name, digest in digests.items())


class Store:
    """The runs on disk, for one build."""

    def __init__(self, folder: Path, digests: Digests) -> None:
        """Use a folder, which need not exist."""
        self.folder = folder
        self.digests = digests
        self.used: dict[str, Run] = {}  # by key: what this build has found or run

    def find(self, key: str) -> Run | None:
        """Return a run whose dependencies are all as they were."""
        if key not in self.used:
            for path in sorted(self.folder.glob(f"{key}-*.json")):
                run = _read(path)
                if run and self.current(run):
                    self.used[key] = run
                    path.touch()  # so that it is pruned last
                    break
        return self.used.get(key)

    def current(self, run: Run) -> bool:
        """Tell whether all that a run depended on is as it was."""
        same_packages = run.packages.items() <= installed().items()
        return not run.error and same_packages and self.digests.same(run.files)

    def save(self, key: str, run: Run) -> None:
        """Keep a run: on disk if it reached its last cell, else for this build only."""
        self.used[key] = run
        if run.error:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        depends = hashlib.sha256(_json({"files": run.files, "packages": run.packages}).encode())
        path = self.folder / f"{key}-{depends.hexdigest()[:16]}.json"
        part = path.with_suffix(".part")  # a build that is stopped leaves no half file
        part.write_text(_json(asdict(run)), encoding="utf-8")
        part.replace(path)

    def times(self) -> dict[str, float]:
        """Return how many seconds each page took when it ran last."""
        paths = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
        return {run.docname: sum(run.seconds) for run in map(_read, paths) if run}

    def prune(self, pages: Iterable[str]) -> None:
        """Drop the oldest of the runs that neither this build nor a page by its key uses."""
        keep = {*pages, *self.used}
        others = [path for path in self.folder.glob("*.*") if path.name[:32] not in keep]
        for path in sorted(others, key=lambda path: path.stat().st_mtime)[:-KEPT]:
            path.unlink(missing_ok=True)


def _read(path: Path) -> Run | None:
    try:
        return Run(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None  # gone, or not written by us: the page runs again


def _json(data: Any) -> str:
    return json.dumps(data, sort_keys=True, ensure_ascii=False)


def key(cells: Iterable[Any], folder: str) -> str:
    """Return the name of what runs: a page's code cells, in a folder of the book."""
    sources = [[cell.source, cell.metadata] for cell in cells if cell.cell_type == "code"]
    return hashlib.sha256(_json([how(), folder, sources]).encode()).hexdigest()[:32]


@functools.cache
def how() -> str:
    """Return a digest of how cells run: the machine, the Python, the kernel."""
    settings = [FORMAT, platform.python_version(), platform.system(), platform.machine()]
    return hashlib.sha256(_json(settings).encode() + LAUNCH.read_bytes()).hexdigest()


@functools.cache
def installed() -> dict[str, str]:
    """Return the version of every installed package."""
    return {found.name: found.version for found in importlib.metadata.distributions()}


@functools.cache
def packages() -> Mapping[str, list[str]]:
    """Return which packages bring a module. To ask takes half a second."""
    return importlib.metadata.packages_distributions()


def versions(modules: Iterable[str]) -> dict[str, str]:
    """Return the versions of the packages that bring these modules."""
    names = {name for module in modules for name in packages().get(module, [module])}
    return {name: installed()[name] for name in sorted(names) if name in installed()}
