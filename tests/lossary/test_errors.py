"""The page *Results and errors* is what the functions do, and what their docstrings say."""

import inspect
import os
import re
from pathlib import Path

import pytest

import lossary
from lossary_book.calls import ARROW, Row, run, shown

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"
BLOCK = re.compile(r"^:::\{contract\} (\w+)\n(.*?)^:::$", re.MULTILINE | re.DOTALL)
LINES = {name: body.splitlines() for name, body in BLOCK.findall(PAGE.read_text("utf-8"))}
FUNCTIONS = {
    name: value for name in lossary.__all__ if inspect.isfunction(value := getattr(lossary, name))
}
# What a docstring may call its arguments in place of naming each.
GENERIC = r"an argument|an array|a fan|an option|a number|[Ss]hapes|the shapes"


def rows_of(name):
    """Run the calls of a function, anew in each test: a mutant shows only while it is on."""
    return list(run(LINES[name]))


def argument(row):
    """Return what the message is about: ``state`` of ``state.mean: expected ...``, or nothing."""
    found = re.match(r"\w+: (\w+)[^:]*: expected ", row.came)
    return found[1] if found else ""


def section(name, heading):
    """Return {exception: text} of a section such as Raises."""
    document = inspect.getdoc(FUNCTIONS[name])
    found = re.search(rf"^{heading}\n-+\n(.*?)(?=^\w+\n-+$|\Z)", document, re.MULTILINE | re.DOTALL)
    parts = re.split(r"^(\w+)$", found[1], flags=re.MULTILINE)[1:] if found else []
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_function_has_its_rows():
    assert set(LINES) == set(FUNCTIONS)
    for name, lines in LINES.items():
        calls = [line.partition(ARROW)[0] for line in lines if ARROW in line]
        assert all(re.search(rf"\b{name}\(", call) for call in calls)
        assert len(set(calls)) == len(calls) or name == "define"


@pytest.mark.parametrize("name", LINES)
def test_calls_give_what_the_page_says(name):
    assert [row for row in rows_of(name) if not row.holds] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_shows_a_result_and_every_exception_of_its_docstring(name):
    came = {row.exception for row in rows_of(name)}
    assert name == "define" or "" in came
    assert came - {""} == set(section(name, "Raises")) | set(section(name, "Warns"))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_argument_is_shown_refused(name):
    assert {argument(row) for row in rows_of(name)} >= set(
        inspect.signature(FUNCTIONS[name]).parameters
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstring_speaks_of_each_argument_that_is_refused(name):
    said = section(name, "Raises") | section(name, "Warns")
    for row in rows_of(name):
        if row.exception and argument(row):
            text = said[row.exception]
            assert f"``{argument(row)}``" in text or re.search(GENERIC, text), row


@pytest.mark.parametrize("name", FUNCTIONS)
def test_error_names_what_was_expected_and_what_came(name):
    for row in rows_of(name):
        if row.exception and not row.exception.startswith("No"):
            assert re.match(r"\w+: [\w.\[\]() ]+: expected .+, got .+\.", row.came), row


def test_a_row_that_differs_does_not_hold():
    right, wrong, longer = run([f"1 + 1{ARROW}2", f"1 + 1{ARROW}3", f"1 + 1{ARROW}2.0"])
    assert right.holds
    assert not wrong.holds
    assert not longer.holds


def test_dots_stand_for_any_text_and_nothing_else_does():
    assert Row("f()", "TypeError: x: ..., got a.", "TypeError: x: expected b, got a.").holds
    assert not Row("f()", "TypeError: x: ...", "ValueError: x: y").holds
    assert not Row("f()", "float64 [1.0]", "float64 [110]").holds


def test_a_line_without_an_arrow_prepares_and_leaves_no_trace(monkeypatch):
    monkeypatch.setenv("LOSSARY_TEST", "before")
    lines = ["os.environ['LOSSARY_TEST'] = 'after'", f"os.environ['LOSSARY_TEST']{ARROW}after"]
    (row,) = run(lines)
    assert row.holds
    assert os.environ["LOSSARY_TEST"] == "before"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1.00001, {"a": 0.5}], "[1.0, {'a': 0.5}]"),
        ((1, "b"), "(1, b)"),
        (lossary.zeros((1,)), "float64 [0.0]"),
        (lossary.one_hot([], 3), "float64 of shape (0, 3)"),
        (lossary.MomentumState(lossary.zeros((1,))), "MomentumState(velocity=float64 [0.0])"),
        (None, "None"),
    ],
)
def test_result_is_shown_in_one_line(value, text):
    assert shown(value) == text
