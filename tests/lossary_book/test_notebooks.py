"""What a notebook of a page keeps of its code."""

from types import SimpleNamespace

import pytest

from lossary_book import notebooks
from lossary_book.notebooks import imported, without_glue


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ('from myst_nb import glue\nglue("a", 1, display=False)', ""),
        ('x = 1\nglue("x", x)', "x = 1"),
        ('for n in range(3):\n    glue(f"x{n}", n)', ""),
        ('for n in range(3):\n    y = n\n    glue(f"x{n}", n)', "for n in range(3):\n    y = n"),
        ('if x:\n    glue("a", x)\nelse:\n    y = 2', "if x:\n    pass\nelse:\n    y = 2"),
        ("import numpy as np", "import numpy as np"),
        ("paste = glue_stick(1)", "paste = glue_stick(1)"),
    ],
)
def test_only_what_hands_numbers_to_the_text_is_dropped(source: str, kept: str) -> None:
    assert without_glue(source) == kept


def test_packages_are_named_as_pip_knows_them() -> None:
    code = "import numpy as np, os\nfrom sklearn import metrics\nimport lossary\nimport myst_nb"
    assert imported([code]) == ["lossary", "numpy", "scikit-learn"]
    assert imported(["def f():\n    import scipy.special"]) == ["scipy"]


def test_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ValueError, match="nothing-such: imported by a cell, and not installed"):
        notebooks._version("nothing-such")


def buttons(repository: str, page: str = "topics/dense") -> dict[str, str]:
    """Return the downloads that the theme's header shows for a page: name and address."""
    app = SimpleNamespace(
        config=SimpleNamespace(lossary_repository=repository),
        env=SimpleNamespace(metadata={"topics/dense": {"kernelspec": {"name": "python3"}}}),
    )
    group = {"label": "download-buttons", "buttons": [{"text": ".md", "url": "dense.md"}]}
    context = {"header_buttons": [group], "pathto": lambda path, resource: f"../{path}"}
    notebooks.add_buttons(app, page, "page.html", context, None)  # type: ignore[arg-type]
    return {button["text"]: button["url"] for button in group["buttons"]}


def test_header_offers_the_notebook_before_the_source() -> None:
    expected = {".ipynb": "../notebooks/topics/dense.ipynb", ".md": "dense.md"}
    assert list(buttons("").items()) == list(expected.items())


def test_colab_opens_the_branch_of_a_repository_on_github() -> None:
    address = buttons("https://github.com/owner/name")["Colab"]
    place = "owner/name/blob/notebooks/topics/dense.ipynb"
    assert address == f"https://colab.research.google.com/github/{place}"
    assert "Colab" not in buttons("https://gitlab.com/owner/name")


def test_a_page_without_cells_has_no_notebook() -> None:
    assert list(buttons("https://github.com/owner/name", "index")) == [".md"]
