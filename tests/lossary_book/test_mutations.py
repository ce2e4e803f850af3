"""Every equation of the book: right as written, written once, red when anything is changed."""

import importlib.resources
import inspect
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from lark import Lark, Token, Tree

import lossary
from lossary_book import computed, equations, latex

DOCS = Path(__file__).parents[2] / "docs"
DIRECTIVE = re.compile(
    r"^:::\{equation\} (?P<label>\S+)\n(?P<options>(?::\w+:.*\n)*)\n?(?P<body>[\s\S]*?)\n?^:::",
    re.MULTILINE,
)

# How the name of each change begins.
KINDS = (
    "flip the sign",
    "forget the minus",
    "drop the factor",
    "exchange",  # of above and below: it also inverts a factor 1/m
    "move the start",
    "move the end",
    "swap log and exp",
    "swap",  # of two indices
    "write z for a",
    "write y for",
    "drop the example",
)
NAME = (
    "What stands alone on the left names the result, and no value has a name. "
    "The right side, which is compared with the code, has no y in it."
)
# What leaves the value the same, and the proof: by the function whose docstring holds the formula,
# or else by the label of the equation, and by the change.
# An exemption that is caught, or that applies no more, fails the test.
EXEMPT = {
    ("lossary.logsumexp", r"flip the sign of \max_k z_k"): (
        "c + log(sum of e^(z - c)) is the same number for every c. The greatest logit is chosen "
        "for what it keeps from overflowing, which a value cannot show."
    ),
    (
        "lossary.softmax_jacobian",
        r"swap i and j in \delta_{i,j}",
    ): "δ is 1 where i = j: it is symmetric.",
    (
        "lossary.linear",
        "write z for a",
    ): "z_j = z_j is true, and the linear activation gives back z_j.",
    ("lossary.zeros", "flip the sign of 0"): "-0 is 0.",
    ("data-prediction", r"write y for \hat{y}"): NAME,
    ("neural-network", r"write y for \hat{y}"): NAME,
}


@dataclass
class Written:
    """An equation as its page writes it."""

    label: str
    latex: str
    options: dict[str, str]

    def problem(self, formula: str) -> str:
        """Return what the check says of this formula in place of the page's."""
        code, where, of = (self.options.get(name, "") for name in ("code", "where", "of"))
        return computed.check(self.label, formula, code, where, of).problem

    @property
    def source(self) -> str:
        """Return the function whose docstring holds the formula, or else the label."""
        return self.options.get("from", self.label)

    @property
    def survivors(self) -> list[str]:
        """Return the changes that the check does not see."""
        return [what for what, wrong in changes(self.latex).items() if not self.problem(wrong)]


def book() -> Iterator[Written]:
    """Yield the equations of the book in page order."""
    pages = sorted(page for page in DOCS.rglob("*.md") if "_build" not in page.parts)
    for page in pages:
        for found in DIRECTIVE.finditer(page.read_text("utf-8")):
            options = dict(re.findall(r"^:(\w+): (.*)$", found["options"], re.MULTILINE))
            source = options.get("from")
            formula = equations.docstring_formula(source) if source else found["body"].strip()
            yield Written(found["label"], formula, options)


BOOK = list(book())
COMPUTED = [equation for equation in BOOK if "declares" not in equation.options]
GRAMMAR = importlib.resources.files("lossary_book").joinpath("latex.lark").read_text("utf-8")
# Braces and signs are kept, so that each part of a formula can be found in its text.
PARSER = Lark(GRAMMAR, parser="lalr", start="chain", keep_all_tokens=True, propagate_positions=True)

EXPRESSIONS = (
    *("neg", "add", "sub", "mul", "dot", "div", "bigop", "scripted", "number", "symbol"),
    *("accented", "paren", "abs", "norm", "ceil", "floor", "frac", "derivative", "sqrt", "call"),
    *("max", "min", "indicator", "cases"),
)

Node = Tree[Token] | Token
Edit = tuple[str, int, int, str]  # what changes, from where, to where, into what


def span(node: Node) -> tuple[int, int]:
    where = node if isinstance(node, Token) else node.meta
    return where.start_pos, where.end_pos


