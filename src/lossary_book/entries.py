"""The directives of an entry: `entry`, `not-the-same-as`, `mistake`."""

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from pylatexenc.latex2text import LatexNodes2Text  # type: ignore[import-untyped]
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from lossary_book.cells import code_cells
from lossary_book.domain import domain_of
from lossary_book.model import NAME_FIELDS, Contrast, Entry, Mistake

_unicode = LatexNodes2Text(math_mode="text").latex_to_text

FACTS = {"example": "Example", "shape": "Shape", "domain": "Values", "unit": "Unit"}


class evidence_line(nodes.General, nodes.Element):  # noqa: N801  docutils names its nodes so
    """Stands for the links to an entry's evidence and users until all pages are read."""


class mistake_pair(nodes.General, nodes.Element):  # noqa: N801
    """Stands before the wrong and the right cell until the page is whole."""


def words(text: str) -> tuple[str, ...]:
    """Split a field at its commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def plain(node: nodes.Element) -> str:
    """Return a node's text as programs show it: formulas in Unicode, not in LaTeX."""
    copy = node.deepcopy()
    for formula in list(copy.findall(nodes.math)):
        formula.replace_self(nodes.Text(_unicode(formula.astext())))
    return " ".join(copy.astext().split())


def _term_links(node: nodes.Element) -> list[addnodes.pending_xref]:
    return [link for link in node.findall(addnodes.pending_xref) if link["reftype"] == "term"]


class EntryDirective(SphinxDirective):
    """The head of an entry: its names, definition, facts and evidence."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = dict.fromkeys(
        ("also", "kind", "slug", "evidence", "code", "source", *FACTS, *NAME_FIELDS),
        directives.unchanged,
    )

    def run(self) -> list[nodes.Node]:
        """Store the entry and return its card."""
        definition = nodes.container("", *self.parse_content_to_nodes())
        definition["classes"].append("lossary-definition")
        entry = self._store(definition)
        card = nodes.container(classes=["lossary-entry"], entry=entry.slug)
        card.source, card.line = self.get_source_info()
        card += definition
        card += self._also(entry)
        card += self._facts()
        card += self._names_card()
        card += evidence_line(entry=entry.slug)
        return [card, *self._source()]

    def _store(self, definition: nodes.Element, heading: str = "") -> Entry:
        term = self.arguments[0]
        entry = Entry(
            term=term,
            slug=self.options.get("slug") or nodes.make_id(term),
            docname=self.env.current_document.docname,
            line=self.get_source_info()[1],
            heading=heading,
            compact=bool(heading),
            kind=self.options.get("kind", ""),
            definition=plain(definition),
            uses=tuple(link["reftarget"] for link in _term_links(definition)),
            aliases=words(self.options.get("also", "")),
            code=words(self.options.get("code", "")),
            evidence=tuple(self.options.get("evidence", "").split()),
            sources=self._sources(),
            names={key: self._plain(key) for key in NAME_FIELDS if key in self.options},
            example=self._plain("example"),
            shape=self._plain("shape"),
            domain=self._plain("domain"),
            unit=self._plain("unit"),
        )
        domain_of(self.env).entries.setdefault(entry.docname, []).append(entry)
        self._note_terms(entry)
        return entry

    def _inline(self, text: str) -> list[nodes.Node]:
        parsed, messages = self.parse_inline(text)
        return [*parsed, *messages]

    def _plain(self, field: str) -> str:
        return plain(nodes.paragraph("", "", *self._inline(self.options.get(field, ""))))

    def _sources(self) -> list[tuple[str, str]]:
        """Return (title, address) of each source; a book has no address."""
        found = []
        for part in self.options.get("source", "").split(";"):
            text = nodes.paragraph("", "", *self._inline(part.strip()))
            link = next(iter(text.findall(nodes.reference)), None)
            if text.astext().strip():
                found.append((text.astext().strip(), link["refuri"] if link is not None else ""))
        return found

    def _note_terms(self, entry: Entry) -> None:
        """Make every name of the entry a target of the `term` role and of the inventory."""
        standard = self.env.domains.standard_domain
        for name in (entry.term, *entry.aliases):
            if ("term", name) not in standard.objects:  # a name taken twice: the check reports it
                standard._note_term(name, entry.slug, location=self.get_location())

    def _also(self, entry: Entry) -> list[nodes.Node]:
        if not entry.aliases:
            return []
        text = nodes.paragraph(classes=["lossary-also"])
        text += nodes.inline("", "also called ", classes=["lossary-label"])
        text += nodes.Text(", ".join(entry.aliases))
        return [text]

    def _facts(self) -> list[nodes.Node]:
        return self._list(FACTS, "lossary-facts")

    def _names_card(self) -> list[nodes.Node]:
        return self._list(NAME_FIELDS, "lossary-names")

    def _list(self, fields: dict[str, str], css: str) -> list[nodes.Node]:
        items = [
            nodes.definition_list_item(
                "",
                nodes.term("", title),
                nodes.definition("", nodes.paragraph("", "", *self._inline(self.options[key]))),
            )
            for key, title in fields.items()
            if self.options.get(key)
        ]
        return [nodes.definition_list("", *items, classes=[css])] if items else []

    def _source(self) -> list[nodes.Node]:
        if "source" not in self.options:
            return []
        text = nodes.paragraph(classes=["lossary-source"])
        text += nodes.inline("", "Source: ", classes=["lossary-label"])
        text += self._inline(self.options["source"])
        return [text]


class ParameterDirective(EntryDirective):
    """A compact entry without a heading: one of many small parameters that share a section."""

    option_spec: ClassVar[dict[str, Any]] = {
        **EntryDirective.option_spec,
        "of": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Store the entry and return its few lines."""
        self.options["kind"] = "name"
        definition = nodes.container("", *self.parse_content_to_nodes())
        entry = self._store(definition, heading=self.arguments[0])
        head = nodes.paragraph(classes=["lossary-parameter-head"])
        head += nodes.strong("", "", nodes.literal("", entry.term))
        if "of" in self.options:
            head += nodes.inline("", f" of {self.options['of']}", classes=["lossary-also"])
        card = nodes.container(classes=["lossary-parameter"], ids=[entry.slug])
        card.source, card.line = self.get_source_info()
        card += head
        card += definition.children
        card += self._also(entry)
        card += self._facts()
        card += self._names_card()
        card += evidence_line(entry=entry.slug)
        card += self._source()
        self.state.document.note_explicit_target(card, card)
        return [card]


