"""What the grammar reads, and what a formula that it reads is worth."""

import numpy as np
import pytest

from lossary_book import latex
from lossary_book.latex import LatexError

BOUND = {
    "m": 3,
    "n": 2,
    "N": 4,
    "K": 3,
    "B": 2,
    "i": 2,
    "j": 1,
    "k": 2,
    "t": 3,
    "u": 0.5,
    "x": np.array([1.0, 2.0, 4.0]),
    "y": np.array([2, 1, 2]),  # class indices, from 1
    "a": np.array([[0.5, 0.25], [0.125, 0.0625], [1.0, 8.0]]),
    "W": np.array([[1.0, 2.0], [3.0, 4.0]]),
    "c": np.array([10.0, 20.0]),
    "\\hat{y}": np.array([5.0, 7.0]),
    "\\mathbf{X}": np.array([[1.0, 2.0], [0.0, 1.0], [5.0, 6.0]]),
    "\\mathbf{W}": np.array([[1.0], [10.0]]),
    "\\mathbf{b}": np.array([100.0]),
    "\\alpha": 0.1,
    "\\beta_1": 0.5,
    "\\beta_2": 0.25,
    "a^[l]": 6.0,
    "a^[l-1]": 7.0,
    "w_t": 8.0,
    "w_t-1": 9.0,
    "w_\\text{new}": 11.0,
    "units": 25,
}