def children(node: Node, *kinds: str) -> list[Node]:
    """Return the parts of a node, all or those of some kinds."""
    parts = node.children if isinstance(node, Tree) else []
    return [p for p in parts if not kinds or (p.type if isinstance(p, Token) else p.data) in kinds]


def changes(formula: str) -> dict[str, str]:
    """Return every wrong formula that can be made of a formula, by what was changed."""
    found: dict[str, str] = {}
    counted: Counter[str] = Counter()
    for what, start, end, new in itertools.chain.from_iterable(
        edits(formula, offset, part) for offset, part in parts_of(formula)
    ):
        counted[what] += 1
        name = what if counted[what] == 1 else f"{what} (no. {counted[what]})"
        found[name] = formula[:start] + new + formula[end:]
    return found


def parts_of(formula: str) -> Iterator[tuple[int, str]]:
    """Yield the formula and what it defines behind wide spaces, each with its place."""
    start = 0
    for gap in re.finditer(r",?\s*\\qquad\s*", formula):
        yield start, formula[start : gap.start()]
        start = gap.end()
    yield start, formula[start:]


def edits(formula: str, offset: int, part: str) -> Iterator[Edit]:
    tree = PARSER.parse(part)
    sides = [child for child in tree.children if not isinstance(child, Token)]
    written = [(side, part[slice(*span(side))]) for side in sides[len(sides) > 1 :]]
    found = [
        (f"flip the sign of {text}", *span(side), rf"-\left({text}\right)")
        for side, text in written
    ]
    for node in tree.iter_subtrees_topdown():
        found += node_edits(node, part)
    for what, start, end, new in found:
        yield what, start + offset, end + offset, new


def node_edits(node: Tree[Token], part: str) -> Iterator[Edit]:
    def text(piece: Node) -> str:
        return part[slice(*span(piece))]

    whole = text(node)
    signs = children(node, "PLUS", "MINUS")
    match node.data:
        case "add" | "sub":
            other = "-" if node.data == "add" else "+"
            yield f"flip the sign inside {whole}", *span(signs[0]), other
        case "neg":
            yield f"forget the minus of {whole}", *span(signs[0]), ""
        case "frac" | "derivative":
            above, below = children(node, *EXPRESSIONS)
            new = rf"\frac{{{text(below)}}}{{{text(above)}}}"
            if node.data == "derivative":
                new = rf"\frac{{\partial {text(below)}}}{{\partial {text(above)}}}"
            yield f"exchange above and below in {whole}", *span(node), new
        case "div":
            above, below = children(node, *EXPRESSIONS)
            yield f"exchange the sides of {whole}", *span(node), f"{text(below)} / {text(above)}"
        case "mul" | "dot":
            for factor in children(node, "frac"):
                yield f"drop the factor {text(factor)} of {whole}", *span(factor), "1"
        case "limits":
            first, last = children(node)[4], children(node)[7]
            for name, place in (("start", first), ("end", last)):
                bare = text(place).removeprefix("{").removesuffix("}")
                for by in ("+ 1", "- 1"):
                    new = f"{bare} {by}" if name == "start" else f"{{{bare} {by}}}"
                    yield f"move the {name} of the limits {whole} by {by}", *span(place), new
        case "call":
            function = children(node, "FUNCTION")[0]
            swapped = {r"\log": r"\exp", r"\ln": r"\exp", r"\exp": r"\log"}
            if str(function) in swapped:
                yield f"swap log and exp in {whole}", *span(function), swapped[str(function)]
        case "scripted":
            yield from script_edits(node, part, whole)
        case "symbol" if whole == "a":
            yield "write z for a", *span(node), "z"
        case "accented" if whole == r"\hat{y}":
            yield r"write y for \hat{y}", *span(node), "y"


def script_edits(node: Tree[Token], part: str, whole: str) -> Iterator[Edit]:
    base = children(node)[0]
    below = [index for sub in children(node, "sub_") for index in indices_of(sub)]
    above = children(node, "sup")
    exponent = children(above[0])[1] if above else None
    if exponent is not None and part[slice(*span(base))] == "e":
        start, end = span(exponent)
        inner = part[start:end].removeprefix("{").removesuffix("}")
        yield f"swap log and exp in {whole}", *span(node), rf"\log\left({inner}\right)"
    example = re.fullmatch(r"\^\{\((.*)\)\}", part[slice(*span(above[0]))]) if above else None
    indices = [span(index) for index in below]
    if example:
        yield f"drop the example of {whole}", *span(above[0]), ""
        start, _ = span(above[0])
        indices.insert(0, (start + example.start(1), start + example.end(1)))
    for one, other in itertools.combinations(indices, 2):
        (start, middle), (resume, end) = sorted((one, other))
        first, second = part[start:middle], part[resume:end]
        if first != second:
            new = second + part[middle:resume] + first
            yield f"swap {first} and {second} in {whole}", start, end, new


