"""Does a formula equal its code? Bind its symbols at random, compute both, compare."""

import functools
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from lark import Token, Tree

import lossary
from lossary_book import latex
from lossary_book.latex import LatexError, Value

DRAWS = 40
TOLERANCE = 1e-12  # relative to the greater of the two values and 1
DERIVATIVE_TOLERANCE = 1e-6  # a finite difference is no better
BATCH_SIZES = range(1, 10)  # m, B, K: what is counted may be one
CLASS_SIZES = range(2, 8)  # N, n and every other axis
COUNTED = {"m", "B", "K"}


@dataclass
class Binding:
    """What a symbol stands for: in the code by name, in the LaTeX by its spelling."""

    name: str
    base: str
    kind: str
    axes: tuple[str, ...] = ()
    of: str = ""  # the axis that an index or class index runs over
    code: str = ""  # what a derived symbol is computed from


@dataclass
class Outcome:
    """What comparing a formula with its code gave."""

    draws: int = 0
    undefined: int = 0  # draws whose code gave NaN, as 0/0 does
    deviation: float = 0.0
    problem: str = ""
    bindings: list[Binding] = field(default_factory=list)
    definitions: list[tuple[str, Tree[Token]]] = field(default_factory=list)


KINDS = re.compile(
    r"(?P<kind>probability|one-hot|positive|class index|index|size|step|scalar|positive scalar"
    r"|in 0\.\.1|in -1\.\.1|binary)?"
    r"(?:\s*of\s+(?P<of>\w+))?\s*(?:\((?P<axes>[\w\s,]*)\))?"
)


def read_bindings(where: str) -> list[Binding]:
    """Read a ``where`` field: ``z: (N,); X as x^{(i)}_k: (m, n); a := lossary.softmax(z)``."""
    found = []
    for part in filter(None, (piece.strip() for piece in where.split(";"))):
        left, colon, spec = (piece.strip() for piece in part.partition(":"))
        name, _, spelled = (piece.strip() for piece in left.partition(" as "))
        spelled = spelled or name
        match = KINDS.fullmatch(spec)
        if not colon or not (spec.startswith("=") or (spec and match)):
            raise LatexError(
                f"cannot read {part!r} in ':where:'. Write 'name: (axes)' or "
                "'name as spelling: kind (axes)', with a kind such as probability, one-hot, "
                "positive, class index of N, index of N, size, scalar, in 0..1, or 'name := code'."
            )
        if spec.startswith("="):
            found.append(Binding(name, _base(spelled, True), "derived", code=spec[1:].strip()))
            continue
        assert match is not None
        kind = match["kind"] or "real"
        axes = tuple(axis.strip() for axis in (match["axes"] or "").split(",") if axis.strip())
        array = bool(axes)
        found.append(Binding(name, _base(spelled, array), kind, axes, match["of"] or ""))
    return found


def _definitions(
    parts: list[str], main: Tree[Token], bindings: list[Binding]
) -> list[tuple[str, Tree[Token]]]:
    r"""Read what a formula defines behind a wide space: ``..., \qquad c = \max_k z_k``."""
    found: list[tuple[str, Tree[Token]]] = []
    for part in parts:
        symbol, *value = latex.parse(part).children
        if len(value) != 1 or not isinstance(symbol, Tree) or not latex.is_symbol(symbol):
            raise LatexError(
                f"expected a definition such as c = \\max_k z_k behind \\qquad, got {part!r}."
            )
        name = next(latex.named(*latex.scripts(symbol)))
        if name in {b.base for b in bindings}:
            raise LatexError(f"{name} is defined in the formula. Drop it from ':where:'.")
        assert isinstance(value[0], Tree)
        found.append((name, value[0]))
    used = _names(main).union(*(_names(value) for _, value in found))
    for name, _ in found:
        if name not in used:
            raise LatexError(f"{name} is defined and not used. Drop the definition.")
    return found


def _names(tree: Tree[Token]) -> set[str]:
    """Return every name that the symbols of a formula may be bound by."""
    symbols = [node for node in tree.iter_subtrees() if latex.is_symbol(node)]
    return {name for node in symbols for name in latex.named(*latex.scripts(node))}


def _base(spelled: str, array: bool) -> str:
    """Return the name that a spelling is looked up by: the scripts of an array are its indices."""
    if re.fullmatch(r"[a-zA-Z]{2,}", spelled):  # a word such as units, written \text{units}
        return spelled
    node = latex.parse(spelled).children[0]
    assert isinstance(node, Tree)
    base, sub, sup = latex.scripts(node)
    names = list(latex.named(base, sub, sup))
    return names[-1] if array else names[0]


def _sizes(bindings: list[Binding], rng: np.random.Generator) -> dict[str, int]:
    axes = {axis for b in bindings for axis in (*b.axes, b.of) if axis}
    axes |= {b.name for b in bindings if b.kind == "size"}
    return {
        axis: int(rng.choice(BATCH_SIZES if axis in COUNTED else CLASS_SIZES))
        for axis in sorted(axes)
        if not axis.isdigit()
    }