class OfEntry(SphinxDirective):
    """A directive that belongs to the entry before it on the page."""

    @property
    def entry(self) -> Entry:
        """The entry whose section this stands in."""
        known = domain_of(self.env).entries.get(self.env.current_document.docname)
        if not known:
            raise self.error(
                f"'{self.name}' belongs to an entry: put it below the section's 'entry' directive."
            )
        return known[-1]


class NotTheSameAs(OfEntry):
    """The neighbors that an entry is mistaken for, each linked."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Store the contrasts and return them as a list."""
        box = nodes.container(classes=["lossary-contrast"])
        box += nodes.rubric("", "Not the same as")
        box += self.parse_content_to_nodes()
        items: list[nodes.Element] = list(box.findall(nodes.list_item)) or [box]
        for item in items:
            links = _term_links(item)
            self.entry.contrasts.append(
                Contrast(
                    line=item.line or self.lineno,
                    text=" ".join(item.astext().split()),
                    target=links[0]["reftarget"] if links else "",
                )
            )
        return [box]


class MistakeDirective(OfEntry):
    """A common mistake: what people write, and what to write."""

    required_arguments = 2
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Store the pair and return the text with a marker for the two cells."""
        wrong, right = self.arguments
        self.entry.mistakes.append(Mistake(self.lineno, wrong, right))
        box = nodes.container(classes=["lossary-mistake"])
        box += nodes.rubric("", "A common mistake")
        box += self.parse_content_to_nodes()
        box += mistake_pair(wrong=wrong, right=right)
        return [box]


class ArrangeEntries(SphinxTransform):
    """Give each entry's section its anchor, put the source last, set mistakes side by side."""

    default_priority = 870  # after labels have settled on cells

    def apply(self, **kwargs: Any) -> None:
        """Rearrange the page that was just read."""
        known = domain_of(self.env).entries.get(self.env.current_document.docname, [])
        cards = [node for node in self.document.findall(nodes.container) if "entry" in node]
        full = [entry for entry in known if not entry.compact]
        for card, entry in zip(cards, full, strict=True):
            section = card.parent
            if isinstance(section, nodes.section) and section.index(card) == 1:
                _anchor(section, entry)
                section["classes"].append("lossary-section")
        for text in list(self.document.findall(nodes.paragraph)):
            of_section = isinstance(text.parent, nodes.section) and text.parent[-1] is not text
            if "lossary-source" in text["classes"] and of_section:
                text.parent.append(text.parent.pop(text.parent.index(text)))
        for marker in list(self.document.findall(mistake_pair)):
            self._pair(marker)

    def _pair(self, marker: mistake_pair) -> None:
        cells = {name: cell for cell in code_cells(self.document) for name in cell["names"]}
        pair = nodes.container(classes=["lossary-pair"])
        for side, title in (("wrong", "Wrong"), ("right", "Right")):
            cell = cells.get(marker[side])
            if cell is not None:  # a label that is missing is reported by the check
                cell.parent.remove(cell)
                half = nodes.container(classes=[f"lossary-{side}"])
                half += nodes.paragraph("", title, classes=["lossary-label"])
                half += cell
                pair += half
        marker.replace_self(pair)


def _anchor(section: nodes.section, entry: Entry) -> None:
    entry.heading = section[0].astext()
    section["ids"] = [entry.slug, *(other for other in section["ids"] if other != entry.slug)]
