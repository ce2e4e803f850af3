"""One loss per example, and the gradients."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mpmath import exp, expm1, fsum, log1p, mpf

from lossary import (
    absolute_error,
    binary_cross_entropy,
    binary_cross_entropy_gradient,
    categorical_cross_entropy,
    categorical_cross_entropy_gradient,
    kl_divergence,
    log_softmax,
    one_hot,
    sigmoid,
    smooth_labels,
    softmax,
    sparse_categorical_cross_entropy,
    squared_error,
    squared_error_gradient,
)

INF, NAN = np.inf, np.nan
SCALES = pytest.mark.parametrize("scale", [0.01, 1.0, 10.0, 100.0, 300.0])
LOGITS = arrays(np.float64, (4, 3), elements=st.floats(-1e3, 1e3))
ERRORS = [squared_error, absolute_error]


def distributions(rng, dtype=np.float64, shape=(6,), classes=4):
    """Return rows that sum to 1 and stay away from 0, where Keras clips."""
    return (0.8 * rng.dirichlet(np.ones(classes), size=shape) + 0.2 / classes).astype(dtype)


@pytest.mark.parametrize(
    "function",
    [
        squared_error,
        absolute_error,
        binary_cross_entropy,
        categorical_cross_entropy,
        kl_divergence,
        squared_error_gradient,
        binary_cross_entropy_gradient,
        lambda true, pred: categorical_cross_entropy_gradient(true, 10 * pred),
        lambda true, pred: smooth_labels(true, 0.3),
        lambda true, pred: one_hot(true.argmax(axis=-1), 4),
        lambda true, pred: sparse_categorical_cross_entropy(true.argmax(axis=-1), pred),
    ],
)
def test_classes_lie_on_the_last_axis(function, rng):
    true, pred = distributions(rng, shape=(5, 3)), distributions(rng, shape=(5, 3))
    result, rows = function(true, pred), function(true.reshape(-1, 4), pred.reshape(-1, 4))
    assert result.shape == (5, 3, *rows.shape[1:])
    np.testing.assert_array_equal(result.reshape(rows.shape), rows)


def test_gradient_by_logits_is_what_softmax_says_minus_the_target(rng):
    true, z = distributions(rng), rng.normal(size=(6, 4))
    gradient = categorical_cross_entropy_gradient(true, z)
    np.testing.assert_allclose(gradient, softmax(z) - true, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("loss", "arguments", "expected"),
    [
        (squared_error, ([1.0, 2.0], [3.0, 2.0]), [4, 0]),
        (squared_error, ([[1.0, 2.0]], [[3.0, 3.0]]), [2.5]),
        (squared_error, (1.0, 3.0), 4),
        (absolute_error, ([1.0, 2.0], [3.0, 2.0]), [2, 0]),
        (absolute_error, ([[1.0, 2.0]], [[3.0, 3.0]]), [1.5]),
        (binary_cross_entropy, ([1, 0, 0.5], [0.5, 0.5, 0.5]), [np.log(2)] * 3),
        (binary_cross_entropy, ([[1, 0]], [[0.25, 0.25]]), [np.log(16 / 3) / 2]),
        (categorical_cross_entropy, ([[0, 1], [0.5, 0.5]], [[0.5, 0.5]] * 2), [np.log(2)] * 2),
        (categorical_cross_entropy, ([0, 1, 0], [0, 0.125, 0.875]), np.log(8)),
        (sparse_categorical_cross_entropy, ([1, 0], [[0.5, 0.5], [0.25, 0.75]]), np.log([2, 4])),
        (sparse_categorical_cross_entropy, (2.0, [0.25, 0.25, 0.5]), np.log(2)),
        (kl_divergence, ([[0.5, 0.5]], [[0.25, 0.75]]), [np.log(4 / 3) / 2]),
        (one_hot, ([2.0, 0], 3), [[0, 0, 1], [1, 0, 0]]),
        (one_hot, (1, 2), [0, 1]),
        (smooth_labels, ([[1, 0]], 1.0), [[0.5, 0.5]]),
        (squared_error_gradient, ([1.0, 2.0], [3.0, 1.0]), [4, -2]),
        (squared_error_gradient, ([[1.0, 2.0]], [[3.0, 1.0]]), [[2, -1]]),
        (binary_cross_entropy_gradient, ([[1, 0]], [[0.0, 0.0]]), [[-0.25, 0.25]]),
        (categorical_cross_entropy_gradient, ([[1, 0]], [[0.0, 0.0]]), [[-0.5, 0.5]]),
    ],
)
def test_closed_forms(loss, arguments, expected):
    np.testing.assert_allclose(loss(*arguments), expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("loss", "arguments", "expected"),
    [
        (squared_error, ([1e200], [-1e200]), [INF]),
        (squared_error, ([INF, INF], [INF, 0]), [NAN, INF]),
        (squared_error, ([[1e200, 0]], [[0, 0]]), [INF]),
        (absolute_error, ([1e308], [-1e308]), [INF]),
        (absolute_error, ([INF, INF], [INF, 0]), [NAN, INF]),
        (squared_error_gradient, ([INF, 1e308], [INF, -1e308]), [NAN, -INF]),
        (binary_cross_entropy, ([1, 0, 0, 1, 0.5], [1, 0, 1, 0, 0]), [0, 0, INF, INF, INF]),
        (binary_cross_entropy, ([1, 0], [INF, -INF], True), [0, 0]),
        (binary_cross_entropy, ([0, 1, 0.5], [INF, -INF, INF], True), [INF, INF, INF]),
        (binary_cross_entropy, ([0, 1], [1e300, -1e300], True), [1e300, 1e300]),
        (binary_cross_entropy, ([1, 0], [1e300, -1e300], True), [0, 0]),
        (binary_cross_entropy, ([0.5], [NAN], True), [NAN]),
        (categorical_cross_entropy, ([[0, 1], [0, 1]], [[0, 1], [1, 0]]), [0, INF]),
        (categorical_cross_entropy, ([[0, 1], [1, 0]], [[-INF, 5], [-INF, 5]], True), [0, INF]),
        (categorical_cross_entropy, ([[1, 0]], [[INF, 0]], True), [NAN]),
        (categorical_cross_entropy, ([[0, 1]], [[0, -1e300]], True), [1e300]),
        (sparse_categorical_cross_entropy, ([1, 0], [[0, 1], [0, 1]]), [0, INF]),
        (sparse_categorical_cross_entropy, ([1, 0], [[-INF, 5], [-INF, 5]], True), [0, INF]),
        (sparse_categorical_cross_entropy, ([0], [[1, NAN]]), [NAN]),
        (sparse_categorical_cross_entropy, ([0], [[7]], True), [0]),
        (kl_divergence, ([[1, 0], [1, 0]], [[1, 0], [0, 1]]), [0, INF]),
        (binary_cross_entropy_gradient, ([1, 0, 1], [INF, INF, -INF]), [0, 1, -1]),
        (categorical_cross_entropy_gradient, ([[1, 0]], [[0, -INF]]), [[0, 0]]),
        (categorical_cross_entropy_gradient, ([[0, 1]], [[0, -INF]]), [[1, -1]]),
    ],
)
def test_edge_values(loss, arguments, expected):
    result = loss(*arguments)
    np.testing.assert_array_equal(result, expected)
    assert not np.signbit(np.asarray(result)[np.asarray(expected) == 0]).any() or (
        "gradient" in loss.__name__
    )


@pytest.mark.parametrize("loss", ERRORS)
@given(arrays(np.float64, (4, 2), elements=st.integers(-(10**6), 10**6)))
def test_error_does_not_care_which_is_the_truth(loss, pair):
    forth, back = loss(pair[:, 0], pair[:, 1]), loss(pair[:, 1], pair[:, 0])
    np.testing.assert_array_equal(forth, back)
    assert (forth >= 0).all()
    np.testing.assert_array_equal(forth == 0, pair[:, 0] == pair[:, 1])


@given(LOGITS, st.lists(st.integers(0, 2), min_size=4, max_size=4))
def test_class_index_and_one_hot_row_have_one_loss(z, labels):
    rows = one_hot(labels, 3)
    for y_pred, from_logits in [(z, True), (softmax(z), False)]:
        np.testing.assert_array_equal(
            sparse_categorical_cross_entropy(labels, y_pred, from_logits),
            categorical_cross_entropy(rows, y_pred, from_logits),
        )


@given(
    arrays(np.float64, 4, elements=st.floats(-700, 700)),
    st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_binary_is_two_classes_of_which_one_has_logit_0(z, labels):
    two = np.stack([np.zeros_like(z), z], axis=-1)
    np.testing.assert_allclose(
        binary_cross_entropy(labels, z, from_logits=True),
        sparse_categorical_cross_entropy(labels, two, from_logits=True),
        rtol=1e-15,
    )


@given(
    arrays(np.float64, (4, 3), elements=st.floats(-20, 20)),
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
)
def test_logits_and_their_probabilities_have_one_loss(z, labels):
    logits, rows = (z, True), (softmax(z), False)
    np.testing.assert_allclose(
        sparse_categorical_cross_entropy(labels, *logits),
        sparse_categorical_cross_entropy(labels, *rows),
        atol=1e-12,
    )
    binary = one_hot(labels, 3)
    np.testing.assert_allclose(
        binary_cross_entropy(binary, z, from_logits=True),
        binary_cross_entropy(binary, sigmoid(z)),
        atol=1e-7,  # 1 - sigmoid(20) has lost half of its digits
    )


@SCALES
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_cross_entropy_from_logits_is_exact_to_a_few_ulps(
    scale, classes, rng, exact_logsumexp, ulps, few
):
    z = scale * rng.normal(size=(8, classes))
    labels = rng.integers(classes, size=8)
    soft = distributions(rng, shape=8, classes=classes)
    hard_losses = sparse_categorical_cross_entropy(labels, z, from_logits=True)
    soft_losses = categorical_cross_entropy(soft, z, from_logits=True)
    for i, row in enumerate(z):
        logs = [mpf(float(z)) - exact_logsumexp(row) for z in row]
        assert ulps(hard_losses[i], -logs[labels[i]]) <= few
        exact = -fsum(mpf(float(y)) * log for y, log in zip(soft[i], logs, strict=True))
        assert ulps(soft_losses[i], exact) <= 2 * few  # a sum of N rounded products


@SCALES
def test_binary_cross_entropy_from_logits_is_exact_to_a_few_ulps(scale, rng, ulps, few):
    z = scale * rng.normal(size=40)
    y = np.where(np.arange(40) < 20, rng.random(40), rng.integers(2, size=40))
    losses = binary_cross_entropy(y, z, from_logits=True)
    for i in range(40):
        target, logit = mpf(float(y[i])), mpf(float(z[i]))
        exact = target * log1p(exp(-logit)) + (1 - target) * log1p(exp(logit))
        assert ulps(losses[i], exact) <= few


@SCALES
def test_gradients_are_exact_to_a_few_ulps(scale, rng, exact_logsumexp, ulps, few):
    z = scale * rng.normal(size=(10, 4))
    y = one_hot(rng.integers(4, size=10), 4)
    whole = categorical_cross_entropy_gradient(y, z)
    single = binary_cross_entropy_gradient(y[:, 0], z[:, 0])
    for i, row in enumerate(z):
        logit = mpf(float(row[0]))
        assert ulps(single[i], 1 / (1 + exp(-logit)) - int(y[i, 0])) <= few
        for j in range(4):
            log = mpf(float(row[j])) - exact_logsumexp(row)
            exact = expm1(log) if y[i, j] else exp(log)
            if exact > 1e-300 or exact < 0:
                assert ulps(whole[i, j], exact) <= few


def test_a_sure_prediction_keeps_its_loss_and_gradient():
    assert categorical_cross_entropy([[1, 0]], softmax([[40.0, 0.0]])) == 0
    loss = categorical_cross_entropy([[1, 0]], [[40.0, 0.0]], from_logits=True)
    gradient = categorical_cross_entropy_gradient([[1, 0]], [[40.0, 0.0]])
    np.testing.assert_allclose(loss, np.exp(-40.0), rtol=1e-15)
    np.testing.assert_allclose(gradient[0, 0], -np.exp(-40.0), rtol=1e-15)


@pytest.mark.parametrize(
    ("loss", "gradient", "arguments"),
    [
        (squared_error, squared_error_gradient, {}),
        (binary_cross_entropy, binary_cross_entropy_gradient, {"from_logits": True}),
        (categorical_cross_entropy, categorical_cross_entropy_gradient, {"from_logits": True}),
    ],
)
@pytest.mark.parametrize("shape", [(4,), (5, 4), (2, 3, 4)])
def test_gradients_are_finite_differences_and_tensorflows(
    loss, gradient, arguments, shape, rng, tf, keras, finite_difference
):
    y, z = distributions(rng, shape=shape[:-1]), rng.normal(size=shape)
    ours = gradient(y, z)
    differences = finite_difference(lambda z: loss(y, z, **arguments).sum(), z)
    np.testing.assert_allclose(ours, differences, atol=1e-8)
    name = loss.__name__.replace("cross_entropy", "crossentropy").replace("squared", "mean_squared")
    if len(shape) == 1 and loss is not categorical_cross_entropy:
        y, z = y[:, np.newaxis], z[:, np.newaxis]  # Keras would average over the examples
    variable = tf.Variable(z)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(getattr(keras.losses, name)(y, variable, **arguments))
    np.testing.assert_allclose(ours.reshape(z.shape), tape.gradient(total, variable), atol=1e-12)


@given(LOGITS, st.lists(st.integers(0, 2), min_size=4, max_size=4))
def test_gradient_sums_to_zero(z, labels):
    gradient = categorical_cross_entropy_gradient(one_hot(labels, 3), z)
    np.testing.assert_allclose(gradient.sum(axis=-1), 0, atol=1e-15)


@pytest.mark.parametrize("shape", [(5, 1), (5, 4), (2, 3, 4)])
@pytest.mark.parametrize(
    ("loss", "theirs"),
    [(squared_error, "mean_squared_error"), (absolute_error, "mean_absolute_error")],
)
def test_errors_agree_with_keras(loss, theirs, shape, rng, dtype, keras, assert_close):
    y, p = rng.normal(size=(2, *shape)).astype(dtype)
    assert_close(loss(y, p), getattr(keras.losses, theirs)(y, p))


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_cross_entropies_agree_with_keras(from_logits, smoothing, rng, dtype, keras, assert_close):
    labels = rng.integers(4, size=6)
    y = one_hot(labels, 4).astype(dtype)
    p = rng.normal(size=(6, 4)).astype(dtype) if from_logits else distributions(rng, dtype)
    kind = {"from_logits": from_logits, "label_smoothing": smoothing}
    losses = keras.losses
    assert_close(binary_cross_entropy(y, p, **kind), losses.binary_crossentropy(y, p, **kind))
    assert_close(
        categorical_cross_entropy(y, p, **kind), losses.categorical_crossentropy(y, p, **kind)
    )
    assert_close(
        sparse_categorical_cross_entropy(labels, p, from_logits),
        losses.sparse_categorical_crossentropy(labels, p, from_logits),
    )


def test_divergence_and_one_hot_agree_with_keras(rng, dtype, keras, assert_close):
    y, p = distributions(rng, dtype), distributions(rng, dtype)
    assert_close(kl_divergence(y, p), keras.losses.kl_divergence(y, p))
    labels = rng.integers(4, size=6)
    np.testing.assert_array_equal(one_hot(labels, 4), keras.utils.to_categorical(labels, 4))


def test_where_keras_differs(keras):
    clipped = keras.losses.categorical_crossentropy(np.array([[1.0, 0]]), np.array([[0.0, 1]]))
    np.testing.assert_allclose(clipped, -np.log(1e-7), rtol=1e-6)
    assert categorical_cross_entropy([[1.0, 0]], [[0.0, 1]]) == INF
    for sparse in [False, True]:
        y = np.array([0]) if sparse else np.array([[1.0, 0]])
        name = "sparse_categorical_crossentropy" if sparse else "categorical_crossentropy"
        normalized = getattr(keras.losses, name)(y, np.array([[0.4, 0.4]]))
        np.testing.assert_allclose(normalized, [np.log(2)], rtol=1e-6)
    with pytest.raises(ValueError, match="rows that sum to 1"):
        categorical_cross_entropy([[1.0, 0]], [[0.4, 0.4]])
    masked = np.array([[-INF, 5.0]])
    theirs = keras.losses.categorical_crossentropy(np.array([[0.0, 1]]), masked, from_logits=True)
    np.testing.assert_array_equal(theirs, [NAN])
    assert categorical_cross_entropy([[0, 1]], masked, from_logits=True) == 0
    averaged = keras.losses.mean_squared_error(np.array([1.0, 2.0]), np.array([3.0, 2.0]))
    assert averaged.shape == ()
    assert squared_error([1.0, 2.0], [3.0, 2.0]).shape == (2,)


def test_divergence_is_zero_only_for_equal_distributions(rng):
    y, p = distributions(rng), distributions(rng)
    np.testing.assert_array_equal(kl_divergence(y, y), 0)
    assert (kl_divergence(y, p) > 0).all()
    assert not np.allclose(kl_divergence(y, p), kl_divergence(p, y))


def test_divergence_is_cross_entropy_minus_entropy(rng):
    y, p = distributions(rng), distributions(rng)
    difference = categorical_cross_entropy(y, p) - categorical_cross_entropy(y, y)
    np.testing.assert_allclose(kl_divergence(y, p), difference, atol=1e-15)


@given(st.floats(0, 1), st.integers(1, 6))
def test_smoothed_rows_sum_to_one(smoothing, classes):
    rows = smooth_labels(np.eye(classes), smoothing)
    np.testing.assert_allclose(rows.sum(axis=-1), 1, rtol=1e-15)
    assert ((rows >= 0) & (rows <= 1 + 1e-15)).all()


def test_smoothing_moves_the_best_logits_to_a_finite_place(finite_difference):
    smoothed = smooth_labels([[1, 0, 0]], 0.3)
    best = np.log(smoothed)
    slope = finite_difference(
        lambda z: categorical_cross_entropy([[1, 0, 0]], z, True, 0.3).sum(), best
    )
    np.testing.assert_allclose(slope, 0, atol=1e-9)


def test_integer_labels_with_float32_predictions():
    p = np.array([[0.5, 0.5]], np.float32)
    assert sparse_categorical_cross_entropy([1], p).dtype == np.float32
    assert categorical_cross_entropy([[0, 1]], p).dtype == np.float64


@pytest.mark.parametrize("label", [-1, 3])
def test_class_index_out_of_range_is_refused(label):
    message = rf"^y_true: expected class indices in 0\.\.2, got {label} \(1 of 2 outside\)\.$"
    with pytest.raises(ValueError, match=message):
        sparse_categorical_cross_entropy([0, label], np.zeros((2, 3)), from_logits=True)
    with pytest.raises(ValueError, match=message.replace("y_true", "class_indices")):
        one_hot([0, label], 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: binary_cross_entropy([1], [2.0]),
            r"^y_pred: expected values in 0\.\.1, got 2 \(1 of 1 outside\)\. Pass from_logits=True",
        ),
        (lambda: categorical_cross_entropy([[0, 1]], [[-1, 2]]), "^y_pred: .*from_logits=True"),
        (
            lambda: sparse_categorical_cross_entropy([0], [[0.5, 0.4]]),
            r"^y_pred: expected rows that sum to 1 within 1e-05, .* to 0\.9\. Pass from_logits",
        ),
        (lambda: kl_divergence([[0, 1]], [[0, 2]]), r"^y_pred: .*lossary\.softmax"),
        (lambda: kl_divergence([[0, 2]], [[0, 1]]), r"^y_true: .*lossary\.softmax"),
        (lambda: binary_cross_entropy([2], [0.5]), r"^y_true: .* got 2 .*targets are 0 and 1"),
        (lambda: binary_cross_entropy_gradient([2], [0.5]), r"^y_true: .* got 2 "),
        (lambda: categorical_cross_entropy([[1, 1]], [[0.5, 0.5]]), r"^y_true: .*one_hot"),
        (lambda: categorical_cross_entropy_gradient([[1, 1]], [[1, 2]]), r"^y_true: .*one_hot"),
        (lambda: smooth_labels([[1, 1]], 0.1), "^y_true: expected rows that sum to 1"),
        (lambda: smooth_labels([[1, 0]], 1.5), r"^label_smoothing: .* in 0\.\.1, got 1\.5"),
        (lambda: binary_cross_entropy([1], [0.5], label_smoothing=-0.1), "^label_smoothing: "),
        (lambda: categorical_cross_entropy([1], [1], label_smoothing=NAN), "got nan"),
        (lambda: one_hot([0], 0), "^num_classes: expected at least 1, got 0"),
        (lambda: smooth_labels(1, 0.1), r"^y_true: expected at least 1 axis, got shape \(\)"),
        (lambda: categorical_cross_entropy(1, 1), r"^y_pred: expected at least 1 axis"),
        (lambda: squared_error(np.ones((2, 0)), np.ones((2, 0))), "one element along axis -1"),
        (lambda: kl_divergence(np.ones((2, 0)), np.ones((2, 0))), "one element along axis -1"),
        (
            lambda: sparse_categorical_cross_entropy([0], np.ones((1, 0)), True),
            "^y_pred: expected at least one element along axis -1",
        ),
        (
            lambda: sparse_categorical_cross_entropy([[0], [1]], np.ones((2, 3)), True),
            r"^y_true: .*y_pred without its last axis, \(2,\), got \(2, 1\)",
        ),
        (lambda: squared_error([1, 2], [[1], [2]]), r"shape of y_pred, \(2, 1\), got \(2,\)"),
    ],
)
def test_values_that_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("loss", [categorical_cross_entropy, binary_cross_entropy])
def test_more_axes_are_more_examples(loss, rng):
    y, p = distributions(rng, shape=(2, 3)), distributions(rng, shape=(2, 3))
    flat = loss(y.reshape(6, 4), p.reshape(6, 4))
    np.testing.assert_array_equal(loss(y, p), flat.reshape(2, 3))
    labels, z = rng.integers(4, size=(2, 3)), rng.normal(size=(2, 3, 4))
    np.testing.assert_array_equal(
        sparse_categorical_cross_entropy(labels, z, True)[1, 2], -log_softmax(z)[1, 2, labels[1, 2]]
    )


@pytest.mark.parametrize("smoothing", [0.25, 1.0])
def test_smoothed_binary_targets_move_toward_a_half(smoothing):
    logits, targets = np.array([-2.0, 0.5, 3.0]), np.array([0.0, 1.0, 0.5])
    moved = (1 - smoothing) * targets + smoothing / 2
    for pred, from_logits in ((logits, True), (sigmoid(logits), False)):
        given = binary_cross_entropy(targets, pred, from_logits, label_smoothing=smoothing)
        np.testing.assert_allclose(given, binary_cross_entropy(moved, pred, from_logits))


@pytest.mark.parametrize("loss", [categorical_cross_entropy, binary_cross_entropy])
@pytest.mark.parametrize("wide", [0, 1])
def test_one_argument_in_float64_makes_the_loss_float64(loss, wide):
    arguments = [np.array([[0.1, 0.9]]), np.array([[0.3, 0.7]])]
    expected = loss(*arguments)
    narrow = arguments[1 - wide].astype(np.float32)
    arguments[1 - wide] = narrow
    given = loss(*arguments)
    assert given.dtype == np.float64
    exact = loss(*(argument.astype(np.float64) for argument in arguments))
    np.testing.assert_array_equal(given, exact)
    assert given != expected


@pytest.mark.parametrize("classes", [5, 100])
@pytest.mark.parametrize("large", [1e10, 1e300, 1.7e308])
def test_a_large_loss_leaves_those_of_the_other_rows_as_they_are(classes, large, rng):
    z = rng.normal(size=(40, classes))
    y = distributions(rng, shape=40, classes=classes)
    z[7, :2] = 0, large
    y[7] = [1, *[0] * (classes - 1)]
    alone = np.concatenate(
        [categorical_cross_entropy(y[i : i + 1], z[i : i + 1], True) for i in range(40)]
    )
    np.testing.assert_array_equal(categorical_cross_entropy(y, z, True), alone)
    assert alone[7] == large


def test_parts_of_a_loss_near_the_largest_float_do_not_overflow():
    (loss,) = categorical_cross_entropy([[0.5, 0.5]], [[0, 1.7e308]], from_logits=True)
    assert loss == 0.85e308


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_long_one_hot_row_costs_the_same_beside_one_that_is_not(dtype):
    z = np.random.default_rng(3).normal(size=(5, 100)).astype(dtype)
    z[1, 7] = z[2, 9] = -np.inf
    y = np.zeros_like(z)
    y[np.arange(5), [0, 99, 9, 3, 4]] = [1, 1 - 2**-20, 1, NAN, 0.5]
    y[4, 5] = 0.5
    together = categorical_cross_entropy(y, z, from_logits=True)
    alone = categorical_cross_entropy(y[:4], z[:4], from_logits=True)
    np.testing.assert_array_equal(alone, together[:4])
    own = -z[0, 0] + np.log(np.exp(z[0].astype(np.float64)).sum())
    np.testing.assert_allclose(alone[[0, 2, 3]], [own, np.inf, NAN], rtol=1e-6)


def test_nan_in_a_long_row_of_probabilities_stays_in_it():
    rows = np.full((3, 100), 0.01)
    rows[1, 5] = NAN
    losses = sparse_categorical_cross_entropy([0, 0, 99], rows)
    np.testing.assert_allclose(losses, [np.log(100), NAN, np.log(100)])


@pytest.mark.skipif("MUTANT_UNDER_TEST" in os.environ, reason="mutmut puts calls in between")
@pytest.mark.parametrize("loss", [categorical_cross_entropy, sparse_categorical_cross_entropy])
def test_the_double_softmax_is_warned_of_where_the_loss_is_called(loss):
    target = [[0, 1]] if loss is categorical_cross_entropy else [1]
    with pytest.warns(UserWarning, match="logits") as caught:
        loss(target, [[0.25, 0.75]], from_logits=True)
    assert [warning.filename for warning in caught] == [__file__]


def test_many_small_float32_are_added_up_as_float64():
    row = np.full((1, 10_000_000), 1.7e-7, np.float32)
    with pytest.raises(ValueError, match=r"a row that sums to 1\.7\. "):
        sparse_categorical_cross_entropy([0], row)