def _draw(b: Binding, sizes: Mapping[str, int], number: int, rng: np.random.Generator) -> Value:
    """Draw a value; the first draws are edge cases: zeros, ties, large numbers."""
    shape = tuple(int(axis) if axis.isdigit() else sizes[axis] for axis in b.axes)
    normal = rng.standard_normal(shape)
    edges = [normal * 0.0, normal * 0.0 + 1.0, normal * 30.0, normal * 1e-8]
    real = edges[number] if number < len(edges) else normal * float(rng.choice([0.5, 1.0, 3.0]))
    match b.kind:
        case "size":
            return sizes[b.name]
        case "step":
            return int(rng.integers(1, 10))
        case "index" | "class index":
            return rng.integers(0, sizes[b.of], size=shape or None)
        case "positive" | "positive scalar":
            return np.exp(normal)
        case "probability":
            return lossary.softmax(np.clip(real, -9, 9))
        case "one-hot":
            classes = shape[-1]
            return np.eye(classes)[rng.integers(0, classes, size=shape[:-1])]
        case "in 0..1":
            return rng.uniform(0.02, 0.98, size=shape or None)
        case "binary":
            return rng.integers(0, 2, size=shape or None).astype(float)
    return real if shape else np.float64(real)


def _written(b: Binding, value: Value) -> Value:
    """Return a value as LaTeX counts: indices and class indices from 1."""
    return np.asarray(value) + 1 if b.kind in {"index", "class index"} else value


def check(label: str, formula: str, code: str, where: str, of: str = "") -> Outcome:
    """Compare a formula with its code on seeded random inputs."""
    outcome = Outcome()
    try:
        main, *definitions = re.split(r",?\s*\\qquad\s*", formula)
        outcome.bindings = read_bindings(where)
        chain = latex.parse(main)
        outcome.definitions = _definitions(definitions, chain, outcome.bindings)
        rhs = [side for side in chain.children if isinstance(side, Tree)]
        expected = _compiled(code)
        becomes = len(rhs) < len(chain.children)  # an arrow is kept in the tree, an = is not
        named = len(rhs) > 1 and (becomes or _is_name(rhs[0], outcome.bindings))
        lhs = rhs.pop(0) if named else None
        if becomes and (lhs is None or _is_name(lhs, outcome.bindings)):
            raise LatexError(
                "what stands before the arrow is not bound. Write w \\leftarrow w - ..."
            )
        _same_indices(lhs or rhs[0], outcome.bindings, lhs is None)
        derived = _compiled(of) if of else None
        for number in range(DRAWS):
            _compare(outcome, label, rhs, expected, derived, number)
            if outcome.problem:
                break
        if outcome.undefined > DRAWS / 2:
            outcome.problem = "more than half of the inputs give NaN. Narrow them in ':where:'."
    except LatexError as error:
        outcome.problem = str(error)
    except Exception as error:  # two matrices that do not fit, for example
        outcome.problem = f"the formula cannot be computed: {error}"
    return outcome


@functools.cache  # that of a derived symbol is asked for at each draw
def _compiled(code: str) -> Callable[[dict[str, Value]], Value]:
    try:
        compiled = compile(code, "<equation>", "eval")
    except SyntaxError as error:
        raise LatexError(f"':code:' is no Python expression: {code!r} ({error.msg}).") from None

    def run(names: dict[str, Value]) -> Value:
        space: dict[str, Any] = {"np": np, "lossary": lossary, **names}
        if "keras." in code:
            import keras  # type: ignore[import-untyped]

            space["keras"] = keras
        return eval(compiled, space)

    return run


def _is_name(node: Tree[Token], bindings: list[Binding]) -> bool:
    """Tell whether a left side only names the result: a symbol that is not bound."""
    if not latex.is_symbol(node):
        return False
    base, sub, sup = latex.scripts(node)
    bound = {b.base: b for b in bindings}
    known = [bound[name] for name in latex.named(base, sub, sup) if name in bound]
    # The J of all batches beside the J_k of each: without an index it is a name of its own.
    return not known or (bool(known[0].axes) and sub is None and sup is None)


def _same_indices(side: Tree[Token], bindings: list[Binding], alone: bool) -> None:
    """Raise unless the left side bears the indices that the formula leaves open, and no other."""
    if alone and side.data != "derivative":
        return
    declared = [b.base for b in bindings if b.kind == "index"]
    fixed = {axis for b in bindings for axis in (*b.axes, b.of)}  # J_B: the cost of B examples
    fixed |= {b.base for b in bindings if b.kind == "step"}  # w_t: the weight after step t
    symbols = (
        [part for part in side.children if isinstance(part, Tree)]
        if side.data == "derivative"
        else [side]
    )
    carried = [
        latex.text(index)
        for symbol in symbols
        if latex.is_symbol(symbol)
        for index in latex.index_nodes(*latex.scripts(symbol)[1:])
        if index.data == "symbol" and latex.text(index) not in fixed
    ]
    if list(dict.fromkeys(carried)) != declared:
        raise LatexError(
            f"the left side bears the indices {carried}, ':where:' leaves {declared} open. "
            "Declare as 'index of' its axis each index that stands on the left side, the "
            "example's first, and no other."
        )


