"""Metrics: the share of examples whose prediction is right. They are watched, not minimized."""

from typing import Any

import numpy as np
import numpy.typing as npt

from lossary._checks import (
    Array,
    as_class_indices,
    as_float,
    at_least_rank,
    class_index_of_each_row,
    in_range,
    not_empty,
    probabilities,
    same_shape,
)


def sparse_categorical_accuracy(y_true: object, y_pred: object) -> float:
    r"""Return the share of examples whose greatest score is that of the true class index.

    .. math:: \frac{1}{m} \sum_{i=1}^{m} \mathbf{1}\left\{c^{(i)} = y^{(i)}\right\}

    Parameters
    ----------
    y_true
        Class indices 0..classes−1 of shape ``(...)``, usually ``(batch,)``.
    y_pred
        Scores ``(..., classes)``: probabilities or logits, since softmax keeps their order.
        The class c has the greatest score of its row.

    Returns
    -------
    float
        In 0..1. Of equal scores the first counts. NaN if a score is NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If ``y_true`` has another shape than ``y_pred`` without its last axis or holds anything but
        class indices, or if there are no examples or no classes.

    Notes
    -----
    ``np.argmax`` takes NaN for the greatest score, and a model that puts out nothing but NaN would
    be right on class 0. Here its accuracy is NaN.

    References
    ----------
    Keras, "Accuracy metrics": https://keras.io/api/metrics/accuracy_metrics/

    Examples
    --------
    >>> sparse_categorical_accuracy([0, 1, 1, 1], [[3, 1], [0, 2], [1, 0], [-1, 0]])
    0.75
    """
    scores = _scores("y_pred", y_pred)
    true = class_index_of_each_row("y_true", y_true, "y_pred", scores)
    return _share(scores.argmax(axis=-1) == true, scores)


def categorical_accuracy(y_true: object, y_pred: object) -> float:
    r"""Return the share of examples whose greatest score is that of the greatest target.

    .. math:: \frac{1}{m} \sum_{i=1}^{m} y^{(i)}_{c^{(i)}}

    The formula is that of one-hot targets: y is 1 in the column of the true class, else 0.

    Parameters
    ----------
    y_true
        Targets ``(..., classes)``: one-hot, or rows in 0..1 that sum to 1.
    y_pred
        Scores, the shape of ``y_true``: probabilities or logits.
        The class c has the greatest score of its row.

    Returns
    -------
    float
        In 0..1. Of equal scores the first counts. NaN if a score or target is NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ, targets leave 0..1 or do not sum to 1, or there are no examples or
        classes.

    Notes
    -----
    Class indices are not one-hot rows: they belong into :func:`sparse_categorical_accuracy`.

    References
    ----------
    Keras, "Accuracy metrics": https://keras.io/api/metrics/accuracy_metrics/

    Examples
    --------
    >>> categorical_accuracy([[1, 0], [0, 1]], [[0.9, 0.1], [0.6, 0.4]])
    0.5
    """
    scores, true = _scores("y_pred", y_pred), _scores("y_true", y_true)
    same_shape("y_true", true, "y_pred", scores)
    probabilities("y_true", true, "Class indices belong into sparse_categorical_accuracy.")
    return _share(scores.argmax(axis=-1) == true.argmax(axis=-1), scores, true)


def binary_accuracy(y_true: object, y_pred: object, threshold: float = 0.5) -> float:
    r"""Return the share of yes/no questions whose prediction is on the true side of a threshold.

    .. math:: \frac{1}{m} \sum_{i=1}^{m}
              \mathbf{1}\left\{\mathbf{1}\left\{a^{(i)} > t\right\} = y^{(i)}\right\}

    Parameters
    ----------
    y_true
        Targets 0 or 1 of any shape, usually ``(batch,)``.
    y_pred
        Probabilities a, or with ``threshold=0`` logits, the shape of ``y_true``.
    threshold
        The limit t. Predictions above it, and not those equal to it, say yes.

    Returns
    -------
    float
        In 0..1. NaN if a prediction is NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ, a target is neither 0 nor 1, or there are no predictions.

    Notes
    -----
    Logits compared with 0.5 are a silent mistake: the logit 0.4 means yes, with probability 0.599.

    References
    ----------
    Keras, "Accuracy metrics": https://keras.io/api/metrics/accuracy_metrics/

    Examples
    --------
    >>> binary_accuracy([1, 0, 1, 0], [0.9, 0.2, 0.5, 0.1])
    0.75
    """
    scores = as_float("y_pred", y_pred)
    true = as_class_indices("y_true", y_true, 2)
    same_shape("y_true", true, "y_pred", scores)
    limit = in_range("threshold", threshold, -np.inf)
    return _share((scores > limit) == true, scores)


def _scores(name: str, value: object) -> Array:
    scores = as_float(name, value)
    at_least_rank(name, scores, 1)
    not_empty(name, scores, -1)
    return scores


def _share(right: npt.NDArray[Any], *inputs: Array) -> float:
    """Return the mean of what is right, or NaN where an input holds NaN."""
    not_empty("y_true", np.asarray(right))
    if any(np.isnan(values).any() for values in inputs):
        return float("nan")
    return float(np.mean(right))
