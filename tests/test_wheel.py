"""The wheel carries both packages, their data files, and the glossary of the last build."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what a wheel is made of."""
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "src", tmp_path / "src")
    return tmp_path


def wheel(checkout: Path) -> zipfile.ZipFile:
    built = list(WheelBuilder(str(checkout)).build(directory=str(checkout / "dist")))
    return zipfile.ZipFile(built[0])


def test_wheel_carries_packages_and_data(checkout: Path) -> None:
    names = wheel(checkout).namelist()
    for path in (ROOT / "src").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert path.relative_to(ROOT / "src").as_posix() in names
    assert "lossary/glossary.json" not in names


def test_wheel_carries_the_glossary_of_the_last_build(checkout: Path) -> None:
    site = checkout / "docs" / "_build" / "html"
    site.mkdir(parents=True)
    (site / "glossary.json").write_text('{"entries": []}')
    assert json.loads(wheel(checkout).read("lossary/glossary.json")) == {"entries": []}
