"""Losses: how wrong each prediction is, one number per example, and their gradients.

A result is float32 where both arguments are, otherwise float64.
"""

import numpy as np

from lossary._blocks import elementwise, in_blocks
from lossary._checks import (
    Array,
    IntArray,
    any_of,
    as_class_indices,
    as_float,
    at_least_rank,
    class_index_of_each_row,
    flag,
    in_range,
    logits_rows,
    not_empty,
    positive_int,
    probabilities,
    same_shape,
)
from lossary.softmax import (
    exact_sum,
    exp_of_minus_abs,
    log_softmax,
    log_sum_below_top,
    sigmoid,
    softmax,
    sum_in_parts,
)

_LOGITS = "Pass from_logits=True if these are logits."
_SOFTMAX = "Apply lossary.softmax if these are logits."
_TARGETS = "A row is one-hot (see lossary.one_hot) or a distribution over the classes."
_LABELS = "The targets are 0 and 1, or between the two."


def squared_error(y_true: object, y_pred: object) -> Array:
    r"""Return the squared error of each example.

    .. math:: L = \frac{1}{N} \sum_{j=1}^{N} \left(\hat{y}_j - y_j\right)^2

    Parameters
    ----------
    y_true
        Targets, real numbers: ``(batch,)`` with one output, ``(batch, outputs)`` with more.
    y_pred
        Predictions, the shape of ``y_true``.

    Returns
    -------
    numpy.ndarray
        ``(batch,)``, the square of the targets' unit. Of N outputs the mean over the last axis.
        A square too large for the dtype is inf, inf − inf is NaN, and NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ or there are no outputs.

    Notes
    -----
    ``(y_true - y_pred) ** 2`` of shapes ``(N,)`` and ``(N, 1)`` is an ``(N, N)`` matrix of
    differences between unrelated examples. Here the shapes must be equal.

    References
    ----------
    Keras, ``keras.losses.mean_squared_error``: https://keras.io/api/losses/regression_losses/

    Examples
    --------
    >>> squared_error([3.0, -1.0], [2.5, 1.0]).tolist()
    [0.25, 4.0]
    >>> squared_error([[3.0, -1.0]], [[2.5, 1.0]]).tolist()
    [2.125]
    """
    true, pred = _pair(y_true, "y_pred", y_pred)
    with np.errstate(over="ignore", invalid="ignore"):
        errors = pred - true
        errors *= errors
        return _mean_over_outputs(errors)


def absolute_error(y_true: object, y_pred: object) -> Array:
    r"""Return the absolute error of each example.

    .. math:: L = \frac{1}{N} \sum_{j=1}^{N} \left|\hat{y}_j - y_j\right|

    Parameters
    ----------
    y_true
        Targets, real numbers: ``(batch,)`` with one output, ``(batch, outputs)`` with more.
    y_pred
        Predictions, the shape of ``y_true``.

    Returns
    -------
    numpy.ndarray
        ``(batch,)``, the targets' unit. Of N outputs the mean over the last axis.
        inf − inf is NaN, and NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ or there are no outputs.

    Notes
    -----
    An error of 10 costs 10 times as much as an error of 1, not 100 times as in
    :func:`squared_error`: one outlier weighs less.

    References
    ----------
    Keras, ``keras.losses.mean_absolute_error``: https://keras.io/api/losses/regression_losses/

    Examples
    --------
    >>> absolute_error([3.0, -1.0], [2.5, 1.0]).tolist()
    [0.5, 2.0]
    """
    true, pred = _pair(y_true, "y_pred", y_pred)
    with np.errstate(over="ignore", invalid="ignore"):
        return _mean_over_outputs(np.abs(pred - true))


