"""Write a page's tree as plain Markdown, as a notebook shows it: no directive, no role is left."""

import re
from collections.abc import Callable, Iterable

from docutils import nodes

SKIPPED = (nodes.raw, nodes.comment, nodes.target, nodes.substitution_definition, nodes.meta)
# What leads from place to place in the site, and means nothing outside it.
SITE_ONLY = {"lossary-evidence", "lossary-ran", "lossary-users"}


class Writer:
    """Writes the parts of one page; knows where links lead."""

    def __init__(self, address: Callable[[nodes.reference], str]) -> None:
        """Take what gives the address of a link; an empty one makes it text."""
        self.address = address

    def blocks(self, children: Iterable[nodes.Node], level: int = 1) -> str:
        """Return blocks with an empty line between them."""
        found = [self.block(child, level) for child in children]
        return "\n\n".join(text for text in found if text.strip())

    def block(self, node: nodes.Node, level: int = 1) -> str:
        """Return one block of a page."""
        if isinstance(node, nodes.Inline | nodes.Text):
            return self.inline([node])
        assert isinstance(node, nodes.Element)
        if isinstance(node, SKIPPED) or SITE_ONLY & set(node.get("classes", ())):
            return ""
        for kind, write in self._blocks.items():
            if isinstance(node, kind):
                return write(self, node, level)
        return self.blocks(node.children, level)

    def _title(self, node: nodes.Element, level: int) -> str:
        return f"{'#' * level} {self.inline(node.children)}"

    def _paragraph(self, node: nodes.Element, level: int) -> str:
        return self.inline(node.children)

    def _rubric(self, node: nodes.Element, level: int) -> str:
        return f"**{self.inline(node.children)}**"

    def _code(self, node: nodes.Element, level: int) -> str:
        return f"```{node.get('language', '')}\n{node.astext()}\n```"

    def _formula(self, node: nodes.Element, level: int) -> str:
        return f"$$\n{node.astext().strip()}\n$$"

    def _list(self, node: nodes.Element, level: int) -> str:
        ordered = isinstance(node, nodes.enumerated_list)
        items = []
        for number, item in enumerate(node.children, 1):
            mark = f"{number}. " if ordered else "- "
            items.append(mark + _indented(self.blocks(item.children, level), len(mark)))
        return "\n".join(items)

    def _definitions(self, node: nodes.Element, level: int) -> str:
        items = []
        for item in node.children:
            term, *rest = item.children
            said = self.blocks([part for d in rest for part in d.children], level)
            items.append(f"- **{self.inline(term.children)}**: {_indented(said, 2)}")
        return "\n".join(items)

    def _quote(self, node: nodes.Element, level: int) -> str:
        return "\n".join(f"> {line}".rstrip() for line in self.blocks(node.children).splitlines())

    def _table(self, node: nodes.Element, level: int) -> str:
        rows = [
            [" ".join(self.blocks(cell.children).split()).replace("|", r"\|") for cell in row]
            for row in node.findall(nodes.row)
        ]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])

    _blocks = {  # noqa: RUF012  a table of what writes what
        nodes.title: _title,
        nodes.rubric: _rubric,
        nodes.paragraph: _paragraph,
        nodes.math_block: _formula,
        nodes.literal_block: _code,
        nodes.bullet_list: _list,
        nodes.enumerated_list: _list,
        nodes.definition_list: _definitions,
        nodes.block_quote: _quote,
        nodes.table: _table,
    }

    def inline(self, children: Iterable[nodes.Node]) -> str:
        """Return the parts of a line."""
        return "".join(self._part(child) for child in children)

    def _part(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return re.sub(r"([\\`*_$<\[\]])", r"\\\1", node.astext())
        if isinstance(node, SKIPPED):
            return ""
        if isinstance(node, nodes.literal):
            marks = "``" if "`" in node.astext() else "`"
            return f"{marks}{node.astext()}{marks}"
        if isinstance(node, nodes.math):
            return f"${node.astext().strip()}$"
        text = self.inline(node.children)
        if isinstance(node, nodes.strong):
            return f"**{text}**"
        if isinstance(node, nodes.emphasis):
            return f"*{text}*"
        if isinstance(node, nodes.reference):
            address = self.address(node)
            return f"[{text}]({address})" if address else text
        return text


def _indented(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * width)
