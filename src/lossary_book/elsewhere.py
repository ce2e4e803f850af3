"""Which pages are written again: those that show something of another page, and that has changed.

A page shows the titles of all pages in its navigation, the texts of what it links to, evidence on
other pages. Sphinx writes a page again only when its own source was read.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from lossary_book.domain import LossaryDomain, domain_of
from lossary_book.model import Book


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Store what the page that was just read refers to."""
    found = {
        tuple(str(node.get(key) or "") for key in ("refdomain", "reftype", "reftarget"))
        for node in doctree.findall(addnodes.pending_xref)
    }
    domain_of(app.env).data["references"][app.env.current_document.docname] = sorted(found)


def changed(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Name the pages that show something else than when they were written last."""
    domain = domain_of(env)
    book = domain.whole
    _note_users(domain, book)
    before = domain.data["shown"]
    titles = sorted((name, title.pformat()) for name, title in env.titles.items())
    navigation = _digest([titles, sorted(env.toctree_includes.items())])  # the same on every page
    names = env.found_docs - before.keys() if domain.quick else env.found_docs
    now = {name: _digest([navigation, *_shown(env, domain, book, name)]) for name in names}
    domain.data["shown"] = {**before, **now}
    return {name for name, digest in now.items() if before.get(name) != digest}


def _note_users(domain: LossaryDomain, book: Book) -> None:
    users = book.users()
    domain.data["users"] = {
        docname: {entry.slug: users[entry.slug] for entry in entries}
        for docname, entries in domain.entries.items()
    }


def _digest(parts: Iterable[Any]) -> str:
    # A line that moves is a change of its own page alone.
    text = re.sub(r"\bline=\d+", "", "\n".join(map(repr, parts)))
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(
    env: BuildEnvironment, domain: LossaryDomain, book: Book, docname: str
) -> Iterable[object]:
    """Yield what a page shows of others besides their titles."""
    for target in domain.data["references"].get(docname, []):
        yield from _target(env, book, *target)
    for entry in domain.entries.get(docname, []):
        cells = [book.by_label[label] for label in entry.evidence if label in book.by_label]
        yield [(cell.docname, cell.claims) for cell in cells]
    yield domain.users.get(docname)
    if docname in domain.lists:
        yield book


def _target(
    env: BuildEnvironment, book: Book, domain: str, kind: str, target: str
) -> Iterable[object]:
    """Yield where a link leads, and what it shows."""
    standard, name = env.domains.standard_domain, target.lower()
    yield standard.labels.get(name)
    yield standard.anonlabels.get(name)
    yield standard.objects.get(("term", target))
    if domain in {"py", "math"}:
        yield env.domains[domain].data["objects"].get(target)
    entry = book.entry_named(target) or book.by_slug.get(target)
    if entry:
        yield entry.slug, entry.docname, entry.term