def binary_cross_entropy(
    y_true: object, y_pred: object, from_logits: bool = False, label_smoothing: float = 0.0
) -> Array:
    r"""Return the cross-entropy of each example whose outputs are yes/no questions.

    .. math:: L = -y \log\left(a\right) - (1 - y) \log\left(1 - a\right)

    Parameters
    ----------
    y_true
        Targets in 0..1, usually 0 or 1: ``(batch,)`` or ``(batch, outputs)``.
    y_pred
        The shape of ``y_true``. Probabilities in 0..1, or with ``from_logits`` real numbers.
    from_logits
        Whether ``y_pred`` holds logits, to which the sigmoid was not applied yet.
    label_smoothing
        The share s in 0..1 by which targets move toward 1/2: y (1 − s) + s/2.

    Returns
    -------
    numpy.ndarray
        ``(batch,)``, in nats. Of several outputs the mean over the last axis.
        A certain and wrong prediction costs inf. NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers, or ``from_logits`` is not a bool.
    ValueError
        If the shapes differ, there are no outputs, or targets, probabilities or
        ``label_smoothing`` leave 0..1.

    Notes
    -----
    For the logit 40 the sigmoid rounds to 1, and the loss of target 0 from that probability is inf.
    From the logit it is 40: no logarithm of a rounded number is taken.
    Probabilities are used as they come, with 0 log 0 = 0. Keras clips them to 1e-7..1 − 1e-7.

    References
    ----------
    Keras, ``keras.losses.binary_crossentropy``: https://keras.io/api/losses/probabilistic_losses/

    Examples
    --------
    >>> binary_cross_entropy([1, 0], [0.75, 0.25]).round(4).tolist()
    [0.2877, 0.2877]
    >>> binary_cross_entropy([0, 1], [40.0, 40.0], from_logits=True).round(4).tolist()
    [40.0, 0.0]
    """
    true, pred = _pair(y_true, "y_pred", y_pred)
    probabilities("y_true", true, _LABELS, rows=False)
    smoothing = in_range("label_smoothing", label_smoothing, 0, 1)
    if not flag("from_logits", from_logits):
        probabilities("y_pred", pred, _LOGITS, rows=False)

    def work(y: Array, z: Array, spare: bool, out: Array) -> None:
        if smoothing:
            y = y * (1 - smoothing) + smoothing / 2
        if not from_logits:
            out[...] = 0 - _times(y, np.log(z)) - _times(1 - y, np.log1p(-z))
            return
        # -y log(a) - (1-y) log(1-a) without a difference of large numbers: the part of the target
        # on the side that the logit's sign speaks against pays |z|, and everything pays the rest.
        against = np.where(z > 0, 1 - y, y)
        rest = exp_of_minus_abs(z)
        np.add(_times(against, np.abs(z)), np.log1p(rest, out=rest), out=out)

    return _mean_over_outputs(elementwise(work, np.result_type(true, pred), true, pred))


