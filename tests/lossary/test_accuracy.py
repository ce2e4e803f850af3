"""The bars of benchmarks/accuracy.py, on fewer classes than `nox -s figures -- accuracy`."""

import warnings

import numpy as np
import pytest

from benchmarks import accuracy, search
from benchmarks.exact import exact, ulps

CASES = accuracy.cases(many=80)
OURS = accuracy.ours()
# The exp and the log of NumPy 1.26 are rounded less well,
BAR = accuracy.BAR if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else 2.5
FAR = accuracy.FAR if BAR == accuracy.BAR else 3.5
# and with AVX-512 its exp is off by 1.5 ulp itself, which none of what is put back makes good.
POINTS = np.linspace(-5, 5, 100_001)
EXP_ERROR = np.abs(np.exp(POINTS) - np.exp(POINTS.astype(search.Wide))) / np.spacing(np.exp(POINTS))
EXACT = EXP_ERROR.max() < 1
# SciPy alone of the others, since the rest take long to load.
PEERS = {"scipy": accuracy.peers.scipy()} if EXACT else {}
ROUNDED_WELL = pytest.mark.skipif(not EXACT, reason="NumPy's exp is off by more than an ulp")
WIDE = pytest.mark.skipif(
    np.finfo(np.longdouble).nmant < search.BITS, reason="long double is not wider than float64"
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.function}-{c.dtype}-{c.inputs}")
def test_result_is_within_the_bars_and_without_a_warning(case):
    with np.errstate(all="ignore"):
        found = accuracy.errors(case, PEERS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found |= accuracy.errors(case, {"lossary": OURS})
    assert list(accuracy.complaints(case, found, BAR)) == []
    assert np.isfinite(found["lossary"][1])


def test_float32_is_rounded_once():
    for case in CASES:
        if case.dtype == "float32":
            assert accuracy.errors(case, {"lossary": OURS})["lossary"][0] < 0.51


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("shape", [(50, 10_000), (2000, 10)])
def test_float32_is_what_float64_rounds_to(name, shape, rng):
    z = (5 * rng.normal(size=shape)).astype(np.float32)
    if name in accuracy.SINGLE:
        z = z[:, :10].ravel()
    for _, target in accuracy.targets(name, z, rng):
        result, true = (OURS[name](*target, logits) for logits in (z, z.astype(np.float64)))
        assert result.dtype == np.float32
        assert np.abs((result - true) / np.spacing(result)).max() < 0.51


@WIDE
@pytest.mark.parametrize("classes", [10, 100])
def test_long_double_keeps_its_digits(classes, rng):
    z = 3 * rng.normal(size=(20, classes))
    for each in (*search.of_rows(z, rng), *search.of_numbers(z.ravel(), rng)):
        *target, logits = each.arguments
        result = OURS[each.function](*target, logits.astype(np.longdouble))
        error = np.abs(result - each.values.reshape(result.shape)) / np.abs(result)
        assert (error <= 1e-18 * (1 + each.conditions.reshape(result.shape))).all(), each.function


@WIDE
def test_random_results_are_within_the_bar():
    found = search.search(OURS, 3, accuracy.CONDITION, BAR)
    assert set(found) == set(OURS)
    for name, of in found.items():
        assert of.tried > 10_000, name
        assert of.worst <= FAR, name
        assert of.above / of.tried < 1e-4, name


@WIDE
def test_random_values_are_those_of_mpmath(rng):
    rows, numbers = 3 * rng.normal(size=(4, 5)), 3 * rng.normal(size=20)
    seen = set()
    for each in (*search.of_rows(rows, rng), *search.of_numbers(numbers, rng)):
        true = exact(each.function, *each.arguments)
        values = each.values.reshape(true.nearest.shape)
        assert np.abs(values / true.unit - true.high - true.low).max() < 0.01
        np.testing.assert_allclose(
            each.conditions.reshape(true.condition.shape), true.condition, rtol=1e-9
        )
        seen.add(each.function)
    assert seen == set(OURS)


@WIDE
@ROUNDED_WELL
def test_a_random_result_that_is_off_is_noticed():
    naive = OURS | {"logsumexp": lambda z: OURS["logsumexp"](z) * (1 + 1e-15)}
    found = search.search(naive, 1, accuracy.CONDITION, BAR)
    assert [text.split(" of ")[0] for text in accuracy.far(found)] == ["logsumexp"]
    assert found["logsumexp"].above > 1000


@WIDE
def test_digits_are_kept_where_maximum_and_logarithm_cancel():
    z = np.array([[-0.8815429817384048, -1.05, -1.2], [-0.6, -0.8, -5.0]])
    for rows in (z, np.repeat(z, 30, axis=1) - np.log(30)):  # short and long
        assert ulps(OURS["logsumexp"](rows), exact("logsumexp", rows)).max() < 1


@WIDE
@ROUNDED_WELL
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "categorical_cross_entropy"])
def test_rounding_is_put_back_in_short_rows(name, rng):
    z = 3 * rng.normal(size=(200_000, 2))
    for true in search.of_rows(z, rng):
        if true.function == name:
            well = true.conditions <= accuracy.CONDITION
            assert search.ulps(OURS[name](*true.arguments), true)[well].max() < 2


