"""A formula that equals its code is green; a wrong one, and one that cannot be checked, is red."""

import numpy as np
import pytest

from lossary_book import computed
from lossary_book.computed import Binding, check, read_bindings
from lossary_book.latex import LatexError

SOFTMAX = (
    r"a_j = \frac{e^{z_j}}{\sum_{k=1}^{N} e^{z_k}}",
    "lossary.softmax(z)[j]",
    "z: (N,); j: index of N",
)
LOSS = (
    r"L = -\log\left(a_y\right)",
    "lossary.sparse_categorical_cross_entropy(y, a)",
    "a: probability (N,); y: class index of N",
)
COST = (
    r"J = -\frac{1}{m} \sum_{i=1}^{m} \sum_{k=1}^{N} y^{(i)}_k \log\left(a^{(i)}_k\right)",
    "lossary.cost(lossary.categorical_cross_entropy(Y, A))",
    "Y as y^{(i)}_k: one-hot (m, N); A as a^{(i)}_k: probability (m, N)",
)
DENSE = (
    r"z^{(i)}_j = \sum_{k=1}^{n} x^{(i)}_k W_{k,j} + b_j",
    "lossary.dense(X, W, b)[i, j]",
    "X as x^{(i)}_k: (m, n); W: (n, u); b: (u,); i: index of m; j: index of u",
)
GRADIENT = (
    r"\frac{\partial L}{\partial z_j} = a_j - y_j",
    "lossary.categorical_cross_entropy_gradient(y, z)[j]",
    "z: (N,); a := lossary.softmax(z); y: one-hot (N,); j: index of N",
    "lossary.categorical_cross_entropy(y, z, from_logits=True)",
)
ADAM = (
    (
        r"w_t = w_{t-1} - \alpha \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \cdot "
        r"\frac{m_t}{\sqrt{v_t} + \epsilon}, \qquad m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, "
        r"\qquad v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2"
    ),
    (
        "lossary.adam(w, g, lossary.AdamState(t - 1, m, v), learning_rate=alpha, beta_1=b1, "
        "beta_2=b2, epsilon=epsilon)[0]"
    ),
    (
        "w as w_{t-1}: scalar; g as g_t: scalar; m as m_{t-1}: scalar; "
        r"v as v_{t-1}: positive scalar; t: step; b1 as \beta_1: in 0..1; b2 as \beta_2: in 0..1; "
        r"alpha as \alpha: positive scalar; epsilon as \epsilon: positive scalar"
    ),
)
RIGHT = {
    "softmax": SOFTMAX,
    "class index": LOSS,
    "one-hot, nested sums": COST,
    "dense": DENSE,
    "gradient": GRADIENT,
    "step index, definitions": ADAM,
    "matrix form": (
        r"\mathbf{Z} = \mathbf{X} \mathbf{W} + \mathbf{b}",
        "lossary.dense(X, W, b)",
        r"X as \mathbf{X}: (m, n); W as \mathbf{W}: (n, u); b as \mathbf{b}: (u,)",
    ),
    "transpose": (
        r"\mathbf{Z} = \mathbf{W}^\top \mathbf{X}",
        "lossary.dense(X.T, W).T",
        r"X as \mathbf{X}: (n, m); W as \mathbf{W}: (n, u)",
    ),
    "norm": (
        r"P = \lambda \lVert \mathbf{w} \rVert^2",
        "lossary.l2_penalty(w, lam)",
        r"w as \mathbf{w}: (n,); lam as \lambda: positive scalar",
    ),
    "indicator": (
        r"\frac{1}{m} \sum_{i=1}^{m} \mathbf{1}\left\{c^{(i)} = y^{(i)}\right\}",
        "lossary.sparse_categorical_accuracy(y, lossary.one_hot(c, N))",
        "N: size; c as c^{(i)}: class index of N (m,); y as y^{(i)}: class index of N (m,)",
    ),
    "cases": (
        r"a = \begin{cases} z & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases}",
        "lossary.relu(z)",
        "z: scalar",
    ),
    "hats": (
        r"L^{(i)} = \left(\hat{y}^{(i)} - y^{(i)}\right)^2",
        "lossary.squared_error(y, p)[i]",
        r"p as \hat{y}^{(i)}: (m,); y as y^{(i)}: (m,); i: index of m",
    ),
    "layers": (
        r"a^{[l]}_j = \max\left(0, \sum_{k=1}^{n} a^{[l-1]}_k W^{[l]}_{k,j}\right)",
        "lossary.relu(lossary.dense(a, W))[j]",
        "a as a^{[l-1]}_k: (n,); W as W^{[l]}_{k,j}: (n, u); j: index of u",
    ),
    "arrow": (
        r"w_j \leftarrow w_j - \alpha g_j",
        "lossary.gradient_descent(w, g, learning_rate=alpha)[0][j]",
        r"w: (n,); g: (n,); alpha as \alpha: positive scalar; j: index of n",
    ),
    "ceiling": (
        r"S = \left\lceil \frac{m}{B} \right\rceil",
        "lossary.steps_per_epoch(m, B)",
        "m: size; B: size",
    ),
    "jacobian": (
        r"\frac{\partial a_i}{\partial z_j} = a_i \left(\delta_{i,j} - a_j\right)",
        "lossary.softmax_jacobian(z)[i, j]",
        "z: (N,); a := lossary.softmax(z); i: index of N; j: index of N",
        "lossary.softmax(z)",
    ),
    "definition": (
        r"s = c + \log\left(\sum_{k=1}^{N} e^{z_k - c}\right), \qquad c = \max_k z_k",
        "lossary.logsumexp(z)",
        "z: (N,)",
    ),
    "chain": (r"\log\left(\frac{a}{b}\right) = \log\left(a\right) - \log\left(b\right)",
        "np.log(a / b)", "a: positive scalar; b: positive scalar"),
    "code of Keras": (r"p = \frac{1}{1 + e^{-z}}",
        "np.asarray(keras.ops.sigmoid(z))", "z: scalar"),
    "words": (r"n \cdot \text{units}", "lossary.dense_count_params(n, units, use_bias=False)",
        "n: size; units: size"),
}  # fmt: skip


