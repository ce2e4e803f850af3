"""The code cells of a page: found in its doctree, with what running them gave."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from lossary_book import execution
from lossary_book.domain import domain_of
from lossary_book.model import Cell

HIDDEN = {"remove-input", "remove_input", "remove-cell", "remove_cell", "hide-input", "hide-cell"}


def code_cells(tree: nodes.Element) -> list[nodes.container]:
    """Return the containers that myst-nb makes of code cells."""
    return [n for n in tree.findall(nodes.container) if n.get("nb_element") == "cell_code"]


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Store the cells of the page that was just read."""
    env = app.env
    docname = env.current_document.docname
    containers = {node["cell_index"]: node for node in code_cells(doctree)}
    if not containers and "kernelspec" not in env.metadata[docname]:
        return
    # The doctree leaves out what a tag removes; the executed notebook holds every cell.
    notebook = execution.executed_notebook(app, docname)
    lines = Path(env.doc2path(docname)).read_text(encoding="utf-8").splitlines()
    cells, after = [], 0
    for index, nb_cell in enumerate(notebook.cells):
        if nb_cell.cell_type == "code":
            after = _find(lines, nb_cell.source, after)
            cells.append(_cell(docname, after, nb_cell, containers.get(index)))
    domain_of(env).cells[docname] = cells


def _cell(docname: str, line: int, nb_cell: Any, node: nodes.Element | None) -> Cell:
    tags = nb_cell.metadata.get("tags", [])
    errors = [output.ename for output in nb_cell.outputs if output.output_type == "error"]
    return Cell(
        docname=docname,
        line=line,
        labels=tuple(node["names"]) if node is not None else (),
        source=nb_cell.source,
        shown=node is not None and not HIDDEN.intersection(tags),
        executed=nb_cell.execution_count is not None,
        error=errors[0] if errors else "",
        expects=str(nb_cell.metadata.get("raises", "")),
        may_raise="raises-exception" in tags,
        printed="".join(o.text for o in nb_cell.outputs if o.get("name") == "stdout"),
    )


def _find(lines: list[str], source: str, after: int) -> int:
    """Return the line, counted from 1, where the code of a cell begins in its page."""
    wanted = source.splitlines() or [""]
    for start in range(after, len(lines) - len(wanted) + 1):
        if lines[start : start + len(wanted)] == wanted:
            return start + 1
    return after + 1
