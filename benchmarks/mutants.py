"""What mutmut's mutants of ``src/lossary`` show: the score of the unit tests, and of the book.

``nox -s mutants`` runs mutmut, which leaves the package with all mutants in ``mutants/src``, one of
which is on when its name is in the environment. Then this module

- demands that each mutant which the unit tests let live stands in ``survivors.toml`` with the
  reason, and each line there is needed,
- runs the evidence of the book against mutants of each public function, until an assert fails,
- records both.
"""

import fnmatch
import importlib
import json
import os
import re
import sys
import tomllib
import types
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import record, run_cells, versions

ROOT = Path(__file__).parents[1]
MUTANTS = ROOT / "mutants"
SURVIVORS = ROOT / "benchmarks" / "survivors.toml"
WANTED = 0.95
# Exit codes that mutmut notes of a mutant that all tests let pass, or that no test runs.
ALIVE = {0, 5, 33, 34}
# The book cannot look up a word in the glossary that is made from it.
NO_EVIDENCE = {"define"}
TRIES = 24  # mutants of a function, before the book counts as blind to it


@dataclass(frozen=True)
class Mutant:
    """A change of one function."""

    name: str  # lossary.cost.x_cost__mutmut_4
    alive: bool
    change: str = ""  # the lines that differ, as in a diff

    @property
    def function(self) -> str:
        """The dotted name of the function, or ``lossary.glossary.Definition.text``."""
        module, _, name = self.name.partition("__mutmut_")[0].rpartition(".")
        return f"{module}.{name.removeprefix('x_').replace('xǁ', '').replace('ǁ', '.')}"

    @property
    def module(self) -> str:
        """The module in which it lies."""
        return ".".join(self.name.split(".")[:2])


def mutants() -> list[Mutant]:
    """Return what mutmut noted of each mutant; one that it did not run stops this."""
    found, left = [], 0
    for path in sorted((MUTANTS / "src" / "lossary").glob("*.py.meta")):
        for name, code in json.loads(path.read_text("utf-8"))["exit_code_by_key"].items():
            left += code is None
            found.append(Mutant(name, alive=code in ALIVE))
    if left or not found:
        sys.exit(f"{left} of {len(found)} mutants did not run. Run the session again.")
    return found


def changed(mutant: Mutant) -> Mutant:
    """Return the mutant with its change."""
    from mutmut.__main__ import get_diff_for_mutant  # type: ignore[import-not-found]

    lines = get_diff_for_mutant(mutant.name).splitlines()[2:]
    return Mutant(mutant.name, mutant.alive, "\n".join(x for x in lines if x[:1] in "+-"))


@dataclass(frozen=True)
class Exemption:
    """Why mutants may live: those of these functions whose change has this in it."""

    function: str  # a pattern as of file names
    change: str  # a regular expression
    reason: str

    def fits(self, mutant: Mutant) -> bool:
        """Tell whether it is about a mutant."""
        named = fnmatch.fnmatch(mutant.function, self.function)
        return named and re.search(self.change, mutant.change) is not None


def exemptions() -> list[Exemption]:
    """Return what stands in ``survivors.toml``."""
    return [Exemption(**each) for each in tomllib.loads(SURVIVORS.read_text("utf-8"))["exempt"]]


def reason(mutant: Mutant, known: Iterable[Exemption]) -> str:
    """Return why a mutant may live; nothing where there is no reason."""
    return next((exempt.reason for exempt in known if exempt.fits(mutant)), "")


def unexplained(alive: Sequence[Mutant], known: Sequence[Exemption]) -> list[str]:
    """Return what is wrong: a survivor without a reason, and an exemption that nothing needs."""
    wrong = [
        f"{mutant.name} lives, and has no reason to:\n{mutant.change}"
        for mutant in alive
        if not reason(mutant, known)
    ]
    for exempt in known:
        about = f"the exemption of {exempt.function}: {exempt.change}"
        if not any(map(exempt.fits, alive)):
            wrong.append(f"no mutant needs {about}")
        if not exempt.reason:
            wrong.append(f"no reason stands in {about}")
    return wrong


@dataclass
class Caught:
    """Which evidence saw a function broken."""

    function: str
    page: str
    cell: str
    what: str
    mutant: Mutant


def evidence(book: dict[str, Any], name: str) -> Iterator[tuple[str, int]]:
    """Yield page and last cell of the evidence that uses a function, the shortest way first."""
    proofs = {label for labels in book["entries"].values() for label in labels}
    found = []
    for page, cells in book["pages"].items():
        for number, cell in enumerate(cells):
            if proofs & set(cell["labels"]) and re.search(rf"\blossary\.{name}\b", cell["source"]):
                found.append((number, page))
    for number, page in sorted(found):
        yield page, number


