"""Build made-up books of growing size, and see how time, memory and search data grow with them.

``nox -s figures -- scale`` runs it. The entries of a made-up book have what those of the real one
have: names, a definition that links to other entries, an equation that is computed, a contrast,
a cell with an assert. The cells need NumPy only, unless ``--tensorflow`` is given.
"""

import argparse
import gzip
import math
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LISTS = ("glossary.md", "evidence.md", "equations.md")
if not __package__:  # run as a file: python benchmarks/scale.py
    sys.path[0] = str(ROOT)

from benchmarks import record, watch  # noqa: E402

SIZES = (100, 300, 1000, 3000)
ON_PAGE = 10  # entries
IN_CHAPTER = 10  # pages
BROWSER = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]

HEAD = """---
file_format: mystnb
kernelspec:
  name: python3
  display_name: Python 3
---

# {title}

```{{code-cell}} ipython3
import numpy as np

import lossary{more}
```
"""
ENTRY = """
## {term}

:::{{entry}} {term}
:also: {alias}
:kind: concept
:example: here {number}
:shape: `(batch, {number})`
:course: $z_{{{number}}}$
:keras: `layer.{word}`
:evidence: cell-{slug}
:code: lossary.softmax
:source: [A source](https://example.org/{slug})

A {word} of each {{term}}`{first}` that a {{term}}`{second}` has before any {{term}}`{third}`.
:::

{prose}

:::{{equation}} {slug}
:code: {number} * lossary.softmax(z)[j]
:where: z: (N,); j: index of N

a_j = {number} \\cdot \\frac{{e^{{z_j}}}}{{\\sum_{{k=1}}^{{N}} e^{{z_k}}}}
:::

(cell-{slug})=
```{{code-cell}} ipython3
value = {number} * lossary.softmax(np.arange({number}.0))
print(value.round(3))
assert np.isclose(value.sum(), {number})
```

:::{{not-the-same-as}}
- {{term}}`{first}`: another thing, which has {number} more.
:::
"""


