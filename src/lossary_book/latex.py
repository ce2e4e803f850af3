"""Read a formula's LaTeX by the grammar in latex.lark, and compute what it says."""

import functools
import importlib.resources
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from lark import Lark, Token, Tree, UnexpectedInput
from lark.visitors import Interpreter

Value = Any  # a float64 number or array

FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "\\log": np.log,
    "\\ln": np.log,
    "\\exp": np.exp,
    "\\tanh": np.tanh,
}
COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "\\le": lambda a, b: a <= b,
    "\\leq": lambda a, b: a <= b,
    "\\ge": lambda a, b: a >= b,
    "\\geq": lambda a, b: a >= b,
    "\\ne": lambda a, b: a != b,
    "\\neq": lambda a, b: a != b,
}
OVER_INDEX: dict[str, Callable[[list[Value]], Value]] = {
    "\\sum": np.sum,
    "\\prod": np.prod,
    "\\max": np.max,
    "\\min": np.min,
}


class LatexError(ValueError):
    """A formula that cannot be read, or that names what is not bound."""


@functools.cache
def _parser() -> Lark:
    grammar = importlib.resources.files("lossary_book").joinpath("latex.lark")
    return Lark(
        grammar.read_text(encoding="utf-8"), parser="lalr", start="chain", maybe_placeholders=False
    )


@functools.lru_cache(maxsize=4096)
def parse(latex: str) -> Tree[Token]:
    """Return the tree of a formula, or say where it cannot be read and how to write it."""
    try:
        tree = _parser().parse(latex)
    except UnexpectedInput as error:
        spot = error.get_context(latex, span=30).rstrip()
        raise LatexError(
            f"cannot read the formula here:\n{spot}\n{_advice(latex, error)}"
        ) from None
    for product in tree.find_data("mul"):
        if isinstance(product.children[0], Tree) and product.children[0].data == "div":
            raise LatexError(
                "a / b c can be read as a / (b c) and as (a / b) c. "
                "Write \\frac{a}{b} c or \\frac{a}{b c}."
            )
    return tree


def _advice(latex: str, error: UnexpectedInput) -> str:
    rest = latex[max((error.pos_in_stream or 0) - 8, 0) :]
    if any(rest.find(name) in range(9) for name in FUNCTIONS):
        return "Put the argument of a function into brackets: \\log\\left(...\\right)."
    if "|" in rest[:10]:
        return "Write absolute values as \\left|...\\right|, so that the two bars differ."
    if "\\sum" in rest[:14] or "\\prod" in rest[:14]:
        return "Write sums with both limits: \\sum_{i=1}^{m}."
    return (
        "The book's formulas use sums, fractions, powers, indices, \\sqrt, \\max, "
        "\\log\\left(...\\right), e^{...}, \\left|...\\right|, \\lceil...\\rceil and cases."
    )


def spelling(node: Tree[Token]) -> str:
    r"""Return a symbol's name without its scripts: ``z``, ``\hat{y}``, ``\alpha``, ``units``."""
    if node.data == "accented":
        accent, letter = node.children
        return f"{accent}{{{letter}}}"
    token = str(node.children[0])
    return token[token.index("{") + 1 : -1] if token.endswith("}") else token


def is_symbol(node: Tree[Token]) -> bool:
    """Tell whether a node is a symbol, with scripts or without."""
    if node.data == "scripted":
        return is_symbol(node.children[0])  # type: ignore[arg-type]
    return node.data in {"symbol", "accented"}


def scripts(node: Tree[Token]) -> tuple[Tree[Token], Tree[Token] | None, Tree[Token] | None]:
    """Return (base, subscript, superscript) of a symbol."""
    if node.data != "scripted":
        return node, None, None
    base, *rest = node.children
    found = {part.data: part.children[0] for part in rest}  # type: ignore[union-attr]
    return base, found.get("sub_"), found.get("sup")  # type: ignore[return-value]


def text(node: Tree[Token] | Token) -> str:
    r"""Return the bare characters of a node, to tell ``\beta_1`` from ``\beta_2``."""
    if isinstance(node, Token):
        return str(node)
    sign = {"add": "+", "sub": "-", "neg": "-"}.get(node.data, "")  # w_{t-1} is not w_{t+1}
    parts = [text(child) for child in node.children]
    return sign.join(["", *parts] if node.data == "neg" else parts)


def named(base: Tree[Token], sub: Tree[Token] | None, sup: Tree[Token] | None) -> Iterator[str]:
    """Yield the names that a symbol may be bound by, the most exact first."""
    layer = "^[" + text(sup) + "]" if sup is not None and sup.data == "layer" else ""
    if sub is not None:
        yield f"{spelling(base)}_{text(sub)}{layer}"
        if sub.data == "label":  # w_{\\text{new}} is not w
            return
    yield spelling(base) + layer


