"""The book for programs that read text: ``llms.txt`` says what there is, ``glossary.txt`` is it.

``llms.txt`` has the form of https://llmstxt.org: a heading, a summary, lists of links.
"""

import importlib.metadata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from lossary.glossary import Definition
from lossary_book import addresses

INDEX = "llms.txt"
GLOSSARY = "glossary.txt"
FILES = {
    GLOSSARY: "every entry in full, as text",
    "glossary.json": "the same as data, with the versions that the cells ran on",
    "glossary.schema.json": "the JSON Schema of that file",
    "objects.inv": "where every term is, for Sphinx projects that link here",
}


def write(app: Sphinx, entries: list[dict[str, Any]]) -> None:
    """Write both files."""
    out = Path(app.outdir)
    addresses.leave(out / INDEX, "\n".join(index(app, entries)).encode())
    addresses.leave(out / GLOSSARY, "\n".join(glossary(app, entries)).encode())


def index(app: Sphinx, entries: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of llms.txt."""
    yield f"# {app.config.project}\n"
    yield f"> {importlib.metadata.metadata('lossary')['Summary']}.\n"
    yield (
        "Each entry has a definition, its names in Keras, PyTorch, scikit-learn and NumPy, its\n"
        "shape, its formula, and the code cells that showed it to be true in this build."
    )
    titles = {docname: app.env.titles[docname].astext() for docname in app.env.collect_relations()}
    yield "\n## Pages\n"
    yield from _links(app, ((t, app.builder.get_target_uri(d), "") for d, t in titles.items()))
    yield "\n## Entries\n"
    yield from _links(app, ((e["term"], e["short_url"], e["definition"]) for e in entries))
    yield "\n## For programs\n"
    yield from _links(app, ((name, name, says) for name, says in FILES.items()))
    yield ""


def _links(app: Sphinx, links: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    for title, place, says in links:
        name = title.replace("[", r"\[").replace("]", r"\]")
        line = f"- [{name}]({addresses.link(app.config, INDEX, place)})"
        yield f"{line}: {says}" if says else line


def glossary(app: Sphinx, entries: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the entries as the command line prints them, in the order of the letters."""
    yield f"{app.config.project} {app.config.release}, {len(entries)} entries\n"
    for entry in entries:
        yield Definition(entry, app.config.html_baseurl).text()
        yield ""
