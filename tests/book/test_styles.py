"""The style sheets are whole: a block that is left open swallows all that follows."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHEETS = [*(ROOT / "docs/_static").glob("*.css"), *(ROOT / "src/lossary_book/static").glob("*.css")]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_block_of_a_style_sheet_is_closed(sheet):
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("@media", "@page", "@font-face")):
            assert depth == 0, f"{sheet.name}: line {number} stands in a block that is open"
        depth += line.count("{") - line.count("}")
    assert depth == 0
