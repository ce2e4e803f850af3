"""Each page with cells can be taken along: a notebook that runs without the book's machinery."""

import ast
import json
import os
import re
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FRESH = "LOSSARY_NOTEBOOK_PYTHON"  # the Python of the environment that nox -s notebooks makes
FOLDER = Path(os.environ.get("LOSSARY_SITE") or Path(__file__).parents[2] / "docs/_build/html")
NOTEBOOKS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.ipynb"))
# Directives, roles and labels of MyST, and the names of what stands for nothing outside Sphinx.
MYST = re.compile(r"^:::|^```\{|(?<![\w.`])\{[a-z:]+\}`|^\([\w-]+\)=|myst_nb", re.MULTILINE)


def read(site, name):
    return nbformat.read(site.folder / name, as_version=4)


def sources(notebook, kind):
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def notebook_of(url):
    return f"notebooks/{url.partition('.html')[0]}.ipynb"


def page_of(site, name):
    return site.page(name.removeprefix("notebooks/").replace(".ipynb", ".html"))


def test_every_page_with_output_has_a_notebook_that_it_links_to(site):
    executed = [name for name in site.names if site.page(name).select(".cell_input")]
    assert len(executed) > 20
    assert {notebook_of(name) for name in executed} == set(NOTEBOOKS)
    for name in executed:
        links = [
            site.target(name, a["href"]) for a in site.page(name)("a", href=re.compile(r"\.ipynb$"))
        ]
        assert links == [notebook_of(name)]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_is_valid_and_names_the_kernel_that_everybody_has(site, name):
    notebook = read(site, name)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_text_holds_nothing_that_only_the_book_understands(site, name):
    notebook = read(site, name)
    found = [MYST.search(text) for text in sources(notebook, "markdown")]
    assert [match.group() for match in found if match] == []
    assert [
        code for code in sources(notebook, "code") if "myst_nb" in code or "glue(" in code
    ] == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_says_first_where_it_is_from_and_what_it_needs(site, name):
    notebook = read(site, name)
    first = notebook.cells[0].source
    title = page_of(site, name).h1.get_text().removesuffix("#")
    assert letters(title) in letters(first)
    assert "pip install" in first
    used = {
        name.split(".")[0]
        for code in sources(notebook, "code")
        for node in ast.walk(ast.parse(re.sub(r"^[%!].*", "", code, flags=re.MULTILINE)))
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    for package in used & {"numpy", "tensorflow", "sklearn", "scipy", "matplotlib", "lossary"}:
        assert {"sklearn": "scikit-learn"}.get(package, package) in first


def letters(text):
    """Return a text without links, marks and spaces, to compare Markdown with plain text."""
    return re.sub(r"\]\([^()]*\)|[\W_]", "", text)


def test_notebooks_hold_every_definition_of_their_page(site):
    texts = {name: letters("".join(sources(read(site, name), "markdown"))) for name in NOTEBOOKS}
    missing = [
        entry["term"]
        for entry in site.entries
        if entry["definition"].isascii()  # a formula is spelled otherwise in each
        and letters(entry["definition"]) not in texts[notebook_of(entry["url"])]
    ]
    assert missing == []


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_holds_every_cell_that_its_page_shows(site, name):
    code = {code.rstrip("\n") for code in sources(read(site, name), "code")}
    shown = [cell.get_text().rstrip("\n") for cell in page_of(site, name).select(".cell_input pre")]
    assert [cell for cell in shown if cell not in code] == []


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """Return the name of a kernel in the fresh environment."""
    python = os.environ.get(FRESH)
    if not python:
        pytest.fail(f"{FRESH} names no environment to run notebooks in. Use: nox -s notebooks")
    names = ("sphinx", "myst_nb", "docutils")
    check = f"import importlib.util as u; print([n for n in {names} if u.find_spec(n)])"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    there = subprocess.run(
        [python, "-c", check], env=environment, capture_output=True, text=True, check=False
    )
    assert there.stdout == "[]\n", there.stderr
    folder = tmp_path_factory.mktemp("jupyter") / "kernels" / "fresh"
    folder.mkdir(parents=True)
    command = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": command, "display_name": "fresh", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    return folder


@pytest.mark.notebooks
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_runs_from_top_to_bottom(site, kernel, name, tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(kernel.parents[1]))
    notebook = read(site, name)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    resources = {"metadata": {"path": str(tmp_path)}}
    client = NotebookClient(
        notebook, kernel_name=kernel.name, timeout=300, startup_timeout=120, resources=resources
    )
    client.execute()
    ran = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in ran if cell.source.strip())