def indices_of(sub: Node) -> list[Node]:
    """Return the single indices below a symbol."""
    group = children(sub)[1]
    if not isinstance(group, Tree) or group.data != "group":
        return [group]
    found: list[Node] = []
    for index in children(group, *EXPRESSIONS):
        found += adjacent(index)
    return found


def adjacent(node: Node) -> list[Node]:
    if isinstance(node, Tree) and node.data == "mul":
        return [piece for child in children(node) for piece in adjacent(child)]
    return [node]


@pytest.mark.parametrize("equation", COMPUTED, ids=lambda equation: equation.label)
def test_equation_is_right_as_written(equation: Written) -> None:
    assert equation.latex
    assert not equation.problem(equation.latex)


@pytest.mark.parametrize("equation", COMPUTED, ids=lambda equation: equation.label)
def test_every_change_is_red_or_exempt_with_a_proof(equation: Written) -> None:
    exempt = {what for source, what in EXEMPT if source == equation.source}
    assert set(equation.survivors) == exempt


def test_exemptions_belong_to_equations_of_the_book() -> None:
    assert {source for source, _ in EXEMPT} <= {equation.source for equation in COMPUTED}


@pytest.mark.parametrize("equation", COMPUTED, ids=lambda equation: equation.label)
def test_changed_formulas_are_formulas(equation: Written) -> None:
    # One that cannot be read would be red for another reason than the one that is tested.
    for wrong in changes(equation.latex).values():
        for _, part in parts_of(wrong):
            latex.parse(part)


def test_no_equation_is_overlooked() -> None:
    pages = [page for page in DOCS.rglob("*.md") if "_build" not in page.parts]
    written = sum(page.read_text("utf-8").count("{equation} ") for page in pages)
    assert len(BOOK) == written


def test_each_kind_of_change_applies_somewhere(capsys: pytest.CaptureFixture[str]) -> None:
    made = [what for equation in COMPUTED for what in changes(equation.latex)]
    tried = Counter(next(kind for kind in KINDS if what.startswith(kind)) for what in made)
    assert set(tried) == set(KINDS)
    caught = len(made) - len(EXEMPT)
    with capsys.disabled():
        print(
            f"\n{len(COMPUTED)} equations computed, {len(BOOK) - len(COMPUTED)} declared; "
            f"{len(made)} changes tried, {caught} caught, {len(EXEMPT)} leave the value the same"
        )


def test_each_formula_of_a_docstring_is_taken_over_once() -> None:
    documents = {
        f"lossary.{name}": inspect.getdoc(value) or ""
        for name in lossary.__all__
        if inspect.isfunction(value := getattr(lossary, name))
    }
    assert [name for name, document in documents.items() if document.count(".. math::") > 1] == []
    taken: dict[str, list[str]] = {n: [] for n, doc in documents.items() if ".. math::" in doc}
    for equation in BOOK:
        if "from" in equation.options:
            taken[equation.options["from"]].append(equation.label)
    # Several: keep the topic's, and drop the one in docs/reference/formulas.md.
    assert {name: labels for name, labels in taken.items() if len(labels) != 1} == {}


def right_side(formula: str) -> str:
    """Return a formula without the name of its result, spaces and the sizes of brackets."""
    sides = [side for side in PARSER.parse(next(parts_of(formula))[1]).children if side != "="]
    start, _ = span(sides[-1])
    return re.sub(r"\\left|\\right|\s", "", formula[start:])


def test_no_formula_is_written_twice() -> None:
    written: dict[str, list[str]] = {}
    for equation in COMPUTED:
        written.setdefault(right_side(equation.latex), []).append(equation.label)
    assert [labels for labels in written.values() if len(labels) > 1] == []