@WIDE
def test_what_the_maximum_takes_from_a_small_logit_is_put_back(rng):
    z = np.repeat(rng.uniform(1, 2, (20_000, 1)), 4, axis=1)
    z[:, 3] = rng.uniform(-20, -16, 20_000)
    true = next(each for each in search.of_rows(z, rng) if each.function == "log_softmax")
    assert search.ulps(OURS["log_softmax"](z), true)[:, 3].max() < 0.6


@WIDE
@ROUNDED_WELL
def test_rounding_of_the_sum_is_put_back_in_a_sigmoid(rng):
    # Results a little below a power of two, of exponentials a little above one: most ulp.
    z = -np.log(2.0 ** rng.integers(3, 9, 400_000) * rng.uniform(0.95, 1, 400_000))
    small = np.exp(z)
    lost = np.abs(small - (1 + small - 1))
    true = next(search.of_numbers(z[lost > 0.9 * 2.0**-53], rng))
    assert search.ulps(OURS["sigmoid"](*true.arguments), true).max() < 2


@WIDE
@ROUNDED_WELL
@pytest.mark.parametrize(
    ("name", "classes", "bar"),
    [("softmax", np.s_[1:], 2), ("log_softmax", np.s_[:1], 1.2)],
    ids=["softmax of the others", "log_softmax of the greatest"],
)
def test_rounding_of_the_greatest_exponential_is_put_back(name, classes, bar, rng):
    tops = rng.uniform(2, 8, 40_000)
    rounding = np.abs(np.exp(tops) / np.exp(tops.astype(np.longdouble)) - 1)
    z = rng.normal(size=(2000, 100)) - rng.uniform(0, 8, (2000, 1))
    z[:, 0] = tops[rounding.argsort()[-2000:]]
    true = next(each for each in search.of_rows(z, rng) if each.function == name)
    well = true.conditions[:, classes] <= accuracy.CONDITION
    assert search.ulps(OURS[name](z), true)[:, classes][well].max() < bar


def test_search_asks_for_a_wide_long_double(monkeypatch):
    monkeypatch.setattr(search, "Wide", np.float64)
    with pytest.raises(RuntimeError, match="expected at least 63 binary places, got 52"):
        search.search(OURS, 1, accuracy.CONDITION, BAR)


def test_a_result_that_is_off_is_noticed():
    z = np.array([[1.0, 2.0, 3.0]])
    true = exact("softmax", z)
    right = OURS["softmax"](z)
    assert ulps(right, true).max() <= 2
    for off in (5, 50):
        shifted = right + off * np.spacing(right)
        assert abs(ulps(shifted, true).max() - off) <= 2
    assert ulps(np.where(right == right.max(), np.nan, right), true).max() == np.inf
    case = accuracy.Case("softmax", "float64", "three", [(z,)])
    naive = {"lossary": {"softmax": lambda z: shifted}, "scipy": OURS}
    texts = list(accuracy.complaints(case, accuracy.errors(case, naive)))
    assert len(texts) == 2
    assert texts[0].startswith("softmax of float64, three: 5")
    assert "above 2" in texts[0]


def test_exact_values_are_those_of_a_closed_form():
    z = np.array([[0.0, 0.0], [0.0, -np.inf]])
    np.testing.assert_array_equal(exact("softmax", z).nearest, [[0.5, 0.5], [1, 0]])
    np.testing.assert_array_equal(exact("logsumexp", z).nearest, [[np.log(2)], [0]])
    np.testing.assert_array_equal(exact("log_softmax", z).nearest[1], [0, -np.inf])
    np.testing.assert_array_equal(exact("sigmoid", np.zeros(1)).nearest, [[0.5]])
