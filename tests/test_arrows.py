"""Arrows point one way: the reference knows NumPy and the standard library, and never the book."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "lossary"
ALLOWED = {"numpy", "lossary"} | sys.stdlib_module_names
FORBIDDEN = {"lossary_book", "sphinx", "docutils", "tensorflow", "keras", "myst_nb", "scipy"}


def imported(path):
    """Return the top-level packages that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.name)
def test_only_numpy_and_the_standard_library_are_imported(path):
    assert set(imported(path)) <= ALLOWED - FORBIDDEN


def test_import_loads_nothing_else():
    code = "import lossary, sys; print(*{name.split('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=SOURCE.parent, check=True, capture_output=True, text=True)
    loaded = set(result.stdout.split())
    assert "lossary" in loaded
    assert not loaded & FORBIDDEN
