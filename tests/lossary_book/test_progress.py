"""What a build says of the cells that run: page, cell, seconds; at the end the slowest cells."""

import asyncio
import logging

import pytest

from lossary_book import progress
from lossary_book.progress import Progress


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what is said in place of what Sphinx prints."""
    lines: list[str] = []

    def info(text: str, *arguments: object, nonl: bool = False) -> None:
        lines.append(text % arguments)

    monkeypatch.setattr(progress.logger, "info", info)
    return lines


def ran(state: Progress, docname: str, seconds: list[float], failed: bool = False) -> None:
    page = state.page(docname, len(seconds) + failed)
    page.done = [(number, cost) for number, cost in enumerate(seconds, start=1)]
    page.since = 1.0 if failed else 0.0
    state.finish(page, failed)


def test_each_page_is_told_with_its_cells_and_seconds(said: list[str]) -> None:
    state = Progress(2)
    ran(state, "topics/dense", [0.25, 1.5])
    ran(state, "thread", [3.0], failed=True)
    assert said == [
        "running the cells of 2 pages",
        "[1/2] topics/dense: 2 cells, 1.8 s",
        "[2/2] thread: 2 cells, FAILED in cell 2",
    ]


def test_the_slowest_cells_and_the_total_come_at_the_end(said: list[str]) -> None:
    state = Progress(2)
    ran(state, "a", [0.5, 4.0, 1.0, 0.25])
    ran(state, "b", [2.0, 3.0, 0.75])
    first, *slowest, total = state.summary()
    assert first == "the slowest cells:"
    assert [line.split() for line in slowest] == [
        ["4.0", "s", "a,", "cell", "2"],
        ["3.0", "s", "b,", "cell", "2"],
        ["2.0", "s", "b,", "cell", "1"],
        ["1.0", "s", "a,", "cell", "3"],
        ["0.8", "s", "b,", "cell", "3"],
    ]
    assert total.startswith("7 cells ran in ")
    assert total.endswith(" s, 11.5 s of them in cells")


@pytest.mark.parametrize("terminal", [True, False])
def test_a_cell_that_runs_is_told(
    said: list[str], monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    """On a terminal at once and over the last line; in a log when it takes long, as a line."""
    monkeypatch.setattr(progress, "TICK", 0.01)
    monkeypatch.setattr(progress, "LONG", 0.0)

    async def watch() -> None:
        async with state.watched():
            state.page("thread", 7).begin()
            await asyncio.sleep(0.1)

    state = Progress(1)
    state.terminal = terminal
    asyncio.run(watch())
    line = "[0/1] thread, cell 1 of 7: 0 s" if terminal else "thread, cell 1 of 7: 0 s"
    assert line in said
    assert ("\r\x1b[2K" in said) == terminal


def test_the_logger_is_that_of_sphinx() -> None:
    assert isinstance(progress.logger, logging.LoggerAdapter)
    assert progress.logger.logger.name == "sphinx.lossary_book.progress"
