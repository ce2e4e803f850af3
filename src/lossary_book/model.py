"""The book's data, and the pure functions that decide what is wrong with it. No Sphinx here."""

import ast
import functools
import importlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lossary_book import claims

KINDS = ("name", "symbol", "concept")
NAME_FIELDS = {
    "course": "Course",
    "keras": "Keras",
    "pytorch": "PyTorch",
    "jax": "JAX",
    "sklearn": "scikit-learn",
    "numpy": "NumPy",
}
MAX_WORDS = 30
MAX_DECLARED = 0.1  # the share of equations that may compute nothing


@dataclass(frozen=True)
class Cell:
    """An executed code cell as a page shows it."""

    docname: str
    line: int  # where its code begins, below the fence and the options
    labels: tuple[str, ...]
    source: str
    shown: bool
    executed: bool
    error: str = ""  # the name of the exception that it raised
    expects: str = ""  # the exception that its `raises` option names
    may_raise: bool = False  # tagged raises-exception, so that the page goes on after it
    printed: str = ""  # what it wrote to standard output

    @property
    def failed(self) -> bool:
        """Whether it raised what it does not announce, or announced what it did not raise."""
        return self.error != self.expects

    @property
    def claims(self) -> int:
        """How many claims ran: the asserts, and an exception that was announced and came."""
        return len(claims.asserts(claims.parse(self.source))) + bool(self.expects)


@dataclass
class Contrast:
    """One line of *Not the same as*."""

    line: int
    text: str
    target: str  # the term that it links to; empty if none


@dataclass
class Mistake:
    """A wrong cell and the right one beside it."""

    line: int
    wrong: str
    right: str


@dataclass
class Equation:
    """A displayed formula, as the reader sees it."""

    label: str
    docname: str
    line: int
    latex: str
    code: str = ""
    declares: str = ""
    draws: int = 0  # how many random inputs it was computed on
    deviation: float = 0.0  # the greatest relative difference from the code
    problem: str = ""  # why it is not shown to be right