@pytest.mark.parametrize("equation", RIGHT.values(), ids=RIGHT)
def test_right_formula_is_green(equation: tuple[str, ...]) -> None:
    outcome = check("right", *equation)
    assert outcome.problem == ""
    assert outcome.draws == computed.DRAWS >= 32
    assert outcome.deviation <= computed.TOLERANCE <= 1e-12


def swap(equation: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    """Return an equation whose formula is written otherwise."""
    assert equation[0].count(old) == 1
    return (equation[0].replace(old, new), *equation[1:])


WRONG = {
    "sign flipped": swap(COST, "J = -", "J = "),
    "1/m missing": swap(COST, r"\frac{1}{m} ", ""),
    "1/m inverted": swap(COST, r"\frac{1}{m}", "m"),
    "another limit": swap(COST, "^{m}", "^{m - 1}"),
    "sum from 2": swap(COST, "k=1", "k=2"),
    "example left out of a": swap(COST, "a^{(i)}_k", "a_k"),
    "sum over the wrong letter": swap(SOFTMAX, "e^{z_k}", "e^{z_j}"),
    "exchanged": swap(SOFTMAX, r"\frac{e^{z_j}}{\sum_{k=1}^{N} e^{z_k}}",
        r"\frac{\sum_{k=1}^{N} e^{z_k}}{e^{z_j}}"),
    "exp for log": swap(LOSS, r"\log", r"\exp"),
    "bias added once too often": swap(DENSE, "W_{k,j} + b_j", r"\left(W_{k,j} + b_j\right)"),
    "y - a": swap(GRADIENT, "a_j - y_j", "y_j - a_j"),
    "z for a": swap(GRADIENT, "= a_j", "= z_j"),
    "only the bias correction of one": swap(ADAM, r"\sqrt{1 - \beta_2^t}", "1"),
    "epsilon under the root": swap(ADAM, r"\sqrt{v_t} + \epsilon", r"\sqrt{v_t + \epsilon}"),
    "a wrong definition": swap(ADAM, "g_t^2", "g_t"),
}  # fmt: skip


@pytest.mark.parametrize("equation", WRONG.values(), ids=WRONG)
def test_wrong_formula_is_red_with_the_input_and_both_values(equation: tuple[str, ...]) -> None:
    outcome = check("wrong", *equation)
    assert outcome.problem.startswith("for ") or "has 1 indices" in outcome.problem
    if outcome.problem.startswith("for "):
        assert " the formula gives " in outcome.problem
        assert " and the code " in outcome.problem
        assert outcome.problem.endswith("Mend the formula, the code or ':where:'.")


def test_a_right_formula_with_wrong_code_is_red() -> None:
    wrong = check("wrong", SOFTMAX[0], "lossary.log_softmax(z)[j]", SOFTMAX[2])
    assert "the formula gives" in wrong.problem


def test_a_derivative_is_compared_with_a_finite_difference_too() -> None:
    formula, code, where, of = GRADIENT
    doubled = check("both wrong", formula.replace("= a_j - y_j", "= 2 (a_j - y_j)"),
        f"2 * {code}", where, of)  # fmt: skip
    assert "the formula gives" in doubled.problem


def test_what_is_undefined_in_both_is_right_if_it_is_rare() -> None:
    share = r"\frac{\sum_{i=1}^{m} y^{(i)} a^{(i)}}{\sum_{i=1}^{m} a^{(i)}}"
    where = "y as y^{(i)}: binary (m,); a as a^{(i)}: binary (m,)"
    outcome = check("0/0", share, "np.dot(y, a) / np.sum(a)", where)
    assert outcome.problem == ""
    assert 0 < outcome.undefined < 20
    assert check("0/0", share, "np.nan_to_num(np.dot(y, a) / np.sum(a))", where).problem


def test_inputs_are_the_same_in_each_build_and_others_for_another_label() -> None:
    first, again, other = (check(name, *WRONG["1/m missing"]) for name in ("a", "a", "b"))
    assert first.problem == again.problem != other.problem


def test_edge_cases_and_sizes_are_among_the_inputs() -> None:
    rng = np.random.default_rng(0)
    draws = [computed._draw(Binding("z", "z", "real", ("N",)), {"N": 3}, i, rng) for i in range(4)]
    assert (draws[0] == 0).all()
    assert (draws[1] == 1).all()
    assert np.abs(draws[2]).max() > 10
    assert np.abs(draws[3]).max() < 1e-6
    sizes = [computed._sizes(read_bindings("A: (m, N)"), rng) for _ in range(300)]
    assert {size["m"] for size in sizes} == set(range(1, 10))
    assert {size["N"] for size in sizes} == set(range(2, 8))


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("probability (m, N)", lambda v: np.allclose(v.sum(axis=-1), 1) and (v > 0).all()),
        ("one-hot (m, N)", lambda v: (v.sum(axis=-1) == 1).all() and set(v.flat) <= {0, 1}),
        ("positive (m, N)", lambda v: (v > 0).all()),
        ("in 0..1 (m, N)", lambda v: ((v > 0) & (v < 1)).all()),
        ("binary (m, N)", lambda v: set(v.flat) <= {0, 1}),
        ("class index of N (m, N)", lambda v: set(v.flat) <= set(range(5))),
    ],
)
def test_kinds_keep_their_promise(kind: str, holds: object) -> None:
    [binding] = read_bindings(f"v: {kind}")
    rng = np.random.default_rng(1)
    for number in range(20):
        value = computed._draw(binding, {"m": 4, "N": 5}, number, rng)
        assert value.shape == (4, 5)
        assert callable(holds)
        assert holds(value)


