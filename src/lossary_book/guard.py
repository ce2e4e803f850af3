"""One build at a time in a folder, and a plain message where a file cannot be written."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError, SphinxError, SphinxParallelError
from sphinx.util import logging

logger = logging.getLogger(__name__)

LOCK = ".building"
LONGEST = 3600.0  # seconds to wait for another build
LAST = 999  # after all others that listen to the same event


def lock(app: Sphinx, config: Config) -> None:
    """Wait until no other build works beside the output folder.

    Two builds would write the same doctrees, notebooks and pages. The system drops the lock when
    its process ends, however that comes.
    """
    # One object in this process, for a build that was stopped has not dropped its lock.
    held = FileLock(Path(app.outdir).parent / LOCK, is_singleton=True)

    def acquire(*_: Any) -> list[str]:
        try:
            if not held.is_locked:
                held.acquire(timeout=0)
        except Timeout:
            logger.info("another build works in %s: waiting until it has ended", app.outdir.parent)
            try:
                held.acquire(timeout=LONGEST)
            except Timeout:
                raise SphinxError(f"another build still works in {app.outdir.parent}") from None
        return []  # no page is outdated by this

    acquire()  # before the doctrees of the last build are read
    app.connect("env-get-outdated", acquire, priority=0)  # one application can build many times
    app.connect("build-finished", lambda *_: held.release(), priority=LAST - 1)


def plainly(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return a handler of an event that ends the build in a sentence if it cannot write."""

    def handle(*arguments: Any) -> Any:
        try:
            return handler(*arguments)
        except OSError as error:
            raise _sentence(error) from None

    return handle


def explain(app: Sphinx, exception: Exception | None) -> None:
    """End a build that could not write in a sentence, in place of Sphinx's report on itself."""
    # Ctrl-C goes to the processes that read or write pages too, and may reach Sphinx from there.
    if isinstance(exception, SphinxParallelError) and str(exception) == "KeyboardInterrupt":
        raise KeyboardInterrupt from None
    if isinstance(exception, ExtensionError) and exception.orig_exc is not None:
        exception = exception.orig_exc
    if isinstance(exception, OSError) and exception.errno is not None:
        raise _sentence(exception) from None


def _sentence(error: OSError) -> SphinxError:
    place = f" {error.filename}" if error.filename else " a file"
    what = error.strerror or str(error)
    full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    remedy = "Make room" if full else "Mend that"
    return SphinxError(f"the build cannot use{place}: {what}. {remedy} and build again.")
