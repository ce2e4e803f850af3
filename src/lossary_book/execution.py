"""Run the cells of changed pages while pages are read: on all cores, the slowest page first.

What ran is in the :mod:`store <lossary_book.store>`, from which :class:`Parser` fills the pages; it
waits for a page that still runs.
myst-nb runs nothing itself where ``nb_execution_mode = "cache"``; in its other modes it runs the
cells, or leaves them, as it always does.
"""

import ast
import asyncio
import atexit
import contextlib
import dataclasses
import json
import os
import re
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from jupyter_core.utils import ensure_async
from myst_nb.core.read import (  # type: ignore[import-untyped]
    is_myst_markdown_notebook,
    read_myst_markdown_notebook,
)
from myst_nb.sphinx_ import Parser as NotebookParser  # type: ignore[import-untyped]
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from lossary_book import kernel, provisioner, store
from lossary_book.domain import domain_of
from lossary_book.progress import Cells, Progress
from lossary_book.store import Digests, Run, Store

logger = logging.getLogger(__name__)

MOST_WORKERS = 4
REPORT = "__import__('lossary_book.launch', fromlist=['report']).report({folders!r})"


@dataclass
class Page:
    """A page with cells."""

    docname: str
    path: Path
    notebook: nbformat.NotebookNode
    key: str
    expected: float = 0.0  # seconds: what it took last time

    @property
    def code(self) -> list[nbformat.NotebookNode]:
        """The cells that run."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]


def workers(config: Config) -> int:
    """Return how many pages run at a time: one more than there are cores, up to a limit.

    Each takes one core, but for the time in which its kernel starts, and some 400 MB with
    TensorFlow. ``-D lossary_workers=1`` sets another number. The order in which pages run changes
    no output.
    """
    if config.lossary_workers:
        return int(config.lossary_workers)
    usable = getattr(os, "sched_getaffinity", None)
    cores = len(usable(0)) if usable else os.cpu_count() or 1
    return min(cores + 1, MOST_WORKERS)


def runs_cells(config: Config) -> bool:
    """Tell whether it is this module that runs the cells."""
    return bool(config.nb_execution_mode == "cache")


def before_reading(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Begin to run what the pages about to be read need, and has not run."""
    if not runs_cells(app.config):
        return
    domain = domain_of(env)
    runs = domain.store
    found = (read(env, docname) for docname in docnames)
    pages = [page for page in found if page and runs.find(page.key) is None]
    if not pages:
        return
    if "lossary-fork" in app.config.nb_kernel_rgx_aliases.values():
        provisioner.start()
    times = runs.times()
    for page in pages:
        page.expected = times.get(page.docname, float(len(page.code)))
    pages.sort(key=lambda page: page.expected, reverse=True)
    domain.running = Running(app.config, runs, pages)
    if app.parallel > 1:  # the processes that read pages are forked, and a thread is not
        domain.running.finish()
    else:  # the order in which pages run, after those for which nothing runs
        docnames.sort(key=domain.running.place)


def after_reading(app: Sphinx, env: BuildEnvironment) -> None:
    """Say what ran."""
    domain = domain_of(env)
    if domain.running is None:
        return
    domain.running.finish()
    domain.running = None
    domain.store.prune(domain.data["runs"].values())


def stop(app: Sphinx, exception: Exception | None) -> None:
    """Stop what still runs when a build has failed."""
    if domain_of(app.env).running is not None:
        domain_of(app.env).running.stop()


def read(env: BuildEnvironment, docname: str) -> Page | None:
    """Return a page as a notebook, or None if it has no cells."""
    path = Path(env.doc2path(docname))
    text = path.read_text(encoding="utf-8-sig") if path.suffix == ".md" else ""
    return _page(env, docname, text)


def _page(env: BuildEnvironment, docname: str, text: str) -> Page | None:
    if not is_myst_markdown_notebook(text):
        return None
    path = Path(env.doc2path(docname))
    config = env.myst_config  # type: ignore[attr-defined]
    notebook = read_myst_markdown_notebook(text, config=config, add_source_map=True, path=path)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # it would be random
    key = store.key(notebook.cells, docname.rpartition("/")[0])
    return Page(docname, path, notebook, key)


