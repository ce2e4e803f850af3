"""From losses to the cost: reductions, weights, penalties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lossary import class_weight_to_sample_weights, cost, l1_penalty, l2_penalty

INF, NAN = np.inf, np.nan
REDUCTIONS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight"]
EVERY_REDUCTION = pytest.mark.parametrize("reduction", REDUCTIONS)
LOSSES = arrays(np.float64, array_shapes(max_dims=3, max_side=6), elements=st.floats(0, 1e6))


def version_of(keras):
    return tuple(map(int, keras.__version__.split(".")[:2]))


@pytest.fixture(scope="module")
def reduce_with_keras(keras):
    """Give losses to Keras as if a loss function had computed them."""

    class Given(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return y_pred

    def reduced(losses, weights, reduction):
        dtype = losses.dtype.name
        try:
            loss = Given(reduction=reduction, dtype=dtype)
        except ValueError as error:
            if version_of(keras) > (3, 6):
                raise
            pytest.skip(f"Keras {keras.__version__}: {error}")
        return float(loss(losses, losses, weights))

    return reduced


@EVERY_REDUCTION
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (1,)])
def test_agrees_with_keras(reduction, weighted, shape, rng, dtype, reduce_with_keras):
    losses = rng.random(shape).astype(dtype)
    weights = rng.random(shape).astype(dtype) if weighted else None
    ours = cost(losses, weights, reduction)
    tolerance = 1e-5 if dtype == np.float32 else 1e-14
    assert math.isclose(ours, reduce_with_keras(losses, weights, reduction), rel_tol=tolerance)


@EVERY_REDUCTION
@pytest.mark.parametrize(
    ("losses", "weights", "expected"),
    [
        ([1.0, 2.0], [0.0, 0.0], 0),
        ([1.0, 2.0], [1.0, -1.0], None),
        ([INF, 1.0], [0.0, 1.0], NAN),
        ([NAN, 1.0], [0.0, 1.0], NAN),
        ([INF, 1.0], [1.0, 1.0], INF),
        ([1.0, 2.0], [NAN, 1.0], NAN),
        ([INF, -INF], None, NAN),
        ([1.7e308, 1.7e308], None, INF),
    ],
)
def test_edge_values_agree_with_keras(reduction, losses, weights, expected, reduce_with_keras):
    ours = cost(losses, weights, reduction)
    weights = None if weights is None else np.array(weights)
    np.testing.assert_array_equal(ours, reduce_with_keras(np.array(losses), weights, reduction))
    if expected is not None:
        np.testing.assert_array_equal(ours, expected)


def test_sum_over_batch_size_divides_by_the_number_of_losses():
    losses = np.ones((2, 3))
    assert cost(losses, reduction="sum") == 6
    assert cost(losses) == cost(losses, reduction="mean") == 1


@given(LOSSES)
def test_cost_is_the_exact_mean(losses):
    exact = math.fsum(losses.ravel()) / losses.size
    assert math.isclose(cost(losses), exact, rel_tol=1e-14)
    assert cost(losses, np.ones_like(losses)) == cost(losses)


def test_cost_of_many_float32_losses_does_not_lose_digits():
    losses = np.full(10**6, 0.1, np.float32)
    assert math.isclose(cost(losses), float(np.float32(0.1)), rel_tol=1e-12)


def test_many_float32_weights_do_not_lose_digits():
    weights = np.float32([2**24, 1, 1])  # in float32, the sum of these is the first
    assert cost(np.ones(3), weights, "mean_with_sample_weight") == 1
    assert cost(np.ones(3), weights, "sum") == 2**24 + 2
    assert l1_penalty(weights, 1) == 2**24 + 2


@EVERY_REDUCTION
def test_without_weights_each_loss_counts_once(reduction):
    assert cost([[1.0, 3.0], [2.0, 6.0]], None, reduction) == (12 if reduction == "sum" else 3)


@EVERY_REDUCTION
def test_a_sum_that_overflows_does_not_warn(reduction):
    assert cost([1e308, 1e308], None, reduction) == INF
    assert cost([1e308, 1.0], [10.0, 1.0], reduction) == INF
    assert math.isnan(cost([INF, 1.0], [0.0, 1.0], reduction))
    assert math.isnan(cost([INF, -INF], [1.0, 1.0], reduction))


@given(LOSSES, st.integers(1, 9))
def test_weights_scale_the_mean_but_not_the_weighted_mean(losses, factor):
    weights = np.full_like(losses, factor)
    assert math.isclose(cost(losses, weights), factor * cost(losses), rel_tol=1e-12)
    weighted = cost(losses, weights, "mean_with_sample_weight")
    assert math.isclose(weighted, cost(losses), rel_tol=1e-12)


def test_whole_weight_counts_an_example_as_often():
    weighted = cost([1.0, 5.0], [1, 3], "mean_with_sample_weight")
    assert weighted == cost([1.0, 5.0, 5.0, 5.0])


def test_class_weights_are_looked_up():
    weights = class_weight_to_sample_weights([[0, 2.0], [2, 0]], {0: 1, 2: 0.5, 7: 9})
    np.testing.assert_array_equal(weights, [[1, 0.5], [0.5, 1]])


def test_keras_gives_a_missing_class_the_weight_1(keras):
    utils = pytest.importorskip("keras.src.trainers.data_adapters.data_adapter_utils")
    labels, weights = np.array([0, 1, 1, 2]), {0: 2.0, 1: 3.0}
    theirs = utils.class_weight_to_sample_weights(labels, weights)
    np.testing.assert_array_equal(theirs, [2, 3, 3, 1])
    np.testing.assert_array_equal(theirs[:3], class_weight_to_sample_weights(labels[:3], weights))
    with pytest.raises(ValueError, match=r"have a class_weight, \[0, 1\], got \[2\]\.$"):
        class_weight_to_sample_weights(labels, weights)


@pytest.mark.parametrize("label", [-1, 0.5, NAN, INF, 3])
def test_class_without_a_weight_is_refused(label):
    with pytest.raises(ValueError, match=rf"^class_indices: expected .*got \[{label}\]\.$"):
        class_weight_to_sample_weights([0, label], {0: 1.0, 1: 1.0})


@pytest.mark.parametrize(
    ("mapping", "error", "message"),
    [
        ([1.0, 2.0], TypeError, r"^class_weight: expected a mapping .*, got \[1\.0, 2\.0\]"),
        ({0: "1"}, TypeError, r"^class_weight\[0\]: expected real numbers"),
        ({0: [1, 2]}, ValueError, r"^class_weight\[0\]: expected one number"),
        ({0: NAN}, ValueError, r"^class_weight\[0\]: expected a number in -inf..inf, got nan"),
    ],
)
def test_class_weights_that_are_refused(mapping, error, message):
    with pytest.raises(error, match=message):
        class_weight_to_sample_weights([0], mapping)


@pytest.mark.parametrize(("penalty", "theirs"), [(l1_penalty, "L1"), (l2_penalty, "L2")])
def test_penalties_agree_with_keras(penalty, theirs, rng, dtype, keras):
    weights = rng.normal(size=(4, 3)).astype(dtype)
    tolerance = 1e-5 if dtype == np.float32 else 1e-14
    if theirs == "L1" and dtype == np.float64 and version_of(keras) < (3, 12):
        pytest.skip(f"L1 of Keras {keras.__version__} takes no float64")
    regularizer = getattr(keras.regularizers, theirs)
    assert math.isclose(penalty(weights), regularizer()(weights), rel_tol=1e-5)
    assert math.isclose(penalty(weights, 0.5), regularizer(0.5)(weights), rel_tol=tolerance)


@given(LOSSES)
def test_penalties_are_even_and_homogeneous(weights):
    for penalty, factor in [(l1_penalty, 2), (l2_penalty, 4)]:
        assert penalty(-weights) == penalty(weights) >= 0
        assert math.isclose(penalty(2 * weights), factor * penalty(weights), rel_tol=1e-12)


def test_slope_of_the_penalties(rng, finite_difference):
    w = rng.normal(size=(2, 3)) + 2
    np.testing.assert_allclose(finite_difference(l1_penalty, w), 0.01 * np.sign(w), atol=1e-9)
    np.testing.assert_allclose(finite_difference(l2_penalty, w), 0.02 * w, atol=1e-9)


@pytest.mark.parametrize("penalty", [l1_penalty, l2_penalty])
def test_edge_values_of_the_penalties(penalty):
    assert penalty([]) == 0
    assert penalty([[1e308] * 3, [-1e308] * 3], 1.0) == INF
    assert math.isnan(penalty([NAN]))
    with pytest.raises(ValueError, match=r"^l[12]: expected a number in 0\.\.inf, got -1"):
        penalty([1.0], -1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), r"^losses: expected at least one element, got shape \(0,\)"),
        ((1.0,), r"^losses: expected at least 1 axis, got shape \(\)"),
        (([1.0, 2.0], [1.0]), r"^sample_weight: expected the shape of losses, \(2,\), got \(1,\)"),
        ((np.ones((2, 3)), [1.0, 1.0]), r"^sample_weight: expected .* \(2, 3\), got \(2,\)"),
        (
            ([1.0], None, "average"),
            "^reduction: expected one of 'sum_over_batch_size', .* 'average'",
        ),
        (([1.0], None, None), "^reduction: .* got None"),
    ],
)
def test_values_that_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        cost(*arguments)
