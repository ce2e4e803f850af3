"""Initial weights: zeros, and random numbers whose spread fits the fans of a layer."""

from collections.abc import Sequence
from math import prod, sqrt

import numpy as np

from lossary._checks import Array, generator, positive_int

# The standard deviation of a standard normal distribution that is cut off at -2 and 2.
_STDDEV_OF_TRUNCATED_NORMAL = 0.87962566103423978


def fans(shape: Sequence[int]) -> tuple[int, int]:
    r"""Return fan in and fan out: the number of inputs of a unit, and of units that share an input.

    .. math:: n = c \prod_{k=1}^{K} s_k

    This is fan in n: the c channels in times the lengths s of the window. Fan out u counts the
    channels out in their place. A Dense kernel has no window: n is d0 and u is ``units``.

    Parameters
    ----------
    shape
        A tuple or list of axis lengths of at least 1. Two axes are a Dense kernel ``(d0, units)``,
        more are a convolution kernel ``(..., channels in, channels out)``, one is a vector,
        and ``()`` is a number.

    Returns
    -------
    tuple
        Whole numbers ``(fan_in, fan_out)``. Both are the length of a vector, 1 for a number, and
        channels times the product of the window's axes for a convolution kernel.

    Raises
    ------
    TypeError
        If ``shape`` is not a tuple or list of whole numbers.
    ValueError
        If a length in ``shape`` is below 1.

    Notes
    -----
    The order matters: PyTorch stores a Dense kernel as ``(units, d0)`` and counts the other way
    round. Keras accepts an axis length of 0 and makes empty weights.

    References
    ----------
    Keras, ``compute_fans``,
    https://github.com/keras-team/keras/blob/master/keras/src/initializers/random_initializers.py

    Examples
    --------
    >>> fans((4, 25))
    (4, 25)
    >>> fans((3, 3, 8, 16))
    (72, 144)
    """
    lengths = _shape(shape)
    if len(lengths) < 2:
        return prod(lengths), prod(lengths)
    window = prod(lengths[:-2])
    return window * lengths[-2], window * lengths[-1]


