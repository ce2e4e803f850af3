"""What a build says while cells run: page, cell, seconds; at the end the slowest cells.

On a terminal one line is written over again each second. Elsewhere (a log, CI) there are plain
lines: one for each page that is done, and one now and then for a cell that takes long.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from sphinx.util import logging

logger = logging.getLogger(__name__)

TICK = 1.0  # seconds between two states of the line on a terminal
LONG = 30.0  # seconds after which a log says that a cell still runs, and again
SLOWEST = 5


@dataclass
class Cells:
    """The code cells of one page: how long each took, and which runs since when."""

    docname: str
    count: int
    done: list[tuple[int, float]] = field(default_factory=list)  # number from 1, seconds
    since: float = 0.0  # when the cell that runs was begun; 0 where none runs

    def begin(self) -> None:
        """Note that the next cell begins."""
        self.since = time.perf_counter()

    def end(self) -> None:
        """Note that the cell that runs has ended."""
        self.done.append((len(self.done) + 1, time.perf_counter() - self.since))
        self.since = 0.0

    def running(self) -> str:
        """Return what runs: page, cell, seconds."""
        seconds = time.perf_counter() - self.since
        return f"{self.docname}, cell {len(self.done) + 1} of {self.count}: {seconds:.0f} s"


class Progress:
    """The pages of a build whose cells run."""

    def __init__(self, total: int) -> None:
        """Begin."""
        self.total = total
        self.pages: list[Cells] = []
        self.finished = 0
        self.terminal = sys.stdout.isatty()
        self.start = self.last = time.perf_counter()
        logger.info("running the cells of %d page%s", total, "" if total == 1 else "s")

    def page(self, docname: str, count: int) -> Cells:
        """Begin a page with that many code cells."""
        self.pages.append(Cells(docname, count))
        return self.pages[-1]

    def finish(self, page: Cells, failed: bool) -> None:
        """Say that a page is done."""
        self.finished += 1
        self.last = time.perf_counter()
        self._clear()
        place = f"[{self.finished}/{self.total}] {page.docname}"
        seconds = sum(seconds for _, seconds in page.done)
        state = (
            f"FAILED in cell {len(page.done) + bool(page.since)}" if failed else f"{seconds:.1f} s"
        )
        page.since = 0.0
        logger.info("%s: %d cells, %s", place, page.count, state)

    @contextlib.asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Say what runs, while the block runs."""
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()
            self._clear()

    async def _watch(self) -> None:
        said: dict[str, float] = {}
        while True:
            await asyncio.sleep(TICK)
            running = [page for page in self.pages if page.since]
            if self.terminal:
                line = "; ".join(page.running() for page in running)
                self._clear()
                logger.info("[%d/%d] %s", self.finished, self.total, line[:120], nonl=True)
                continue
            for page in running:
                last = max(said.get(page.docname, 0.0), page.since)
                if time.perf_counter() - last >= LONG:
                    said[page.docname] = time.perf_counter()
                    logger.info("%s", page.running())

    def _clear(self) -> None:
        if self.terminal:
            logger.info("\r\x1b[2K", nonl=True)

    def summary(self) -> Iterator[str]:
        """Yield the slowest cells, and what all took."""
        cells = [(cost, page.docname, number) for page in self.pages for number, cost in page.done]
        yield "the slowest cells:"
        for cost, docname, number in sorted(cells, reverse=True)[:SLOWEST]:
            yield f"  {cost:6.1f} s  {docname}, cell {number}"
        total = self.last - self.start
        inside = sum(cost for cost, *_ in cells)
        yield f"{len(cells)} cells ran in {total:.1f} s, {inside:.1f} s of them in cells"
