"""What programs read: glossary.json with its schema; the rest of the export is called from here."""

import importlib.metadata
import importlib.resources
import json
import platform
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from lossary_book import addresses, notebooks, plain_text, short_links, sitemap
from lossary_book.domain import domain_of
from lossary_book.model import Book, Entry
from lossary_book.readable import readable

SCHEMA = "glossary.schema.json"
VERSIONED = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn")


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the files beside the pages of a finished HTML build."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    book = domain_of(app.env).book()
    entries = sorted(book.entries, key=_by_term)
    glossary = {
        **({"address": app.config.html_baseurl} if app.config.html_baseurl else {}),
        "version": app.config.release,
        "executed_with": versions(),
        "entries": [_entry(app, book, entry) for entry in entries],
    }
    out = Path(app.outdir)
    text = json.dumps(glossary, indent=1, ensure_ascii=False, sort_keys=False)
    (out / "glossary.json").write_text(text + "\n", encoding="utf-8")
    schema = importlib.resources.files("lossary_book").joinpath(SCHEMA)
    (out / SCHEMA).write_text(schema.read_text(encoding="utf-8"), encoding="utf-8")
    short_links.write(app, entries)
    sitemap.write(app)
    notebooks.drop_others(app)
    _drop_plots(app, app.builder.imagedir)
    plain_text.write(app, glossary["entries"])


def _drop_plots(app: Sphinx, folder: str) -> None:
    """Remove the plots that no page shows any more, which Sphinx leaves."""
    known = {name for _, name in app.env.images.values()}
    for path in Path(app.outdir, folder).glob("*"):
        if path.name not in known:
            path.unlink()


def _by_term(entry: Entry) -> tuple[str, str]:
    return entry.term.lower(), entry.term


def versions() -> dict[str, str]:
    """Return the versions that the cells of this build ran on."""
    found = {"python": platform.python_version()}
    for name in VERSIONED:
        # One distribution or the other brings the package `tensorflow`.
        for distribution in (name, f"{name}-cpu"):
            try:
                found[name] = importlib.metadata.version(distribution)
                break
            except importlib.metadata.PackageNotFoundError:
                continue
    return found


def _url(app: Sphinx, docname: str, anchor: str) -> str:
    return f"{app.builder.get_target_uri(docname)}#{anchor}"


def _entry(app: Sphinx, book: Book, entry: Entry) -> dict[str, Any]:
    cells = [(label, book.by_label[label]) for label in entry.evidence if label in book.by_label]
    contrasts = [book.entry_named(contrast.target) for contrast in entry.contrasts]
    return {
        "term": entry.term,
        "slug": entry.slug,
        "aliases": list(entry.aliases),
        "kind": entry.kind,
        "definition": entry.definition,
        "url": addresses.of_entry(app, entry),
        "short_url": addresses.short(entry),
        "names": entry.names,
        "example": entry.example,
        "shape": entry.shape,
        "domain": entry.domain,
        "unit": entry.unit,
        "equations": [
            {
                "label": label,
                "latex": book.equation_by_label[label].latex,
                "text": readable(book.equation_by_label[label].latex),
                "code": book.equation_by_label[label].code,
                "url": _url(app, entry.docname, f"equation-{label}"),
            }
            for label in entry.equations
        ],
        "evidence": [
            {"url": _url(app, cell.docname, label), "asserts": cell.claims} for label, cell in cells
        ],
        "code": list(entry.code),
        "not_the_same_as": list(dict.fromkeys(other.slug for other in contrasts if other)),
        "sources": [{"title": title, "url": url} for title, url in entry.sources],
    }
