"""From losses, one number per example, to the cost, one number: reductions, weights, penalties."""

from collections.abc import Mapping

import numpy as np

from lossary._checks import (
    Array,
    as_array,
    as_float,
    at_least,
    at_least_rank,
    in_range,
    not_empty,
    one_of,
    same_shape,
)

_REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight")


def cost(
    losses: object, sample_weight: object = None, reduction: str = "sum_over_batch_size"
) -> float:
    r"""Return the cost of a batch: its losses, weighted and reduced to one number.

    .. math:: J = \frac{1}{m} \sum_{i=1}^{m} s^{(i)} L^{(i)}

    Parameters
    ----------
    losses
        One loss per example, ``(batch,)``, or per element, ``(batch, ...)``.
    sample_weight
        One weight s per loss, the shape of ``losses``. Without it all weights are 1.
    reduction
        What the weighted sum is divided by. ``"sum_over_batch_size"`` and its synonym ``"mean"``:
        the number of losses. ``"mean_with_sample_weight"``: the sum of the weights. ``"sum"``: 1.

    Returns
    -------
    float
        The unit of the losses, or with ``"sum"`` that unit times the number of losses.
        0 where the weights to divide by sum to 0. NaN stays NaN, also with the weight 0, and so
        does a loss of inf with the weight 0. The sum is taken in float64.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If there are no losses, the losses have no axis, the shapes differ, or the reduction has
        another name.

    Notes
    -----
    ``"sum_over_batch_size"`` divides by the number of losses, not of examples: by 6 for losses of
    shape (2, 3). It also does not divide by the weights: doubling all of them doubles the cost.

    References
    ----------
    Keras, "Losses", section on reductions: https://keras.io/api/losses/

    Examples
    --------
    >>> cost([1.0, 2.0, 6.0])
    3.0
    >>> cost([1.0, 2.0, 6.0], sample_weight=[1, 1, 2])
    5.0
    >>> cost([1.0, 2.0, 6.0], sample_weight=[1, 1, 2], reduction="mean_with_sample_weight")
    3.75
    """
    values = as_float("losses", losses)
    at_least_rank("losses", values, 1)
    not_empty("losses", values)
    one_of("reduction", reduction, _REDUCTIONS)
    divisor = float(values.size)
    with np.errstate(over="ignore", invalid="ignore"):
        if sample_weight is not None:
            weights = as_float("sample_weight", sample_weight)
            same_shape("sample_weight", weights, "losses", values)
            values = weights * values
            if reduction == "mean_with_sample_weight":
                divisor = float(weights.sum(dtype=np.float64))
        total = float(values.sum(dtype=np.float64))
    if reduction == "sum":
        return total
    return total / divisor if divisor else 0.0


def class_weight_to_sample_weights(
    class_indices: object, class_weight: Mapping[int, float]
) -> Array:
    r"""Return for each example the weight of its class.

    .. math:: s^{(i)} = c_{y^{(i)}}

    Parameters
    ----------
    class_indices
        Class indices of any shape, usually ``(batch,)``. Floats such as 2.0 count as whole.
    class_weight
        The weight of each class, by class index.

    Returns
    -------
    numpy.ndarray
        The shape of ``class_indices``, float64.

    Raises
    ------
    TypeError
        If ``class_indices`` or a weight is not a real number, or ``class_weight`` is not a mapping
        from whole numbers.
    ValueError
        If one of ``class_indices`` has no weight, which a fractional one never has, a key of
        ``class_weight`` is negative, or a weight is NaN.

    Notes
    -----
    Keras gives the weight 1 to a class that ``class_weight`` leaves out, so a mistyped key goes
    unnoticed. Here it is an error.

    References
    ----------
    Keras, ``fit``, argument ``class_weight``: https://keras.io/api/models/model_training_apis/

    Examples
    --------
    >>> class_weight_to_sample_weights([0, 2, 0], {0: 1.0, 1: 1.0, 2: 5.0}).tolist()
    [1.0, 5.0, 1.0]
    """
    if not isinstance(class_weight, Mapping):
        raise TypeError(
            f"class_weight: expected a mapping such as {{0: 1.0, 1: 5.0}}, got {class_weight!r}."
        )
    for k in class_weight:
        at_least("class_weight key", k, 0)
    indices = as_array("class_indices", class_indices)
    classes, positions = np.unique(indices, return_inverse=True)
    missing = [k for k in classes.tolist() if k not in class_weight]
    if missing:
        raise ValueError(
            f"class_indices: expected classes that have a class_weight, {list(class_weight)}, "
            f"got {missing}."
        )
    weights = [in_range(f"class_weight[{k:g}]", class_weight[k], -np.inf) for k in classes.tolist()]
    return np.array(weights, np.float64)[positions].reshape(indices.shape)


def l1_penalty(weights: object, l1: float = 0.01) -> float:
    r"""Return the penalty that the L1 regularizer adds to the cost.

    .. math:: P = \lambda \sum_{k=1}^{n} \left|w_k\right|

    Parameters
    ----------
    weights
        Real numbers of any shape, usually a kernel ``(d0, units)``.
    l1
        The factor λ, at least 0.

    Returns
    -------
    float
        At least 0, the unit of the cost; 0 of no weights. NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If ``l1`` is negative.

    Notes
    -----
    The penalty is a sum over weights, not a mean over examples: it does not shrink with the batch.

    References
    ----------
    Keras, ``keras.regularizers.L1``: https://keras.io/api/layers/regularizers/

    Examples
    --------
    >>> l1_penalty([[3.0, -4.0]], l1=0.5)
    3.5
    """
    w = as_float("weights", weights)
    factor = in_range("l1", l1, 0)
    with np.errstate(over="ignore"):
        return factor * float(np.abs(w).sum(dtype=np.float64))


def l2_penalty(weights: object, l2: float = 0.01) -> float:
    r"""Return the penalty that the L2 regularizer adds to the cost.

    .. math:: P = \lambda \sum_{k=1}^{n} w_k^2

    Parameters
    ----------
    weights
        Real numbers of any shape, usually a kernel ``(d0, units)``.
    l2
        The factor λ, at least 0.

    Returns
    -------
    float
        At least 0, the unit of the cost; 0 of no weights. NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If ``l2`` is negative.

    Notes
    -----
    A course that writes λ/(2m) in place of λ means a factor that is smaller by 2m.

    References
    ----------
    Keras, ``keras.regularizers.L2``: https://keras.io/api/layers/regularizers/

    Examples
    --------
    >>> l2_penalty([[3.0, -4.0]], l2=0.5)
    12.5
    """
    w = as_float("weights", weights)
    factor = in_range("l2", l2, 0)
    with np.errstate(over="ignore"):
        return factor * float((w.astype(np.float64) ** 2).sum())
