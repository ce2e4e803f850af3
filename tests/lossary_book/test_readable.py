"""A formula as a line of text says what the formula says."""

import re

import pytest

from lossary_book.readable import readable


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"a_j = \frac{e^{z_j}}{\sum_{k=1}^{N} e^{z_k}}", "a_j = e^{z_j}/(∑_{k=1}^N e^{z_k})"),
        (r"J = -\frac{1}{m} \sum_{i=1}^{m} L^{(i)}", "J = −(1/m) ∑_{i=1}^m L^{(i)}"),
        (r"\frac{\partial J}{\partial b_j} = u_j", "∂J/∂b_j = u_j"),
        (r"x = \frac{1}{2} r^2", "x = (1/2) r^2"),
        (r"x = \frac{1}{2 r^2}", "x = 1/(2 r^2)"),
        (r"x = \left(\frac{a}{b}\right)^2", "x = (a/b)^2"),
        (r"x = \frac{a}{b}^2", "x = (a/b)^2"),
        (r"x = \frac{\frac{a}{b}}{c}", "x = (a/b)/c"),
        (r"x = \frac{a}{\frac{b}{c}}", "x = a/(b/c)"),
        (r"L = \sqrt{\frac{6}{n + u}}", "L = √(6/(n + u))"),
        (r"\text{steps} = \left\lceil \frac{m}{B} \right\rceil", "steps = ⌈m/B⌉"),
        (r"w \leftarrow w - \alpha g", "w ← w − α g"),
        (r"\hat{y} = \beta_1^t \cdot \epsilon", "ŷ = β_1^t · ϵ"),
        (
            r"\begin{cases} r & \text{if } |r| \le d \\ 0 & \text{otherwise} \end{cases}",
            "r if |r| ≤ d; 0 otherwise",
        ),
        (r"a = \begin{cases} v & z \ge v \\ z & z \ge t \end{cases}", "a = v if z ≥ v; z if z ≥ t"),
    ],
)
def test_formula_reads_as_it_is_meant(latex: str, text: str) -> None:
    assert readable(latex) == text


def arithmetic(text: str) -> float:
    """Compute a line of text in which every letter is a number."""
    code = re.sub(r"√", "math.sqrt", text).replace("−", "-").replace("^", "**").replace("·", "*")
    code = re.sub(r"(?<=[\w)]) (?=[\w(])", " * ", code)
    return float(eval(code, {"math": __import__("math"), "a": 3.0, "b": 5.0, "c": 7.0}))


@pytest.mark.parametrize(
    ("latex", "value"),
    [
        (r"\frac{a}{b} c", 3 / 5 * 7),
        (r"\frac{a}{b c}", 3 / 35),
        (r"c \frac{a + b}{a - b}", 7 * 8 / -2),
        (r"\frac{a}{b} + \frac{1}{c} \cdot \frac{b}{a}", 3 / 5 + 1 / 7 * 5 / 3),
        (r"\frac{\sqrt{a}}{\frac{b}{c} + 1}", 3**0.5 / (5 / 7 + 1)),
        (r"a - \frac{b - \frac{1}{c}}{2}", 3 - (5 - 1 / 7) / 2),
        (r"\frac{a}{b} \frac{c}{a}", 7 / 5),
    ],
)
def test_text_computes_to_the_same_number(latex: str, value: float) -> None:
    assert arithmetic(readable(latex)) == pytest.approx(value)
