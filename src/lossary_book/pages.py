"""What is written once all pages are read: evidence links, the A–Z, the evidence page."""

import json
from collections.abc import Iterable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lossary_book.cells import code_cells
from lossary_book.domain import domain_of
from lossary_book.entries import evidence_line
from lossary_book.model import Book, Cell, Entry

logger = logging.getLogger(__name__)

FEW_USERS = 8  # as many as fit two lines; more are folded away


class generated(nodes.General, nodes.Element):  # noqa: N801  docutils names its nodes so
    """Stands for a list that is made from the whole book."""


class GeneratedDirective(SphinxDirective):
    """`a-to-z` and `evidence-table`: lists made from the entries."""

    def run(self) -> list[nodes.Node]:
        """Leave a mark that is filled in when all pages are read."""
        domain_of(self.env).lists[self.env.current_document.docname] = True
        return [generated(kind=self.name)]


class KerasNamesDirective(SphinxDirective):
    """`keras-names`: object → parameter → entry, from the JSON that a cell of the page prints."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Leave a mark that is filled in when all pages are read."""
        domain_of(self.env).lists[self.env.current_document.docname] = True
        return [generated(kind=self.name, cell=self.arguments[0])]


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Fill in what needs the whole book."""
    builder = app.builder
    book = domain_of(app.env).whole
    for mark in list(doctree.findall(generated)):
        if mark["kind"] == "keras-names":
            mark.replace_self(keras_names(builder, docname, book, mark["cell"]))
        else:
            mark.replace_self(LISTS[mark["kind"]](builder, docname, book))
    users = domain_of(app.env).users.get(docname, {})
    for line in list(doctree.findall(evidence_line)):
        entry = book.by_slug[line["entry"]]
        using = [book.by_slug[slug] for slug in users[entry.slug]]
        evidence = _evidence_line(builder, docname, book, entry)
        line.replace_self([evidence, *_users_line(builder, docname, using)])
    for node in code_cells(doctree):
        cells = [book.by_label[name] for name in node["names"] if name in book.by_label]
        if cells and cells[0].claims:
            node += nodes.paragraph("", _ran(cells[0]), classes=["lossary-ran"])


def link(
    builder: Builder, docname: str, to: str, anchor: str, *text: nodes.Node
) -> nodes.reference:
    """Return a link to an anchor of a page of the book."""
    page = "" if to == docname else builder.get_relative_uri(docname, to)
    return nodes.reference("", "", *text, internal=True, refuri=f"{page}#{anchor}")


def _ran(cell: Cell) -> str:
    return f"{cell.claims} claim{'' if cell.claims == 1 else 's'} ran"


def _cell_links(builder: Builder, docname: str, book: Book, entry: Entry) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    for label in entry.evidence:
        cell = book.by_label.get(label)
        if cell is not None:
            if found:
                found.append(nodes.Text(", "))
            title = nodes.Text(label.removeprefix("cell-").replace("-", " "))
            found.append(link(builder, docname, cell.docname, nodes.make_id(label), title))
            found.append(nodes.Text(f" ({_ran(cell)})"))
    return found


def _evidence_line(builder: Builder, docname: str, book: Book, entry: Entry) -> nodes.paragraph:
    text = nodes.paragraph(classes=["lossary-evidence"])
    text += nodes.inline("", "Evidence: ", classes=["lossary-label"])
    text += _cell_links(builder, docname, book, entry)
    return text


def _users_line(builder: Builder, docname: str, users: list[Entry]) -> list[nodes.Node]:
    """Return the line that leads from an entry to those whose definitions build on it."""
    if not users:
        return []
    links = [
        link(builder, docname, user.docname, user.slug, nodes.Text(user.term)) for user in users
    ]
    text = nodes.paragraph("", "", *_joined(links))
    box = nodes.container("", text, classes=["lossary-users"])
    if len(users) <= FEW_USERS or builder.format != "html":
        text.insert(0, nodes.inline("", "Used to define: ", classes=["lossary-label"]))
    else:
        folded = f"<details><summary>Used to define {len(users)} entries</summary>"
        box.insert(0, nodes.raw("", folded, format="html"))
        box += nodes.raw("", "</details>", format="html")
    return [box]


def a_to_z(builder: Builder, docname: str, book: Book) -> list[nodes.Node]:
    """Return every headword and alias with its definition or headword, by first letter."""
    groups: dict[str, list[tuple[str, Entry]]] = {}
    for entry in book.entries:
        for name in (entry.term, *entry.aliases):
            first = name[:1].upper()
            groups.setdefault(first if first.isalpha() and first.isascii() else "#", []).append(
                (name, entry)
            )
    jump = nodes.paragraph(classes=["lossary-letters"])
    found: list[nodes.Node] = [jump]
    for letter in sorted(groups, key=lambda letter: (letter == "#", letter)):
        anchor = "letter-" + (letter.lower() if letter != "#" else "other")
        jump += [nodes.reference("", letter, internal=True, refuri=f"#{anchor}"), nodes.Text(" ")]
        found.append(nodes.rubric("", letter, ids=[anchor]))
        items = nodes.definition_list(classes=["lossary-index"])
        for name, entry in sorted(groups[letter], key=lambda pair: (pair[0].lower(), pair[0])):
            items += _index_item(builder, docname, name, entry)
        found.append(items)
    return found


def _index_item(builder: Builder, docname: str, name: str, entry: Entry) -> nodes.Node:
    to_entry = link(builder, docname, entry.docname, entry.slug, nodes.Text(entry.term))
    if name == entry.term:
        text = nodes.paragraph("", entry.definition)
        to_entry.children[0] = headword(entry)
        return nodes.definition_list_item(
            "", nodes.term("", "", to_entry), nodes.definition("", text)
        )
    see = nodes.paragraph("", "", nodes.emphasis("", "see "), to_entry)
    return nodes.definition_list_item("", nodes.term("", name), nodes.definition("", see))


def headword(entry: Entry) -> nodes.Node:
    """Return the headword as people write it: names from an API in code font."""
    if entry.kind == "name":
        return nodes.literal("", entry.term)
    return nodes.Text(entry.term)


def evidence_table(builder: Builder, docname: str, book: Book) -> list[nodes.Node]:
    """Return entry → claims → cells, with counts."""
    rows: list[list[list[nodes.Node]]] = []
    total, used = 0, set()
    for entry in sorted(book.entries, key=lambda e: e.term.lower()):
        cells = [book.by_label[label] for label in entry.evidence if label in book.by_label]
        claims = sum(cell.claims for cell in cells)
        for cell in cells:
            if (cell.docname, cell.line) not in used:
                used.add((cell.docname, cell.line))
                total += cell.claims
        to_entry = link(builder, docname, entry.docname, entry.slug, headword(entry))
        code = [nodes.literal("", path) for path in entry.code]
        rows.append(
            [
                [to_entry],
                [nodes.Text(str(claims))],
                _cell_links(builder, docname, book, entry),
                _joined(code),
            ]
        )
    ran = sum(cell.executed for cells in book.cells.values() for cell in cells)
    summary = nodes.paragraph(
        "",
        f"{len(book.entries)} entries stand on {len(used)} evidence cells with {total} claims. "
        f"{ran} code cells ran in this build.",
    )
    return [summary, table(["Entry", "Claims", "Cells", "Backed by"], rows, [20, 10, 40, 30])]


def equation_table(builder: Builder, docname: str, book: Book) -> list[nodes.Node]:
    """Return every equation, its code, its greatest deviation, the number of inputs tried."""
    rows: list[list[list[nodes.Node]]] = []
    for equation in book.equations:
        anchor = nodes.make_id(f"equation-{equation.label}")
        to_equation = link(builder, docname, equation.docname, anchor, nodes.Text(equation.label))
        shown = nodes.math(equation.latex, equation.latex)
        if equation.declares:
            rows.append([[to_equation], [shown], [nodes.Text(equation.declares)], [], []])
            continue
        deviation, draws = f"{equation.deviation:.0e}", str(equation.draws)
        code = nodes.literal("", equation.code)
        rows.append([[to_equation], [shown], [code], [nodes.Text(deviation)], [nodes.Text(draws)]])
    declared = sum(bool(equation.declares) for equation in book.equations)
    summary = nodes.paragraph(
        "",
        f"{len(book.equations)} equations are displayed. "
        f"Computed in the build and compared with their code: {len(book.equations) - declared}. "
        f"Stating a definition that computes nothing, with the reason: {declared}.",
    )
    titles = ["Equation", "Formula", "Code", "Deviation", "Inputs"]
    return [summary, table(titles, rows, [15, 40, 25, 10, 10])]


def keras_names(builder: Builder, docname: str, book: Book, cell: str) -> list[nodes.Node]:
    """Return every parameter of Keras's training surface with its default and its entry."""
    found: list[nodes.Node] = []
    missing = []
    # A build that runs no cells has printed nothing; the check reports cells that did not run.
    for shown in json.loads(book.by_label[cell].printed or "[]"):
        rows: list[list[list[nodes.Node]]] = []
        for name, default in shown["parameters"]:
            entry = book.parameter(name, shown["object"].rpartition(".")[2])
            if entry is None:
                missing.append(f"{name} of {shown['object']}")
                continue
            to_entry = link(builder, docname, entry.docname, entry.slug, headword(entry))
            value = nodes.literal("", default) if default else nodes.Text("required")
            rows.append([[nodes.literal("", name)], [value], [to_entry]])
        found.append(nodes.rubric("", "", nodes.literal("", shown["object"])))
        found.append(table(["Parameter", "Default", "Entry"], rows, [35, 35, 30]))
    if missing:
        logger.warning(
            "no entry has these names of Keras: %s. Write an entry, or add an alias to one.",
            ", ".join(missing),
            location=docname,
            type="lossary",
            subtype="names",
        )
    return found


def _joined(parts: Iterable[nodes.Node]) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    for part in parts:
        found += [nodes.Text(", "), part] if found else [part]
    return found


def table(titles: list[str], rows: list[list[list[nodes.Node]]], widths: list[int]) -> nodes.table:
    """Return a table of inline cells."""
    group = nodes.tgroup(cols=len(titles))
    group += [nodes.colspec(colwidth=width) for width in widths]
    group += nodes.thead("", _row([[nodes.Text(title)] for title in titles]))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.table("", group, classes=["lossary-table"])


def _row(cells: list[list[nodes.Node]]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells))


LISTS = {"a-to-z": a_to_z, "evidence-table": evidence_table, "equation-table": equation_table}
