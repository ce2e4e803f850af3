"""What the previews of linked entries show: one small file, loaded when the first is asked for."""

import json
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from lossary_book.domain import domain_of
from lossary_book.model import NAME_FIELDS, Entry

# A script and not JSON, since a page that is opened from a file may load scripts only.
SCRIPT = "previews-data.js"


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the previews of all entries, by their address below the root of the site."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    uri = app.builder.get_target_uri
    cards = {
        f"{uri(entry.docname)}#{entry.slug}": card(entry)
        for entry in domain_of(app.env).book().entries
    }
    data = json.dumps(cards, ensure_ascii=False, separators=(",", ":"))
    Path(app.outdir, "_static", SCRIPT).write_text(
        f"window.lossaryPreviews = {data};\n", encoding="utf-8"
    )


def card(entry: Entry) -> dict[str, Any]:
    """Return the headword, the definition, and what is known of shape, example and names."""
    facts = {
        "Example": entry.example,
        "Shape": entry.shape,
        **{title: entry.names.get(key, "") for key, title in NAME_FIELDS.items()},
    }
    return {
        "term": entry.term,
        "code": entry.kind == "name",
        "definition": entry.definition,
        "facts": [[title, text] for title, text in facts.items() if text],
    }