def words(rng: random.Random, count: int) -> list[str]:
    """Return made-up words, each another."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(rng.choices(SYLLABLES, k=rng.choice((2, 3, 3, 4))))] = None
    return list(found)


def make(folder: Path, size: int, tensorflow: bool = False) -> list[str]:
    """Write a book of so many entries and return their terms."""
    rng = random.Random(size)
    # A text twice as long has more words, but not twice as many (Heaps' law).
    vocabulary = words(rng, round(60 * math.sqrt(size)))
    weights = [1 / place for place in range(1, len(vocabulary) + 1)]  # Zipf's law
    terms = [" ".join(pair) for pair in _pairs(rng, vocabulary, size)]
    for name in ("_static", "_templates"):
        shutil.copytree(DOCS / name, folder / name)
    for name in ("conf.py", *LISTS):
        shutil.copy(DOCS / name, folder)
    with (folder / "conf.py").open("a") as conf:
        conf.write('html_theme_options["show_navbar_depth"] = 1\n')  # chapters, not all pages
        conf.write("nitpicky = False\n")  # this book has no reference
    pages = [terms[start : start + ON_PAGE] for start in range(0, size, ON_PAGE)]
    for number, own in enumerate(pages):
        text = HEAD.format(title=f"Page {number}: {own[0]}", more=_import(tensorflow))
        for term in own:
            text += _entry(rng, term, terms, rng.choices(vocabulary, weights, k=60))
        (folder / f"page{number}.md").write_text(text)
    _write_contents(folder, len(pages))
    return terms


def _import(tensorflow: bool) -> str:
    return "\n\nimport tensorflow as tf\ntf.ones(2) + 1" if tensorflow else ""


def _pairs(rng: random.Random, vocabulary: list[str], count: int) -> list[tuple[str, ...]]:
    found: dict[tuple[str, ...], None] = {}
    while len(found) < count:
        found[tuple(rng.sample(vocabulary, 2))] = None
    return list(found)


def _entry(rng: random.Random, term: str, terms: list[str], text: list[str]) -> str:
    first, second, third = [other for other in rng.sample(terms, 4) if other != term][:3]
    sentences = [" ".join(text[start : start + 12]).capitalize() for start in range(0, 60, 12)]
    return ENTRY.format(
        term=term, slug=term.replace(" ", "-"), alias=f"{term} {text[0]}", word=term.split()[0],
        first=first, second=second, third=third, number=rng.randint(2, 9),
        prose="".join(f"{sentence}.\n" for sentence in sentences),
    )  # fmt: skip


def _write_contents(folder: Path, pages: int) -> None:
    chapters = range(0, pages, IN_CHAPTER)
    for start in chapters:
        own = "".join(f"page{i}\n" for i in range(start, min(start + IN_CHAPTER, pages)))
        text = f"# Chapter {start // IN_CHAPTER + 1}\n\n```{{toctree}}\n{own}```\n"
        (folder / f"chapter{start}.md").write_text(text)
    own = "".join(f"chapter{start}\n" for start in chapters)
    own += "".join(f"{name}\n" for name in LISTS)
    (folder / "index.md").write_text(f"# Book\n\n```{{toctree}}\n{own}```\n")


def first_result(site: Path, terms: list[str]) -> float:
    """Return the seconds from opening the page of results to the first result, in Chromium.

    The median over some terms, each with a browser context, and so a cache, of its own.
    """
    from playwright.sync_api import sync_playwright  # the rest of this module does without it

    handler = partial(Silent, directory=str(site))
    found = []
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as playwright,
    ):
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        program = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=BROWSER)
        for term in terms:
            page = browser.new_context().new_page()
            start = time.perf_counter()
            query = urlencode({"q": term})
            page.goto(
                f"http://127.0.0.1:{server.server_port}/search.html?{query}", wait_until="commit"
            )
            first = page.locator("[data-result]").first
            first.wait_for(state="attached", timeout=60_000)
            found.append(time.perf_counter() - start)
            title = first.locator(".lossary-hit-title").inner_text()
            if title != term:
                raise SystemExit(f"the search for {term!r} finds {title!r} first")
            page.context.close()
        browser.close()
        server.shutdown()
    return statistics.median(found)


class Silent(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def measure(size: int, tensorflow: bool) -> list[float]:
    """Build a book of so many entries cold; return a row of the table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        docs, out = folder / "docs", folder / "out"
        docs.mkdir()
        terms = make(docs, size, tensorflow)
        command = [sys.executable, "-m", "sphinx", "-W", "--keep-going"]
        run = watch.run([*command, "-d", out / "doctrees", docs, out / "html"], folder / "log")
        data = (out / "html" / "_static" / "search-data.js").read_bytes()
        asked = random.Random(0).sample(terms, 9)
        return [
            size,
            run.seconds,
            run.busy,
            1000 * run.seconds / size,
            run.peak,
            len(gzip.compress(data, mtime=0)) / 1000,
            1000 * first_result(out / "html", asked),
        ]


COLUMNS = {
    "Entries": ",d",
    "Build, s": ".0f",
    "Processor time, s": ".0f",
    "Build per entry, ms": ".0f",
    "Peak memory, GB": ".2f",
    "Search data, kB (gzip)": ".0f",
    "First search result, ms": ".0f",
}


def main() -> None:
    """Measure, print, and record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of entries")
    parser.add_argument("--tensorflow", action="store_true", help="let each page use TensorFlow")
    options = parser.parse_args()
    print(" | ".join(COLUMNS), flush=True)
    rows = []
    for size in options.sizes:
        rows.append(measure(size, options.tensorflow))
        shown = zip(rows[-1], COLUMNS.values(), strict=True)
        print(" | ".join(format(cell, spec) for cell, spec in shown), flush=True)
    if tuple(options.sizes) == SIZES and not options.tensorflow:
        write(rows)


def write(rows: list[list[float]]) -> None:
    """Record the run."""
    small, large = rows[0], rows[-1]
    record.write(
        "scale",
        functions=["lossary_book.search.index", "lossary_book.model.problems"],
        packages=("Sphinx", "myst-nb", "numpy"),
        figures={
            "smallest": small[0],
            "largest": large[0],
            "entries": large[0] / small[0],
            "time": large[1] / small[1],
            "memory": large[4] / small[4],
        },
        tables={"sizes": record.table("Made-up books, built cold", COLUMNS, rows)},
    )


if __name__ == "__main__":
    main()