def categorical_cross_entropy(
    y_true: object, y_pred: object, from_logits: bool = False, label_smoothing: float = 0.0
) -> Array:
    r"""Return the cross-entropy of each example whose target is a row of probabilities.

    .. math:: L = -\sum_{k=1}^{N} y_k \log\left(a_k\right)

    Parameters
    ----------
    y_true
        Targets ``(..., classes)``: one-hot, or rows in 0..1 that sum to 1.
    y_pred
        The shape of ``y_true``. Rows of probabilities that sum to 1, within 1e-5 (float32: 1e-3),
        or with ``from_logits`` real numbers.
    from_logits
        Whether ``y_pred`` holds logits, to which softmax was not applied yet.
    label_smoothing
        The share s in 0..1 of the target that is spread over all classes, as in
        :func:`smooth_labels`.

    Returns
    -------
    numpy.ndarray
        Shape ``(...)``, in nats. A true class of probability 0 costs inf. NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers, or ``from_logits`` is not a bool.
    ValueError
        If the shapes differ, there are no classes, ``y_true`` or probabilities leave 0..1 or do
        not sum to 1, or ``label_smoothing`` leaves 0..1.

    Warns
    -----
    UserWarning
        With ``from_logits``, if all rows of ``y_pred`` are probabilities: the double softmax.

    Notes
    -----
    ``np.log(softmax([0, -1000]))`` is −inf. From logits the loss of class 1 is 1000, see
    :func:`lossary.log_softmax`.
    Probabilities are used as they come, with 0 log 0 = 0. Keras divides each row by its sum and
    clips it to 1e-7..1 − 1e-7, so its loss of a probability 0 is 16.1 and not inf.

    References
    ----------
    Keras, ``keras.losses.categorical_crossentropy``:
    https://keras.io/api/losses/probabilistic_losses/

    Examples
    --------
    >>> categorical_cross_entropy([[0, 1, 0]], [[0.2, 0.5, 0.3]]).round(4).tolist()
    [0.6931]
    >>> categorical_cross_entropy([[0, 1]], [[0.0, -1000.0]], from_logits=True).tolist()
    [1000.0]
    """
    true, pred = _pair(y_true, "y_pred", y_pred)
    _has_classes("y_pred", pred)
    if flag("from_logits", from_logits):
        logits_rows("y_pred", pred, "pass from_logits=False")
    else:
        probabilities("y_pred", pred, _LOGITS)
    probabilities("y_true", true, _TARGETS)
    smoothing = in_range("label_smoothing", label_smoothing, 0, 1)

    def work(y: Array, z: Array, along: int, spare: bool, out: Array) -> None:
        if smoothing:
            y = y * (1 - smoothing) + smoothing / y.shape[along]
        elif from_logits and along and np.count_nonzero(y != 0) == len(y):
            # One-hot, since no row that sums to 1 is all 0: one term of each row counts.
            # Of short rows, which lie as columns, this way was the slower one.
            at = np.arange(len(y)), y.argmax(1)
            out[:, 0] = _costs_at(at, z, along, spare, y[at])
            return
        if from_logits:
            out[...] = _expected_cost(y, z, along, spare)
        else:
            out[...] = _sum(_times(y, 0 - np.log(z)), along, spare)

    dtype = np.result_type(true, pred)
    return in_blocks(work, -1, dtype, true, pred, reduces=True)[..., 0][()]


def sparse_categorical_cross_entropy(
    y_true: object, y_pred: object, from_logits: bool = False
) -> Array:
    r"""Return the cross-entropy of each example whose target is a class index.

    .. math:: L = -\log\left(a_y\right)

    Parameters
    ----------
    y_true
        Class indices 0..classes−1 of shape ``(...)``, usually ``(batch,)``.
    y_pred
        ``(..., classes)``. Rows of probabilities that sum to 1, within 1e-5 (float32: 1e-3),
        or with ``from_logits`` real numbers.
    from_logits
        Whether ``y_pred`` holds logits, to which softmax was not applied yet.

    Returns
    -------
    numpy.ndarray
        The shape of ``y_true``, in nats, in the dtype of ``y_pred``.
        A true class of probability 0 costs inf. NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers, or ``from_logits`` is not a bool.
    ValueError
        If ``y_true`` has another shape than ``y_pred`` without its last axis or holds anything but
        class indices, there are no classes, or probabilities leave 0..1 or do not sum to 1.

    Warns
    -----
    UserWarning
        With ``from_logits``, if all rows of ``y_pred`` are probabilities: the double softmax.

    Notes
    -----
    The loss is :func:`categorical_cross_entropy` of the one-hot target, without building it.
    TensorFlow refuses a class index out of range on a CPU, and turns its loss into NaN on a GPU:
    https://www.tensorflow.org/api_docs/python/tf/nn/sparse_softmax_cross_entropy_with_logits

    References
    ----------
    Keras, ``keras.losses.sparse_categorical_crossentropy``:
    https://keras.io/api/losses/probabilistic_losses/

    Examples
    --------
    >>> sparse_categorical_cross_entropy([1], [[0.2, 0.5, 0.3]]).round(4).tolist()
    [0.6931]
    >>> sparse_categorical_cross_entropy([1], [[0.0, -1000.0]], from_logits=True).tolist()
    [1000.0]
    """
    pred = as_float("y_pred", y_pred)
    _has_classes("y_pred", pred)
    true = class_index_of_each_row("y_true", y_true, "y_pred", pred)
    if flag("from_logits", from_logits):
        logits_rows("y_pred", pred, "pass from_logits=False")
    else:
        probabilities("y_pred", pred, _LOGITS)

    def work(label: IntArray, z: Array, along: int, spare: bool, out: Array) -> None:
        rows = np.arange(label.size)
        at = (label.ravel(), rows) if along == 0 else (rows, label.ravel())
        if from_logits:
            losses = _costs_at(at, z, along, spare)
        else:
            losses = 0 - np.log(z[at])
            # As with a one-hot target, NaN in another class counts: 0 times NaN is NaN.
            losses[np.isnan(np.add.reduce(z, along))] = np.nan
        out[...] = losses.reshape(out.shape)

    labels = true[..., np.newaxis]
    return in_blocks(work, -1, pred.dtype, labels, pred, reduces=True)[..., 0]


