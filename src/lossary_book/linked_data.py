"""The entries as schema.org describes them: a DefinedTerm in a DefinedTermSet, as JSON-LD."""

import json
from collections.abc import Sequence
from typing import Any

from sphinx.application import Sphinx

from lossary_book import addresses
from lossary_book.model import Entry

Data = dict[str, Any]


def terms(app: Sphinx, page: str, entries: Sequence[Entry]) -> str:
    """Return the script that tells programs which terms a page defines."""
    whole = addresses.link(app.config, page, app.builder.get_target_uri(addresses.WHOLE))
    term_set = {"@type": "DefinedTermSet", "@id": whole, "name": app.config.project, "url": whole}
    graph = [term_set, *(_term(app, page, entry, whole) for entry in entries)]
    data = {"@context": "https://schema.org", "@graph": graph}
    # "</script>" in a definition would end the script.
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>'


def _term(app: Sphinx, page: str, entry: Entry, whole: str) -> Data:
    address = addresses.link(app.config, page, addresses.of_entry(app, entry))
    term = {
        "@type": "DefinedTerm",
        "@id": address,
        "name": entry.term,
        "alternateName": entry.aliases,
        "description": entry.definition,
        "termCode": entry.slug,
        "url": address,
        "inDefinedTermSet": {"@id": whole},
    }
    return {key: value for key, value in term.items() if value}
