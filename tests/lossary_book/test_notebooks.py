"""What a notebook of a page keeps of its code."""

import pytest

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
    assert imported(code) == ["lossary", "numpy", "scikit-learn"]
    assert imported("def f():\n    import scipy.special") == ["scipy"]
