"""CONTRIBUTING.md lists the codes, kinds and options that the machinery knows, and no other."""

import re
from pathlib import Path

from lossary_book.entries import EntryDirective
from lossary_book.equations import EquationDirective
from lossary_book.model import KINDS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SOURCES = "".join(path.read_text("utf-8") for path in (ROOT / "src" / "lossary_book").glob("*.py"))


def test_every_code_of_a_message_is_listed() -> None:
    listed = set(re.findall(r"^\| `lossary\.(\w+)` \|", TEXT, re.MULTILINE))
    reported = set(re.findall(r"(?:problem|Problem|\))\(\s*\"([a-z]+)\",", SOURCES))
    reported |= set(re.findall(r"subtype=\"(\w+)\"", SOURCES))
    assert listed == reported


def test_every_option_of_an_entry_is_listed() -> None:
    for option in EntryDirective.option_spec:
        assert f"`{option}`" in TEXT


def test_every_option_of_an_equation_is_listed() -> None:
    table = TEXT[TEXT.index("| option |") : TEXT.index("A formula that another page shows")]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(
        EquationDirective.option_spec
    )


def test_every_kind_is_listed() -> None:
    for kind in KINDS:
        assert f"`{kind}`" in TEXT
