"""From logits to probabilities, without overflow: log-sum-exp, softmax, sigmoid."""

import numpy as np

from lossary._blocks import in_blocks
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

    def work(z: Array, along: int, spare: bool) -> Array:
        top, _, log_sum = log_sum_below_top(z, along, spare)
        return np.where(np.isinf(top), top, top + log_sum)

    z = _rows("logits", logits, axis)
    result = in_blocks(work, axis, z.dtype, z, reduces=True)
    return result if flag("keepdims", keepdims) else result.squeeze(axis)


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

    def work(z: Array, along: int, spare: bool) -> Array:
        if spare:
            return _shares(z, along)
        _, below, lost = _below_top(z, along)
        a: Array = np.exp(below, out=below)
        coarse, rest = exact_sum(a + a * lost, along, float(z.shape[along]))
        total = coarse + rest
        a /= total
        lost -= (rest - (total - coarse)) / total  # what rounding took from the sum
        lost *= a
        a += lost
        return a

    z = _rows("logits", logits, axis)
    return in_blocks(work, axis, z.dtype, z)


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

    def work(z: Array, along: int, spare: bool) -> Array:
        _, below, log_sum = log_sum_below_top(z, along, spare)
        below -= log_sum
        return below

    z = _rows("logits", logits, axis)
    return in_blocks(work, axis, z.dtype, z)


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

    def work(z: Array, along: int, spare: bool) -> Array:
        if spare:  # where e^−z overflows, 1/inf is the 0 that a float32 would round to
            a: Array = np.exp(-z)
            a += 1
            return np.reciprocal(a, out=a)
        small = np.exp(-np.abs(z))
        # 1 for z of 0 and above, e^z below; np.where takes longer than all the rest.
        a = np.maximum(np.sign(z), small)
        small += 1
        a /= small
        return a

    z = as_float("logits", logits)
    return in_blocks(work, -1, z.dtype, z[..., np.newaxis])[..., 0][()]


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

    def work(z: Array, along: int, spare: bool) -> Array:
        result: Array = np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
        return result

    z = as_float("logits", logits)
    return in_blocks(work, -1, z.dtype, z[..., np.newaxis])[..., 0][()]


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


def _shares(z: Array, along: int) -> Array:
    """Return the softmax of a block where float64 has digits to spare.

    e^z is right for most logits as they are: what it loses below 1e-308 is 0 beside such a sum.
    """
    a: Array = np.exp(z)
    total = np.add.reduce(a, along, keepdims=True)
    if not (total.min() > 1e-200 and total.max() < np.inf):
        np.exp(z - np.maximum.reduce(z, along, keepdims=True), out=a)
        total = np.add.reduce(a, along, keepdims=True)
    a *= 1 / total
    return a


def _below_top(z: Array, along: int) -> tuple[Array, Array, Array]:
    """Return the maximum, the logits minus the maximum, and what rounding took from this."""
    top: Array = np.maximum.reduce(z, along, keepdims=True)
    below: Array = z - top
    # exp multiplies what rounding takes by up to 745, since it makes a relative error of it.
    # D. E. Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B.
    added = below - z
    lost = below - added
    np.subtract(z, lost, out=lost)
    added += top
    lost -= added
    nothing = np.isnan(lost)
    if nothing.any():  # of −inf, which has nothing to lose
        lost[nothing] = 0
    return top, below, lost


def log_sum_below_top(z: Array, along: int, spare: bool) -> tuple[Array, Array, Array]:
    """Return of each row the maximum c, z − c, and the logarithm of the sum of e^(z − c)."""
    if spare:
        top = np.maximum.reduce(z, along, keepdims=True)
        below = z - top
        exponentials = np.exp(below)
        others = np.add.reduce(exponentials, along, keepdims=True)
        others -= 1
        if (others > 1e-6).all():  # no class so sure that the sum has lost digits of the others
            return top, below, np.log1p(others, out=others)
    else:
        top, below, lost = _below_top(z, along)
        exponentials = np.exp(below)
        lost *= exponentials
        exponentials += lost
    coarse, rest = exact_sum(exponentials, along, float(z.shape[along]))
    coarse -= 1  # the exponential of the maximum: log1p keeps the others where they are small
    coarse += rest
    return top, below, np.log1p(coarse, out=coarse)


def exact_sum(numbers: Array, along: int, length: Array | float) -> tuple[Array, Array]:
    """Return the sum of positive numbers as that of two, of which the first is not rounded.

    Added one by one, numbers that are small beside the others would be lost. Each is split into a
    multiple of a unit so coarse that these add up without rounding, and a rest so small that the
    rounding of its sum does not count. The unit follows from ``length``, which is at least the
    greatest of the numbers times how many there are.
    S. M. Rump, T. Ogita, S. Oishi, "Accurate floating-point summation part I" (2008), section 3.
    """
    coarse = numbers + length
    coarse -= length
    total: Array = np.add.reduce(coarse, along, keepdims=True)
    rests = np.subtract(numbers, coarse, out=coarse)
    return total, np.add.reduce(rests, along, keepdims=True)
