"""Where the code of a cell stands in its page."""

from lossary_book.cells import _find


def test_cell_is_found_behind_the_one_before_it() -> None:
    lines = ["```", "x = 1", "```", "", "```", "x = 1", "y = 2", "```"]
    assert _find(lines, "x = 1", 0) == 2
    assert _find(lines, "x = 1\ny = 2", 2) == 6
    assert _find(lines, "x = 1", 2) == 6


def test_cell_whose_code_is_loaded_from_a_file_stands_behind_the_one_before_it() -> None:
    assert _find(["x = 1", "", ":load: code.py"], "y = 2", 1) == 2