class Parser(NotebookParser):  # type: ignore[misc]
    """myst-nb's parser, which is handed each page with what its cells gave."""

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Parse a page."""
        env = document.settings.env
        ours = env.mystnb_config
        page = _page(env, env.current_document.docname, inputstring)
        if page and runs_cells(env.config):
            domain = domain_of(env)
            domain.data["runs"][page.docname] = page.key
            if domain.running is not None:
                domain.running.wait_for(page.docname)
            if run := domain.store.find(page.key):
                fill(page.notebook, run)
            reader = f"{__name__}.{hand_over.__name__}"  # myst-nb wants the name of a function
            formats = {page.path.suffix: (reader, {"notebook": page.notebook}, False)}
            env.mystnb_config = dataclasses.replace(
                ours, execution_mode="off", custom_formats=formats
            )
        try:
            super().parse(inputstring, document)
        finally:
            env.mystnb_config = ours


def hand_over(text: str, notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a page's notebook as it was read before."""
    return notebook


def fill(notebook: nbformat.NotebookNode, run: Run) -> None:
    """Put into a page's notebook what its cells gave."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, ran in zip(code, run.cells, strict=True):
        cell.update(nbformat.from_dict(ran))  # type: ignore[no-untyped-call]
    notebook.metadata["language_info"] = nbformat.from_dict(run.language)  # type: ignore[no-untyped-call]


def place(app: Sphinx, docname: str) -> Path:
    """Return where myst-nb leaves the notebook of a page."""
    return Path(app.env.mystnb_config.output_folder, f"{docname}.ipynb")  # type: ignore[attr-defined]


def left_notebook(app: Sphinx, docname: str) -> Any:
    """Return the notebook that myst-nb has left of a page; it has validated it."""
    return nbformat.v4.reads(place(app, docname).read_text("utf-8"))  # type: ignore[no-untyped-call]


def executed_notebook(app: Sphinx, docname: str) -> Any:
    """Return the notebook of the page that was just read, as readers may load it.

    Its kernel is to be one that everybody has.
    """
    notebook = left_notebook(app, docname)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    text = nbformat.v4.writes(notebook)  # type: ignore[no-untyped-call]
    place(app, docname).write_text(f"{text}\n", "utf-8")
    return notebook


def _kernel_name(config: Config, notebook: nbformat.NotebookNode) -> str:
    named = str(notebook.metadata["kernelspec"]["name"])
    for pattern, alias in config.nb_kernel_rgx_aliases.items():
        if re.fullmatch(pattern, named):
            return str(alias)
    return named


class Running:
    """Pages that run on a thread beside the build, some at a time."""

    def __init__(self, config: Config, runs: Store, pages: list[Page]) -> None:
        """Begin, in this order."""
        self._config = config
        self._runs = runs
        self._pages = {page.docname: page for page in pages}
        self._done: dict[str, Future[Run]] = {docname: Future() for docname in self._pages}
        self._told: set[str] = set()
        self._progress = Progress(len(pages))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_all, daemon=True)
        self._thread.start()
        atexit.register(self.stop)  # Ctrl-C passes by all events of Sphinx

    def place(self, docname: str) -> int:
        """Return a page's place in the order in which they run; before all where it does not."""
        return list(self._pages).index(docname) + 1 if docname in self._pages else 0

    def wait_for(self, docname: str) -> None:
        """Wait until a page has run; warn if it failed, and raise what stopped the pages."""
        if docname not in self._pages or docname in self._told:
            return
        run = self._done[docname].result()
        self._told.add(docname)
        if run.error:
            logger.warning(
                "running the cells failed: %s",
                run.error,
                location=(docname, run.line),
                type="lossary",
                subtype="execution",
            )

    def finish(self) -> None:
        """Wait for all pages, and say what took long."""
        for docname in self._pages:
            self.wait_for(docname)
        self._thread.join()
        atexit.unregister(self.stop)
        for line in self._progress.summary():
            logger.info("%s", line)

    def stop(self) -> None:
        """Shut down every kernel."""

        def cancel() -> None:
            for task in asyncio.all_tasks():
                task.cancel()

        with contextlib.suppress(RuntimeError):  # the loop is closed, since nothing runs
            self._loop.call_soon_threadsafe(cancel)
        self._thread.join()
        atexit.unregister(self.stop)

    def _run_all(self) -> None:
        error: BaseException = RuntimeError("the cells were stopped")
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._all())
        except BaseException as stopped:  # told by wait_for
            error = stopped
        for done in self._done.values():
            if not done.done():
                done.set_exception(error)

    async def _all(self) -> None:
        some = asyncio.Semaphore(workers(self._config))
        async with self._progress.watched():
            # Tasks in this order, the slowest page first. The first that fails stops all.
            await asyncio.gather(*(self._one(page, some) for page in self._pages.values()))

    async def _one(self, page: Page, some: asyncio.Semaphore) -> None:
        async with some:
            cells = self._progress.page(page.docname, len(page.code))
            run = await _run(self._config, self._runs.digests, page, cells)
            self._runs.save(page.key, run)
            self._progress.finish(cells, bool(run.error))
        self._done[page.docname].set_result(run)


