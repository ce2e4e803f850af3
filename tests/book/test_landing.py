"""A definition that loses its evidence cannot land: tried on a copy of a real page of the book.

The page is copied as it is. So that it builds in seconds, without the cells of the other pages,
one page stands in for all of them: it holds an entry for each term that the copied page links to.
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lossary

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = "topics/from-logits.md"
ENTRY, FUNCTION = "log-sum-exp", "logsumexp"

FRONT = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n  display_name: Python 3\n---\n\n"
CELL = """
({label})=
```{{code-cell}} ipython3
import lossary
assert lossary.relu(-1.0) == 0
```
"""
STUB = """
## {term}

:::{{entry}} {term}
:slug: elsewhere-{number}
:kind: concept
:evidence: cell-elsewhere
:code: lossary.relu
:source: another page of the book

What another page of the book explains.
:::
"""


def elsewhere(text):
    """Return a page that holds the entries and cells of other pages that a page links to."""
    own = set(re.findall(r"^:::+ *\{entry\} (.+)", text, re.MULTILINE))
    own |= {name.strip() for names in re.findall(r"^:also: (.+)", text, re.MULTILINE)
            for name in names.split(",")}  # fmt: skip
    links = re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", text)
    terms = sorted({" ".join(link.split()) for link in links} - own)
    cells = {"cell-elsewhere", *re.findall(r"\]\(#(cell-[\w-]+)\)", text)}
    cells -= set(re.findall(r"^\((cell-[\w-]+)\)=", text, re.MULTILINE))
    parts = [FRONT, "# Elsewhere\n", *(CELL.format(label=label) for label in sorted(cells))]
    parts += [STUB.format(term=term, number=number) for number, term in enumerate(terms)]
    return "".join(parts)


@pytest.fixture
def docs(tmp_path):
    """Return a small book: one page of the real one, and one that stands in for the others."""
    folder = tmp_path / "docs"
    page = folder / PAGE
    page.parent.mkdir(parents=True)
    shutil.copy(DOCS / PAGE, page)
    for name in ("_static", "_templates"):
        if (DOCS / name).exists():
            shutil.copytree(DOCS / name, folder / name)
    shutil.copy(DOCS / "conf.py", folder)
    (folder / "elsewhere.md").write_text(elsewhere(page.read_text("utf-8")), "utf-8")
    functions = "".join(f".. py:function:: lossary.{name}\n\n" for name in lossary.__all__)
    reference = f"# Reference\n\n```{{eval-rst}}\n{functions}```\n"
    (folder / "functions.md").write_text(reference, "utf-8")
    index = f"# A small book\n\n```{{toctree}}\n{PAGE}\nelsewhere\nfunctions\n```\n"
    (folder / "index.md").write_text(index, "utf-8")
    return folder


def build(docs, source=ROOT / "src"):
    """Build the book as ``nox -s docs`` does; return the exit code and what it said."""
    out = docs.parent / "_build"
    result = subprocess.run(
        [sys.executable, "-m", "sphinx", "-b", "html", "-n", "-W", "--keep-going", "-q",
         "-d", out / "doctrees", docs, out / "html"],
        env=os.environ | {"PYTHONPATH": str(source), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )  # fmt: skip
    return result.returncode, result.stderr


def place(text):
    """Return the place that a message about the entry names."""
    line = text.splitlines().index(f":::{{entry}} {ENTRY}") + 1
    return f"{PAGE}:{line}: "


def evidence(text):
    """Return the label of the first cell that proves the entry."""
    start = text.index(f":::{{entry}} {ENTRY}\n")
    return re.compile(r"^:evidence: (\S+)", re.MULTILINE).search(text, start).group(1)


def falsified(text):
    """Return the page with the first assert of that cell turned into its contrary."""
    start = text.index("ipython3\n", text.index(f"({evidence(text)})=\n")) + len("ipython3\n")
    code = text[start : text.index("```", start)]
    test = next(s.test for s in ast.parse(code).body if isinstance(s, ast.Assert))
    claim = ast.get_source_segment(code, test)
    changed = code.replace(f"assert {claim}", f"assert not ({claim})")
    assert changed != code
    return text[:start] + changed + text[start + len(code) :]


def said(message, where, *parts):
    """Tell whether one line of a build's output stands at a place and says all that it must."""
    return any(where in line and all(p in line for p in parts) for line in message.splitlines())


def test_page_as_it_is_lands(docs):
    code, message = build(docs)
    assert message == ""
    assert code == 0


def test_deleted_label_does_not_land(docs):
    page = docs / PAGE
    text = page.read_text("utf-8")
    label = evidence(text)
    assert text.count(f"({label})=\n") == 1
    text = text.replace(f"({label})=\n", "")
    page.write_text(text, "utf-8")
    code, message = build(docs)
    assert code != 0
    problem = f"entry '{ENTRY}' names '{label}' as evidence, a label that the book does not have."
    remedy = f"Write ({label})= before its code cell."
    assert said(message, place(text), problem, remedy, "[lossary.evidence]"), message


def test_false_assert_does_not_land(docs):
    page = docs / PAGE
    text = falsified(page.read_text("utf-8"))
    page.write_text(text, "utf-8")
    code, message = build(docs)
    assert code != 0
    problem = f"entry '{ENTRY}' has cell '{evidence(text)}'"
    remedy = "failed with AssertionError. Mend the cell or the definition."
    assert said(message, place(text), problem, remedy, "[lossary.evidence]"), message


def test_renamed_function_does_not_land(docs, tmp_path):
    ignore = shutil.ignore_patterns("__pycache__")
    source = Path(shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignore))
    renamed = 0
    for path in (source / "lossary").glob("*.py"):
        text, times = re.subn(rf"\b{FUNCTION}\b", f"{FUNCTION}_of", path.read_text("utf-8"))
        path.write_text(text, "utf-8")
        renamed += times
    assert renamed > 2
    text = (docs / PAGE).read_text("utf-8")
    code, message = build(docs, source)
    assert code != 0
    problem = f"entry '{ENTRY}' has cell '{evidence(text)}'"
    assert said(message, place(text), problem, "with AttributeError. Mend", "[lossary.evidence]"), (
        message
    )
