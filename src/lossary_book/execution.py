"""Run the cells of changed pages before they are read: two pages at a time, the slowest first.

What ran is put into jupyter-cache, where myst-nb (``nb_execution_mode = "cache"``) finds it by the
cells' text. The cache lies in a folder named after the digest of the code and the installed
versions, so that nothing stale is shown. A page whose cells fail is not cached: myst-nb runs it
again, and reports it.
"""

import contextlib
import json
import shutil
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache  # type: ignore[import-untyped]
from jupyter_cache.base import CacheBundleIn  # type: ignore[import-untyped]
from myst_nb.core.read import (  # type: ignore[import-untyped]
    is_myst_markdown_notebook,
    read_myst_markdown_notebook,
)
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from lossary_book import provisioner

logger = logging.getLogger(__name__)

WORKERS = 2
KEPT = 3  # caches of other code or versions: a branch more, and back, costs nothing


@dataclass
class Page:
    """A page whose cells are to run."""

    docname: str
    path: Path
    notebook: nbformat.NotebookNode
    expected: float  # seconds: what it took last time
    cells: list[tuple[float, int]] = field(default_factory=list)  # seconds, number
    failed: bool = False

    @property
    def seconds(self) -> float:
        """How long its cells ran."""
        return sum(seconds for seconds, _ in self.cells)


def place_cache(app: Sphinx, config: Config) -> None:
    """Name the folder of the cache after what the cells run on, and drop the oldest others."""
    if config.nb_execution_mode != "cache" or config.nb_execution_cache_path:
        return
    root = Path(app.outdir).parent / ".execution"
    folder = root / config.lossary_digest[:16]
    folder.mkdir(parents=True, exist_ok=True)
    folder.touch()
    config.nb_execution_cache_path = str(folder)
    others = [path for path in root.iterdir() if path.is_dir() and path != folder]
    for path in sorted(others, key=lambda p: p.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def before_reading(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run what the pages about to be read need, and is not in the cache."""
    if app.config.nb_execution_mode != "cache":
        return
    folder = Path(app.config.nb_execution_cache_path)
    pages = list(_to_run(env, folder, docnames))
    if not pages:
        return
    if "lossary-fork" in app.config.nb_kernel_rgx_aliases.values():
        provisioner.start()
    start = time.perf_counter()
    pages.sort(key=lambda page: page.expected, reverse=True)
    logger.info("running the cells of %d pages", len(pages))
    done = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for page in pool.map(lambda page: _run(app.config, page), pages):
            done += 1
            state = "FAILED" if page.failed else f"{page.seconds:.1f} s"
            logger.info(
                "[%d/%d] %s: %d cells, %s", done, len(pages), page.docname, len(page.cells), state
            )
    _store(folder, [page for page in pages if not page.failed])
    _report(pages, time.perf_counter() - start)


def _to_run(env: BuildEnvironment, folder: Path, docnames: Iterable[str]) -> Iterable[Page]:
    cache = get_cache(str(folder))
    times = _times(folder)
    for docname in docnames:
        path = Path(env.doc2path(docname))
        text = path.read_text(encoding="utf-8") if path.suffix == ".md" else ""
        if not is_myst_markdown_notebook(text):
            continue
        # As myst-nb reads it, so that the cache knows it again.
        notebook = read_myst_markdown_notebook(text, config=env.myst_config, path=path)  # type: ignore[attr-defined]
        kernel = notebook.metadata["kernelspec"]
        kernel["name"] = env.config.nb_kernel_rgx_aliases.get(kernel["name"], kernel["name"])
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            yield Page(docname, path, notebook, times.get(docname, float(len(notebook.cells))))


def executed_notebook(app: Sphinx, docname: str) -> Any:
    """Return the notebook of the page that was just read, and leave it on disk for readers.

    From the cache myst-nb fills the page, but writes the notebook without its outputs. Its kernel
    is to be one that everybody has.
    """
    path = Path(app.env.mystnb_config.output_folder, f"{docname}.ipynb")  # type: ignore[attr-defined]
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    if app.config.nb_execution_mode == "cache":
        with contextlib.suppress(KeyError):  # its cells failed, so they are in the notebook
            cache = get_cache(str(app.config.nb_execution_cache_path))
            _, notebook = cache.merge_match_into_notebook(notebook)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    return notebook


def _run(config: Config, page: Page) -> Page:
    started = time.perf_counter()

    def executed(cell: Any, cell_index: int, **_: Any) -> None:
        nonlocal started
        now = time.perf_counter()
        page.cells.append((now - started, cell_index))
        started = now

    client = NotebookClient(
        page.notebook,
        kernel_name=page.notebook.metadata["kernelspec"]["name"],
        timeout=config.nb_execution_timeout,
        startup_timeout=180,
        record_timing=False,
        resources={"metadata": {"path": str(page.path.parent)}},
        on_cell_executed=executed,
    )
    try:
        client.execute()
    except (CellExecutionError, RuntimeError, TimeoutError):
        page.failed = True
    return page


def _store(folder: Path, pages: list[Page]) -> None:
    cache = get_cache(str(folder))
    for page in pages:
        bundle = CacheBundleIn(
            page.notebook, str(page.path), data={"execution_seconds": page.seconds}
        )
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    times = _times(folder) | {page.docname: round(page.seconds, 2) for page in pages}
    (folder.parent / "times.json").write_text(json.dumps(times, indent=0, sort_keys=True))


def _times(folder: Path) -> dict[str, float]:
    try:
        return dict(json.loads((folder.parent / "times.json").read_text()))
    except (OSError, ValueError):
        return {}  # no build yet, or one that was stopped while it wrote


def _report(pages: list[Page], seconds: float) -> None:
    cells = [(cost, page.docname, number) for page in pages for cost, number in page.cells]
    logger.info("the slowest cells:")
    for cost, docname, number in sorted(cells, reverse=True)[:5]:
        logger.info("  %6.1f s  %s, cell %d", cost, docname, number + 1)
    logger.info(
        "%d cells ran in %.1f s, %.1f s of them in cells",
        len(cells),
        seconds,
        sum(c for c, *_ in cells),
    )
