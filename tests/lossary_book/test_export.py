"""What programs read beside the pages."""

import importlib.metadata
import json
import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from lossary_book import export


def test_versions_are_those_of_the_packages_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"tensorflow-cpu": "2.21.0", "numpy": "2.4.0"}

    def version(name: str) -> str:
        if name not in there:
            raise importlib.metadata.PackageNotFoundError(name)
        return there[name]

    monkeypatch.setattr(importlib.metadata, "version", version)
    python = {"python": platform.python_version()}
    assert export.versions() == {**python, "tensorflow": "2.21.0", "numpy": "2.4.0"}


def test_book_without_an_entry_has_an_empty_glossary_and_a_search_that_finds_nothing(
    build: Callable[..., list[str]], tmp_path: Path
) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    (source / "conf.py").write_text(
        'extensions = ["myst_nb", "lossary_book"]\nhtml_math_renderer = "mathml"\n'
    )
    (source / "index.md").write_text("# A book\n\nNothing is defined yet.\n")
    assert build(source, tmp_path / "out", "html") == []
    assert json.loads((tmp_path / "out" / "html" / "glossary.json").read_text())["entries"] == []
