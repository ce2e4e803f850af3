"""``nox -s live``: serve the site, and show in the open page what was saved a moment ago.

One process keeps Sphinx and the pages that it has read in memory, and the process that kernels
are forked from beside it. A save builds in two steps. The first writes the pages whose source has
changed. The second follows when nothing was saved for a while, and writes what is made from the
whole book: the lists, and what other pages show of the changed one.

The page asks for news by server-sent events, which a browser opens again by itself when the
server starts anew; that is what a change of the sources in ``src`` makes it do. uvicorn,
starlette and watchfiles serve and watch, as they do for sphinx-autobuild, which starts a new
sphinx-build for each save.
"""

import argparse
import asyncio
import contextlib
import gc
import io
import json
import os
import sys
import time
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn
import watchfiles
from sphinx.application import Sphinx
from sphinx.environment import CONFIG_OK
from sphinx.util.console import strip_escape_sequences  # type: ignore[attr-defined]
from sphinx.util.docutils import docutils_namespace, patch_docutils
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from lossary_book import kernel, provisioner
from lossary_book.domain import domain_of

SOURCES = Path(__file__).parents[1]
SCRIPT = Path(__file__).with_name("live.js")
NEWS = "/-/news"
IDLE = 3.0  # seconds without a save before the second step
TICK = 0.5  # seconds between two looks at the clock
POLL = 0.05  # seconds between two looks at the file of an open page
GARBAGE = gc.get_threshold()  # as Python has it, which the extension changes for one long build


class Tee(io.StringIO):
    """Keeps what is written to the terminal."""

    def write(self, text: str) -> int:
        """Write."""
        sys.stderr.write(text)
        return super().write(text)


class Book:
    """The book, as this process holds it between two builds."""

    def __init__(self, source: Path, out: Path, doctrees: Path) -> None:
        """Take the folders of sphinx-build."""
        self.source, self.out, self.doctrees = source, out, doctrees
        self.problems = ""
        self.lags = True  # whether the second step is due
        self._app: Sphinx | None = None
        self._warnings = Tee()
        self._docutils = contextlib.ExitStack()

    def build(self, quick: bool) -> None:
        """Build. What goes wrong is kept for the page to show."""
        self._warnings.seek(0)
        self._warnings.truncate()
        fresh = self._app is None
        try:
            app = self._app or self._load()
            domain_of(app.env).quick = quick
            app.build()
            if fresh:
                spare()
            app.env.config_status = CONFIG_OK  # or the next build would read all pages again
        except Exception as error:
            self.forget()
            traceback.print_exc()
            self._warnings.write(f"{type(error).__name__}: {error}\n")
        self.problems = strip_escape_sequences(self._warnings.getvalue()).strip()
        self.lags = quick

    def _load(self) -> Sphinx:
        self._docutils.enter_context(patch_docutils(self.source))
        self._docutils.enter_context(docutils_namespace())
        folders = (self.source, self.source, self.out, self.doctrees)
        self._app = Sphinx(*folders, "html", {"nitpicky": True}, warning=self._warnings)
        return self._app

    def forget(self) -> None:
        """Make the next build load everything anew."""
        self._docutils.close()
        self._app = None
        gc.unfreeze()


def spare() -> None:
    """Spare what is in memory now, the book, the search for garbage, which took up to a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


async def watch(book: Book) -> None:
    """Build at each save."""
    ours = watchfiles.PythonFilter(extra_extensions=(".lark", ".js", ".css"))
    theirs = watchfiles.DefaultFilter(ignore_paths=[book.out.parent])

    def saved(change: watchfiles.Change, path: str) -> bool:
        return (ours if Path(path).is_relative_to(SOURCES) else theirs)(change, path)

    # It watches on while a build runs, the first one too, and tells of all saves after it.
    changes = watchfiles.awatch(
        book.source, SOURCES, watch_filter=saved, step=20, debounce=200,
        rust_timeout=int(TICK * 1000), yield_on_timeout=True,
    )  # fmt: skip
    last = time.monotonic() - IDLE
    async for batch in changes:  # pragma: no branch  it ends with the server, in between
        paths = [Path(path) for _, path in batch]
        if any(path.is_relative_to(SOURCES) for path in paths):
            restart()
        if any(path.suffix == ".py" for path in paths):  # conf.py
            book.forget()
        idle = time.monotonic() - last > IDLE
        if paths or (book.lags and idle):
            await asyncio.to_thread(book.build, quick=bool(paths))
            print("Waiting for the next save.", flush=True)
            last = time.monotonic()


def restart() -> None:
    """Begin anew with the sources of ``src`` as they are now."""
    print("The sources have changed: starting anew.", flush=True)
    os.execv(sys.executable, [sys.executable, "-m", "lossary_book.live", *sys.argv[1:]])


class Pages(StaticFiles):
    """The files of the site; each page with the script that asks for news."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file."""
        found = await super().get_response(path, scope)
        file = getattr(found, "path", "")
        if str(file).endswith(".html"):
            text = Path(file).read_text(encoding="utf-8")
            script = f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>"
            return HTMLResponse(text + script, headers={"Cache-Control": "no-store"})
        found.headers["Cache-Control"] = "no-cache"
        return found


async def news(book: Book, path: str) -> AsyncIterator[str]:
    """Yield, whenever one of the two changes: when a page was written, what is wrong."""
    file = book.out / (f"{path.strip('/')}/index.html" if path.endswith("/") else path.strip("/"))
    told, before = "", ""
    while True:
        written = str(file.stat().st_mtime_ns) if file.is_file() else ""
        state = json.dumps({"written": written, "problems": book.problems})
        if state != told and state == before:  # the file is whole when it stays as it is
            told = state
            yield f"data: {state}\n\n"
        before = state
        await asyncio.sleep(POLL)


def site(book: Book) -> Starlette:
    """Return the server."""

    async def tell(request: Request) -> Response:
        told = news(book, request.query_params.get("page", "/"))
        return StreamingResponse(told, media_type="text/event-stream")

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(watch(book))
        yield
        task.cancel()

    pages = Mount("/", Pages(directory=book.out, html=True, check_dir=False))
    return Starlette(routes=[Route(NEWS, tell), pages], lifespan=lifespan)


def main(arguments: list[str] | None = None) -> None:
    """Serve the book until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m lossary_book.live", description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("doctrees", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    folders: list[Any] = [options.source, options.out, options.doctrees]
    book = Book(*(path.resolve() for path in folders))
    book.out.mkdir(parents=True, exist_ok=True)
    if kernel.name() == "lossary-fork":  # pragma: no branch - on Linux, where coverage is taken
        kernel.prepare()
        provisioner.start()  # or the first cell that is saved would wait for its imports
    print(f"The site: http://{options.host}:{options.port}", flush=True)
    # Open pages hold their connection: do not wait for them to go.
    settings: dict[str, Any] = {"log_level": "critical", "timeout_graceful_shutdown": 1}
    uvicorn.run(site(book), host=options.host, port=options.port, **settings)


if __name__ == "__main__":
    main()