def zeros(shape: Sequence[int]) -> Array:
    r"""Return weights that are all 0, Keras's default for a bias.

    .. math:: b_j = 0

    Parameters
    ----------
    shape
        A tuple or list of axis lengths of at least 1.

    Returns
    -------
    numpy.ndarray
        float64 zeros of that shape.

    Raises
    ------
    TypeError
        If ``shape`` is not a tuple or list of whole numbers.
    ValueError
        If a length in ``shape`` is below 1.

    Notes
    -----
    Zeros in all the kernels of a network with hidden layers give every unit of a layer the same
    gradient, so the units stay copies of each other.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), section 8.4.

    Examples
    --------
    >>> zeros((2, 3)).tolist()
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    return np.zeros(_shape(shape))


def glorot_limit(fan_in: int, fan_out: int) -> float:
    r"""Return the limit of Glorot's uniform initializer.

    .. math:: L = \sqrt{\frac{6}{n + u}}

    Parameters
    ----------
    fan_in
        The fan in n: the number of inputs of each unit, at least 1.
    fan_out
        The fan out u: the number of units that share each input, at least 1.

    Returns
    -------
    float
        The greatest absolute value that a weight can have.

    Raises
    ------
    TypeError
        If a fan is not a whole number.
    ValueError
        If a fan is below 1.

    Notes
    -----
    Written as √6 / √(fan_in + fan_out) in the paper. ``1 / sqrt(fan_in)`` is the limit that PyTorch
    uses for a Linear layer, not this one.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS (2010).

    Examples
    --------
    >>> round(glorot_limit(4, 25), 6)
    0.454859
    """
    return sqrt(6 / (positive_int("fan_in", fan_in) + positive_int("fan_out", fan_out)))


def glorot_stddev(fan_in: int, fan_out: int) -> float:
    r"""Return the standard deviation of Glorot's truncated normal initializer.

    .. math:: \sigma = \sqrt{\frac{2}{n + u}}

    Parameters
    ----------
    fan_in
        The fan in n: the number of inputs of each unit, at least 1.
    fan_out
        The fan out u: the number of units that share each input, at least 1.

    Returns
    -------
    float
        The standard deviation of the weights.

    Raises
    ------
    TypeError
        If a fan is not a whole number.
    ValueError
        If a fan is below 1.

    Notes
    -----
    The variance 2 / (fan_in + fan_out) is a compromise: 1 / fan_in would keep the spread of the
    outputs, 1 / fan_out that of the gradients.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS (2010).

    Examples
    --------
    >>> round(glorot_stddev(4, 25), 6)
    0.262613
    """
    return sqrt(2 / (positive_int("fan_in", fan_in) + positive_int("fan_out", fan_out)))


def glorot_uniform(shape: Sequence[int], rng: np.random.Generator) -> Array:
    r"""Return random weights from Glorot's uniform distribution, the default for kernels in Keras.

    .. math:: W_{k,j} = \left(2 r_{k,j} - 1\right) \sqrt{\frac{6}{n + u}}

    Each r is drawn evenly from 0..1; n is fan in and u fan out, see :func:`fans`.

    Parameters
    ----------
    shape
        A tuple or list of axis lengths of at least 1, for example ``(d0, units)``.
    rng
        The generator that draws the weights.

    Returns
    -------
    numpy.ndarray
        float64 of that shape, drawn with mean 0, with the L of :func:`glorot_limit`.

    Raises
    ------
    TypeError
        If ``shape`` is not a tuple or list of whole numbers, or ``rng`` is not a generator.
    ValueError
        If a length in ``shape`` is below 1.

    Notes
    -----
    Weights of one fixed spread, whatever the fans, make outputs that grow or shrink from layer to
    layer. Keras draws float32 with its own generator: the same distribution, other numbers.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS (2010).

    Examples
    --------
    >>> w = glorot_uniform((300, 200), np.random.default_rng(42))
    >>> print(f"{np.abs(w).max():.3f} {glorot_limit(300, 200):.3f}")
    0.110 0.110
    """
    return _uniform(shape, rng, glorot_limit(*fans(shape)))


def glorot_normal(shape: Sequence[int], rng: np.random.Generator) -> Array:
    r"""Return random weights from Glorot's truncated normal distribution.

    .. math:: W_{k,j} = \frac{r_{k,j}}{0.87962566103423978} \sqrt{\frac{2}{n + u}}

    Each r is drawn from a standard normal distribution that is cut off at −2 and 2;
    n is fan in and u fan out, see :func:`fans`.

    Parameters
    ----------
    shape
        A tuple or list of axis lengths of at least 1, for example ``(d0, units)``.
    rng
        The generator that draws the weights.

    Returns
    -------
    numpy.ndarray
        float64 of that shape, drawn with mean 0, with the σ of :func:`glorot_stddev`.

    Raises
    ------
    TypeError
        If ``shape`` is not a tuple or list of whole numbers, or ``rng`` is not a generator.
    ValueError
        If a length in ``shape`` is below 1.

    Notes
    -----
    Draws beyond two standard deviations are drawn again, which narrows the spread to 0.8796 of what
    it was. So the distribution is widened by 1 / 0.8796 first, as in Keras: the weights have the
    stated standard deviation, and none exceeds 2.2737 times it.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS (2010).

    Examples
    --------
    >>> w = glorot_normal((300, 200), np.random.default_rng(42))
    >>> print(f"{w.std():.3f} {glorot_stddev(300, 200):.3f}")
    0.063 0.063
    """
    return _truncated_normal(shape, rng, glorot_stddev(*fans(shape)))


def he_limit(fan_in: int) -> float:
    r"""Return the limit of He's uniform initializer.

    .. math:: L = \sqrt{\frac{6}{n}}

    Parameters
    ----------
    fan_in
        The fan in n: the number of inputs of each unit, at least 1.

    Returns
    -------
    float
        The greatest absolute value that a weight can have.

    Raises
    ------
    TypeError
        If a fan is not a whole number.
    ValueError
        If a fan is below 1.

    Notes
    -----
    A uniform distribution on −L..L has the variance L² / 3, here 2 / fan_in.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers" (2015),
    https://arxiv.org/abs/1502.01852

    Examples
    --------
    >>> round(he_limit(4), 6)
    1.224745
    """
    return sqrt(6 / positive_int("fan_in", fan_in))


def he_stddev(fan_in: int) -> float:
    r"""Return the standard deviation of He's truncated normal initializer.

    .. math:: \sigma = \sqrt{\frac{2}{n}}

    Parameters
    ----------
    fan_in
        The fan in n: the number of inputs of each unit, at least 1.

    Returns
    -------
    float
        The standard deviation of the weights.

    Raises
    ------
    TypeError
        If a fan is not a whole number.
    ValueError
        If a fan is below 1.

    Notes
    -----
    ReLU sets about half of the outputs to 0, so the variance is twice LeCun's: the mean square of
    the outputs stays the same from layer to layer.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers" (2015),
    https://arxiv.org/abs/1502.01852

    Examples
    --------
    >>> round(he_stddev(4), 6)
    0.707107
    """
    return sqrt(2 / positive_int("fan_in", fan_in))


def he_uniform(shape: Sequence[int], rng: np.random.Generator) -> Array:
    r"""Return random weights from He's uniform distribution.

    .. math:: W_{k,j} = \left(2 r_{k,j} - 1\right) \sqrt{\frac{6}{n}}

    Each r is drawn evenly from 0..1; n is fan in, see :func:`fans`.

    Parameters
    ----------
    shape
        A tuple or list of axis lengths of at least 1, for example ``(d0, units)``.
    rng
        The generator that draws the weights.

    Returns
    -------
    numpy.ndarray
        float64 of that shape, drawn with mean 0, with the L of :func:`he_limit`.

    Raises
    ------
    TypeError
        If ``shape`` is not a tuple or list of whole numbers, or ``rng`` is not a generator.
    ValueError
        If a length in ``shape`` is below 1.

    Notes
    -----
    Weights of one fixed spread, whatever the fans, make outputs that grow or shrink from layer to
    layer. Keras draws float32 with its own generator: the same distribution, other numbers.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers" (2015),
    https://arxiv.org/abs/1502.01852

    Examples
    --------
    >>> w = he_uniform((300, 200), np.random.default_rng(42))
    >>> print(f"{np.abs(w).max():.3f} {he_limit(300):.3f}")
    0.141 0.141
    """
    return _uniform(shape, rng, he_limit(fans(shape)[0]))


def he_normal(shape: Sequence[int], rng: np.random.Generator) -> Array:
    r"""Return random weights from He's truncated normal distribution.

    .. math:: W_{k,j} = \frac{r_{k,j}}{0.87962566103423978} \sqrt{\frac{2}{n}}

    Each r is drawn from a standard normal distribution that is cut off at −2 and 2;
    n is fan in, see :func:`fans`.

    Parameters
    ----------
    shape
        A tuple or list of axis lengths of at least 1, for example ``(d0, units)``.
    rng
        The generator that draws the weights.

    Returns
    -------
    numpy.ndarray
        float64 of that shape, drawn with mean 0, with the σ of :func:`he_stddev`.

    Raises
    ------
    TypeError
        If ``shape`` is not a tuple or list of whole numbers, or ``rng`` is not a generator.
    ValueError
        If a length in ``shape`` is below 1.

    Notes
    -----
    Draws beyond two standard deviations are drawn again, which narrows the spread to 0.8796 of what
    it was. So the distribution is widened by 1 / 0.8796 first, as in Keras: the weights have the
    stated standard deviation, and none exceeds 2.2737 times it.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers" (2015),
    https://arxiv.org/abs/1502.01852

    Examples
    --------
    >>> w = he_normal((300, 200), np.random.default_rng(42))
    >>> print(f"{w.std():.3f} {he_stddev(300):.3f}")
    0.082 0.082
    """
    return _truncated_normal(shape, rng, he_stddev(fans(shape)[0]))


def lecun_limit(fan_in: int) -> float:
    r"""Return the limit of LeCun's uniform initializer.

    .. math:: L = \sqrt{\frac{3}{n}}

    Parameters
    ----------
    fan_in
        The fan in n: the number of inputs of each unit, at least 1.

    Returns
    -------
    float
        The greatest absolute value that a weight can have.

    Raises
    ------
    TypeError
        If a fan is not a whole number.
    ValueError
        If a fan is below 1.

    Notes
    -----
    A uniform distribution on −L..L has the variance L² / 3, here 1 / fan_in.

    References
    ----------
    Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, "Efficient BackProp", in *Neural Networks: Tricks of
    the Trade* (1998), section 4.6.

    Examples
    --------
    >>> round(lecun_limit(4), 6)
    0.866025
    """
    return sqrt(3 / positive_int("fan_in", fan_in))


def lecun_stddev(fan_in: int) -> float:
    r"""Return the standard deviation of LeCun's truncated normal initializer.

    .. math:: \sigma = \sqrt{\frac{1}{n}}

    Parameters
    ----------
    fan_in
        The fan in n: the number of inputs of each unit, at least 1.

    Returns
    -------
    float
        The standard deviation of the weights.

    Raises
    ------
    TypeError
        If a fan is not a whole number.
    ValueError
        If a fan is below 1.

    Notes
    -----
    The sum of fan_in products of inputs of variance 1 with weights of variance 1 / fan_in has the
    variance 1.

    References
    ----------
    Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, "Efficient BackProp", in *Neural Networks: Tricks of
    the Trade* (1998), section 4.6.

    Examples
    --------
    >>> round(lecun_stddev(4), 6)
    0.5
    """
    return sqrt(1 / positive_int("fan_in", fan_in))


def lecun_uniform(shape: Sequence[int], rng: np.random.Generator) -> Array:
    r"""Return random weights from LeCun's uniform distribution.

    .. math:: W_{k,j} = \left(2 r_{k,j} - 1\right) \sqrt{\frac{3}{n}}

    Each r is drawn evenly from 0..1; n is fan in, see :func:`fans`.

    Parameters
    ----------
    shape
        A tuple or list of axis lengths of at least 1, for example ``(d0, units)``.
    rng
        The generator that draws the weights.

    Returns
    -------
    numpy.ndarray
        float64 of that shape, drawn with mean 0, with the L of :func:`lecun_limit`.

    Raises
    ------
    TypeError
        If ``shape`` is not a tuple or list of whole numbers, or ``rng`` is not a generator.
    ValueError
        If a length in ``shape`` is below 1.

    Notes
    -----
    Weights of one fixed spread, whatever the fans, make outputs that grow or shrink from layer to
    layer. Keras draws float32 with its own generator: the same distribution, other numbers.

    References
    ----------
    Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, "Efficient BackProp", in *Neural Networks: Tricks of
    the Trade* (1998), section 4.6.

    Examples
    --------
    >>> w = lecun_uniform((300, 200), np.random.default_rng(42))
    >>> print(f"{np.abs(w).max():.3f} {lecun_limit(300):.3f}")
    0.100 0.100
    """
    return _uniform(shape, rng, lecun_limit(fans(shape)[0]))


def lecun_normal(shape: Sequence[int], rng: np.random.Generator) -> Array:
    r"""Return random weights from LeCun's truncated normal distribution.

    .. math:: W_{k,j} = \frac{r_{k,j}}{0.87962566103423978} \sqrt{\frac{1}{n}}

    Each r is drawn from a standard normal distribution that is cut off at −2 and 2;
    n is fan in, see :func:`fans`.

    Parameters
    ----------
    shape
        A tuple or list of axis lengths of at least 1, for example ``(d0, units)``.
    rng
        The generator that draws the weights.

    Returns
    -------
    numpy.ndarray
        float64 of that shape, drawn with mean 0, with the σ of :func:`lecun_stddev`.

    Raises
    ------
    TypeError
        If ``shape`` is not a tuple or list of whole numbers, or ``rng`` is not a generator.
    ValueError
        If a length in ``shape`` is below 1.

    Notes
    -----
    Draws beyond two standard deviations are drawn again, which narrows the spread to 0.8796 of what
    it was. So the distribution is widened by 1 / 0.8796 first, as in Keras: the weights have the
    stated standard deviation, and none exceeds 2.2737 times it.

    References
    ----------
    Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, "Efficient BackProp", in *Neural Networks: Tricks of
    the Trade* (1998), section 4.6.

    Examples
    --------
    >>> w = lecun_normal((300, 200), np.random.default_rng(42))
    >>> print(f"{w.std():.3f} {lecun_stddev(300):.3f}")
    0.058 0.058
    """
    return _truncated_normal(shape, rng, lecun_stddev(fans(shape)[0]))


def _shape(shape: object) -> tuple[int, ...]:
    if not isinstance(shape, tuple | list):
        raise TypeError(f"shape: expected a tuple such as (4, 25), got {shape!r}.")
    return tuple(positive_int(f"shape[{i}]", length) for i, length in enumerate(shape))


def _uniform(shape: Sequence[int], rng: np.random.Generator, limit: float) -> Array:
    return np.asarray(generator("rng", rng).uniform(-limit, limit, size=_shape(shape)))


def _truncated_normal(shape: Sequence[int], rng: np.random.Generator, stddev: float) -> Array:
    draws: Array = np.asarray(generator("rng", rng).standard_normal(size=_shape(shape)))
    while (outside := np.abs(draws) > 2).any():
        draws[outside] = rng.standard_normal(size=np.count_nonzero(outside))
    return draws * (stddev / _STDDEV_OF_TRUNCATED_NORMAL)
