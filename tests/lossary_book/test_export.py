"""What programs read beside the pages."""

import importlib.metadata
import platform

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