def _compare(
    outcome: Outcome,
    label: str,
    sides: list[Tree[Token]],
    expected: Callable[[dict[str, Value]], Value],
    derived: Callable[[dict[str, Value]], Value] | None,
    number: int,
) -> None:
    seed = int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big")
    rng = np.random.default_rng([seed, number])
    sizes = _sizes(outcome.bindings, rng)
    names: dict[str, Value] = dict(sizes)
    for b in outcome.bindings:
        if b.kind != "derived":
            names[b.name] = _draw(b, sizes, number, rng)
    with np.errstate(all="ignore"):
        try:
            want = np.asarray(expected(_complete(names, outcome.bindings)), dtype=np.float64)
        except Exception as error:  # whatever the cited code raises is the answer to show
            outcome.problem = f"the code raised {type(error).__name__}: {error}"
            return
        for side in sides:
            derive = _finite_difference(derived, names, outcome.bindings) if derived else None
            evaluate = latex.Evaluate(_bound(names, sizes, outcome.bindings), derive)
            for name, tree in outcome.definitions:
                evaluate.bound[name] = evaluate.value(tree)
            got = np.asarray(evaluate.value(side), dtype=np.float64)
            differs = any(side.find_data("derivative"))
            tolerance = DERIVATIVE_TOLERANCE if differs else TOLERANCE
            _note(outcome, got, want, tolerance, names)
    outcome.draws += 1
    outcome.undefined += bool(np.isnan(want).any())


def _complete(names: dict[str, Value], bindings: list[Binding]) -> dict[str, Value]:
    """Add the derived symbols to those that were drawn."""
    complete = dict(names)
    for b in bindings:
        if b.kind == "derived":
            complete[b.name] = _compiled(b.code)(complete)
    return complete


def _bound(
    names: dict[str, Value], sizes: dict[str, int], bindings: list[Binding]
) -> dict[str, Value]:
    complete = _complete(names, bindings)
    return {**sizes, **{b.base: _written(b, complete[b.name]) for b in bindings}}


def _note(
    outcome: Outcome, got: Value, want: Value, tolerance: float, names: dict[str, Value]
) -> None:
    if got.shape != want.shape:
        outcome.problem = f"the formula has shape {got.shape}, the code {want.shape}"
        return
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    scale = np.maximum(1.0, np.maximum(np.abs(got), np.abs(want)))
    difference = np.where(same, 0.0, np.abs(got - want) / scale)
    if tolerance == TOLERANCE:
        outcome.deviation = max(outcome.deviation, float(np.max(difference, initial=0.0)))
    if not np.all(difference <= tolerance):
        given = ", ".join(f"{name} = {_short(value)}" for name, value in names.items())
        outcome.problem = (
            f"for {given} the formula gives {_short(got)} and the code {_short(want)}. "
            "Mend the formula, the code or ':where:'."
        )


def _short(value: Value) -> str:
    return np.array2string(np.asarray(value), precision=17, threshold=12).replace("\n", "")


def _finite_difference(
    derived: Callable[[dict[str, Value]], Value], names: dict[str, Value], bindings: list[Binding]
) -> Callable[..., Value]:
    """Return what computes ∂(of)/∂symbol by differences of fourth order."""

    def derive(evaluate: latex.Evaluate, over: Tree[Token], by: Tree[Token]) -> Value:
        target, place = _place(evaluate, by, bindings)
        base, sub, sup = latex.scripts(over)
        above = tuple(int(evaluate.value(n)) - 1 for n in latex.index_nodes(sub, sup))
        value = np.asarray(derived(_complete(names, bindings)))
        if len(above) != value.ndim:
            raise LatexError(
                f"{latex.text(over)} has {len(above)} indices, ':of:' {value.ndim} axes."
            )
        known = not evaluate.bound.keys().isdisjoint(latex.named(base, sub, sup))
        if known and not np.isclose(evaluate.value(over), value[above]):
            raise LatexError(f"{latex.text(over)} is not what ':of:' computes.")

        def at(step: float) -> Value:
            moved = dict(names)
            point = np.array(names[target], dtype=np.float64)
            point[place] += step
            moved[target] = point
            return np.asarray(derived(_complete(moved, bindings)))[above]

        h = 1e-3
        return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)

    return derive


def _place(
    evaluate: latex.Evaluate, node: Tree[Token], bindings: list[Binding]
) -> tuple[str, tuple[int, ...]]:
    base, sub, sup = latex.scripts(node)
    for b in bindings:
        if b.kind != "derived" and b.base in set(latex.named(base, sub, sup)):
            if not b.axes:
                return b.name, ()
            indices = latex.index_nodes(sub, sup)
            if len(indices) != len(b.axes):
                raise LatexError(
                    f"{latex.text(node)} has {len(indices)} indices, {b.name} {len(b.axes)} axes."
                )
            return b.name, tuple(int(evaluate.value(index)) - 1 for index in indices)
    raise LatexError(f"{latex.text(node)} is not drawn at random, so nothing can be derived by it.")
