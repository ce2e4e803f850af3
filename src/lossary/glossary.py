"""The book's entries outside the browser: what ``python -m lossary kernel`` and notebooks show."""

import difflib
import html
import json
import os
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
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
    site: str = ""  # the address of the book that the entry is from, where it has one

    @property
    def term(self) -> str:
        """The headword."""
        return str(self.data["term"])

    def rows(self) -> list[tuple[str, list[str]]]:
        """Return (title, lines) of all parts behind the definition that the entry has."""
        entry = self.data
        page = entry["short_url"] if self.site.startswith("http") else entry["url"]
        rows = [
            ("also called", [", ".join(entry["aliases"])]),
            ("example", [entry.get("example", "")]),
            ("shape", [entry["shape"]]),
            ("values", [entry.get("domain", "")]),
            ("unit", [entry.get("unit", "")]),
            *((title, [entry["names"].get(key, "")]) for key, title in NAMES.items()),
            ("equation", [one.get("text") or one["latex"] for one in entry["equations"]]),
            ("code", [", ".join(entry["code"])]),
            ("not the same as", [", ".join(entry["not_the_same_as"])]),
            ("evidence", [self._evidence(one) for one in entry["evidence"]]),
            ("page", [self.site + page]),
        ]
        return [(title, lines) for title, lines in rows if any(lines)]

    def _evidence(self, cell: dict[str, Any]) -> str:
        claims = "1 claim" if cell["asserts"] == 1 else f"{cell['asserts']} claims"
        return f"{self.site}{cell['url']} ({claims})"

    def text(self, width: int = 88, mark: Callable[[str], str] = str) -> str:
        """Return the entry as text of a width; ``mark`` sets off the headword and the titles."""
        rows = self.rows()
        column = max(len(title) for title, _ in rows) + 4
        beside = width >= 2 * column  # in a narrow terminal the text stands below its title
        indent = " " * (column if beside else 4)
        found = [mark(self.term), *_wrapped(self.data["definition"], width), ""]
        for title, lines in rows:
            wrapped = [line for one in lines for line in _wrapped(one, width, indent)]
            head = mark(f"  {title}")
            if beside:
                found.append(head + " " * (column - 2 - len(title)) + wrapped.pop(0).lstrip())
            else:
                found.append(head)
            found += wrapped
        return "\n".join(found)

    def __str__(self) -> str:
        """Return the entry as text."""
        return self.text()

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(title)}</th>"
            f"<td style='text-align:left'>{'<br>'.join(map(_linked, lines))}</td></tr>"
            for title, lines in self.rows()
        )
        definition = html.escape(self.data["definition"])
        return f"<p><b>{html.escape(self.term)}</b>: {definition}</p><table>{rows}</table>"


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        max(width, len(indent) + 20),
        initial_indent=indent,
        subsequent_indent=indent,
        # An address stays in one piece, to be clicked.
        break_long_words=False,
        break_on_hyphens=False,
    )


def _linked(line: str) -> str:
    address, space, rest = line.partition(" ")
    if not address.startswith(("https://", "http://")):
        return html.escape(line)
    return f'<a href="{html.escape(address)}">{html.escape(address)}</a>{html.escape(space + rest)}'


def load() -> dict[str, Any]:
    """Return the glossary: named by LOSSARY_GLOSSARY, installed, or built in this checkout."""
    named = os.environ.get(VARIABLE)
    places = [Path(named)] if named else [_installed(), *_built()]
    for place in places:
        if place.is_file():
            try:
                found = json.loads(place.read_text(encoding="utf-8"))
                if isinstance(found["entries"], list):
                    return {"address": _site(place), **found}
            except (OSError, ValueError, KeyError, TypeError):
                pass
            raise NoGlossaryError(f"{place}: expected the glossary.json of a build of the book.")
    raise NoGlossaryError(
        f"No glossary found at {' or '.join(map(str, places))}. "
        "Build the book in a checkout (nox -s docs), install a wheel of it, "
        f"or name a glossary.json in the variable {VARIABLE}."
    )


def _installed() -> Traversable:
    return resources.files("lossary").joinpath("glossary.json")


def _built() -> list[Path]:
    """Return where a checkout has the glossary; an installed package has no such place."""
    root = Path(__file__).parents[2]
    known = (root / "pyproject.toml").is_file()
    return [root / "docs" / "_build" / "html" / "glossary.json"] if known else []


def _site(place: Path | Traversable) -> str:
    """Return the address of the site that a glossary without one lies in, if it does."""
    if isinstance(place, Path) and (place.parent / "index.html").is_file():
        return f"{place.parent.resolve().as_uri()}/"
    return ""


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


def nearest(term: str, glossary: dict[str, Any]) -> list[str]:
    """Return the names that come closest to one that the glossary does not have."""
    typed = fold(term)
    written = {
        fold(name): name
        for entry in reversed(glossary["entries"])
        for name in (*reversed(entry["aliases"]), entry["term"])
    }
    close = difflib.get_close_matches(typed, written, n=3, cutoff=0.6)
    longer = sorted((name for name in written if typed and f" {typed}" in f" {name}"), key=len)
    return [written[name] for name in dict.fromkeys([*close, *longer][:5])]


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
    glossary = load()
    known = names(glossary)
    entries = known.get(fold(term), [])
    if not entries:
        near = nearest(term, glossary)
        hint = f" Did you mean {', '.join(near)}?" if near else " List all with: --list"
        raise NoEntryError(f"No entry {term!r}.{hint}")
    exact = [entry for entry in entries if term in (entry["term"], *entry["aliases"])]
    return Definition((exact or entries)[0], glossary["address"])
