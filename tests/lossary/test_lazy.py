"""Each function is loaded from its module when it is first used, and with it only what it uses."""

import ast
import runpy
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import lossary

SOURCE = Path(lossary.__file__).parent


def loaded_after(code: str) -> set[str]:
    """Return the modules of lossary that a fresh Python has loaded once it ran the code."""
    code += "\nimport sys\nprint(*(name for name in sys.modules if name.startswith('lossary.')))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return {name.removeprefix("lossary.") for name in run.stdout.split()}


def test_import_loads_no_module() -> None:
    assert loaded_after("import lossary") == set()


def test_function_loads_its_module_and_what_that_imports() -> None:
    assert loaded_after("import lossary; lossary.relu(1.0)") == {"activations", "_checks"}
    assert loaded_after("from lossary import kl_divergence") == {
        "losses",
        "softmax",
        "_blocks",
        "_checks",
    }


def test_function_goes_before_the_module_of_its_name() -> None:
    code = "import lossary, lossary.softmax; from lossary.losses import one_hot\n"
    for name in ("softmax", "cost", "fit", "dense", "batches"):
        loaded_after(f"{code}import lossary.{name}\nassert lossary.{name}.__name__ == '{name}'")


def test_names_for_python_are_those_for_type_checkers() -> None:
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    (typed,) = (node for node in tree.body if isinstance(node, ast.If))
    for_checkers = {
        node.module: {alias.name for alias in node.names}
        for node in typed.body
        if isinstance(node, ast.ImportFrom)
    }
    for_python = {f"lossary.{home}": set(names.split()) for home, names in lossary.HOMES.items()}
    assert for_python == for_checkers
    assert sorted(lossary.__all__) == sorted(set().union(*for_python.values()))


def test_every_name_is_listed_and_comes_with_a_star() -> None:
    assert {*lossary.__all__, *lossary.HOMES, "__version__"} <= set(dir(lossary))
    space: dict[str, object] = {}
    exec("from lossary import *", space)
    assert set(lossary.__all__) <= set(space)
    assert all(callable(space[name]) for name in lossary.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(lossary, "softmix")


@pytest.mark.parametrize(("installed", "shown"), [("7.8.9", "7.8.9"), (None, "0+unknown")])
def test_version_is_that_of_the_installed_package_if_there_is_one(
    installed: str | None, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if installed is None:
            raise metadata.PackageNotFoundError(name)
        return installed

    monkeypatch.setattr(metadata, "version", version)
    assert runpy.run_path(str(SOURCE / "__init__.py"))["__version__"] == shown
