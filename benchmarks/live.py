"""How soon a save shows in the open page: a sentence, and a cell beside the page's own seconds.

``nox -s figures -- live`` serves a copy of the book as ``nox -s live`` does, and saves pages of it.
The book was built before, as it is on most days.
A page is open as in a browser: it hears the server's news, and loads itself again.
Two bars, and the exit status says whether both hold: a sentence shows within ``SENTENCE`` seconds,
a cell within ``CELL`` seconds more than the page's cells take.
"""

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import record
from benchmarks.build import copy
from lossary_book.store import Digests, Store

SENTENCE = 2.0
CELL = 3.0
# Pages of all lengths, and the thread, which takes the longest to run.
PAGES = ("topics/labels", "topics/dense", "topics/losses", "topics/schedules", "thread")
WAITING = "Waiting for the next save."
LIMIT = 600.0  # seconds to wait for anything
OPENING = 15.0  # seconds until a writer has opened a page, in which the server loads TensorFlow
NEW_CELL = '```{{code-cell}} ipython3\nprint("{text}")\n```'


class Book:
    """The book, as it is served."""

    def __init__(self, folder: Path) -> None:
        """Take a copy of the book into a folder."""
        self.docs, _ = copy(10**6, folder)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self._out = folder / "build"
        self._log = folder / "log"

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve it, from when it is built."""
        port = self.address.rpartition(":")[2]
        folders = (self.docs, self._out / "html", self._out / "doctrees")
        command = [sys.executable, "-m", "lossary_book.live", *folders, "--port", port]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._builds = 0
        try:
            self.settle()
            yield
        finally:
            self._process.terminate()
            self._process.wait()

    def settle(self) -> None:
        """Wait until both steps of a build are done: the page itself, then the whole book."""
        time.sleep(1)
        wanted = self._builds + (2 if self._builds else 1)
        until = time.monotonic() + LIMIT
        while self._log.read_text().count(WAITING) < wanted:
            if self._process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{self._log.read_text()[-4000:]}\nthe book was not built")
            time.sleep(0.2)
        self._builds = self._log.read_text().count(WAITING)

    @contextmanager
    def open(self, page: str) -> Iterator[Iterator[str]]:
        """Open a page; yield what it shows, each time that it hears of something new."""
        news = f"{self.address}/-/news?page=/{page}.html"
        with urllib.request.urlopen(news, timeout=LIMIT) as lines:

            def shown() -> Iterator[str]:
                for line in lines:
                    if line.startswith(b"data: "):
                        if problems := json.loads(line[6:])["problems"]:
                            raise SystemExit(f"{page}: {problems}")
                        with urllib.request.urlopen(f"{self.address}/{page}.html") as loaded:
                            yield loaded.read().decode()

            texts = shown()
            next(texts)  # as it was
            yield texts

    def save(self, page: str, added: str, text: str) -> float:
        """Add to the end of a page; return the seconds until the open page shows a text."""
        path = self.docs / f"{page}.md"
        with self.open(page) as shown:
            start = time.perf_counter()
            path.write_text(f"{path.read_text('utf-8')}\n\n{added}\n", "utf-8")
            next(found for found in shown if text in found)
            seconds = time.perf_counter() - start
        self.settle()
        return seconds

    def running(self, page: str) -> float:
        """Return how many seconds the cells of a page took last."""
        return Store(self._out / ".execution", Digests(self.docs)).times()[page]


def main() -> int:
    """Measure, print, record; return 1 if a bar is missed."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        book = Book(Path(temporary))
        with book.served():
            pass
        with book.served():
            time.sleep(OPENING)
            for number, page in enumerate(PAGES):
                text = f"A sentence of the benchmark, number {number}."
                sentence = book.save(page, text, text)
                text = f"A cell of the benchmark, number {number}."
                cell = book.save(page, NEW_CELL.format(text=text), text)
                rows.append((page, sentence, cell, running := book.running(page), cell - running))
                print(
                    f"{page}: sentence {sentence:.1f} s, cell {cell:.1f} s, of which the cells of "
                    f"the page {running:.1f} s"
                )
    slowest = max(row[1] for row in rows), max(row[4] for row in rows)
    columns = ("A sentence, s", "A cell, s", "The page's cells, s", "The rest, s")
    record.write(
        "live",
        functions=["lossary_book.live.watch"],
        packages=("Sphinx", "myst-nb", "tensorflow-cpu", "watchfiles"),
        figures={"sentence": slowest[0], "cell": slowest[1]},
        tables={
            "saves": record.table(
                "Until a save shows in the open page",
                {"Page": "", **dict.fromkeys(columns, ".1f")},
                rows,
            )
        },
    )
    return int(slowest[0] > SENTENCE or slowest[1] > CELL)


if __name__ == "__main__":
    sys.exit(main())
