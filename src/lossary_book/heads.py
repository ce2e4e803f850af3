"""What search engines and forums read in the head of a page: description, preview, terms."""

import html
import importlib.metadata
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from lossary_book import addresses, linked_data, pictures
from lossary_book.domain import domain_of
from lossary_book.entries import plain

LONGEST = 200  # characters of a description; search engines show about 160
FOLDER = "previews"


@dataclass(frozen=True)
class Card:
    """What a forum shows of a page."""

    title: str
    description: str
    path: str  # the page's own, from the site's folder
    picture: str  # likewise
    kind: str


def tags(config: Config, page: str, card: Card) -> str:
    """Return a page's Open Graph and Twitter tags."""
    picture = addresses.link(config, page, card.picture)
    width, height = pictures.SIZE
    properties = {
        "og:type": card.kind,
        "og:site_name": config.project,
        "og:title": card.title,
        "og:description": card.description,
        "og:url": addresses.absolute(config, card.path),  # there is none without an address
        "og:image": picture,
        "og:image:type": "image/png",
        "og:image:width": str(width),
        "og:image:height": str(height),
        "og:image:alt": f"{card.title}: {card.description}",
    }
    names = {
        "twitter:card": "summary_large_image",
        "twitter:title": card.title,
        "twitter:description": card.description,
        "twitter:image": picture,
    }
    return "\n".join(
        f'<meta {key}="{name}" content="{html.escape(content)}">'
        for key, group in (("property", properties), ("name", names))
        for name, content in group.items()
        if content
    )


def add(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Describe a page that is about to be written."""
    if pagename == getattr(app.config, "notfound_pagename", ""):
        # It is shown at any address and depth, and no search engine shall keep it.
        context |= {"content_root": app.config.notfound_urls_prefix, "pageurl": None}
    title = html.unescape(re.sub(r"<[^>]+>", "", context.get("title", ""))) or app.config.project
    text = (described(doctree) if doctree else "") or _nothing_said(title)
    found = ""
    if not (doctree and _by_hand(doctree)):
        found = f'<meta name="description" content="{html.escape(text)}">\n'
    if doctree:
        found += _preview(app, pagename, title, text)
    context["metatags"] = context.get("metatags", "") + found


def draw(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Begin to draw the picture of a page that is about to be written."""
    if drawer := domain_of(app.env).drawer:
        title = app.env.titles[docname].astext()
        entries = domain_of(app.env).entries.get(docname, [])
        names = ", ".join(entry.term for entry in entries if not entry.compact)
        facts = (("defines", names),) if names else ()
        shown = pictures.Picture(title, described(doctree) or _nothing_said(title), facts)
        drawer.draw(Path(app.outdir, _picture(docname)), shown)


def _picture(docname: str) -> str:
    return f"{FOLDER}/{docname}.png"


def _nothing_said(title: str) -> str:
    return f"{title}. {importlib.metadata.metadata('lossary')['Summary']}."


def _preview(app: Sphinx, pagename: str, title: str, text: str) -> str:
    path = app.builder.get_target_uri(pagename)
    kind = "website" if pagename == "index" else "article"
    card = Card(title, text, path, _picture(pagename), kind)
    entries = domain_of(app.env).entries.get(pagename, [])
    found = tags(app.config, path, card)
    if entries or pagename == addresses.WHOLE:
        found = f"{found}\n{linked_data.terms(app, path, entries)}"
    return found


def _by_hand(doctree: nodes.document) -> str:
    """Return the description that an author wrote, as ``html_meta`` in the page's front matter."""
    meta = [node for node in doctree.findall(nodes.meta) if node.get("name") == "description"]
    return str(meta[0]["content"]) if meta else ""


def described(doctree: nodes.document) -> str:
    """Return a page's description: its author's, or its first sentences."""
    by_hand = _by_hand(doctree)
    if by_hand:
        return by_hand
    section = next(iter(doctree.findall(nodes.section)), doctree)
    first = next((node for node in section.children if isinstance(node, nodes.paragraph)), None)
    sentences = re.split(r"(?<=[.?!]) (?=[^a-z])", plain(first)) if first is not None else []
    text = ""
    for sentence in sentences:
        if text and len(text) + len(sentence) >= LONGEST:
            break
        text = f"{text} {sentence}".strip()
    return text
