"""The book's entries outside the browser: what ``python -m lossary kernel`` and notebooks show."""

import difflib
import html
import json
import os
import textwrap
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

VARIABLE = "LOSSARY_GLOSSARY"
NAMES = {
    "course": "Course",
    "keras": "Keras",
    "pytorch": "PyTorch",
    "jax": "JAX",
    "sklearn": "scikit-learn",
    "numpy": "NumPy",
}


class NoGlossaryError(LookupError):
    """No glossary was built yet, or installed with the package."""


class NoEntryError(LookupError):
    """The glossary has no entry of that name."""


@dataclass(frozen=True)
class Definition:
    """One entry of the glossary; it prints as text, and shows as a table in a notebook."""

    data: dict[str, Any]

    @property
    def term(self) -> str:
        """The headword."""
        return str(self.data["term"])

    def rows(self) -> list[tuple[str, str]]:
        """Return (title, text) of all parts behind the definition that the entry has."""
        entry = self.data
        rows = [
            ("also called", ", ".join(entry["aliases"])),
            ("example", entry.get("example", "")),
            ("shape", entry["shape"]),
            ("values", entry.get("domain", "")),
            ("unit", entry.get("unit", "")),
            *((title, entry["names"].get(key, "")) for key, title in NAMES.items()),
            *(("equation", equation["latex"]) for equation in entry["equations"]),
            ("code", ", ".join(entry["code"])),
            ("evidence", ", ".join(f"{e['url']} ({e['asserts']})" for e in entry["evidence"])),
            ("not the same as", ", ".join(entry["not_the_same_as"])),
            ("page", entry["url"]),
        ]
        return [(title, text) for title, text in rows if text]

    def __str__(self) -> str:
        """Return the entry as text for a terminal."""
        width = max(len(title) for title, _ in self.rows())
        lines = [self.term, *textwrap.wrap(self.data["definition"], 88), ""]
        for title, text in self.rows():
            indent = " " * (width + 4)
            wrapped = textwrap.wrap(
                text, 88, initial_indent=indent, subsequent_indent=indent, break_long_words=False
            )
            lines += [f"  {title:<{width}}  {wrapped[0].strip()}", *wrapped[1:]]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(title)}</th>"
            f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
            for title, text in self.rows()
        )
        definition = html.escape(self.data["definition"])
        return f"<p><b>{html.escape(self.term)}</b>: {definition}</p><table>{rows}</table>"


def load() -> dict[str, Any]:
    """Return the glossary: named by LOSSARY_GLOSSARY, installed, or built in this checkout."""
    named = os.environ.get(VARIABLE)
    places = [Path(named)] if named else [_installed(), _built()]
    for place in places:
        if place.is_file():
            try:
                found = json.loads(place.read_text(encoding="utf-8"))
                if isinstance(found["entries"], list):
                    return dict(found)
            except (ValueError, KeyError, TypeError):
                pass
            raise NoGlossaryError(f"{place}: expected the glossary.json of a build of the book.")
    raise NoGlossaryError(
        f"No glossary found at {' or '.join(map(str, places))}. "
        "Build the book in a checkout (nox -s docs), install a wheel of it, "
        f"or name a glossary.json in the variable {VARIABLE}."
    )


def _installed() -> Path:
    return Path(str(resources.files("lossary") / "glossary.json"))


def _built() -> Path:
    return Path(__file__).parents[2] / "docs" / "_build" / "html" / "glossary.json"


def fold(name: str) -> str:
    """Return the form in which a typed name is compared: case, hyphens and underscores aside."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def names(glossary: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return every headword and alias, folded, with the entries that bear it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in glossary["entries"]:
        for name in (entry["term"], *entry["aliases"]):
            found.setdefault(fold(name), []).append(entry)
    return found


def define(term: str) -> Definition:
    """Return the glossary's entry of a word.

    .. rubric:: Matching

    Letter case, hyphens and underscores are set aside, unless two entries differ in nothing else,
    as W and w do.

    Parameters
    ----------
    term
        A headword, or another name of one: ``"kernel"``, ``"weight matrix"``.

    Returns
    -------
    Definition
        Prints as text, and shows as a table in a notebook.

    Raises
    ------
    TypeError
        If ``term`` is no string.
    NoEntryError
        If no entry has the name ``term``; the message names the nearest. It is a LookupError.
    NoGlossaryError
        If there is no glossary to read; the message says how to get one. It is a LookupError.

    Notes
    -----
    The glossary is that of the last build of the book, or the one inside an installed wheel.

    References
    ----------
    ``glossary.schema.json``, beside ``glossary.json`` on the site.

    Examples
    --------
    >>> define(42)
    Traceback (most recent call last):
        ...
    TypeError: term: expected a word such as 'kernel', got int.
    """
    if not isinstance(term, str):
        raise TypeError(f"term: expected a word such as 'kernel', got {type(term).__name__}.")
    known = names(load())
    entries = known.get(fold(term), [])
    if not entries:
        near = difflib.get_close_matches(fold(term), known, n=3, cutoff=0.6)
        hint = f" Did you mean {', '.join(near)}?" if near else " List all with: --list"
        raise NoEntryError(f"No entry {term!r}.{hint}")
    exact = [entry for entry in entries if term in (entry["term"], *entry["aliases"])]
    return Definition((exact or entries)[0])
