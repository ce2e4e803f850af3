"""From logits to probabilities, without overflow: log-sum-exp, softmax, sigmoid."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from lossary._blocks import SHORT, elementwise, in_blocks
from lossary._checks import Array, any_of, as_float, at_least_rank, axis_of, flag, not_empty

LEAST = 0.5
"""Above it, a sum of e^z lacks nothing that counts of exponentials too small for a float."""
LIMIT = 2.0**28
"""Up to it, a sum of e^z is exact at once. Far above the sum, the rests would lose digits."""
EXP_ERROR = 0.7
"""Units in the last place that NumPy's exponential is off at most: on AVX-512, else 0.51."""
SURE = 1e-6
"""Below it, the others beside the greatest exponential have lost digits that count."""


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
    Where maximum and logarithm nearly cancel, digits are lost. Both are taken in long double there,
    which has up to three digits more.

    References
    ----------
    P. Blanchard, D. J. Higham, N. J. Higham, "Accurately computing the log-sum-exp and softmax
    functions", IMA Journal of Numerical Analysis 41 (2021).

    Examples
    --------
    >>> float(logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    """

    def work(z: Array, along: int, spare: bool, out: Array) -> None:
        if not spare:
            top = np.maximum.reduce(z, along, keepdims=True)
        if z.shape[along] < SHORT and not spare:
            out[...] = _logsumexp_carefully(z, along)
        else:
            coarse, rest = sum_in_parts(np.exp(z), along, spare)
            good = _as_they_are(coarse, spare)
            if not spare:  # beside a class that leads, the rounding of its exponential would show
                good &= coarse > 2 * np.exp(top)
            np.log(coarse + rest, out=out)
            _redo(~good, _logsumexp_carefully, z, along, out)
        if not spare:
            cancels = (top < 0) & (out > top / 2)
            _redo(cancels, _logsumexp_in_long_double, z, along, out)

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
    Softmax does not change when one number is added to all logits, so the maximum may be
    subtracted first.

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

    def work(z: Array, along: int, spare: bool, out: Array) -> None:
        if z.shape[along] < SHORT and not spare:
            out[...] = _softmax_carefully(z, along)
            return
        a = np.exp(z, out=None if spare else out)
        coarse, rest = sum_in_parts(a, along, spare)
        if spare:
            good = _as_they_are(coarse, spare)
            np.multiply(a, 1 / coarse, out=out)
        else:
            top = np.maximum.reduce(z, along, keepdims=True)
            rest -= np.exp(top) - _exp_in_long_double(top)
            total, lost = _rounded_sum(coarse, rest)
            # Equal logits have exactly 1/N each, which a quotient of rounded numbers may miss.
            equal = np.abs(total - z.shape[1] * a[:, :1]) <= 1e-15 * total
            good = _as_they_are(total, spare) & ~equal
            out /= total
            some = np.flatnonzero(_shows(total, lost))
            if some.size:
                rows = out[some]
                rows -= rows * lost[some]
                out[some] = rows
        _redo(~good, _softmax_carefully, z, along, out)

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

    def work(z: Array, along: int, spare: bool, out: Array) -> None:
        room = None if spare else out
        top, log_sum, lost = log_sum_below_top(z, along, spare, room)
        below = np.subtract(z, top, out=room)
        np.subtract(below, log_sum - lost, out=out)

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

    def work(z: Array, spare: bool, out: Array) -> None:
        if spare:  # where e^−z overflows, 1/inf is the 0 that a float32 would round to
            a = np.negative(z)
            np.exp(a, out=a)
            a += 1
            np.reciprocal(a, out=out)
        else:
            small = exp_of_minus_abs(z)
            # 1 for z of 0 and above, e^z below; np.where takes longer than all the rest.
            np.maximum(np.sign(z, out=out), small, out=out)
            total = 1 + small
            out /= total
            # What rounding took from the sum: for large sums, whose results can spare it, by half.
            total -= 1
            small -= total
            small *= out
            out -= small

    z = as_float("logits", logits)
    return elementwise(work, z.dtype, z)


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

    def work(z: Array, spare: bool, out: Array) -> None:
        small = exp_of_minus_abs(z)
        np.subtract(np.minimum(z, 0), np.log1p(small, out=small), out=out)

    z = as_float("logits", logits)
    return elementwise(work, z.dtype, z)


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


def _as_they_are(total: Array, spare: bool) -> npt.NDArray[np.bool_]:
    """Tell of which rows e^z is neither too large nor too small, nor NaN, to be taken as it is."""
    return (total > (1e-200 if spare else LEAST)) & (total < np.inf)


def _redo(
    rows: npt.NDArray[np.bool_],
    work: Callable[[Array, int], Array],
    z: Array,
    along: int,
    out: Array,
) -> None:
    """Replace the results of some rows of a block."""
    if any_of(rows):
        some = rows.ravel()
        z, out = (z, out) if along else (z.T, out.T)
        out[some] = work(z[some], 1)


def _softmax_carefully(z: Array, along: int) -> Array:
    _, below, lost = _below_top(z, along)
    a: Array = np.exp(below, out=below)
    coarse, rest = exact_sum(a, along, float(z.shape[along]))
    rest += np.add.reduce(a * lost, along, keepdims=True)
    total, rounding = _rounded_sum(coarse, rest)
    a /= total
    lost -= rounding
    lost *= a
    a += lost
    return a


def _logsumexp_carefully(z: Array, along: int) -> Array:
    top, log_sum, _ = _log_sum_carefully(z, along)
    return np.where(np.isinf(top), top, top + log_sum)


def _logsumexp_in_long_double(z: Array, along: int) -> Array:
    """Keep digits where maximum and logarithm nearly cancel; it takes ten times as long."""
    return _logsumexp_carefully(z.astype(np.longdouble), along)


def _exp_in_long_double(z: Array) -> npt.NDArray[np.longdouble]:
    """Return the exponential of the greatest logits with more digits than the others have.

    Its rounding counts as much as that of all others together. On a processor whose long double is
    no wider than a float64 it shows, as it would without.
    """
    result: npt.NDArray[np.longdouble] = np.exp(z.astype(np.longdouble))
    return result


def _log_sum_carefully(z: Array, along: int) -> tuple[Array, Array, Array]:
    """Return the maximum c of each row, the logarithm of the sum of e^(z − c), and the third part.

    The third is what rounding took from z − c.
    """
    top, below, lost = _below_top(z, along)
    exponentials = np.exp(below, out=below)
    coarse, rest = exact_sum(exponentials, along, float(z.shape[along]))
    rest += np.add.reduce(exponentials * lost, along, keepdims=True)
    coarse -= 1  # the exponential of the maximum: log1p keeps the others where they are small
    others = coarse + rest
    rest -= others - coarse
    rest /= 1 + others
    return top, np.log1p(others) + rest, lost


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
    # Of −inf it is NaN, and with such an exponential of 0 any number does.
    np.fmin(lost, 1.0, out=lost)
    return top, below, lost


def exp_of_minus_abs(z: Array) -> Array:
    """Return e^−|z| in one new array: each further one costs as much time as a step."""
    small: Array = np.abs(z)
    np.negative(small, out=small)
    return np.exp(small, out=small)


def log_sum_below_top(
    z: Array, along: int, spare: bool, room: Array | None = None
) -> tuple[Array, Array, Array | float]:
    """Return of each row the maximum c, and the logarithm of the sum of e^(z − c).

    The third is what rounding took from z − c, where that is known: the logarithm of softmax is
    (z − c) − (logarithm − third).
    ``room`` is an array of the shape of ``z`` to write to, where one is at hand.
    """
    if z.shape[along] < SHORT and not spare:
        return _log_sum_carefully(z, along)
    top: Array = np.maximum.reduce(z, along, keepdims=True)
    first = np.exp(top)
    coarse, rest = sum_in_parts(np.exp(z, out=room), along, spare)
    others: Array
    if spare:
        others = (coarse - first) / first
    else:
        wide = np.add(coarse - first, rest, dtype=np.longdouble)
        others = wide / _exp_in_long_double(top)
    log_sum: Array = np.log1p(others).astype(z.dtype, copy=False)
    good = _as_they_are(coarse, spare) & (others > SURE)
    _redo(~good, lambda z, along: _log_sum_carefully(z, along)[1], z, along, log_sum)
    return top, log_sum, 0.0


def _shows(total: Array, lost: Array) -> npt.NDArray[np.bool_]:
    """Tell of which sums what rounding took may bring a quotient above 2 ulp: of one in three."""
    # A half is the quotient's own, and the exponential above weighs up to twice its error, the more
    # the smaller the mantissa of the sum is.
    mantissas, _ = np.frexp(total)
    shows: npt.NDArray[np.bool_] = np.abs(lost) > (1.5 - EXP_ERROR / mantissas) * 2.0**-53
    return shows


def _rounded_sum(coarse: Array, rest: Array) -> tuple[Array, Array]:
    """Return a sum of two parts as one number, and the share that rounding took from it."""
    total: Array = coarse + rest
    return total, (rest - (total - coarse)) / total


def sum_in_parts(numbers: Array, along: int, spare: bool) -> tuple[Array, Array | float]:
    """Return the sum of each row of numbers of at least 0, in two parts."""
    if spare:
        return np.add.reduce(numbers, along, keepdims=True), 0.0
    coarse, rest = exact_sum(numbers, along, LIMIT)
    large = (coarse > LIMIT).ravel()
    if any_of(large):
        coarse[large], rest[large] = exact_sum(numbers[large], along, 2 * coarse[large])
    return coarse, rest


def exact_sum(numbers: Array, along: int, limit: Array | float) -> tuple[Array, Array]:
    """Return the sum of positive numbers as that of two, of which the first is not rounded.

    Added one by one, numbers that are small beside the others would be lost. Each is split into a
    multiple of a unit so coarse that these add up without rounding, and a rest so small that the
    rounding of its sum does not count. The unit follows from ``limit``, which is at least the sum.
    S. M. Rump, T. Ogita, S. Oishi, "Accurate floating-point summation part I" (2008), section 3.
    """
    coarse = numbers + limit
    coarse -= limit
    total: Array = np.add.reduce(coarse, along, keepdims=True)
    rests = np.subtract(numbers, coarse, out=coarse)
    return total, np.add.reduce(rests, along, keepdims=True)
