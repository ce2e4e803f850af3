"""From logits to probabilities, without overflow: log-sum-exp, softmax, sigmoid."""

import numpy as np

from lossary._checks import Array, as_float, at_least_rank, axis_of, flag, not_empty


def logsumexp(logits: object, axis: int = -1, keepdims: bool = False) -> Array:
    r"""Return the logarithm of the sum of exponentials along an axis.

    .. math:: s = c + \log\left(\sum_{k=1}^{N} e^{z_k - c}\right), \qquad c = \max_k z_k

    Parameters
    ----------
    logits
        Real numbers of any shape with at least one axis.
        Integers become float64, float16 becomes float32.
    axis
        The axis that holds the N classes and that disappears.
    keepdims
        Keep ``axis`` with length 1.

    Returns
    -------
    numpy.ndarray
        The shape of ``logits`` without ``axis``.
        A row of −inf gives −inf, a row that holds +inf gives +inf, a row that holds NaN gives NaN.

    Raises
    ------
    TypeError
        If ``logits`` does not hold real numbers, ``axis`` is not a whole number, or ``keepdims`` is
        not a bool.
    ValueError
        If ``logits`` has no axis, or ``axis`` is none of them or has length 0.

    Notes
    -----
    Written as it is defined, ``np.log(np.exp(1000) + np.exp(1000))`` is inf, since e^1000 exceeds
    the largest float64. Subtracting the maximum first leaves exponentials of at most 1.
    Where maximum and logarithm nearly cancel, the result is exact to some 1e-16, not to all digits.

    References
    ----------
    P. Blanchard, D. J. Higham, N. J. Higham, "Accurately computing the log-sum-exp and softmax
    functions", IMA Journal of Numerical Analysis 41 (2021).

    Examples
    --------
    >>> float(logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    """
    z = _rows("logits", logits, axis)
    top, _, exponentials = _below_top(z, axis)
    result: Array = top + _log_sum(z, exponentials, axis)
    return result if flag("keepdims", keepdims) else np.squeeze(result, axis=axis)


def softmax(logits: object, axis: int = -1) -> Array:
    r"""Return the probabilities that belong to logits.

    .. math:: a_j = \frac{e^{z_j}}{\sum_{k=1}^{N} e^{z_k}}

    Parameters
    ----------
    logits
        Real numbers, the N classes along ``axis``: ``(N,)``, ``(batch, N)`` or more axes.
        −inf masks a class out.
    axis
        The axis that holds the classes.

    Returns
    -------
    numpy.ndarray
        The shape of ``logits``, values in 0..1, sum 1 along ``axis``.
        A row whose greatest logit is infinite, or that holds NaN, has no softmax and gives NaN.

    Raises
    ------
    TypeError
        If ``logits`` does not hold real numbers or ``axis`` is not a whole number.
    ValueError
        If ``logits`` has no axis, or ``axis`` is none of them or has length 0.

    Notes
    -----
    ``np.exp(z) / np.exp(z).sum()`` is NaN for ``z = [1000, 1000]``, since inf / inf is.
    Softmax does not change when one number is added to all logits, so the maximum is subtracted.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), section 6.2.2.3.

    Examples
    --------
    >>> softmax([2.0, 1.0, 0.0]).round(4).tolist()
    [0.6652, 0.2447, 0.09]
    >>> softmax([1000.0, 1000.0]).tolist()
    [0.5, 0.5]
    """
    z = _rows("logits", logits, axis)
    top, _, exponentials = _below_top(z, axis)
    with np.errstate(invalid="ignore"):  # 0/0 and inf/inf of a row without softmax
        exponentials /= exponentials.sum(axis=axis, keepdims=True, dtype=np.longdouble)
    return np.where(np.isfinite(top), exponentials, z.dtype.type(np.nan))


def log_softmax(logits: object, axis: int = -1) -> Array:
    r"""Return the logarithm of softmax without computing softmax.

    .. math:: \log\left(a_j\right) = z_j - \log\left(\sum_{k=1}^{N} e^{z_k}\right)

    Parameters
    ----------
    logits
        Real numbers, the N classes along ``axis``.
    axis
        The axis that holds the classes.

    Returns
    -------
    numpy.ndarray
        The shape of ``logits``, values of at most 0, in nats.
        NaN where :func:`softmax` is NaN.

    Raises
    ------
    TypeError
        If ``logits`` does not hold real numbers or ``axis`` is not a whole number.
    ValueError
        If ``logits`` has no axis, or ``axis`` is none of them or has length 0.

    Notes
    -----
    ``np.log(softmax([0, -1000]))`` is −inf in its second place, since e^−1000 rounds to 0.
    The difference z − logsumexp(z) keeps the −1000. It is taken in two steps: for z = [50, 0] the
    logsumexp rounds to 50 and would leave 0 of the true −1.9e-22.

    References
    ----------
    P. Blanchard, D. J. Higham, N. J. Higham, "Accurately computing the log-sum-exp and softmax
    functions", IMA Journal of Numerical Analysis 41 (2021).

    Examples
    --------
    >>> log_softmax([0.0, -1000.0]).tolist()
    [0.0, -1000.0]
    """
    z = _rows("logits", logits, axis)
    top, below, exponentials = _below_top(z, axis)
    with np.errstate(invalid="ignore"):  # inf - inf of a row without softmax
        result = below - _log_sum(z, exponentials, axis)
    return np.where(np.isfinite(top), result, z.dtype.type(np.nan))


