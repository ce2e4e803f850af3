"""How an entry, and what belongs to it, may stand on a page."""

from pathlib import Path

import pytest

CONF = """
extensions = ["myst_nb", "lossary_book"]
nb_execution_mode = "off"
html_math_renderer = "mathml"
myst_enable_extensions = ["colon_fence"]
suppress_warnings = ["lossary.*"]
"""
ENTRY = """
:::{entry} loss
:kind: concept
:also: per-example loss

A number for one example.
:::
"""
PARAMETER = """
:::{parameter} axis
The axis that is summed over.
:::
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "conf.py").write_text(CONF)
    return tmp_path


def test_contrast_above_every_entry_is_an_error(build, book: Path, tmp_path: Path) -> None:
    (book / "index.md").write_text("# A page\n\n:::{not-the-same-as}\n- other\n:::\n")
    for _ in range(2):
        (warning,) = build(book, tmp_path / "out")
        assert "index.md:3" in warning
        assert "'not-the-same-as' belongs to an entry: put it below" in warning


@pytest.mark.parametrize(("of", "head"), [("", "axis"), (":of: softmax\n", "axis of softmax")])
def test_parameter_says_of_what_it_is(
    build, book: Path, tmp_path: Path, of: str, head: str
) -> None:
    page = PARAMETER.replace("axis\nThe", f"axis\n{of}\nThe")
    (book / "index.md").write_text(f"# Parameters\n{page}")
    assert build(book, tmp_path / "out") == []
    lines = (tmp_path / "out" / "text" / "index.txt").read_text("utf-8").splitlines()
    assert head in [line.replace("*", "").replace('"', "") for line in lines]


def test_name_that_two_entries_have_is_reported_once(build, book: Path, tmp_path: Path) -> None:
    second = ENTRY.replace("entry} loss", "entry} cost")
    (book / "index.md").write_text(f"# Words\n\n## loss\n{ENTRY}\n## cost\n{second}")
    assert build(book, tmp_path / "out") == []  # Sphinx is quiet; what the check says is left out
    (book / "conf.py").write_text(CONF.replace('["lossary.*"]', '["lossary.evidence"]'))
    taken = [one for one in build(book, tmp_path / "new") if "per-example loss" in one]
    assert len(taken) == 1
    assert "index.md:14" in taken[0]
    assert taken[0].endswith("[lossary.duplicate]")