def with_mutants() -> types.ModuleType:
    """Return lossary as mutmut left it, in place of the one that reading the book has imported."""
    os.environ["MUTANT_UNDER_TEST"] = ""
    for name in [name for name in sys.modules if name.partition(".")[0] == "lossary"]:
        del sys.modules[name]
    run_cells.prepare(MUTANTS / "src")
    found = importlib.import_module("lossary")
    if not Path(str(found.__file__)).is_relative_to(MUTANTS):
        sys.exit(f"expected the package of {MUTANTS}, got {found.__file__}")
    return found


def watch(book: dict[str, Any], page: str, last: int, mutant: str) -> str | None:
    """Run a page up to a cell against a mutant; return what that cell did, None where it hung."""
    cells = book["pages"][page][: last + 1]
    os.environ["MUTANT_UNDER_TEST"] = mutant
    folder = (ROOT / "docs" / page).parent
    came = run_cells.answer(*run_cells.fork(lambda: run_cells.run_page(cells), folder))
    return came[last] if came is not None else None


def catch(book: dict[str, Any], name: str, broken: list[Mutant]) -> Caught | None:
    """Return the first evidence in which an assert fails against a mutant of the function.

    Of a function without a step of its own no mutant gives a wrong number: an exception counts.
    """
    other = None
    for page, last in list(evidence(book, name))[:3]:
        if watch(book, page, last, "") != "":
            continue  # a cell that fails without a mutant shows nothing
        for mutant in broken[:TRIES]:
            seen = watch(book, page, last, mutant.name)
            if seen:
                label = book["pages"][page][last]["labels"][0]
                caught = Caught(name, page, label, seen, changed(mutant))
                if seen.startswith("AssertionError"):
                    return caught
                other = other or caught
    return other


def main() -> None:
    """Judge the mutants and record the figures; fail where a survivor or the book falls short."""
    os.chdir(ROOT)
    every = mutants()
    alive = [changed(mutant) for mutant in every if mutant.alive]
    score = 1 - len(alive) / len(every)
    wrong = unexplained(alive, exemptions())
    if score < WANTED:
        wrong.append(f"the unit tests catch {score:.1%} of the mutants, expected {WANTED:.0%}")
    domain = versions.read_book()
    book = {"entries": versions.entries_of(domain), "pages": versions.cells_of(domain)}
    public = sorted(name for name in with_mutants().__all__ if name.islower())
    caught = []
    for name in public:
        if name in NO_EVIDENCE:
            continue
        # The last first: a function begins with checks, and what it computes comes then.
        broken = [m for m in every if m.function.endswith(f".{name}") and not m.alive][::-1]
        seen = catch(book, name, broken)
        print(f"{name}: {f'{seen.page}, {seen.cell}' if seen else 'no evidence sees it broken'}")
        if seen:
            caught.append(seen)
        else:
            wrong.append(f"no evidence of the book sees lossary.{name} broken")
    if wrong:
        sys.exit("\n".join(wrong))
    write(every, alive, caught)


def write(every: list[Mutant], alive: list[Mutant], caught: list[Caught]) -> None:
    """Record the score of each module, and which evidence caught which mutant."""
    modules = sorted({mutant.module for mutant in every})
    count = {m: sum(mutant.module == m for mutant in every) for m in modules}
    lives = {m: sum(mutant.module == m for mutant in alive) for m in modules}
    record.write(
        "mutants",
        command="nox -s mutants",
        functions=[f"lossary.{seen.function}" for seen in caught],
        packages=["mutmut", "numpy"],
        figures={
            "mutants": len(every),
            "caught": len(every) - len(alive),
            "score": 100 * (1 - len(alive) / len(every)),
            "wanted": 100 * WANTED,
            "functions": len(caught),
        },
        tables={
            "modules": record.table(
                "Mutants and the unit tests",
                {"Module": "", "Mutants": "d", "Caught": "d", "Share in %": ".1f"},
                [[m, n := count[m], n - lives[m], 100 * (1 - lives[m] / n)] for m in modules],
            ),
            "survivors": record.table(
                "Mutants that live",
                dict.fromkeys(["Function", "What became of a line", "Why no test can tell"], ""),
                [[m.function, _after(m.change), reason(m, exemptions())] for m in alive],
            ),
            "book": record.table(
                "One mutant of each function, and the evidence that caught it",
                dict.fromkeys(["Function", "Cell", "What became of a line", "What failed"], ""),
                [[s.function, s.cell, _after(s.mutant.change), s.what] for s in caught],
            ),
        },
    )


def _after(change: str) -> str:
    return " ".join(line[1:].strip() for line in change.splitlines() if line.startswith("+"))


if __name__ == "__main__":
    main()
