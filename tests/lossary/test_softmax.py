"""logsumexp, softmax, log_softmax, sigmoid, log_sigmoid, softmax_jacobian."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from mpmath import exp, log1p, mpf

from lossary import log_sigmoid, log_softmax, logsumexp, sigmoid, softmax, softmax_jacobian

INF, NAN = np.inf, np.nan
SHAPES = array_shapes(max_dims=3, max_side=6)
FINITE = arrays(np.float64, SHAPES, elements=st.floats(allow_nan=False, allow_infinity=False))
# Whole numbers add without rounding.
WHOLE = arrays(np.float64, SHAPES, elements=st.integers(-1000, 1000))
SCALES = pytest.mark.parametrize("scale", [0.01, 1.0, 10.0, 100.0, 300.0])
ALONG_AXIS = [logsumexp, softmax, log_softmax]


@given(FINITE)
def test_rows_sum_to_one_and_stay_in_0_to_1(z):
    a = softmax(z)
    np.testing.assert_allclose(a.sum(axis=-1), 1, rtol=1e-15)
    assert ((a >= 0) & (a <= 1)).all()


@given(FINITE)
def test_log_softmax_is_finite_where_the_true_value_is(z):
    within = np.abs(z) < 8e307  # so that differences do not exceed the largest float64
    assert np.isfinite(log_softmax(np.where(within, z, 0))).all()


@given(WHOLE, st.integers(-(2**40), 2**40))
def test_adding_a_number_to_all_logits_changes_nothing(z, shift):
    np.testing.assert_array_equal(softmax(z + shift), softmax(z))
    np.testing.assert_array_equal(log_softmax(z + shift), log_softmax(z))


@given(WHOLE)
def test_order_of_classes_goes_with_the_logits(z):
    np.testing.assert_allclose(softmax(z[..., ::-1]), softmax(z)[..., ::-1], rtol=1e-15)


@pytest.mark.parametrize("function", ALONG_AXIS)
def test_axis_is_the_transpose(function, rng):
    z = rng.normal(size=(3, 4))
    np.testing.assert_array_equal(function(z, axis=0), function(z.T).T)
    np.testing.assert_array_equal(function(z, axis=-2), function(z, axis=0))


def test_keepdims_keeps_the_axis(rng):
    z = rng.normal(size=(3, 4, 2))
    kept = logsumexp(z, axis=1, keepdims=True)
    np.testing.assert_array_equal(kept, logsumexp(z, axis=1)[:, np.newaxis])


@SCALES
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_softmax_and_its_logarithm_are_exact_to_a_few_ulps(
    scale, classes, rng, exact_logsumexp, ulps, few
):
    z = scale * rng.normal(size=(5, classes))
    for row, a, log_a in zip(z, softmax(z), log_softmax(z), strict=True):
        total = exact_logsumexp(row)
        for j in range(classes):
            exact = mpf(float(row[j])) - total
            assert ulps(log_a[j], exact) <= few
            if a[j] > 1e-300:  # smaller numbers have fewer digits
                assert ulps(a[j], exp(exact)) <= few


@SCALES
def test_sigmoid_and_its_logarithm_are_exact_to_a_few_ulps(scale, rng, ulps, few):
    z = scale * rng.normal(size=50)
    for number, a, log_a in zip(z, sigmoid(z), log_sigmoid(z), strict=True):
        assert ulps(a, 1 / (1 + exp(-mpf(float(number))))) <= few
        assert ulps(log_a, -log1p(exp(-mpf(float(number))))) <= few


@SCALES
def test_logsumexp_is_exact(scale, rng, exact_logsumexp):
    z = scale * rng.normal(size=(20, 5))
    exact = [float(exact_logsumexp(row)) for row in z]
    np.testing.assert_allclose(logsumexp(z), exact, rtol=5e-16, atol=5e-16)


@pytest.mark.parametrize("scale", [1, 10])
@pytest.mark.parametrize("function", [*ALONG_AXIS, sigmoid, log_sigmoid])
def test_agrees_with_keras(function, scale, rng, dtype, keras, assert_close):
    z = (scale * rng.normal(size=(6, 4))).astype(dtype)
    arguments = {"axis": -1} if function in ALONG_AXIS else {}
    assert_close(function(z), getattr(keras.ops, function.__name__)(z, **arguments))


@pytest.mark.parametrize(
    ("function", "z", "expected"),
    [
        (logsumexp, [-INF, -INF], -INF),
        (logsumexp, [-INF, 3], 3),
        (logsumexp, [INF, -INF], INF),
        (logsumexp, [INF, INF, 1000], INF),
        (logsumexp, [NAN, INF], NAN),
        (logsumexp, [7], 7),
        (softmax, [0, -INF], [1, 0]),
        (softmax, [-INF, -INF], [NAN, NAN]),
        (softmax, [INF, 0], [NAN, NAN]),
        (softmax, [INF, INF], [NAN, NAN]),
        (softmax, [INF, 1000], [NAN, NAN]),
        (softmax, [0, NAN], [NAN, NAN]),
        (softmax, [-1000, -1000], [0.5, 0.5]),
        (log_softmax, [0, -INF], [0, -INF]),
        (log_softmax, [-INF, -INF], [NAN, NAN]),
        (log_softmax, [INF, INF], [NAN, NAN]),
        (log_softmax, [0, NAN], [NAN, NAN]),
        (sigmoid, [-INF, -1000, 0, 1000, INF, NAN], [0, 0, 0.5, 1, 1, NAN]),
        (log_sigmoid, [-INF, -1000, 1000, INF, NAN], [-INF, -1000, 0, 0, NAN]),
    ],
)
def test_edge_values(function, z, expected, dtype):
    result = function(np.array(z, dtype))
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("classes", [1, 2, 5, 64, 100])
@pytest.mark.parametrize("function", ALONG_AXIS)
def test_what_is_odd_in_one_row_leaves_the_others_as_they_are(function, classes, rng, dtype):
    z = 3 * rng.normal(size=(14, classes))
    for level, row in zip(
        [-1000, -745, -720, -99, -10, 10, 25, 99, 709, 720, 1000], z, strict=False
    ):
        row += level
    z[11, 0], z[12, 0], z[13, 0] = INF, -INF, NAN
    z = z.astype(dtype)
    alone = np.concatenate([function(row[np.newaxis]) for row in z])
    np.testing.assert_array_equal(function(z), alone)
    np.testing.assert_allclose(alone[:11], function(z[:11].astype(np.longdouble)), rtol=1e-6)
    assert np.isnan(alone[13]).all()


@pytest.mark.parametrize("logit", [-999.9, -720.3, -5.1, 0.3, 15.7, 18.2, 700.1, 1e9])
@pytest.mark.parametrize("classes", [1, 3, 63, 64, 65, 100, 777])
def test_equal_logits_have_equal_shares(logit, classes, dtype):
    shares = softmax(np.full((2, classes), logit, dtype))
    np.testing.assert_array_equal(shares, np.full((2, classes), 1 / classes, dtype))


@pytest.mark.parametrize("level", [-745, -30, 0, 12, 16, 30, 705])
@pytest.mark.parametrize("lead", [0, 0.5, 5, 13, 14, 20, 35])
def test_long_rows_are_exact_to_a_few_ulps(level, lead, rng, exact_logsumexp, ulps, few):
    z = level + rng.normal(size=80)
    z[7] = z.max() + lead
    total = exact_logsumexp(z)
    for j, (a, log_a) in enumerate(zip(softmax(z), log_softmax(z), strict=True)):
        exact = mpf(float(z[j])) - total
        assert ulps(log_a, exact) <= few + 1.5
        assert ulps(a, exp(exact)) <= few + 1.5
    assert ulps(logsumexp(z), total) <= few + 1.5 or abs(total) < 0.5


def test_logsumexp_of_a_long_row_that_one_class_leads_is_rounded_once(rng, exact_logsumexp, ulps):
    for top in rng.uniform(0.25, 0.5, 60):
        z = np.append(rng.normal(size=80) - 30, top)
        assert ulps(logsumexp(z), exact_logsumexp(z)) <= 0.6


def test_logsumexp_of_a_long_row_keeps_what_the_sum_has_above_one(exact_logsumexp):
    z = np.append(np.log(np.full(4, 0.25)), np.full(78, -40.0))  # 1 + 3.3e-16, 1.5 times an ulp
    np.testing.assert_allclose(logsumexp(z), float(exact_logsumexp(z)), rtol=0.15)


def test_what_rounding_takes_from_the_logits_is_put_back_into_the_sum(rng, exact_logsumexp, ulps):
    for top, tied in zip(rng.uniform(0, 1, 60), rng.uniform(-4, -3, 60), strict=True):
        z = np.append(top, np.full(60, tied))
        total = exact_logsumexp(z)
        for j in (0, 1):
            assert ulps(softmax(z)[j], exp(mpf(float(z[j])) - total)) <= 2


@pytest.mark.skipif(
    np.finfo(np.longdouble).eps == np.finfo(float).eps, reason="long double is float64 here"
)
@pytest.mark.parametrize("classes", [2, 80])
def test_long_double_keeps_its_digits(classes):
    z = np.zeros(classes, np.longdouble)
    z[0] = -1
    total = np.log(np.exp(np.longdouble(-1)) + (classes - 1))
    assert logsumexp(z).dtype == np.longdouble
    np.testing.assert_allclose(logsumexp(z), total, rtol=4 * np.finfo(np.longdouble).eps)
    np.testing.assert_allclose(
        softmax(z)[0], np.exp(-1 - total), rtol=9 * np.finfo(np.longdouble).eps
    )


def test_a_number_without_an_axis():
    assert log_sigmoid(0.0) == -np.log(2)
    assert sigmoid(0.0) == 0.5


@pytest.mark.parametrize("level", [-1000, -745, -720, -460, 0, 300, 705, 720, 1000])
def test_softmax_of_float32_is_that_of_float64_at_any_level(level, rng):
    z = (level + 8 * rng.normal(size=(3, 5))).astype(np.float32)
    np.testing.assert_allclose(softmax(z), softmax(z.astype(np.float64)), rtol=6e-8)


def test_largest_numbers(dtype):
    z = np.array([1, -1], dtype) * np.finfo(dtype).max
    np.testing.assert_array_equal(logsumexp(z), z[0])
    np.testing.assert_array_equal(softmax(z), [1, 0])
    np.testing.assert_array_equal(log_softmax(z), [0, -INF])  # the difference is too large


def test_a_row_without_softmax_leaves_the_others_alone():
    z = [[INF, 0], [0, 0], [NAN, 0]]
    np.testing.assert_array_equal(softmax(z), [[NAN, NAN], [0.5, 0.5], [NAN, NAN]])


def test_small_loss_of_a_sure_prediction_is_kept():
    assert softmax([50.0, 0.0])[0] == 1
    np.testing.assert_allclose(log_softmax([50.0, 0.0])[0], -np.exp(-50.0), rtol=1e-15)


@given(arrays(np.float64, 5, elements=st.floats(-700, 700)))
def test_sigmoid_is_the_softmax_of_two_classes(z):
    two = np.stack([z, np.zeros_like(z)], axis=-1)
    np.testing.assert_allclose(sigmoid(z), softmax(two)[:, 0], rtol=1e-15)
    np.testing.assert_allclose(sigmoid(-z), softmax(two)[:, 1], rtol=1e-15)
    np.testing.assert_allclose(log_sigmoid(z), log_softmax(two)[:, 0], rtol=1e-15)


def test_jacobian_holds_finite_differences(rng, finite_difference):
    z = rng.normal(size=(2, 3))
    jacobian = softmax_jacobian(z)
    for row in range(2):
        for i in range(3):
            expected = finite_difference(lambda z, i=i: softmax(z)[i], z[row])
            np.testing.assert_allclose(jacobian[row, i], expected, atol=1e-9)


@given(arrays(np.float64, (2, 4), elements=st.floats(-1e3, 1e3)))
def test_jacobian_is_symmetric_with_sums_of_zero(z):
    jacobian = softmax_jacobian(z)
    np.testing.assert_array_equal(jacobian, np.swapaxes(jacobian, -1, -2))
    np.testing.assert_allclose(jacobian.sum(axis=-1), 0, atol=1e-15)


def test_slope_of_logsumexp_is_softmax(rng, finite_difference):
    z = rng.normal(size=5)
    np.testing.assert_allclose(finite_difference(logsumexp, z), softmax(z), atol=1e-9)


@pytest.mark.parametrize("function", [*ALONG_AXIS, softmax_jacobian])
@pytest.mark.parametrize(
    ("z", "message"),
    [
        (3.0, r"^logits: expected at least 1 axis, got shape \(\)\.$"),
        ([], r"^logits: expected at least one element along axis -1, got shape \(0,\)\.$"),
        ([[], []], r"^logits: expected at least one element along axis -1, got shape \(2, 0\)\.$"),
    ],
)
def test_no_classes_are_refused(function, z, message):
    with pytest.raises(ValueError, match=message):
        function(z)


@pytest.mark.parametrize("function", ALONG_AXIS)
@pytest.mark.parametrize("axis", [1, -2])
def test_axis_that_is_not_there_is_refused(function, axis):
    message = rf"^axis: expected a number in -1\.\.0, an axis of shape \(2,\), got {axis}\.$"
    with pytest.raises(ValueError, match=message):
        function([1.0, 2.0], axis=axis)