@dataclass
class Entry:
    """One section of the glossary."""

    term: str
    slug: str
    docname: str
    line: int
    heading: str = ""
    compact: bool = False  # a parameter that shares a section, and bears its name itself
    kind: str = ""
    definition: str = ""
    uses: tuple[str, ...] = ()  # the terms that the definition links to
    aliases: tuple[str, ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    example: str = ""
    shape: str = ""
    domain: str = ""
    unit: str = ""
    sources: list[tuple[str, str]] = field(default_factory=list)  # title, address
    code: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    contrasts: list[Contrast] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    equations: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Problem:
    """What is wrong, where, and how to mend it."""

    code: str
    docname: str
    line: int
    message: str


@dataclass
class Book:
    """All that the checks look at: entries, cells in page order, labels, equations."""

    entries: list[Entry]
    cells: Mapping[str, list[Cell]]  # docname -> its cells in order
    labels: Mapping[str, str]  # every label of the book -> docname
    equations: list[Equation] = field(default_factory=list)
    stray: list[Equation] = field(default_factory=list)  # displayed, and no equation directive
    found: list[Problem] = field(default_factory=list)  # by directives, while they read a page

    def __post_init__(self) -> None:
        """Index what is looked up by name; a search for each of N entries would take N² steps."""
        self.by_label = {
            label: cell for cells in self.cells.values() for cell in cells for label in cell.labels
        }
        self.by_name = {
            fold(name): entry for entry in self.entries for name in (entry.term, *entry.aliases)
        }
        self.by_lower_name = {name.lower(): entry for name, entry in self.by_name.items()}
        self.by_slug = {entry.slug: entry for entry in self.entries}
        self.equation_by_label = {equation.label: equation for equation in self.equations}

    @functools.cached_property
    def imported(self) -> dict[tuple[str, int], dict[str, str]]:
        """What a page has imported when a cell has run, by page and the cell's line."""
        found = {}
        for docname, cells in self.cells.items():
            names: dict[str, str] = {}
            for cell in cells:
                names = found[docname, cell.line] = claims.imports(claims.parse(cell.source), names)
        return found

    def parameter(self, name: str, owner: str) -> Entry | None:
        """Return the entry of a parameter: of that object if it has one of its own, else of all."""
        return self.by_name.get(fold(f"{name} of {owner}")) or self.entry_named(name)

    def entry_named(self, name: str) -> Entry | None:
        """Return the entry that a link means, as Sphinx resolves it: letter case last."""
        folded = fold(name)
        return self.by_name.get(folded) or self.by_lower_name.get(folded.lower())

    def users(self) -> dict[str, list[str]]:
        """Return, for each entry by its slug, the entries whose definitions link to it."""
        found: dict[str, list[str]] = {entry.slug: [] for entry in self.entries}
        for user in sorted(self.entries, key=lambda entry: entry.term.lower()):
            used = {entry.slug for entry in map(self.entry_named, user.uses) if entry is not None}
            for slug in sorted(used - {user.slug}):
                found[slug].append(user.slug)
        return found


def fold(name: str) -> str:
    """Return the form in which two names count as one: hyphen, underscore and space are alike.

    Letter case counts, since the matrix W and the vector w are two things.
    """
    return " ".join(re.sub(r"[-_]", " ", name).split())


def problems(book: Book) -> list[Problem]:
    """Return everything that keeps the book from being proven, in page order."""
    found = list(book.found)
    for entry in book.entries:
        found += _entry_problems(entry, book)
    found += _duplicates(book.entries)
    found += _equation_problems(book.equations)
    found += _stray_problems(book)
    for cells in book.cells.values():
        found += _cell_problems(tuple(cells))
    return sorted(found, key=lambda problem: (problem.docname, problem.line, problem.message))


Report = Callable[[str, str], Problem]


def _report(entry: Entry, line: int) -> Report:
    def report(code: str, text: str) -> Problem:
        return Problem(code, entry.docname, line, f"entry {entry.term!r} {text}")

    return report


def _entry_problems(entry: Entry, book: Book) -> Iterator[Problem]:
    problem = _report(entry, entry.line)

    if fold(entry.heading).lower() != fold(entry.term).lower():
        where = f"stands under the heading {entry.heading!r}"
        if not entry.heading:
            where = "does not stand first below a heading"
        yield problem("entry", f"{where}. Put it first below a heading {entry.term!r}.")
    if entry.kind not in KINDS:
        yield problem("entry", f"has kind {entry.kind!r}. Use one of {', '.join(KINDS)}.")
    if not entry.sources:
        yield problem("entry", "has no source. Name the page or paper that the usage comes from.")
    yield from _definition(entry, problem)
    for contrast in entry.contrasts:
        if book.entry_named(contrast.target) is None:
            yield _report(entry, contrast.line)(
                "contrast",
                f"has a 'not-the-same-as' line without a link to an entry: {contrast.text[:60]!r}. "
                "Begin it with {term}`headword`.",
            )
    for mistake in entry.mistakes:
        for label in (mistake.wrong, mistake.right):
            yield from _shown_cell(label, book, _report(entry, mistake.line), "mistake")
    yield from _evidence(entry, book, problem)


def _definition(entry: Entry, problem: Report) -> Iterator[Problem]:
    words = len(entry.definition.split())
    if not words:
        yield problem(
            "definition", "has no definition. Write one sentence in the directive's body."
        )
    elif words > MAX_WORDS:
        yield problem(
            "definition",
            f"has a definition of {words} words. Say it in one sentence of at most {MAX_WORDS}.",
        )
    elif re.search(r"[.;!?]\s+\S", entry.definition):
        yield problem("definition", "has a definition of several sentences. Say it in one.")


def _shown_cell(label: str, book: Book, problem: Report, field_name: str) -> Iterator[Problem]:
    """Yield what keeps a label from being a cell that ran in sight of the reader."""
    cell = book.by_label.get(label)
    if cell is None:
        where = book.labels.get(label)
        yield problem(
            "evidence",
            f"names {label!r} as {field_name}, "
            + (
                f"a label in {where} that is no code cell. Put ({label})= right before the cell."
                if where
                else f"a label that the book does not have. Write ({label})= before its code cell."
            ),
        )
        return
    page = book.cells[cell.docname]
    before = [other for other in page if other.line < cell.line and other.failed]
    at = f"cell {label!r} ({cell.docname}, line {cell.line})"
    if not cell.executed and not before:
        yield problem(
            "evidence", f"has {at} as {field_name}, which was not executed. Let the page execute."
        )
    elif not cell.shown:
        yield problem(
            "evidence",
            f"has {at} as {field_name}, which the page hides. Drop the tag that removes its code.",
        )
    elif before:
        yield problem(
            "evidence",
            f"has {at} as {field_name}, but an earlier cell of the page failed in line "
            f"{before[0].line} with {_outcome(before[0])}. Mend that cell first.",
        )
    elif cell.failed:
        yield problem(
            "evidence",
            f"has {at} as {field_name}, which failed with {_outcome(cell)}. "
            "Mend the cell or the definition.",
        )


def _outcome(cell: Cell) -> str:
    return cell.error or f"no exception where {cell.expects} was expected"


def _evidence(entry: Entry, book: Book, problem: Report) -> Iterator[Problem]:
    if not entry.evidence:
        yield problem(
            "evidence", "has no evidence cell. Name an executed cell in its 'evidence' field."
        )
        return
    for label in entry.evidence:
        yield from _shown_cell(label, book, problem, "evidence")
    cells = [book.by_label[label] for label in entry.evidence if label in book.by_label]
    for label in entry.evidence:
        if label in book.by_label and not book.by_label[label].claims:
            yield problem(
                "evidence",
                f"has {label!r} as evidence, a cell without an assert. "
                "Assert what the entry claims.",
            )
    read = [_read(cell, book) for cell in cells]
    if entry.kind == "name":
        name = entry.term.rpartition(".")[2]
        if read and not any(name in claims.used_names(tree) for tree, _ in read):
            yield problem(
                "name",
                f"is a name that none of its evidence cells uses. Use {name} in one of them.",
            )
    if not entry.code:
        yield problem("code", "names no code. Fill its 'code' field, as in: lossary.softmax.")
    for path in entry.code:
        if read and not any(claims.uses(path, tree, imported) for tree, imported in read):
            yield problem("code", _why_unused(path))


def _read(cell: Cell, book: Book) -> tuple[ast.Module, dict[str, str]]:
    """Return the parsed cell, and what its page imported up to it."""
    return claims.parse(cell.source), book.imported[cell.docname, cell.line]


def _why_unused(path: str) -> str:
    if exists(path):
        return f"claims {path}, which none of its evidence cells uses. Use it in a cell or drop it."
    return f"claims {path}, which does not exist. Name code that can be imported."


def exists(path: str) -> bool:
    """Tell whether a dotted name leads to something importable."""
    parts = claims.canonical(path).split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for name in parts[cut:]:
            if not hasattr(found, name):
                return False
            found = getattr(found, name)
        return True
    return False


def _duplicates(entries: Iterable[Entry]) -> Iterator[Problem]:
    names: dict[str, Entry] = {}
    slugs: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda e: (e.docname, e.line)):
        taken = [
            ("slug", entry.slug, slugs.setdefault(entry.slug, entry)),
            *(("name", n, names.setdefault(fold(n), entry)) for n in (entry.term, *entry.aliases)),
        ]
        for what, text, owner in taken:
            if owner is not entry:
                yield Problem(
                    "duplicate",
                    entry.docname,
                    entry.line,
                    f"entry {entry.term!r} has the {what} {text!r}, which entry {owner.term!r} "
                    f"({owner.docname}, line {owner.line}) has already. Give each its own.",
                )


