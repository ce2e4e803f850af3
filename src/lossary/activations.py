"""Activations that work number by number. Sigmoid and softmax are in :mod:`lossary.softmax`."""

import numpy as np

from lossary._checks import Array, as_float


def linear(x: object) -> Array:
    r"""Return the numbers as they are: what a layer without an activation does.

    .. math:: a_j = z_j

    Parameters
    ----------
    x
        Real numbers of any shape.

    Returns
    -------
    numpy.ndarray
        A copy of ``x``, as floats. NaN stays NaN.

    Raises
    ------
    TypeError
        If ``x`` does not hold real numbers.
    ValueError
        If the rows of ``x`` differ in length.

    Notes
    -----
    A last layer with this activation puts out logits, and its loss needs ``from_logits=True``.

    References
    ----------
    Keras, ``keras.activations.linear``: https://keras.io/api/layers/activations/

    Examples
    --------
    >>> linear([-2, 0, 3]).tolist()
    [-2.0, 0.0, 3.0]
    """
    return as_float("x", x).copy()


def relu(x: object) -> Array:
    r"""Return the numbers with the negative ones replaced by 0.

    .. math:: a_j = \max\left(0, z_j\right)

    Parameters
    ----------
    x
        Real numbers of any shape.

    Returns
    -------
    numpy.ndarray
        The shape of ``x``, values of at least 0. NaN stays NaN.

    Raises
    ------
    TypeError
        If ``x`` does not hold real numbers.
    ValueError
        If the rows of ``x`` differ in length.

    Notes
    -----
    ``x * (x > 0)`` is NaN for −inf, since inf · 0 is. The maximum is 0.

    References
    ----------
    V. Nair, G. Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML (2010).

    Examples
    --------
    >>> relu([-2, 0, 3]).tolist()
    [0.0, 0.0, 3.0]
    """
    result: Array = np.maximum(as_float("x", x), 0)
    return result
