"""Shares of right predictions."""

import numpy as np
import pytest

from lossary import (
    binary_accuracy,
    categorical_accuracy,
    one_hot,
    softmax,
    sparse_categorical_accuracy,
)


@pytest.mark.parametrize("shape", [(40,), (5, 8)])
def test_agrees_with_keras(shape, rng, dtype, keras):
    scores = rng.normal(size=(*shape, 3)).astype(dtype)
    labels = rng.integers(3, size=shape)
    answers = rng.integers(2, size=shape).astype(dtype)
    rows, yes = one_hot(labels, 3), scores[..., 0]
    for ours, arguments in [
        (sparse_categorical_accuracy, (labels, scores)),
        (categorical_accuracy, (rows, scores)),
        (binary_accuracy, (answers, yes)),
    ]:
        theirs = getattr(keras.metrics, ours.__name__)(*arguments)
        assert ours(*arguments) == pytest.approx(np.mean(theirs), rel=1e-6)


def test_counted_by_hand():
    scores = [[3, 1, 0], [0, 2, 1], [1, 0, 0], [0, 0, 9]]
    assert sparse_categorical_accuracy([0, 1, 1, 2], scores) == 0.75
    assert categorical_accuracy(one_hot([0, 1, 1, 2], 3), scores) == 0.75
    assert binary_accuracy([1, 1, 0, 0], [0.9, 0.4, 0.1, 0.6]) == 0.5
    assert sparse_categorical_accuracy(2, [0.0, 0.0, 1.0]) == 1


def test_classes_lie_on_the_last_axis(rng):
    scores, labels = rng.normal(size=(5, 8, 3)), rng.integers(3, size=(5, 8))
    flat, rows = scores.reshape(-1, 3), one_hot(labels, 3)
    assert sparse_categorical_accuracy(labels, scores) == (
        sparse_categorical_accuracy(labels.ravel(), flat)
    )
    assert categorical_accuracy(rows, scores) == categorical_accuracy(rows.reshape(-1, 3), flat)


def test_softmax_changes_no_accuracy(rng):
    logits, labels = rng.normal(size=(50, 4)), rng.integers(4, size=50)
    assert sparse_categorical_accuracy(labels, logits) == (
        sparse_categorical_accuracy(labels, softmax(logits))
    )


def test_order_of_examples_changes_no_accuracy(rng):
    logits, labels = rng.normal(size=(50, 4)), rng.integers(4, size=50)
    assert sparse_categorical_accuracy(labels, logits) == (
        sparse_categorical_accuracy(labels[::-1], logits[::-1])
    )


def test_wrong_and_right_answers_make_the_whole(rng):
    answers, scores = rng.integers(2, size=30), rng.random(30)
    assert binary_accuracy(answers, scores) + binary_accuracy(1 - answers, scores) == 1


def test_of_equal_scores_the_first_counts():
    assert sparse_categorical_accuracy([0, 1], [[1, 1], [1, 1]]) == 0.5
    assert categorical_accuracy([[1, 0], [0, 1]], [[1, 1], [1, 1]]) == 0.5


def test_a_score_at_the_threshold_says_no():
    assert binary_accuracy([0, 0], [0.5, 0.5]) == 1
    assert binary_accuracy([0, 1], [-0.2, 0.2], threshold=0) == 1


@pytest.mark.parametrize("score", [np.inf, -np.inf])
def test_infinite_scores_count(score):
    assert sparse_categorical_accuracy([0], [[score, 0.0]]) == (score > 0)
    assert binary_accuracy([1], [score]) == (score > 0)


def test_nan_is_never_right():
    assert np.isnan(sparse_categorical_accuracy([0, 1], [[np.nan, 0], [0, 1]]))
    assert np.isnan(categorical_accuracy([[1, 0]], [[np.nan, 0]]))
    assert np.isnan(binary_accuracy([0], [np.nan]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sparse_categorical_accuracy([2], [[0, 1]]), r"indices in 0\.\.1, got 2"),
        (lambda: sparse_categorical_accuracy([-1], [[0, 1]]), r"indices in 0\.\.1, got -1"),
        (lambda: sparse_categorical_accuracy([[0]], [[0, 1]]), r"\(1,\), got \(1, 1\)"),
        (lambda: sparse_categorical_accuracy(0, 1.0), "^y_pred: expected at least 1 axis"),
        (lambda: sparse_categorical_accuracy([], np.ones((0, 2))), "at least one element"),
        (lambda: sparse_categorical_accuracy([0], np.ones((1, 0))), "along axis -1"),
        (lambda: categorical_accuracy([[0, 2]], [[0, 1]]), "sparse_categorical_accuracy"),
        (lambda: categorical_accuracy([1, 0], [[0, 1]]), r"y_pred, \(1, 2\), got \(2,\)"),
        (lambda: binary_accuracy([2], [0.5]), r"^y_true: .* 0\.\.1, got 2"),
        (lambda: binary_accuracy([0.5], [0.5]), r"^y_true: expected whole numbers, got 0\.5"),
        (lambda: binary_accuracy([1, 0], [[1], [0]]), r"y_pred, \(2, 1\), got \(2,\)"),
        (lambda: binary_accuracy([1], [1], threshold=np.nan), "^threshold: .*got nan"),
        (lambda: binary_accuracy([], []), "at least one element"),
    ],
)
def test_values_that_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
