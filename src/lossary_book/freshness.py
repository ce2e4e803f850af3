"""Which pages are read again: those that something they were made from has changed.

Sphinx compares times. It misses a file whose time lies before the last build, and knows neither
what a page's cells have loaded nor whether the last build came to its end. Here contents count.
"""

import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.logging import NAMESPACE, get_node_location, is_suppressed_warning

from lossary_book import kernel, store
from lossary_book.domain import domain_of
from lossary_book.store import Digests, Store

FILE = "unfinished.json"  # beside the doctrees: the pages that the next build reads again
ALL = "*"


class Warned(logging.Handler):
    """Notes the pages that a build warns of.

    Most warnings of Sphinx and MyST come while a page is read. A second build of the unchanged
    tree would not read it, and pass.
    """

    def __init__(self, app: Sphinx) -> None:
        """Listen to the warnings of a build."""
        super().__init__(logging.WARNING)
        self.app = app
        self.pages: set[str] = set()
        logger = logging.getLogger(NAMESPACE)
        for other in [handler for handler in logger.handlers if isinstance(handler, Warned)]:
            logger.removeHandler(other)  # of the build before, where one process builds again
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Note the page that a warning is about."""
        kind = getattr(record, "type", ""), getattr(record, "subtype", "")
        if not is_suppressed_warning(*kind, self.app.config.suppress_warnings):
            self.pages |= self._pages(getattr(record, "location", None))

    def _pages(self, place: Any) -> set[str]:
        """Return the pages that a warning is about; all, where it does not say."""
        env = self.app.env
        if isinstance(place, nodes.Node):
            place = get_node_location(place)
        if isinstance(place, str):
            path = place.partition(":")[0]
            place = env.path2doc(path) or path
            # A warning about a docstring is about the pages that show it.
            target = Path(path).resolve()
            depending = env.dependencies.items()
            known = {n for n, files in depending if target in {_inside(env, f) for f in files}}
        else:
            place, known = (place[0] if place else ""), set()
        known |= {name for name in (place, env.current_document.docname) if name in env.found_docs}
        return known or {ALL}


def _inside(env: BuildEnvironment, name: str | Path) -> Path:
    return Path(env.srcdir, name).resolve()


def begin(app: Sphinx, env: BuildEnvironment, *_: Any) -> list[str]:
    """Look at all sources as they are now, before this build runs or reads anything."""
    folders = (kernel.SOURCES / "lossary", kernel.SOURCES / "lossary_book")
    digests = Digests(Path(app.srcdir), *folders)
    for docname in env.found_docs:
        digests.all([env.doc2path(docname)])
    domain = domain_of(env)
    domain.store = Store(Path(app.outdir).parent / ".execution", digests)
    domain.warned = Warned(app)
    return []


def outdated(app: Sphinx, env: BuildEnvironment, *_: Any) -> Iterable[str]:
    """Name the pages that are to be read again, and note that this build has begun."""
    again = set(_unfinished(app))
    _write_unfinished(app, {ALL})
    if ALL in again:
        return set(env.found_docs)
    return again | {name for name in env.found_docs if not _fresh(env, name)}


def _fresh(env: BuildEnvironment, docname: str) -> bool:
    domain = domain_of(env)
    made_from = domain.data["made_from"].get(docname)
    return (
        made_from is not None
        and made_from["how"] in {"", store.how()}
        and made_from["packages"].items() <= store.installed().items()
        and domain.store.digests.same(made_from["files"])
        and made_from["doctree"] == _size(env, docname)
    )


def _size(env: BuildEnvironment, docname: str) -> int:
    """Return the size of a page's doctree, which is another if it was written by half."""
    path = Path(env.doctreedir, f"{docname}.doctree")
    return path.stat().st_size if path.exists() else 0


def unless_quick(handler: Callable[..., None]) -> Callable[..., None]:
    """Return a handler of ``build-finished`` that leaves what it writes of the whole book as it is.

    So the first step of a save shows its page sooner (see live); the second step follows.
    """

    def handle(app: Sphinx, exception: Exception | None) -> None:
        if not domain_of(app.env).quick:
            handler(app, exception)

    return handle


def forget_source_pages(app: Sphinx) -> Iterable[Any]:
    """Let Sphinx write the pages of the package's source anew.

    It leaves one whose module has not changed, with the contents and scripts of an earlier book.
    """
    if not domain_of(app.env).quick:
        for path in Path(app.outdir, "_modules").rglob("*.html"):
            path.unlink()
    return ()


def forget_all(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Forget all pages that are read again before the first of them is.

    Sphinx does so where it reads in parallel. Else it forgets one page a time, and what has moved
    to a page that is read earlier is found twice.
    """
    for docname in docnames:
        app.events.emit("env-purge-doc", env, docname)
        env.clear_doc(docname)


def note(app: Sphinx, env: BuildEnvironment) -> None:
    """Note what each page that was read was made from."""
    domain = domain_of(env)
    digests, made_from = domain.store.digests, domain.data["made_from"]
    folder = Path(env.mystnb_config.output_folder)  # type: ignore[attr-defined]
    for docname in env.found_docs - made_from.keys():
        written = (folder / f"{docname}.ipynb", folder / f"{docname}.glue.json")
        depends = (Path(app.srcdir, path) for path in env.dependencies.get(docname, ()))
        files = digests.all([env.doc2path(docname), *written, *depends])
        doctree = _size(env, docname)
        run = domain.store.used.get(domain.data["runs"].get(docname, ""))
        if run is None:
            made_from[docname] = {"files": files, "packages": {}, "how": "", "doctree": doctree}
        elif not run.error:
            files |= run.files
            made_from[docname] = {
                "files": files,
                "packages": run.packages,
                "how": store.how(),
                "doctree": doctree,
            }


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Leave to the next build the pages that this one warned of; all, if it has failed."""
    domain = domain_of(app.env)
    if exception is None:
        _write_unfinished(app, domain.warned.pages)


def _unfinished(app: Sphinx) -> list[str]:
    try:
        return [str(name) for name in json.loads(Path(app.doctreedir, FILE).read_text())]
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        return [ALL]


def _write_unfinished(app: Sphinx, pages: Iterable[str]) -> None:
    path = Path(app.doctreedir, FILE)
    if pages:
        path.write_text(json.dumps(sorted(pages)))
    else:
        path.unlink(missing_ok=True)