def kl_divergence(y_true: object, y_pred: object) -> Array:
    r"""Return the Kullback-Leibler divergence of each predicted distribution from the true one.

    .. math:: D = \sum_{k=1}^{N} y_k \left(\log\left(y_k\right) - \log\left(a_k\right)\right)

    Parameters
    ----------
    y_true
        Distributions ``(..., classes)``: rows in 0..1 that sum to 1, within 1e-5 (float32: 1e-3).
    y_pred
        Distributions, the shape of ``y_true``.

    Returns
    -------
    numpy.ndarray
        Shape ``(...)``, in nats: 0 for equal distributions and positive otherwise, up to rounding.
        A class of probability 0 that occurs costs inf. NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ, there are no classes, or rows leave 0..1 or do not sum to 1.

    Notes
    -----
    It is the cross-entropy minus the entropy of ``y_true``. ``y * np.log(y / a)`` is NaN for
    y = 0; here that class adds 0. Keras clips both distributions to 1e-7..1 instead.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), section 3.13.

    Examples
    --------
    >>> kl_divergence([[0.5, 0.5, 0.0]], [[0.25, 0.5, 0.25]]).round(4).tolist()
    [0.3466]
    """
    true, pred = _pair(y_true, "y_pred", y_pred)
    true_logs = _log_probabilities(true, "y_true")
    pred_logs = _log_probabilities(pred, "y_pred")
    with np.errstate(invalid="ignore"):  # of 0 times infinity, and infinity is a result
        result: Array = (_times(true, true_logs) - _times(true, pred_logs)).sum(axis=-1)
    return result