async def _run(config: Config, digests: Digests, page: Page, cells: Cells) -> Run:
    client = NotebookClient(
        page.notebook,
        kernel_name=_kernel_name(config, page.notebook),
        timeout=config.nb_execution_timeout,
        startup_timeout=180,
        record_timing=False,
        resources={"metadata": {"path": str(page.path.parent)}},
        on_cell_execute=lambda **_: cells.begin(),
        on_cell_executed=lambda **_: cells.end(),
    )
    run = Run(page.docname, [], [])
    index = 0
    try:
        async with _kernel(client) as asked:
            run.language = (await _answer(client, asked.kernel_info()))["language_info"]
            for index, cell in enumerate(page.notebook.cells):
                count = client.code_cells_executed + 1
                await client.async_execute_cell(cell, index, execution_count=count)
            await _note_dependencies(client, digests, run)
    except (CellExecutionError, RuntimeError, TimeoutError) as error:
        run.error = _why(error, config)
        run.line = page.notebook.metadata["source_map"][index] + 1
    run.seconds = [round(seconds, 3) for _, seconds in cells.done]
    run.cells = [
        {"execution_count": cell.execution_count, "outputs": cell.outputs} for cell in page.code
    ]
    return run


def _why(error: Exception, config: Config) -> str:
    if isinstance(error, CellTimeoutError):
        limit = config.nb_execution_timeout
        return f"a cell took longer than {limit} s, the limit in nb_execution_timeout"
    if isinstance(error, DeadKernelError):
        return "a cell ended its process, or the system did: a crash, a signal, too much memory"
    return str(error)


@contextlib.asynccontextmanager
async def _kernel(client: NotebookClient) -> AsyncIterator[Any]:
    """Start a page's kernel, and shut it down in any case.

    nbclient's own ``async_setup_kernel`` takes over Ctrl-C: it shuts down one kernel, and the
    build would go on.
    """
    manager = client.create_kernel_manager()
    try:
        await client.async_start_new_kernel()
        yield await client.async_start_new_kernel_client()
    finally:
        if client.kc:
            client.kc.stop_channels()
        if manager.has_kernel:
            await ensure_async(manager.shutdown_kernel(now=True))


async def _answer(client: NotebookClient, message: str) -> dict[str, Any]:
    reply = await client.async_wait_for_reply(message)
    assert reply is not None  # it raises TimeoutError or DeadKernelError where none comes
    return dict(reply["content"])


async def _note_dependencies(client: NotebookClient, digests: Digests, run: Run) -> None:
    """Ask the kernel what the cells have loaded."""
    sources = [digests.book, kernel.SOURCES / "lossary", kernel.SOURCES / "lossary_book"]
    folders = sorted({f"{name}{os.sep}" for path in sources for name in (path, path.resolve())})
    asked = {"report": REPORT.format(folders=folders)}
    assert client.kc is not None
    message = client.kc.execute("", silent=True, store_history=False, user_expressions=asked)
    answer = (await _answer(client, message))["user_expressions"]["report"]
    if answer["status"] != "ok":
        raise RuntimeError(f"the kernel could not say what the cells loaded: {answer}")
    found = json.loads(ast.literal_eval(answer["data"]["text/plain"]))
    run.files = digests.all(found["files"])
    run.packages = store.versions(found["packages"])