def is_example(sup: Tree[Token] | None) -> bool:
    """Tell whether a superscript is an example's number: ``(i)``."""
    return (
        sup is not None
        and sup.data == "group"
        and len(sup.children) == 1
        and getattr(sup.children[0], "data", "") == "paren"
    )


def index_nodes(sub: Tree[Token] | None, sup: Tree[Token] | None) -> list[Tree[Token]]:
    """Return the indices of a symbol in the order of its array's axes: example first."""
    found: list[Tree[Token]] = []
    if is_example(sup):
        found.append(sup.children[0].children[1])  # type: ignore[union-attr, arg-type]
    if sub is not None:
        parts = sub.children if sub.data == "group" else [sub]
        for part in parts:
            found += _adjacent(part)  # type: ignore[arg-type]
    return found


def _adjacent(node: Tree[Token]) -> list[Tree[Token]]:
    """Read the subscript ``ij`` as two indices, not as a product."""
    if node.data == "mul":
        return [*_adjacent(node.children[0]), *_adjacent(node.children[1])]  # type: ignore[arg-type]
    return [node]


class Evaluate(Interpreter[Token, Value]):
    """Compute a formula from bound symbols. Indices and class indices count from 1, as written."""

    def __init__(
        self, bound: Mapping[str, Value], derive: Callable[..., Value] | None = None
    ) -> None:
        """Take the values of the symbols, and what computes a derivative."""
        super().__init__()
        self.bound = dict(bound)
        self.derive = derive

    def value(self, node: Tree[Token] | Token) -> Value:
        """Return the value of a node."""
        assert isinstance(node, Tree)  # in the grammar no token alone is a value
        return self.visit(node)

    def label(self, node: Tree[Token]) -> Value:
        r"""Refuse what is no number, as in ``x^{\text{new}}``."""
        raise LatexError(f"{text(node)} is no number.")

    transpose = label

    def symbol(self, node: Tree[Token]) -> Value:
        """Return what a symbol is bound to."""
        return self.scripted(node)

    accented = symbol

    def scripted(self, node: Tree[Token]) -> Value:
        """Look a symbol up, apply its indices, then its power."""
        base, sub, sup = scripts(node)
        if not is_symbol(base):
            return self._power(self._norm(base, sub), sup)
        for name in named(base, sub, sup):
            if name in self.bound:
                break
        else:
            return self._unbound(base, sub, sup)
        array = np.asarray(self.bound[name])
        indices = index_nodes(None if "_" in name else sub, sup)
        if indices:
            array = self._at(array, indices, text(node))
        if sup is not None and not is_example(sup) and sup.data != "layer":
            return self._power(array, sup)
        return array

    def _unbound(
        self, base: Tree[Token], sub: Tree[Token] | None, sup: Tree[Token] | None
    ) -> Value:
        name = spelling(base)
        if name == "e" and sub is None:
            return np.exp(self.value(sup)) if sup is not None else np.float64(np.e)
        if name == "\\delta" and sub is not None:
            first, second = (self.value(index) for index in index_nodes(sub, None))
            return np.float64(first == second)
        raise LatexError(f"{name} is bound to nothing. Say in ':where:' what {name} stands for.")

    def _at(self, array: Value, indices: list[Tree[Token]], where: str) -> Value:
        if len(indices) != array.ndim:
            raise LatexError(
                f"{where} has {len(indices)} indices; it is bound to {array.ndim} axes."
            )
        place = []
        for node, size in zip(indices, array.shape, strict=True):
            number = float(self.value(node))
            if not 1 <= number <= size or number != int(number):
                raise LatexError(f"{where} has the index {number:g}, outside 1..{size}.")
            place.append(int(number) - 1)
        return array[tuple(place)]

    def _power(self, base: Value, sup: Tree[Token] | None) -> Value:
        if sup is None:
            return base
        if sup.data == "transpose":
            return np.swapaxes(base, -1, -2)
        return (
            np.float64(base) ** self.value(sup) if np.ndim(base) == 0 else base ** self.value(sup)
        )

    def _norm(self, base: Tree[Token], sub: Tree[Token] | None) -> Value:
        value = self.value(base)
        if sub is None:
            return value
        if base.data != "norm":
            raise LatexError(f"{text(base)} cannot have an index.")
        inner = self.value(base.children[1])
        return np.sum(np.abs(inner)) if self.value(sub) == 1 else value

    def group(self, node: Tree[Token]) -> Value:
        """Return the value in braces."""
        if len(node.children) != 1:
            raise LatexError(f"{text(node)}: expected one value.")
        return self.value(node.children[0])

    def number(self, node: Tree[Token]) -> Value:
        """Return a number."""
        return np.float64(str(node.children[0]))

    def paren(self, node: Tree[Token]) -> Value:
        """Return the value between brackets."""
        return self.value(node.children[1])

    def neg(self, node: Tree[Token]) -> Value:
        """Negate."""
        return -self.value(node.children[0])

    def add(self, node: Tree[Token]) -> Value:
        """Add."""
        return self.value(node.children[0]) + self.value(node.children[1])

    def sub(self, node: Tree[Token]) -> Value:
        """Subtract."""
        return self.value(node.children[0]) - self.value(node.children[1])

    def mul(self, node: Tree[Token]) -> Value:
        """Multiply: numbers as numbers, two arrays as matrices."""
        first, second = self.value(node.children[0]), self.value(node.children[-1])
        return first @ second if np.ndim(first) and np.ndim(second) else first * second

    dot = mul

    def div(self, node: Tree[Token]) -> Value:
        """Divide."""
        return self.value(node.children[0]) / self.value(node.children[1])

    def frac(self, node: Tree[Token]) -> Value:
        """Divide."""
        return self.value(node.children[1]) / self.value(node.children[2])

    def sqrt(self, node: Tree[Token]) -> Value:
        """Take the square root."""
        return np.sqrt(self.value(node.children[1]))

    def call(self, node: Tree[Token]) -> Value:
        """Apply a named function."""
        return FUNCTIONS[str(node.children[0])](self.value(node.children[2]))

    def _listed(self, node: Tree[Token]) -> list[Value]:
        return [self.value(child) for child in node.children if isinstance(child, Tree)]

    def max(self, node: Tree[Token]) -> Value:
        """Return the greatest of several."""
        return functools.reduce(np.maximum, self._listed(node))

    def min(self, node: Tree[Token]) -> Value:
        """Return the least of several."""
        return functools.reduce(np.minimum, self._listed(node))

    def abs(self, node: Tree[Token]) -> Value:
        """Take the absolute value."""
        return np.abs(self.value(node.children[1]))

    def norm(self, node: Tree[Token]) -> Value:
        """Take the Euclidean length."""
        return np.sqrt(np.sum(self.value(node.children[1]) ** 2))

    def ceil(self, node: Tree[Token]) -> Value:
        """Round up."""
        return np.ceil(self.value(node.children[1]))

    def floor(self, node: Tree[Token]) -> Value:
        """Round down."""
        return np.floor(self.value(node.children[1]))

    def bigop(self, node: Tree[Token]) -> Value:
        """Sum, multiply, or take the extreme over an index."""
        sign, limits, body = node.children
        operation = OVER_INDEX[str(sign)]
        assert isinstance(limits, Tree)
        if sign in {"\\max", "\\min"}:
            name, first, last = text(limits), 1, self._length(text(limits), body)  # type: ignore[arg-type]
        else:
            name = str(limits.children[0])
            first, last = (self._whole(child) for child in limits.children[1:])
        hidden = self.bound.get(name)
        terms = []
        for number in range(first, last + 1):
            self.bound[name] = np.float64(number)
            terms.append(self.value(body))
        self.bound.pop(name)
        if hidden is not None:
            self.bound[name] = hidden
        return np.float64(operation(terms))

    def _whole(self, node: Tree[Token] | Token) -> int:
        number = float(self.value(node))
        if not number.is_integer():
            raise LatexError(f"the limit {text(node)} is {number:g}. Write a whole number.")
        return int(number)

    def _length(self, index: str, body: Tree[Token]) -> int:
        """Return how far an index without limits runs: the axis that it stands for."""
        for node in body.iter_subtrees():
            if node.data == "scripted":
                base, sub, sup = scripts(node)
                for axis, one in enumerate(index_nodes(sub, sup)):
                    if text(one) == index and spelling(base) in self.bound:
                        return int(np.shape(self.bound[spelling(base)])[axis])
        raise LatexError(f"{index} runs over nothing that is bound.")

    def condition(self, node: Tree[Token]) -> bool:
        """Compare two values."""
        left, sign, right = node.children
        return COMPARISONS[str(sign)](self.value(left), self.value(right))

    def equal(self, node: Tree[Token]) -> bool:
        """Tell whether two values are equal."""
        return bool(self.value(node.children[0]) == self.value(node.children[1]))

    def indicator(self, node: Tree[Token]) -> Value:
        """Return 1 where the condition holds, else 0."""
        return np.float64(self.value(node.children[2]))

    def cases(self, node: Tree[Token]) -> Value:
        """Return the value of the first row whose condition holds."""
        for row in node.find_data("row"):
            value, *rest = row.children
            conditions = [part for part in rest if isinstance(part, Tree)]
            if not conditions or self.value(conditions[0]):
                return self.value(value)
        raise LatexError("no case holds. Add a row for all other values.")

    def derivative(self, node: Tree[Token]) -> Value:
        """Compute a derivative from the function that is derived."""
        parts = [child for child in node.children if isinstance(child, Tree)]
        if self.derive is None:
            raise LatexError("a derivative needs ':of:', the code of what is derived.")
        return self.derive(self, *parts)
