"""Report what :mod:`lossary_book.model` finds wrong, on every build."""

import hashlib

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from lossary_book.domain import domain_of
from lossary_book.model import problems

logger = logging.getLogger(__name__)


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every problem.

    Runs on ``env-updated``, which comes on every build, also when no page has changed.
    """
    domain = domain_of(env)
    book = domain.whole = domain.book()
    digest = hashlib.sha256(f"{app.config.lossary_digest} {book!r}".encode()).hexdigest()
    if domain.data["proven"].get("book") == digest:  # the same book was found proven before
        return
    found = problems(book)
    for problem in found:
        logger.warning(
            "%s",
            problem.message,
            location=(problem.docname, problem.line),
            type="lossary",
            subtype=problem.code,
        )
    domain.data["proven"] = {} if found else {"book": digest}
