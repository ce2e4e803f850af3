"""With which TensorFlows an entry holds: the record that ``nox -s versions`` makes, on the pages.

A record that is not there says nothing: only the tests demand it, so that a new entry can be built.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lossary_book.domain import domain_of
from lossary_book.entries import evidence_line
from lossary_book.model import Book
from lossary_book.pages import headword, link, table
from lossary_book.recorded import Reader, Record, load

logger = logging.getLogger(__name__)

NAME = "versions"
PAGE = "figures/holds-for"
SHOWN = {True: "yes", False: "no", None: "–"}


class holds_for(nodes.General, nodes.Element):  # noqa: N801  docutils names its nodes so
    """Stands for the list of entries and versions until all pages are read."""


class HoldsForDirective(Reader, SphinxDirective):
    """`holds-for`: entry → versions, and what changed.

    A line of the body is ``what happened => what changed``, a sentence for each message that begins
    so.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Leave a mark that is filled in when all pages are read."""
        domain_of(self.env).lists[self.env.current_document.docname] = True
        path, _ = record_of(self.env)
        if path.is_file():
            try:
                self.record(NAME)
            except ValueError as error:
                self.warn(NAME, error, "nox -s versions")
        pairs = [line.partition(" => ")[::2] for line in self.content if line.strip()]
        sentences = {start.strip(): self.parse_inline(text)[0] for start, text in pairs}
        return [holds_for(sentences=sentences, line=self.lineno)]


def depend(app: Sphinx, doctree: nodes.document) -> None:
    """Read a page with entries, or with the list, again when the record changes."""
    path, record = record_of(app.env)
    has_entries = app.env.current_document.docname in domain_of(app.env).entries
    if record is not None and (has_entries or next(doctree.findall(holds_for), None)):
        app.env.note_dependency(str(path))


def resolve(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say below its evidence where an entry does not hold, and fill in the list."""
    marks, listings = list(doctree.findall(evidence_line)), list(doctree.findall(holds_for))
    if not marks and not listings:
        return
    _, record = record_of(app.env)
    holds = versions(record)
    for mark in marks:
        place = mark.parent.index(mark) + 1
        mark.parent[place:place] = line(app.builder, docname, holds.get(mark["entry"], {}))
    for listing in listings:
        book = domain_of(app.env).book()
        listing.replace_self(tables(app.builder, docname, book, listing, record))


def record_of(env: BuildEnvironment) -> tuple[Path, Record | None]:
    """Return where the record lies, and the record if there is one."""
    folder = Path(env.srcdir, env.config.lossary_records).resolve()
    try:
        return folder / f"{NAME}.json", load(folder, NAME)
    except ValueError:
        return folder / f"{NAME}.json", None


def versions(record: Record | None) -> dict[str, dict[str, bool]]:
    """Return for each entry, by slug, whether it holds for each version, the oldest first."""
    if record is None:
        return {}
    shown = record["tables"]["entries"]
    titles = [column["title"] for column in shown["columns"]][1:]
    return {
        slug: {title: cell == "yes" for title, cell in zip(titles, cells, strict=True)}
        for slug, *cells in shown["rows"]
    }


def sentence(holds: Mapping[str, bool]) -> str:
    """Say with which versions an entry holds; nothing where it is all of them."""
    no = [version for version, good in holds.items() if not good]
    return f"Holds for TensorFlow {held(holds)}, not for {listed(no)}." if no else ""


def held(holds: Mapping[str, bool]) -> str:
    """Return ``2.18 and newer``, or the versions one by one where older ones are among them."""
    yes = [version for version, good in holds.items() if good]
    if yes and list(holds)[-len(yes) :] == yes:
        return f"{yes[0]} and newer"
    return listed(yes) or "none"


def listed(words: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    *first, last = words or [""]
    return f"{', '.join(first)} and {last}" if first else last


def line(builder: Builder, docname: str, holds: Mapping[str, bool]) -> list[nodes.Node]:
    """Return the line of an entry that does not hold with all versions."""
    text = sentence(holds)
    if not text:
        return []
    found = nodes.paragraph("", text, classes=["lossary-holds"])
    if PAGE in builder.env.all_docs:
        to_page = link(builder, docname, PAGE, "what-changed", nodes.Text("What changed"))
        found += [nodes.Text(" "), to_page]
    return [found]


def tables(
    builder: Builder, docname: str, book: Book, mark: holds_for, record: Record | None
) -> list[nodes.Node]:
    """Return the two tables: what does not hold, and all entries."""
    if record is None:
        return [nodes.paragraph("", "Nothing is recorded yet.")]
    holds = versions(record)
    titles = list(next(iter(holds.values())))
    failing: list[list[list[nodes.Node]]] = []
    everything: list[list[list[nodes.Node]]] = []
    used: set[str] = set()
    for entry in sorted(book.entries, key=lambda e: (e.term.lower(), e.term)):
        of_entry = holds.get(entry.slug, {})
        to_entry = link(builder, docname, entry.docname, entry.slug, headword(entry))
        marks: list[list[nodes.Node]] = [[nodes.Text(SHOWN[of_entry.get(v)])] for v in titles]
        everything.append([[to_entry], *marks])
        if not all(of_entry.values()):
            why, keys = _why(record, entry.slug, mark["sentences"])
            used |= keys
            failing.append([[to_entry.deepcopy()], [nodes.Text(held(of_entry))], why])
    for needless in sorted(mark["sentences"].keys() - used):
        logger.warning(
            "nothing that is recorded begins with %r. Drop the line.",
            needless,
            location=(docname, mark["line"]),
            type="lossary",
            subtype="holds",
        )
    changed = table(["Entry", "Holds for", "What happens elsewhere"], failing, [20, 30, 50])
    every = table(["Entry", *titles], everything, [40, *(15 for _ in titles)])
    for shown in (changed, every):
        shown["classes"].append("lossary-held")  # long names may break on a phone
    return [
        nodes.rubric("", "What changed", ids=["what-changed"]),
        changed,
        nodes.rubric("", "All entries", ids=["all-entries"]),
        every,
    ]


def _why(
    record: Record, slug: str, sentences: Mapping[str, Sequence[nodes.Node]]
) -> tuple[list[nodes.Node], set[str]]:
    """Return what happened in an entry's cells, each thing once, and the sentences used for it."""
    said: dict[str, list[str]] = {}
    for _, entry, version, _, happened in record["tables"]["changes"]["rows"]:
        if entry == slug and version not in said.setdefault(happened, []):
            said[happened].append(version)
    found: list[nodes.Node] = []
    used = set()
    for happened, failed in said.items():
        found += [nodes.Text(f" {listed(failed)}: "), nodes.literal("", happened)]
        for start, text in sentences.items():
            if happened.startswith(start) and start not in used:
                used.add(start)
                found += [nodes.Text(" "), *(node.deepcopy() for node in text)]
    return found, used
