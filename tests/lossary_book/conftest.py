"""Small books, built in the process of the tests."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.console import strip_escape_sequences
from sphinx.util.docutils import docutils_namespace, patch_docutils

Builder = Callable[..., list[str]]


@pytest.fixture
def without_pollution(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the extension sets for its kernels out of the other tests."""
    for name in ("JUPYTER_PATH", "PYTHONPATH"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.fixture
def build(without_pollution: None) -> Builder:
    """Return a function that builds a book in ``out / builder``, and returns its warnings."""

    def built(source: Path, out: Path, builder: str = "text", parallel: int = 1) -> list[str]:
        warnings = io.StringIO()
        with patch_docutils(source), docutils_namespace():
            app = Sphinx(
                source, source, out / builder, out / "doctrees", builder,
                status=None, warning=warnings, parallel=parallel,
            )  # fmt: skip
            app.build()
        # A message of several lines ends in a line of its own.
        text = strip_escape_sequences(warnings.getvalue()).strip()
        return re.split(r"\n(?=\S+: WARNING: )", text) if text else []

    return built