def sigmoid(logits: object) -> Array:
    r"""Return the probability of the positive class that belongs to each logit.

    .. math:: a = \frac{1}{1 + e^{-z}}

    Parameters
    ----------
    logits
        Real numbers of any shape, one logit per yes/no question.

    Returns
    -------
    numpy.ndarray
        The shape of ``logits``, values in 0..1. NaN stays NaN.

    Raises
    ------
    TypeError
        If ``logits`` does not hold real numbers.
    ValueError
        If the rows of ``logits`` differ in length.

    Notes
    -----
    ``1 / (1 + np.exp(-z))`` warns of an overflow for z = −1000. Only e^−|z| is computed here.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), section 3.10.

    Examples
    --------
    >>> sigmoid([-1000.0, 0.0, 1.7]).round(4).tolist()
    [0.0, 0.5, 0.8455]
    """
    z = as_float("logits", logits)
    small = np.exp(-np.abs(z))
    result: Array = np.where(z < 0, small, z.dtype.type(1)) / (1 + small)
    return result


def log_sigmoid(logits: object) -> Array:
    r"""Return the logarithm of :func:`sigmoid` without computing sigmoid.

    .. math:: \log\left(a\right) = -\log\left(1 + e^{-z}\right)

    Parameters
    ----------
    logits
        Real numbers of any shape.

    Returns
    -------
    numpy.ndarray
        The shape of ``logits``, values of at most 0, in nats. NaN stays NaN.

    Raises
    ------
    TypeError
        If ``logits`` does not hold real numbers.
    ValueError
        If the rows of ``logits`` differ in length.

    Notes
    -----
    ``np.log(sigmoid(-1000))`` is −inf, since sigmoid(−1000) rounds to 0; the true value is −1000.

    References
    ----------
    M. Mächler, "Accurately computing log(1 − exp(−|a|))" (2012), vignette of the R package Rmpfr.

    Examples
    --------
    >>> log_sigmoid([-1000.0, 0.0]).round(4).tolist()
    [-1000.0, -0.6931]
    """
    z = as_float("logits", logits)
    result: Array = np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
    return result


def softmax_jacobian(logits: object) -> Array:
    r"""Return the derivatives of every probability by every logit.

    .. math:: \frac{\partial a_i}{\partial z_j} = a_i \left(\delta_{i,j} - a_j\right)

    Parameters
    ----------
    logits
        Real numbers ``(..., N)``, the classes along the last axis.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., N, N)``: row i holds the derivatives of probability i.
        Rows and columns sum to 0.

    Raises
    ------
    TypeError
        If ``logits`` does not hold real numbers.
    ValueError
        If ``logits`` has no axis or no classes.

    Notes
    -----
    δ is 1 where i = j, else 0. The entries off the diagonal are not 0 either: raising one logit
    lowers every other probability.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), section 6.2.2.3.

    Examples
    --------
    >>> softmax_jacobian([0.0, 0.0]).tolist()
    [[0.25, -0.25], [-0.25, 0.25]]
    """
    a = softmax(logits)
    identity = np.eye(a.shape[-1], dtype=a.dtype)
    result: Array = a[..., :, np.newaxis] * (identity - a[..., np.newaxis, :])
    return result


def _rows(name: str, value: object, axis: int) -> Array:
    z = as_float(name, value)
    at_least_rank(name, z, 1)
    not_empty(name, z, axis_of("axis", axis, z))
    return z


def _below_top(z: Array, axis: int) -> tuple[Array, Array, Array]:
    """Return the maximum, the logits minus the maximum, and the exponentials of the difference."""
    top: Array = z.max(axis=axis, keepdims=True)
    # An infinite maximum is not subtracted, since inf - inf is NaN.
    shift = np.where(np.isfinite(top), top, z.dtype.type(0))
    with np.errstate(over="ignore", invalid="ignore"):  # a row that holds +inf overflows
        below: Array = z - shift
        # What rounding took from the difference: exp would multiply it by up to 745.
        # D. E. Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B.
        added = below - z
        lost = (z - (below - added)) - (shift + added)
        exponentials: Array = np.exp(below)
        correction = exponentials * lost
        exponentials += np.where(np.isfinite(correction), correction, z.dtype.type(0))
    return top, below, exponentials


def _log_sum(z: Array, exponentials: Array, axis: int) -> Array:
    """Return log(1 + the other exponentials), where 1 is the greatest: log1p keeps small others."""
    others = exponentials.copy()
    np.put_along_axis(others, np.expand_dims(z.argmax(axis=axis), axis), 0, axis)
    with np.errstate(over="ignore"):
        wide = np.log1p(others.sum(axis=axis, keepdims=True, dtype=np.longdouble))
    result: Array = wide.astype(z.dtype)
    return result
