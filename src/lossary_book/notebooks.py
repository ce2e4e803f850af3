"""Each page with cells as a notebook that runs from top to bottom without the book's machinery.

The text is written from the page's tree, so that a reader sees what the page shows: definitions,
numbers, links. The hidden cells that hand numbers to the text are left out.
"""

import ast
import importlib.metadata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from lossary_book import addresses, claims, execution, store
from lossary_book.launch import ENVIRONMENT
from lossary_book.markdown import Writer

FOLDER = "notebooks"
BRANCH = "notebooks"  # of the repository; the workflow pages.yml puts the folder there
PACKAGES = {"sklearn": "scikit-learn"}  # what pip calls a module otherwise
DISTRIBUTIONS = {"tensorflow": ("tensorflow", "tensorflow-cpu")}
KEPT_OUTPUTS = {"text/plain", "text/html", "image/svg+xml", "image/png"}
SETTINGS = (
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_CPP_MIN_LOG_LEVEL",
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


def path(docname: str) -> str:
    """Return where the notebook of a page lies in the site."""
    return f"{FOLDER}/{docname}.ipynb"


def has_cells(app: Sphinx, docname: str) -> bool:
    """Tell whether a page has cells, so that there is a notebook of it."""
    return "kernelspec" in app.env.metadata.get(docname, {})


def write(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the notebook of a page that is about to be written."""
    if not isinstance(app.builder, StandaloneHTMLBuilder) or not has_cells(app, docname):
        return
    executed = execution.left_notebook(app, docname)
    cells = list(_cells(app, doctree, docname, executed.cells))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # a random one would differ from build to build
    metadata = {"kernelspec": executed.metadata["kernelspec"], "language_info": {"name": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    text = nbformat.v4.writes(notebook)  # type: ignore[no-untyped-call]
    addresses.leave(Path(app.outdir, path(docname)), f"{text}\n".encode())


def drop_others(app: Sphinx) -> None:
    """Remove the notebooks of pages that are gone."""
    known = {Path(app.outdir, path(d)) for d in app.env.found_docs if has_cells(app, d)}
    for found in Path(app.outdir, FOLDER).rglob("*.ipynb"):
        if found not in known:
            found.unlink()


def _cells(
    app: Sphinx, doctree: nodes.document, docname: str, executed: list[Any]
) -> Iterator[Any]:
    """Yield what comes first, then text and code in the order of the page."""
    code = [cell.source for cell in executed if cell.cell_type == "code"]
    yield from _setup(app, doctree, docname, imported(code))
    writer = Writer(lambda link: _address(app, docname, link))
    text: list[str] = []
    done = 0
    for block, level in _blocks(doctree):
        index = block.get("cell_index") if isinstance(block, nodes.Element) else None
        if index is None:
            text.append(writer.block(block, level))
            continue
        yield from _hidden(executed[done:index])
        if any(part.strip() for part in text):
            yield _text("\n\n".join(part for part in text if part.strip()))
            text.clear()
        yield _executed(executed[index])
        done = index + 1
    yield from _hidden(executed[done:])
    if any(part.strip() for part in text):
        yield _text("\n\n".join(part for part in text if part.strip()))


def _blocks(node: nodes.Node, level: int = 1) -> Iterator[tuple[nodes.Node, int]]:
    """Yield the cells of a page and the blocks between them, each with the level of its heading."""
    for child in node.children:
        if getattr(child, "attributes", {}).get("nb_element") == "cell_code":
            yield child, level
        elif isinstance(child, nodes.section):
            yield from _blocks(child, level + 1 if child.parent is not child.document else level)
        elif isinstance(child, nodes.Element) and any(_is_cell(n) for n in child.findall()):
            yield from _blocks(child, level)
        else:
            yield child, level


def _is_cell(node: nodes.Node) -> bool:
    return getattr(node, "attributes", {}).get("nb_element") == "cell_code"


def _cell(kind: str, source: str, **more: Any) -> Any:
    """Return a cell. Those of ``nbformat.v4`` are validated one by one, which takes long."""
    return nbformat.from_dict({"cell_type": kind, "metadata": {}, "source": source, **more})  # type: ignore[no-untyped-call]


def _text(source: str) -> Any:
    return _cell("markdown", source)


def _code(source: str, **more: Any) -> Any:
    return _cell("code", source, **{"execution_count": None, "outputs": [], **more})


def _executed(cell: Any) -> Any:
    tags = cell.metadata.get("tags", [])
    kept = {"tags": ["raises-exception"]} if "raises-exception" in tags else {}
    outputs = [output for one in cell.outputs if (output := _output(one, tags))]
    return _code(cell.source, metadata=kept, outputs=outputs, execution_count=cell.execution_count)


def _output(output: Any, tags: list[str]) -> Any:
    """Return an output as the page shows it; None where it shows none."""
    if output.get("name") == "stderr" and "remove-stderr" in tags:
        return None
    if "data" not in output:
        return output
    data = {kind: value for kind, value in output.data.items() if kind in KEPT_OUTPUTS}
    shown = {**output, "data": data, "metadata": {}}
    return nbformat.from_dict(shown) if data else None  # type: ignore[no-untyped-call]


def _hidden(cells: list[Any]) -> Iterator[Any]:
    """Yield what later cells need of those that the page does not show."""
    for cell in cells:
        source = without_glue(cell.source) if cell.cell_type == "code" else ""
        if source:
            hidden = {"jupyter": {"source_hidden": True}}
            yield _code(source, metadata=hidden)


class _NoGlue(ast.NodeTransformer):
    """Drops what hands numbers to the text, and the statements that are left empty by that."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        return None if node.module == "myst_nb" else node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        call = node.value
        glue = isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        return None if glue and call.func.id == "glue" else node  # type: ignore[attr-defined]

    def generic_visit(self, node: ast.AST) -> ast.AST | None:  # type: ignore[override]
        super().generic_visit(node)
        if isinstance(node, ast.Module) or getattr(node, "body", True) != []:
            return node
        if isinstance(node, ast.For | ast.If | ast.While | ast.With) and not (
            getattr(node, "orelse", [])
        ):
            return None
        node.body = [ast.Pass()]  # type: ignore[attr-defined]
        return node


def without_glue(source: str) -> str:
    """Return the code of a cell less the lines that only hand numbers to the text."""
    return ast.unparse(_NoGlue().visit(ast.parse(source)))


def imported(sources: Iterable[str]) -> list[str]:
    """Return the packages that pip must bring for cells to run."""
    names: set[str] = set()
    for node in (n for source in sources for n in ast.walk(claims.parse(source))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module))
    tops = {name.partition(".")[0] for name in names} - {"myst_nb"}
    return sorted(
        PACKAGES.get(top, top) for top in tops if top in store.packages() or top == "lossary"
    )


def _setup(
    app: Sphinx, doctree: nodes.document, docname: str, packages: list[str]
) -> Iterator[Any]:
    """Yield the cells that say where the page is and what it needs, and that set it up."""
    title = app.env.titles[docname].astext()
    address = addresses.absolute(app.config, app.builder.get_target_uri(docname))
    page = f"[{title}]({address})" if address else f"“{title}”"
    others = [package for package in packages if package != "lossary"]
    versions = ", ".join(f"{package} {_version(package)}" for package in others)
    lines = [
        f"*The page {page} of {app.config.project} as a notebook, which runs as a whole with:*",
        f"```\npip install {' '.join([*others, *_source(app, packages)])}\n```",
    ]
    if "lossary" in packages and not _source(app, packages):
        lines.append("*and* `pip install .` *in a checkout of the book, which brings* `lossary`*.*")
    lines.append(f"*The outputs below are those of {versions}.*")
    yield _text("\n\n".join(lines))
    source = _source(app, packages)
    if source:
        yield _code(
            f"try:\n    import lossary\nexcept ImportError:\n    %pip install --quiet {source[0]}"
        )
    if "tensorflow" in packages:
        settings = "\n".join(f'    "{name}": "{ENVIRONMENT[name]}",' for name in SETTINGS)
        yield _code(
            "# As on the page: on one thread, whose sums come out alike on every machine.\n"
            f"import os\n\nos.environ |= {{\n{settings}\n}}"
        )


def _source(app: Sphinx, packages: list[str]) -> list[str]:
    """Return where pip finds lossary, which a repository on GitHub has."""
    repository = app.config.lossary_repository
    wanted = "lossary" in packages and repository
    return [f'"lossary @ git+{repository}"'] if wanted else []


def _version(package: str) -> str:
    for name in DISTRIBUTIONS.get(package, (package,)):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    raise ValueError(f"{package}: imported by a cell, and not installed.")


def _address(app: Sphinx, docname: str, link: nodes.reference) -> str:
    """Return where a link leads from outside the site; empty where it leads nowhere."""
    own = app.builder.get_target_uri(docname)
    target = link.get("refuri") or f"#{link.get('refid', '')}"
    if urlsplit(target).scheme:
        return str(target)
    base = addresses.absolute(app.config, own)
    return urljoin(base, target) if base else ""


def colab(app: Sphinx, docname: str) -> str:
    """Return where Colab opens the notebook of a page; empty without a repository on GitHub."""
    repository = str(app.config.lossary_repository)
    parts = urlsplit(repository)
    if parts.netloc != "github.com":
        return ""
    within = path(docname).removeprefix(f"{FOLDER}/")
    return f"https://colab.research.google.com/github{parts.path}/blob/{BRANCH}/{within}"


def add_buttons(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Put the notebook among the downloads in the theme's header, and Colab beside them."""
    groups = [g for g in context.get("header_buttons", []) if g.get("label") == "download-buttons"]
    if not groups or not has_cells(app, pagename):
        return
    link = {
        "type": "link",
        "url": context["pathto"](path(pagename), 1),
        "text": ".ipynb",
        "tooltip": "Download this page as a notebook",
        "icon": "fas fa-code",
        "label": "download-notebook-button",
    }
    groups[0]["buttons"].insert(0, link)
    if address := colab(app, pagename):
        told = {"text": "Colab", "tooltip": "Open this page in Colab", "label": "colab-button"}
        groups[0]["buttons"].insert(1, {**link, **told, "url": address})
