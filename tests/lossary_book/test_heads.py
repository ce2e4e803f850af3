"""What search engines and forums read of a page: its author's words, or its first sentences."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

CONF = """
extensions = ["myst_nb", "lossary_book"]
nb_execution_mode = "off"
html_math_renderer = "mathml"
"""
BY_HAND = """---
myst:
  html_meta:
    description: By hand.
---
"""
SENTENCE = "A sentence of a page whose words are many, so that a few of it fill a description. "


@pytest.mark.parametrize(
    ("page", "description"),
    [
        (f"{BY_HAND}# Page\n\nThe first.\n", "By hand."),
        ("# Page\n\nThe first. The second.\n", "The first. The second."),
        (f"# Page\n\n{SENTENCE * 5}\n", (SENTENCE * 2).strip()),
        (f"# Page\n\n{'A sentence that is too long, ' * 10}and is whole.\n", None),
    ],
    ids=["by hand", "short", "long", "one long sentence"],
)
def test_description_of_a_page(build, tmp_path: Path, page: str, description: str | None) -> None:
    (tmp_path / "conf.py").write_text(CONF)
    (tmp_path / "index.md").write_text("# Book\n\n```{toctree}\npage\n```\n")
    (tmp_path / "page.md").write_text(page)
    assert build(tmp_path, tmp_path / "out", "html") == []
    text = (tmp_path / "out" / "html" / "page.html").read_text("utf-8")
    tree = BeautifulSoup(text, "html.parser")
    (found,) = [tag["content"] for tag in tree.select("meta[name=description]")]
    assert found == (description or f"{'A sentence that is too long, ' * 10}and is whole.")
    assert tree.select_one("[property='og:description']")["content"] == found
