"""The work grows with the book, not with its square; ``nox -s figures -- scale`` measures it.

What is counted are the steps of the interpreter in the code under test, so that no other load of
the machine changes the outcome.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from lossary_book import export, model, search
from lossary_book.model import Book, Cell, Contrast, Entry, Equation

FILES = {module.__file__ for module in (model, search, export)}


def steps(action: Callable[[], Any]) -> int:
    """Return how many instructions an action takes in these modules."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if frame.f_code.co_filename not in FILES:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


def word(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:04d}")


def book(size: int) -> Book:
    """Return a book in which each entry has names, a contrast, an equation and a cell."""
    pages = [f"page{number // 10}" for number in range(size)]
    entries = [
        Entry(
            word(n), word(n), page, 10 * n, heading=word(n), kind="concept",
            definition="A number.", aliases=(f"{word(n)} x",), code=("lossary.relu",),
            evidence=(f"cell-{n}",), equations=[f"eq-{n}"],
            contrasts=[Contrast(1, "another", word((n + 1) % size).upper())],
        )
        for n, page in enumerate(pages)
    ]  # fmt: skip
    cells: dict[str, list[Cell]] = {}
    for n, page in enumerate(pages):
        source = "import lossary\nvalue = lossary.relu(-1.0)\nassert value == 0"
        cells.setdefault(page, []).append(Cell(page, 10 * n, (f"cell-{n}",), source, True, True))
    equations = [Equation(f"eq-{n}", page, 10 * n, "x", code="x") for n, page in enumerate(pages)]
    return Book(entries, cells, {}, equations)


def checked(size: int) -> Callable[[], Any]:
    whole = book(size)
    return lambda: model.problems(whole)


def indexed(size: int) -> Callable[[], Any]:
    documents = [
        search.Document(
            f"page#{n}", word(n), names=(word(n), f"{word(n)} x"),
            fields={"names": word(n), "prose": f"{word(n)} and {word(n // 2)} and {word(0)}"},
        )
        for n in range(size)
    ]  # fmt: skip
    return lambda: search.index(documents, str.lower)


@pytest.mark.parametrize("work", [checked, indexed])
def test_twice_the_entries_take_twice_the_steps(work: Callable[[int], Any]) -> None:
    work(40)()  # what is done once
    assert steps(work(320)) < 2.2 * steps(work(160))