def value(formula: str) -> float | np.ndarray:
    """Return what a formula without a left side is worth."""
    [side] = latex.parse(formula).children
    return latex.Evaluate(BOUND).value(side)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("2 + 3 - 4", 1),
        ("2 - 3 + 4", 3),
        ("-3 + 4", 1),
        ("-2 \\cdot 3", -6),
        ("2 \\times 3", 6),
        ("2 n u", 2),
        ("6 / m", 2),
        ("12 / 2 / 3", 2),
        ("0.25 \\cdot 4", 1),
        ("\\frac{1}{2 m}", 1 / 6),
        ("\\frac{1}{m} (m + 1)", 4 / 3),
        ("\\left(1 - u\\right) n", 1),
        ("2^{m}", 8),
        ("u^2", 0.25),
        ("(n + 1)^2", 9),
        ("\\sqrt{\\frac{6}{n + 4}}", 1),
        ("\\alpha n", 0.2),
        ("\\text{units} + 1", 26),
        ("\\log\\left(e^{u}\\right)", 0.5),
        ("\\ln\\left(e\\right)", 1),
        ("\\exp\\left(\\log\\left(3\\right)\\right)", 3),
        ("\\tanh\\left(0\\right)", 0),
        ("\\max\\left(0, -n\\right)", 0),
        ("\\min(m, n, N)", 2),
        ("\\left|n - m\\right|", 1),
        ("\\lvert n - m \\rvert", 1),
        ("\\left\\lceil \\frac{m}{B} \\right\\rceil", 2),
        ("\\lfloor \\frac{m}{B} \\rfloor", 1),
    ],
)
def test_arithmetic(formula: str, expected: float) -> None:
    assert value(formula) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("\\sum_{k=1}^{m} k", 6),
        ("\\sum_{k=1}^m k", 6),
        ("\\sum_{k=2}^{m} k", 5),
        ("\\sum_{k=1}^{m - 1} k", 3),
        ("\\sum_{k=1}^{0} k", 0),
        ("\\sum_{k=1}^{m} k n + 100", 112),  # a sum reaches to the next + or -
        ("\\sum_{k=1}^{m} (k + 100)", 306),
        ("n \\sum_{k=1}^{m} x_k", 14),
        ("n \\cdot \\sum_{k=1}^{m} x_k", 14),
        ("\\prod_{k=1}^{m} x_k", 8),
        ("\\sum_{i=1}^{m} \\sum_{k=1}^{n} a^{(i)}_k", 9.9375),
        ("\\sum_{i=1}^{2} \\sum_{k=1}^{i} k", 4),
        ("\\sum_{k=1}^{n} W_{1,k} \\sum_{j=1}^{n} W_{k,j}", 17),
        ("\\frac{\\sum_{k=1}^{m} x_k}{\\sum_{k=1}^{m} 1}", 7 / 3),
        ("\\max_k x_k", 4),
        ("\\max_k (c_j x_k)", 40),
        ("\\min_k x_k", 1),
        ("\\max_{k} a^{(2)}_k", 0.125),
        ("\\max_i a^{(i)}_2", 8),
        ("\\sum_{k=1}^{m} k + k", 8),  # behind the sum, k is what it was
    ],
)
def test_sums_products_and_extremes(formula: str, expected: float) -> None:
    assert value(formula) == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x_3", 4),
        ("x_{i + 1}", 4),
        ("x_i", 2),
        ("W_{1,2}", 2),
        ("W_{12}", None),  # the index twelve
        ("W_{i,j}", 3),
        ("W_{i j}", 3),
        ("W_{ij}", 3),
        ("W_{j i}", 2),
        ("a^{(3)}_2", 8),
        ("a_2^{(3)}", 8),
        ("a^{(i)}_k", 0.0625),
        ("a^{(i)}_{y^{(i)}}", 0.125),  # the probability of the true class
        ("y^{(3)}", 2),
        ("c_{y^{(2)}}", 10),
        ("\\hat{y}^{(2)}", 7),
        ("\\hat{y}_1", 5),
        ("\\delta_{i,k}", 1),
        ("\\delta_{ij}", 0),
        ("x_i^2", 4),
        ("x^2_i", 4),
        ("\\beta_1^t", 0.125),
        ("\\beta_2^2", 0.0625),
        ("a^{[l]} - a^{[l-1]}", -1),
        ("w_t - w_{t-1}", -1),
        ("w_{\\text{new}}", 11),
    ],
)
def test_indices_and_powers(formula: str, expected: float | None) -> None:
    if expected is None:
        with pytest.raises(LatexError, match="1 indices; it is bound to 2 axes"):
            value(formula)
    else:
        assert value(formula) == expected


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("\\mathbf{1}\\left\\{m = 3\\right\\}", 1),
        ("\\mathbf{1}\\{m > 3\\}", 0),
        ("\\mathbb{1}\\{m \\ge 3\\}", 1),
        ("\\mathbf{1}\\{m \\ne 3\\} + \\mathbf{1}\\{n \\leq 2\\}", 1),
        ("\\mathbf{1}\\{\\mathbf{1}\\{u > 0\\} = 1\\}", 1),
        ("\\frac{1}{m} \\sum_{i=1}^{m} \\mathbf{1}\\left\\{y^{(i)} = 2\\right\\}", 2 / 3),
        ("\\begin{cases} u & \\text{if } u > 0 \\\\ 0 & \\text{otherwise} \\end{cases}", 0.5),
        ("\\begin{cases} u & u < 0 \\\\ 7 & \\text{otherwise} \\end{cases}", 7),
        ("\\begin{cases} 1 & n = 1 \\\\ 2 & n = 2 \\\\ 3 & \\text{else} \\end{cases}", 2),
    ],
)
def test_indicator_and_cases(formula: str, expected: float) -> None:
    assert value(formula) == expected


def test_bold_capitals_are_arrays() -> None:
    product = value("\\mathbf{X} \\mathbf{W} + \\mathbf{b}")
    np.testing.assert_array_equal(product, [[121.0], [110.0], [165.0]])
    twice = value("2 \\mathbf{b}")
    np.testing.assert_array_equal(twice, [200.0])


def test_transpose() -> None:
    np.testing.assert_array_equal(value("\\mathbf{W}^\\top"), [[1.0, 10.0]])
    np.testing.assert_array_equal(value("\\mathbf{X}^{\\top} \\mathbf{X}"), [[26, 32], [32, 41]])