def one_hot(class_indices: object, num_classes: int) -> Array:
    r"""Return each class index as a row with a 1 in its place and 0 elsewhere.

    .. math:: y_j = \mathbf{1}\left\{j = k\right\}

    Parameters
    ----------
    class_indices
        Class indices k in 0..num_classes−1 of any shape. Floats such as 2.0 count as whole.
    num_classes
        The number of classes, at least 1.

    Returns
    -------
    numpy.ndarray
        ``(..., num_classes)``, float64.

    Raises
    ------
    TypeError
        If ``class_indices`` does not hold real numbers or ``num_classes`` is not a whole number.
    ValueError
        If one of ``class_indices`` is fractional or outside 0..num_classes−1, or ``num_classes`` is
        below 1.

    Notes
    -----
    ``np.eye(3)[-1]`` is the row of class 2, and a label of −1 passes unnoticed.
    Here it is an error.

    References
    ----------
    Keras, ``keras.utils.to_categorical``: https://keras.io/api/utils/python_utils/

    Examples
    --------
    >>> one_hot([2, 0], num_classes=3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    classes = positive_int("num_classes", num_classes)
    indices = as_class_indices("class_indices", class_indices, classes)
    result: Array = (indices[..., np.newaxis] == np.arange(classes)).astype(np.float64)
    return result


def smooth_labels(y_true: object, label_smoothing: float) -> Array:
    r"""Return targets of which a share is spread evenly over all classes.

    .. math:: t_k = (1 - s) y_k + \frac{s}{N}

    Parameters
    ----------
    y_true
        Targets ``(..., classes)``: one-hot, or rows in 0..1 that sum to 1.
    label_smoothing
        The share s in 0..1.

    Returns
    -------
    numpy.ndarray
        The shape of ``y_true``; each row still sums to 1. NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If there are no classes, rows of ``y_true`` leave 0..1 or do not sum to 1, or
        ``label_smoothing`` leaves 0..1.

    Notes
    -----
    A one-hot target of cross-entropy is reached only by infinite logits; a smoothed one is not.

    References
    ----------
    C. Szegedy et al., "Rethinking the Inception Architecture for Computer Vision" (2016),
    section 7. https://arxiv.org/abs/1512.00567

    Examples
    --------
    >>> smooth_labels([[0, 1, 0, 0]], 0.2).round(2).tolist()
    [[0.05, 0.85, 0.05, 0.05]]
    """
    true = as_float("y_true", y_true)
    _has_classes("y_true", true)
    probabilities("y_true", true, _TARGETS)
    smoothing = in_range("label_smoothing", label_smoothing, 0, 1)
    result: Array = true * (1 - smoothing)
    result += smoothing / true.shape[-1]
    return result


def squared_error_gradient(y_true: object, y_pred: object) -> Array:
    r"""Return the derivative of each example's :func:`squared_error` by its predictions.

    .. math:: \frac{\partial L}{\partial \hat{y}_j} = \frac{2}{N} \left(\hat{y}_j - y_j\right)

    Parameters
    ----------
    y_true
        Targets, real numbers: ``(batch,)`` with one output, ``(batch, outputs)`` with more.
    y_pred
        Predictions, the shape of ``y_true``.

    Returns
    -------
    numpy.ndarray
        The shape of ``y_pred``. The gradient of the cost, a mean over m examples, is this over m.
        NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ or there are no outputs.

    Notes
    -----
    A course that defines the cost with 1/(2m) has no factor 2 here.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), section 5.1.4.

    Examples
    --------
    >>> squared_error_gradient([3.0, -1.0], [2.5, 1.0]).tolist()
    [-1.0, 4.0]
    """
    true, pred = _pair(y_true, "y_pred", y_pred)
    with np.errstate(over="ignore", invalid="ignore"):
        gradient: Array = 2 * (pred - true) / _outputs(pred)
    return gradient


def binary_cross_entropy_gradient(y_true: object, logits: object) -> Array:
    r"""Return the derivative of each example's :func:`binary_cross_entropy` by its logits.

    .. math:: \frac{\partial L}{\partial z_j} = \frac{1}{N} \left(a_j - y_j\right)

    Parameters
    ----------
    y_true
        Targets in 0..1, usually 0 or 1: ``(batch,)`` or ``(batch, outputs)``.
    logits
        Real numbers z, the shape of ``y_true``. Their sigmoid is a.

    Returns
    -------
    numpy.ndarray
        The shape of ``logits``, values in −1..1, for one example: not averaged over the batch.
        NaN stays NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ, there are no outputs, or targets leave 0..1.

    Notes
    -----
    ``sigmoid(40) - 1`` is 0, since the sigmoid rounds to 1. Here it is −4.2e-18: for a positive
    logit the same difference is taken as (1 − y) − σ(−z).

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), section 6.2.2.2.

    Examples
    --------
    >>> binary_cross_entropy_gradient([1, 0], [0.0, 0.0]).tolist()
    [-0.5, 0.5]
    """
    true, z = _pair(y_true, "logits", logits)
    probabilities("y_true", true, _LABELS, rows=False)
    small = sigmoid(-np.abs(z))
    gradient: Array = np.where(z > 0, (1 - true) - small, small - true) / _outputs(z)
    return gradient


def categorical_cross_entropy_gradient(y_true: object, logits: object) -> Array:
    r"""Return the derivative of each example's :func:`categorical_cross_entropy` by its logits.

    .. math:: \frac{\partial L}{\partial z_j} = a_j - y_j

    Parameters
    ----------
    y_true
        Targets ``(..., classes)``: one-hot, or rows in 0..1 that sum to 1.
    logits
        Real numbers z, the shape of ``y_true``. Their softmax is a.

    Returns
    -------
    numpy.ndarray
        The shape of ``logits``, values in −1..1, rows that sum to 0, for one example: not averaged
        over the batch. NaN where :func:`lossary.softmax` is NaN.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes differ, there are no classes, or targets leave 0..1 or do not sum to 1.

    Warns
    -----
    UserWarning
        If all rows of ``logits`` are probabilities: the double softmax.

    Notes
    -----
    The short form holds for logits and targets that sum to 1. For the logits ``[40, 0]`` and
    class 0 the difference ``softmax(z)[0] - 1`` is 0; as expm1 of the log-probability it is
    −4.2e-18.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning* (2006), section 4.3.4.

    Examples
    --------
    >>> categorical_cross_entropy_gradient([[0, 1, 0]], [[2.0, 1.0, 0.0]]).round(4).tolist()
    [[0.6652, -0.7553, 0.09]]
    """
    true, z = _pair(y_true, "logits", logits)
    _has_classes("logits", z)
    probabilities("y_true", true, _TARGETS)
    logits_rows("logits", z, "pass the logits that they were made of")
    return np.where(true == 1, np.expm1(log_softmax(z)), softmax(z) - true)


def _pair(y_true: object, name: str, y_pred: object) -> tuple[Array, Array]:
    true, pred = as_float("y_true", y_true), as_float(name, y_pred)
    same_shape("y_true", true, name, pred)
    return true, pred


def _outputs(values: Array) -> int:
    """Return the number of outputs of an example: the last axis, where there is more than one."""
    if values.ndim < 2:
        return 1
    not_empty("y_true", values, -1)
    return int(values.shape[-1])


def _mean_over_outputs(values: Array) -> Array:
    result: Array = values.sum(axis=-1) / _outputs(values) if values.ndim > 1 else values
    return result


def _has_classes(name: str, values: Array) -> None:
    at_least_rank(name, values, 1)
    not_empty(name, values, -1)


def _log_probabilities(values: Array, name: str) -> Array:
    _has_classes(name, values)
    probabilities(name, values, _SOFTMAX)
    with np.errstate(divide="ignore"):  # log 0 is the -inf that it should be
        result: Array = np.log(values)
    return result


def _expected_cost(y: Array, z: Array, along: int, spare: bool) -> Array:
    """Return the sum of each row of targets times the costs of the classes.

    A cost is log_sum + top − z. The targets sum to about 1, so log_sum counts once and a little.
    """
    top, log_sum, lost = log_sum_below_top(z, along, spare)
    total = _sum(_times(y, top - z), along, spare)
    once, little = sum_in_parts(y, along, spare)
    rest = (once - 1 + little) * log_sum
    if isinstance(lost, np.ndarray):
        rest -= np.add.reduce(y * lost, along, keepdims=True)
    return _rounded_once(total, log_sum, rest)


def _costs_at(
    at: tuple[IntArray, IntArray], z: Array, along: int, spare: bool, y: Array | float = 1.0
) -> Array:
    """Return the same where one class of each row counts."""
    top, log_sum, lost = log_sum_below_top(z, along, spare)
    top, log_sum = top.ravel(), log_sum.ravel()
    rest = (y - 1) * log_sum - y * (lost[at] if isinstance(lost, np.ndarray) else lost)
    return _rounded_once(y * (top - z[at]), log_sum, rest)


def _rounded_once(first: Array, second: Array, rest: Array) -> Array:
    """Return the sum of two numbers and of what is small beside them."""
    total: Array = first + second
    # What rounding took: D. E. Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B.
    added = total - first
    rest = rest + (first - (total - added)) + (second - added)
    return np.where(np.isfinite(rest), total + rest, total)  # of an infinite total it is NaN


def _sum(terms: Array, along: int, spare: bool) -> Array:
    """Return the sum of each row of terms of at least 0."""
    total: Array
    if spare:
        total = np.add.reduce(terms, along, keepdims=True)
        return total
    limit = terms.max(along, keepdims=True) * terms.shape[along]
    total = np.add(*exact_sum(terms, along, limit))
    too_large = ~(limit < np.finfo(terms.dtype).max / 4)  # the parts overflow
    if any_of(too_large):
        np.copyto(total, terms.sum(along, keepdims=True), where=too_large)
    return total


def _times(weights: Array, values: Array) -> Array:
    """Return the product with 0 times infinity as 0: what does not occur costs nothing."""
    product: Array = weights * values
    undefined = np.isnan(product)
    if any_of(undefined):
        product[undefined & (weights == 0) & np.isinf(values)] = 0
    return product
