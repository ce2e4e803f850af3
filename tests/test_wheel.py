"""The wheel carries both packages, their data files, and the glossary of the last build."""

import json
import os
import shutil
import subprocess
import sys
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


def installed(checkout: Path) -> Path:
    """Return a folder that holds what installing the wheel would put on the path."""
    folder = checkout.parent / f"{checkout.name}-installed"
    wheel(checkout).extractall(folder)
    return folder


def define(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask the installed package, with nothing of this checkout on the path."""
    return subprocess.run(
        [sys.executable, "-m", "lossary", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "LOSSARY_GLOSSARY": ""},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


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


def test_installed_package_defines_what_its_wheel_carries(checkout: Path) -> None:
    site = checkout / "docs" / "_build" / "html"
    site.mkdir(parents=True)
    entry = {"term": "kernel", "slug": "kernel", "aliases": [], "definition": "A matrix."}
    entry |= {"url": "a.html#kernel", "short_url": "t/kernel/", "names": {}, "shape": "(d0, units)"}
    entry |= {"equations": [], "code": [], "not_the_same_as": [], "evidence": []}
    glossary = {"address": "https://example.org/", "entries": [entry]}
    (site / "glossary.json").write_text(json.dumps(glossary))
    done = define(installed(checkout), "kernel")
    assert done.stderr == ""
    assert done.stdout.splitlines()[:2] == ["kernel", "A matrix."]
    assert done.stdout.splitlines()[-1].endswith("https://example.org/t/kernel/")


def test_installed_package_without_a_glossary_says_how_to_get_one(checkout: Path) -> None:
    folder = installed(checkout)
    done = define(folder, "kernel")
    assert done.returncode == 1
    assert str(folder / "lossary" / "glossary.json") in done.stderr
    assert "nox -s docs" in done.stderr
    assert "_build" not in done.stderr  # a checkout has that folder, an installed package has not