def test_norms() -> None:
    assert value("\\lVert \\mathbf{W} \\rVert^2") == pytest.approx(101, rel=1e-15)
    assert value("\\left\\lVert \\mathbf{W} \\right\\rVert_1") == 11
    assert value("\\lVert \\mathbf{W} \\rVert_2") == pytest.approx(101**0.5, rel=1e-15)


def test_derivative_asks_what_is_derived() -> None:
    calls = []
    [side] = latex.parse("2 \\frac{\\partial J}{\\partial W_{k,j}}").children

    def derive(evaluate: latex.Evaluate, over: object, by: object) -> float:
        calls.append((latex.text(over), latex.text(by)))
        return 21.0

    assert latex.Evaluate(BOUND, derive).value(side) == 42
    assert calls == [("J", "Wkj")]
    with pytest.raises(LatexError, match=r"a derivative needs ':of:'"):
        latex.Evaluate(BOUND).value(side)


def test_chain_keeps_its_sides_and_its_arrow() -> None:
    assert len(latex.parse("a = b = c").children) == 3
    assert [str(c) for c in latex.parse("w \\leftarrow w - u").children[1:2]] == ["\\leftarrow"]
    assert len(latex.parse("w \\gets w - u").children) == 3


def test_spacing_means_nothing() -> None:
    assert latex.parse("x_{1}\\, +\\;2 \\quad \\cdot\n3") == latex.parse("x_{1}+2\\cdot 3")


@pytest.mark.parametrize(
    ("formula", "spot", "remedy"),
    [
        ("1 + \\log x", "\\log x", "\\log\\left(...\\right)"),
        ("\\sum_k x_k", "\\sum_k", "both limits: \\sum_{i=1}^{m}"),
        ("|x|", "|x|", "\\left|...\\right|"),
        ("x \\oplus y", "\\oplus", "The book's formulas use"),
        ("W \\sim 3", "\\sim", "The book's formulas use"),
        ("\\frac{1}{m", "\\frac{1}{m", "The book's formulas use"),
        ("", "", "The book's formulas use"),
    ],
)
def test_what_cannot_be_read_is_shown_with_a_remedy(formula: str, spot: str, remedy: str) -> None:
    with pytest.raises(LatexError) as caught:
        latex.parse(formula)
    message = str(caught.value)
    assert message.startswith("cannot read the formula here:\n")
    assert spot in message
    assert remedy in message


@pytest.mark.parametrize("formula", ["a / b c", "1 / 2 m", "n + a / b c"])
def test_a_quotient_that_two_read_in_two_ways_is_refused(formula: str) -> None:
    with pytest.raises(LatexError, match=r"can be read as a / \(b c\) and as \(a / b\) c"):
        latex.parse(formula)


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("q + 1", r"^q is bound to nothing\. Say in ':where:' what q stands for\."),
        ("\\gamma", r"\\gamma is bound to nothing"),
        ("m^{\\text{new}}", r"^\\text\{new\} is no number\."),
        ("e^{\\top}", r"^\\top is no number\."),
        ("w_{\\text{old}}", "w is bound to nothing"),
        ("w_{t+1}", "w is bound to nothing"),
        ("W_1", "W1 has 1 indices; it is bound to 2 axes"),
        ("x_{1,2}", "x12 has 2 indices; it is bound to 1 axes"),
        ("a^{(1)}", "has 1 indices; it is bound to 2 axes"),
        ("x_4", r"x4 has the index 4, outside 1\.\.3"),
        ("x_0", r"x0 has the index 0, outside 1\.\.3"),
        ("x_u", r"xu has the index 0\.5, outside 1\.\.3"),
        ("\\sum_{k=1}^{u} k", r"the limit u is 0\.5\. Write a whole number"),
        ("\\max_q m", "q runs over nothing that is bound"),
        ("(m + 1)_2", "cannot have an index"),
        ("m^{1,2}", "expected one value"),
        ("\\begin{cases} 1 & n = 1 \\end{cases}", "no case holds. Add a row"),
    ],
)
def test_what_a_formula_cannot_be_worth(formula: str, says: str) -> None:
    with pytest.raises(LatexError, match=says):
        value(formula)