def _equation_problems(equations: list[Equation]) -> Iterator[Problem]:
    labels: dict[str, Equation] = {}
    for equation in equations:
        text = equation.problem
        owner = labels.setdefault(equation.label, equation)
        if owner is not equation:
            text = f"has a label that {owner.docname}, line {owner.line} has already."
        if text:
            message = f"equation {equation.label!r} {text}"
            yield Problem("equation", equation.docname, equation.line, message)
    declared = [equation for equation in equations if equation.declares]
    if len(declared) > MAX_DECLARED * len(equations):
        last = declared[-1]
        yield Problem(
            "equation",
            last.docname,
            last.line,
            f"{len(declared)} of {len(equations)} equations compute nothing, more than "
            f"{MAX_DECLARED:.0%}. Give equation {last.label!r} its code.",
        )


def _stray_problems(book: Book) -> Iterator[Problem]:
    computed = {" ".join(equation.latex.split()) for equation in book.equations}
    for formula in book.stray:
        if formula.latex not in computed:
            yield Problem(
                "equation",
                formula.docname,
                formula.line,
                f"a displayed formula that nothing computes: {formula.latex[:60]!r}. Write it as "
                "an equation directive; for a docstring's formula, show it with ':from:'.",
            )


@functools.lru_cache(maxsize=1024)  # of pages that did not change, where one process builds again
def _cell_problems(cells: tuple[Cell, ...]) -> list[Problem]:
    return list(_problems_of_cells(cells))


def _problems_of_cells(cells: tuple[Cell, ...]) -> Iterator[Problem]:
    constants = set(claims.BUILTINS)
    for cell in cells:
        tree = claims.parse(cell.source)
        for line in claims.constant_asserts(tree, constants):
            yield Problem(
                "assert",
                cell.docname,
                cell.line + line - 1,
                "an assert that cannot fail. Assert something that the code computes.",
            )
        constants = claims.literals(tree, constants)
        if cell.may_raise and not cell.expects:
            yield Problem(
                "raises",
                cell.docname,
                cell.line,
                "a cell tagged 'raises-exception' does not say which. "
                "Add the option ':raises: ValueError'.",
            )
        elif cell.executed and cell.expects and cell.error != cell.expects:
            came = cell.error or "no exception"
            yield Problem(
                "raises",
                cell.docname,
                cell.line,
                f"a cell expects {cell.expects} and got {came}. "
                "Mend the cell or its 'raises' option.",
            )
        elif cell.error and not cell.expects:
            yield Problem(
                "cell",
                cell.docname,
                cell.line,
                f"a cell failed with {cell.error}. Its traceback is in the build's output.",
            )