def test_where_is_read() -> None:
    where = r"X as x^{(i)}_k: (m, n); s: in 0..1; b1 as \beta_1: scalar; y: class index of N (m,);"
    assert read_bindings(f"{where} j: index of N; a := lossary.softmax(z)") == [
        Binding("X", "x", "real", ("m", "n")),
        Binding("s", "s", "in 0..1"),
        Binding("b1", "\\beta_1", "scalar"),
        Binding("y", "y", "class index", ("m",), "N"),
        Binding("j", "j", "index", (), "N"),
        Binding("a", "a", "derived", code="lossary.softmax(z)"),
    ]


@pytest.mark.parametrize("where", ["z", "z (N,)", "z: vector (N,)", "z: (N,) real", "z:", "z as: "])
def test_where_that_cannot_be_read(where: str) -> None:
    with pytest.raises(LatexError, match=r"^cannot read .* in ':where:'\. Write 'name: \(axes\)'"):
        read_bindings(where)


@pytest.mark.parametrize(
    ("formula", "code", "where", "of", "says"),
    [
        (r"1 + \log x", "1", "x: scalar", "", "cannot read the formula here"),
        ("a / b c", "a / b / c", "a: scalar; b: scalar; c: scalar", "", "can be read as"),
        ("x + q", "x", "x: scalar", "", "q is bound to nothing"),
        ("x_1", "x[0, 0]", "x: (m, n)", "", "1 indices; it is bound to 2 axes"),
        ("x_{m + 1}", "x[-1]", "x: (m,)", "", "outside 1.."),
        ("x", "x +", "x: scalar", "", "':code:' is no Python expression"),
        ("x", "lossary.softmx(x)", "x: scalar", "", "the code raised AttributeError"),
        ("x", "lossary.softmax(x)", "x: scalar", "", "the code raised ValueError: logits"),
        ("x", "x", "x (n,)", "", "cannot read 'x (n,)' in ':where:'"),
        ("s = x", "x[0]", "x: (n,)", "", "the formula has shape"),
        (r"\mathbf{A} \mathbf{A}", "A", r"A as \mathbf{A}: (n, 9)", "", "cannot be computed"),
        (r"\log\left(-1\right)", "np.log(-1.0)", "", "", "more than half of the inputs give NaN"),
        # What stands on the left side
        ("z_j = x_j", "x[j]", "x: (n,)", "", "bears the indices ['j'], ':where:' leaves []"),
        ("z = x_j", "x[j]", "x: (n,); j: index of n", "", "bears the indices [], ':where:'"),
        ("z_{j,i} = x_{i,j}", "x[i, j]", "x: (m, n); i: index of m; j: index of n", "",
            "bears the indices ['j', 'i'], ':where:' leaves ['i', 'j'] open"),
        (r"v \leftarrow w - g", "w - g", "w: scalar; g: scalar", "", "before the arrow"),
        # What stands behind \qquad
        (r"x + c, \qquad c", "x", "x: scalar", "", "expected a definition such as c = "),
        (r"x + c, \qquad c + 1 = 2", "x + 1", "x: scalar", "", "expected a definition"),
        (r"x + c, \qquad c = 1", "x + 1", "x: scalar; c: scalar", "", "Drop it from ':where:'"),
        (r"x, \qquad c = 1", "x", "x: scalar", "", "c is defined and not used"),
        # What is derived
        (r"\frac{\partial J}{\partial w} = 2 w", "2 * w", "w: scalar", "", "needs ':of:'"),
        (r"\frac{\partial J}{\partial v} = 2 w", "2 * w", "w: scalar", "w ** 2", "not drawn"),
        (r"\frac{\partial J}{\partial w} = 2 w_j", "2 * w[j]", "w: (n,); j: index of n",
            "np.sum(w ** 2)", "bears the indices []"),
        (r"\frac{\partial J}{\partial w} = \sum_{k=1}^{n} w_k", "np.sum(w)", "w: (n,)",
            "np.sum(w ** 2)", "w has 0 indices, w 1 axes"),
        (r"\frac{\partial a}{\partial z_j} = 2 z_j", "2 * z[j]", "z: (n,); j: index of n",
            "z ** 2", "a has 0 indices, ':of:' 1 axes"),
        (r"\frac{\partial a_j}{\partial z_j} = 2 z_j", "2 * z[j]",
            "z: (n,); a := 3 * z; j: index of n", "z ** 2", "aj is not what ':of:' computes"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_red_and_says_why(
    formula: str, code: str, where: str, of: str, says: str
) -> None:
    assert says in check("red", formula, code, where, of).problem
