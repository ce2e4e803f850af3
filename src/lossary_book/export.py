"""What programs read: glossary.json with its schema, and the short link of every entry."""

import html
import importlib.metadata
import importlib.resources
import json
import platform
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from lossary_book.domain import domain_of
from lossary_book.model import Book, Entry

SCHEMA = "glossary.schema.json"
VERSIONED = ("tensorflow", "keras", "numpy", "scipy", "scikit-learn")


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the files beside the pages of a finished HTML build."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    book = domain_of(app.env).book()
    glossary = {
        "version": app.config.release,
        "executed_with": versions(),
        "entries": [_entry(app, book, entry) for entry in sorted(book.entries, key=_by_term)],
    }
    out = Path(app.outdir)
    text = json.dumps(glossary, indent=1, ensure_ascii=False, sort_keys=False)
    (out / "glossary.json").write_text(text + "\n", encoding="utf-8")
    schema = importlib.resources.files("lossary_book").joinpath(SCHEMA)
    (out / SCHEMA).write_text(schema.read_text(encoding="utf-8"), encoding="utf-8")
    for entry in glossary["entries"]:
        page = out / entry["short_url"] / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(short_link(entry), encoding="utf-8")


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
    equations = {equation.label: equation for equation in book.equations}
    cells = [(label, book.by_label[label]) for label in entry.evidence if label in book.by_label]
    contrasts = [book.entry_named(contrast.target) for contrast in entry.contrasts]
    return {
        "term": entry.term,
        "slug": entry.slug,
        "aliases": list(entry.aliases),
        "kind": entry.kind,
        "definition": entry.definition,
        "url": _url(app, entry.docname, entry.slug),
        "short_url": f"t/{entry.slug}/",
        "names": entry.names,
        "example": entry.example,
        "shape": entry.shape,
        "domain": entry.domain,
        "unit": entry.unit,
        "equations": [
            {
                "label": label,
                "latex": equations[label].latex,
                "code": equations[label].code,
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


def short_link(entry: dict[str, Any]) -> str:
    """Return the page behind ``t/<slug>/``: what a forum's preview shows, then on to the entry."""
    target = html.escape(f"../../{entry['url']}")
    title, text = html.escape(entry["term"]), html.escape(entry["definition"])
    data = {
        "@context": "https://schema.org",
        "@type": "DefinedTerm",
        "name": entry["term"],
        "alternateName": entry["aliases"],
        "description": entry["definition"],
        "termCode": entry["slug"],
        "url": f"../../{entry['url']}",
        "inDefinedTermSet": {
            "@type": "DefinedTermSet",
            "name": "Lossary",
            "url": "../../glossary.html",
        },
    }
    linked_data = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Lossary</title>
<meta name="description" content="{text}">
<meta property="og:type" content="article">
<meta property="og:site_name" content="Lossary">
<meta property="og:title" content="{title}">
<meta property="og:description" content="{text}">
<meta name="robots" content="noindex, follow">
<meta http-equiv="refresh" content="0; url={target}">
<script type="application/ld+json">{linked_data}</script>
</head>
<body>
<h1>{title}</h1>
<p>{text}</p>
<p><a href="{target}">Go to the entry</a></p>
</body>
</html>
"""
