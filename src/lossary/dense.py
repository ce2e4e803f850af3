"""The Dense layer: inputs times kernel plus bias, its gradients, and its number of parameters."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np

from lossary._checks import (
    Array,
    as_array,
    as_float,
    at_least_rank,
    flag,
    is_function,
    not_empty,
    of_shape,
    positive_int,
    same_shape,
)


def dense(
    inputs: object,
    kernel: object,
    bias: object = None,
    activation: Callable[[Array], Array] | None = None,
) -> Array:
    r"""Return the outputs of a Dense layer.

    .. math:: z^{(i)}_j = \sum_{k=1}^{n} x^{(i)}_k W_{k,j} + b_j

    Parameters
    ----------
    inputs
        Real numbers ``(..., d0)``: one row for each example, one column for each of the
        n = d0 features. A batch of no examples is allowed.
    kernel
        Real numbers ``(d0, units)``: one column for each unit. ``d0`` and ``units`` are at least 1.
    bias
        Real numbers ``(units,)``, or None for a layer without bias.
    activation
        A function that keeps the shape, such as :func:`lossary.relu`. The outputs are then what it
        makes of z. None leaves z as it is.

    Returns
    -------
    numpy.ndarray
        Shape ``(..., units)``, in the unit of the activation.
        A NaN or an infinity in one row of ``inputs`` stays in that row.

    Raises
    ------
    TypeError
        If an array does not hold real numbers, or ``activation`` is not a function.
    ValueError
        If the last axis of ``inputs`` differs from the first axis of ``kernel``, or ``bias`` has
        not one number for each unit, or ``activation`` changes the shape.

    Notes
    -----
    Keras stores the kernel as ``(d0, units)`` and multiplies it from the right. PyTorch stores the
    transpose, ``(units, d0)``. A bias of shape ``(units, 1)`` is refused: NumPy would add it to the
    rows where there are as many examples as units.

    References
    ----------
    Keras, "Dense layer", https://keras.io/api/layers/core_layers/dense/

    Examples
    --------
    >>> dense([[1.0, 2.0]], [[1.0, 0.0, -1.0], [1.0, 10.0, 0.0]], [0.5, 0.5, 0.5]).tolist()
    [[3.5, 20.5, -0.5]]
    """
    x, w = _inputs_and_kernel(inputs, kernel)
    b = None if bias is None else as_float("bias", bias)
    if b is not None:
        of_shape("bias", b, (w.shape[1],))
    if activation is not None:
        is_function("activation", activation, "lossary.relu, or None")
    with np.errstate(over="ignore", invalid="ignore"):  # inf and NaN show in the outputs
        outputs: Array = x @ w
        if b is not None:
            fits = np.result_type(outputs, b) == outputs.dtype
            outputs = np.add(outputs, b, out=outputs if fits else None)  # no second array if it can
    if activation is None:
        return outputs
    activated = as_float("activation(outputs)", activation(outputs))
    same_shape("activation(outputs)", activated, "outputs", outputs)
    return activated


class DenseGradients(NamedTuple):
    """The derivatives of one number by the inputs, the kernel and the bias of a Dense layer."""

    inputs: Array
    kernel: Array
    bias: Array


def dense_gradients(inputs: object, kernel: object, upstream: object) -> DenseGradients:
    r"""Return the gradients of a Dense layer without activation.

    .. math:: \frac{\partial J}{\partial W_{k,j}} = \sum_{i=1}^{m} x^{(i)}_k u^{(i)}_j

    Parameters
    ----------
    inputs
        Real numbers ``(..., d0)``, as given to :func:`dense`.
    kernel
        Real numbers ``(d0, units)``.
    upstream
        Real numbers ``(..., units)``: u, the derivative of the cost J by each output of the layer.

    Returns
    -------
    DenseGradients
        ``inputs`` ``(..., d0)``, ``kernel`` ``(d0, units)`` and ``bias`` ``(units,)``.
        The formula is that of the kernel. The gradient of the bias is the sum of u over the
        examples, and that of the inputs is u times the transposed kernel.
        Those of kernel and bias sum over all examples: to get the gradient of a mean, divide
        ``upstream`` by the number of examples. A batch of no examples gives zeros.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If the shapes do not belong to one layer.

    Notes
    -----
    The bias is added to every example, so its gradient sums over the examples.
    An ``upstream`` of shape ``(batch,)`` is refused, since a layer of one unit has outputs of shape
    ``(batch, 1)``.

    References
    ----------
    I. Goodfellow, Y. Bengio, A. Courville, *Deep Learning* (2016), section 6.5.6.

    Examples
    --------
    >>> gradients = dense_gradients([[1.0, 2.0], [3.0, 4.0]], [[1.0], [0.0]], [[1.0], [10.0]])
    >>> gradients.kernel.tolist(), gradients.bias.tolist()
    ([[31.0], [42.0]], [11.0])
    >>> gradients.inputs.tolist()
    [[1.0, 0.0], [10.0, 0.0]]
    """
    x, w = _inputs_and_kernel(inputs, kernel)
    u = as_float("upstream", upstream)
    of_shape("upstream", u, (*x.shape[:-1], w.shape[1]))
    # All leading axes count examples, so they fold into one.
    rows, upstream_rows = x.reshape(-1, w.shape[0]), u.reshape(-1, w.shape[1])
    with np.errstate(over="ignore", invalid="ignore"):
        return DenseGradients(u @ w.T, rows.T @ upstream_rows, upstream_rows.sum(axis=0))


def count_params(weights: Iterable[object]) -> int:
    r"""Return the number of parameters in a collection of arrays.

    .. math:: P = \sum_{l=1}^{K} s_l

    Parameters
    ----------
    weights
        K arrays of any shapes, the sizes s of which are added up: for example what Keras's
        ``get_weights()`` returns. An empty list is a model without weights.

    Returns
    -------
    int
        How many numbers the arrays hold together.

    Raises
    ------
    TypeError
        If ``weights`` is not a collection, or one of its items does not hold real numbers.

    Notes
    -----
    Keras's ``summary()`` of a trained model adds the optimizer's variables to "Total params".
    This function counts what it is given. ``get_weights()`` of an unbuilt model is an empty list,
    so its count is 0.

    References
    ----------
    Keras, "The base Layer class", https://keras.io/api/layers/base_layer/

    Examples
    --------
    >>> count_params([np.zeros((4, 25)), np.zeros(25)])
    125
    """
    # Of a mapping, the keys would count. An array of no axes calls itself iterable.
    number = isinstance(weights, np.ndarray) and weights.ndim == 0
    if number or not isinstance(weights, Iterable) or isinstance(weights, Mapping | str):
        raise TypeError(f"weights: expected a list of arrays, got {type(weights).__name__}.")
    return sum(as_array(f"weights[{i}]", array).size for i, array in enumerate(weights))


def dense_count_params(d0: int, units: int, use_bias: bool = True) -> int:
    r"""Return the number of parameters of a Dense layer.

    .. math:: P = n \cdot u + u

    Parameters
    ----------
    d0
        The number n of inputs of each unit, at least 1.
    units
        The number u of units, at least 1.
    use_bias
        Whether each unit has a bias. Without, the second summand is dropped.

    Returns
    -------
    int
        The size of the kernel plus the size of the bias.

    Raises
    ------
    TypeError
        If ``d0`` or ``units`` is not a whole number, or ``use_bias`` is not a bool.
    ValueError
        If ``d0`` or ``units`` is below 1.

    Notes
    -----
    The batch size does not occur in it: every example passes through the same weights.

    References
    ----------
    Keras, "Dense layer", https://keras.io/api/layers/core_layers/dense/

    Examples
    --------
    >>> dense_count_params(4, 25)
    125
    >>> dense_count_params(4, 25, use_bias=False)
    100
    """
    return (positive_int("d0", d0) + flag("use_bias", use_bias)) * positive_int("units", units)


def _inputs_and_kernel(inputs: object, kernel: object) -> tuple[Array, Array]:
    x, w = as_float("inputs", inputs), as_float("kernel", kernel)
    of_shape("kernel", w, ("d0", "units"))
    not_empty("kernel", w)
    at_least_rank("inputs", x, 1)
    if x.shape[-1] != w.shape[0]:
        raise ValueError(
            f"inputs: expected a last axis of {w.shape[0]}, the number of rows of the kernel "
            f"of shape {w.shape}, got shape {x.shape}."
        )
    return x, w
