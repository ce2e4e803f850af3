"""Report what :mod:`lossary_book.model` finds wrong, on every build."""

from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from lossary_book.domain import LossaryDomain, domain_of
from lossary_book.model import Book, problems

logger = logging.getLogger(__name__)


def check(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Warn of every problem, and name the pages whose generated parts any change may change.

    Runs on ``env-updated``, which comes on every build, also when no page has changed.
    """
    domain = domain_of(env)
    book = domain.book()
    for problem in problems(book):
        logger.warning(
            "%s",
            problem.message,
            location=(problem.docname, problem.line),
            type="lossary",
            subtype=problem.code,
        )
    elsewhere = {
        entry.docname
        for entry in book.entries
        for label in entry.evidence
        if label in book.by_label and book.by_label[label].docname != entry.docname
    }
    return elsewhere | set(domain.lists) | _note_users(domain, book)


def _note_users(domain: LossaryDomain, book: Book) -> set[str]:
    """Store which entries use each one, and return the pages where that has changed."""
    users = book.users()
    by_page: dict[str, dict[str, list[str]]] = {}
    for entry in book.entries:
        by_page.setdefault(entry.docname, {})[entry.slug] = users[entry.slug]
    changed = {page for page, found in by_page.items() if domain.users.get(page) != found}
    domain.data["users"] = by_page
    return changed


def forget_failed_build(app: Sphinx, exception: Exception | None) -> None:
    """Make the build after a failed one read every page again.

    Most warnings of Sphinx and MyST come while a page is read. A second run over the unchanged
    tree would not read it, and pass.
    """
    if app.config.lossary_forget_failed_build and (exception is not None or app.statuscode):
        Path(app.doctreedir, "environment.pickle").unlink(missing_ok=True)
