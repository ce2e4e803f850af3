"""The short link of every entry: what a forum's preview shows, then on to the entry at once."""

import html
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment

from lossary_book import addresses, heads, linked_data, pictures
from lossary_book.domain import domain_of
from lossary_book.model import Entry

PICTURE = "preview.png"


def draw(app: Sphinx, env: BuildEnvironment) -> None:
    """Begin to draw the pictures of all entries; those of pages follow when they are written."""
    domain = domain_of(env)
    if not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    domain.drawer = pictures.Drawer()
    for entry in domain.all_entries() if not domain.quick else ():
        place = Path(app.outdir, addresses.short(entry))
        domain.drawer.draw(place / PICTURE, picture(entry, app.config.project))


def leave_pictures(app: Sphinx, exception: Exception | None) -> None:
    """Leave in the site what was drawn; draw nothing more when a build has failed."""
    drawer = domain_of(app.env).drawer
    if drawer and exception is None:
        drawer.finish()
    elif drawer:
        drawer.stop()


def write(app: Sphinx, entries: list[Entry]) -> None:
    """Write ``t/<slug>/`` for every entry, and drop those of entries that are gone."""
    for entry in entries:
        place = Path(app.outdir, addresses.short(entry))
        addresses.leave(place / "index.html", page(app, entry).encode())
    known = {entry.slug for entry in entries}
    for gone in [path for path in Path(app.outdir, "t").glob("*") if path.name not in known]:
        shutil.rmtree(gone)


def picture(entry: Entry, site: str) -> pictures.Picture:
    """Return what an entry's picture shows."""
    facts = (("shape", entry.shape), ("example", entry.example))
    shown = tuple((name, value) for name, value in facts if value)
    return pictures.Picture(entry.term, entry.definition, shown, entry.kind == "name", site)


def page(app: Sphinx, entry: Entry) -> str:
    """Return the page behind a short link. It leads on without a script, and from a file too."""
    config, own = app.config, addresses.short(entry)
    place = addresses.of_entry(app, entry)
    target = html.escape(addresses.relative(own, place))
    title, text = html.escape(entry.term), html.escape(entry.definition)
    card = heads.Card(entry.term, entry.definition, own, f"{own}{PICTURE}", "article")
    return f"""<!doctype html>
<html lang="{config.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {html.escape(config.project)}</title>
<meta name="description" content="{text}">
{heads.tags(config, own, card)}
<!-- Discourse would show the preview of the canonical page, which is that of the whole topic. -->
<meta property="og:ignore_canonical" content="true">
<link rel="canonical" href="{html.escape(addresses.link(config, own, place))}">
{_icon(app, own)}<meta http-equiv="refresh" content="0; url={target}">
{linked_data.terms(app, own, [entry])}
</head>
<body>
<h1>{title}</h1>
<p>{text}</p>
<p><a href="{target}">Go to the entry</a></p>
</body>
</html>
"""


def _icon(app: Sphinx, own: str) -> str:
    if not app.config.html_favicon:
        return ""
    icon = addresses.relative(own, f"_static/{Path(app.config.html_favicon).name}")
    return f'<link rel="icon" href="{html.escape(icon)}">\n'
