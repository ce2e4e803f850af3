"""Where the book's data lives between reading and writing: one Sphinx domain, sorted by page."""

from collections.abc import Iterator
from typing import Any, ClassVar

from sphinx.domains import Domain
from sphinx.environment import BuildEnvironment

from lossary_book.model import Book, Cell, Entry, Equation
from lossary_book.pictures import Drawer
from lossary_book.store import Store


class LossaryDomain(Domain):
    """Entries, cells and equations by page, so that a changed page is cleared and merged whole."""

    name = "lossary"
    label = "Lossary"
    initial_data: ClassVar[dict[str, Any]] = {
        "entries": {},
        "cells": {},
        "equations": {},
        "stray": {},
        "lists": {},
        "problems": {},
        "users": {},
        "references": {},  # what the page links to
        "shown": {},  # digest of what it shows of other pages
        "proven": {},  # digest of the book when it had no problem
        "texts": {},  # what the search looks through
        "runs": {},  # the key of what its cells gave
        "made_from": {},  # see freshness
    }
    data_version = 7
    store: Store  # of this build
    running: Any = None  # the cells that run, while pages are read (see execution)
    drawer: Drawer | None = None  # of pictures, while pages are written (see short_links)
    warned: Any
    whole: Book  # once all pages are read: made once, not by each page that is written
    quick = False  # whether to write only the pages that were read, nothing of the whole (see live)

    @property
    def entries(self) -> dict[str, list[Entry]]:
        """Entries by page."""
        return self.data["entries"]  # type: ignore[no-any-return]

    @property
    def cells(self) -> dict[str, list[Cell]]:
        """Code cells by page, in order."""
        return self.data["cells"]  # type: ignore[no-any-return]

    @property
    def equations(self) -> dict[str, list[Equation]]:
        """Displayed equations by page."""
        return self.data["equations"]  # type: ignore[no-any-return]

    @property
    def lists(self) -> dict[str, bool]:
        """Pages that hold a generated list, which any change in the book may change."""
        return self.data["lists"]  # type: ignore[no-any-return]

    @property
    def users(self) -> dict[str, dict[str, list[str]]]:
        """The entries that use each entry of a page in their definitions, as of the last build."""
        return self.data["users"]  # type: ignore[no-any-return]

    def clear_doc(self, docname: str) -> None:
        """Forget a page that is read again or gone."""
        for stored in self.data.values():
            if isinstance(stored, dict):
                stored.pop(docname, None)

    def merge_domaindata(self, docnames: Any, otherdata: dict[str, Any]) -> None:
        """Take over what a parallel process read."""
        for key, stored in self.initial_data.items():
            assert isinstance(stored, dict)
            for docname in docnames:
                if docname in otherdata[key]:
                    self.data[key][docname] = otherdata[key][docname]

    def resolve_any_xref(self, *args: Any) -> list[tuple[str, Any]]:
        """Resolve nothing: entries are terms of Sphinx's standard domain."""
        return []

    def all_entries(self) -> Iterator[Entry]:
        """Yield every entry, page by page."""
        for docname in sorted(self.entries):
            yield from self.entries[docname]

    def book(self) -> Book:
        """Return what the checks of :mod:`lossary_book.model` look at."""
        labels = self.env.domains.standard_domain.anonlabels
        return Book(
            entries=list(self.all_entries()),
            cells={docname: self.cells[docname] for docname in sorted(self.cells)},
            # In an order of their own, so that a page that is read again leaves the book the same.
            labels={label: docname for label, (docname, _) in sorted(labels.items())},
            equations=[e for docname in sorted(self.equations) for e in self.equations[docname]],
            found=[
                p
                for docname in sorted(self.data["problems"])
                for p in self.data["problems"][docname]
            ],
            stray=[
                e for docname in sorted(self.data["stray"]) for e in self.data["stray"][docname]
            ],
        )


def domain_of(env: BuildEnvironment) -> LossaryDomain:
    """Return the book's domain."""
    domain = env.get_domain("lossary")
    assert isinstance(domain, LossaryDomain)
    return domain
