"""The bars of benchmarks/accuracy.py, on fewer classes than `nox -s figures -- accuracy`."""

import warnings

import numpy as np
import pytest

from benchmarks import accuracy
from benchmarks.exact import exact, ulps

CASES = accuracy.cases(many=80)
OURS = accuracy.ours()
# SciPy alone of the others, since the rest take long to load.
SCIPY = {"scipy": accuracy.peers.scipy()}
# The exp and the log of NumPy 1.26 are rounded less well.
BAR = accuracy.BAR if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else 2.5


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.function}-{c.dtype}-{c.inputs}")
def test_result_is_within_the_bars_and_without_a_warning(case):
    with np.errstate(all="ignore"):
        found = accuracy.errors(case, SCIPY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found |= accuracy.errors(case, {"lossary": OURS})
    assert list(accuracy.complaints(case, found, BAR)) == []
    assert np.isfinite(found["lossary"][1])


def test_float32_is_rounded_once():
    for case in CASES:
        if case.dtype == "float32":
            assert accuracy.errors(case, {"lossary": OURS})["lossary"][0] < 0.51


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
