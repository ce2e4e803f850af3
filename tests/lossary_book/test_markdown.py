"""The text of a notebook: plain Markdown that says what the page says."""

import pytest
from docutils import nodes
from docutils.core import publish_doctree

from lossary_book.markdown import Writer

WRITER = Writer(lambda link: f"https://site/{link['refuri']}" if link["refuri"] != "gone" else "")


def written(rst: str) -> str:
    return WRITER.blocks(publish_doctree(rst, settings_overrides={"report_level": 5}).children)


@pytest.mark.parametrize(
    ("rst", "markdown"),
    [
        ("*a* **b** ``c``", "*a* **b** `c`"),
        ("a_b 2*3 [x] <y> $5", r"a\_b 2\*3 \[x\] \<y> \$5"),
        (":math:`x_j`", "$x_j$"),
        (".. math:: x_j = 1", "$$\nx_j = 1\n$$"),
        ("`here <there>`_", "[here](https://site/there)"),
        ("`here <gone>`_", "here"),
        ("- a\n- b\n\n  c", "- a\n- b\n  \n  c"),
        ("1. a\n2. b", "1. a\n2. b"),
        ("shape\n   of it", "- **shape**: of it"),
        ("  quoted", "> quoted"),
        (".. code:: python\n\n   x = 1", "```\nx = 1\n```"),
        (".. raw:: html\n\n   <b>", ""),
        (".. rubric:: Not the same as", "**Not the same as**"),
        ("== ==\na  b|c\n== ==\n1  2\n== ==", "| a | b\\|c |\n| --- | --- |\n| 1 | 2 |"),
    ],
)
def test_each_part_is_plain_markdown(rst: str, markdown: str) -> None:
    assert written(rst) == markdown


def test_what_only_leads_through_the_site_is_left_out() -> None:
    evidence = nodes.paragraph("", "Evidence: cells", classes=["lossary-evidence"])
    assert WRITER.blocks([nodes.paragraph("", "text"), evidence]) == "text"
