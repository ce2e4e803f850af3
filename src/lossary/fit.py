"""The training loop of one Dense layer: epochs, batches, steps."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lossary._checks import (
    Array,
    as_class_indices,
    as_float,
    is_function,
    not_empty,
    of_shape,
    one_of,
    positive_int,
)
from lossary.batches import batches
from lossary.dense import dense, dense_gradients
from lossary.descent import gradient_descent
from lossary.losses import (
    categorical_cross_entropy_gradient,
    one_hot,
    sparse_categorical_cross_entropy,
    squared_error,
    squared_error_gradient,
)

Optimizer = Callable[[Array, Array, Any], tuple[Array, Any]]
_LOSSES = ("squared_error", "sparse_categorical_cross_entropy")


class Fit(NamedTuple):
    """The trained kernel and bias, and the history ``{"loss": [one number for each epoch]}``."""

    kernel: Array
    bias: Array
    history: dict[str, list[float]]


def fit(
    inputs: object,
    targets: object,
    kernel: object,
    bias: object,
    *,
    loss: str = "squared_error",
    epochs: int = 1,
    batch_size: int = 32,
    shuffle: bool = True,
    optimizer: Optimizer = gradient_descent,
    rng: np.random.Generator | None = None,
) -> Fit:
    r"""Train a Dense layer on mini-batches.

    .. math:: W_{k,j} \leftarrow W_{k,j} - \alpha \frac{\partial J}{\partial W_{k,j}}

    This is one step of gradient descent. J is the mean of the losses of one batch.

    Parameters
    ----------
    inputs
        Real numbers ``(m, d0)``, at least one example.
    targets
        For ``"squared_error"`` real numbers ``(m, units)``; for
        ``"sparse_categorical_cross_entropy"`` class indices ``(m,)`` in 0..units-1.
    kernel, bias
        The start weights ``(d0, units)`` and ``(units,)``.
    loss
        ``"squared_error"`` of the outputs, or ``"sparse_categorical_cross_entropy"`` of the
        outputs as logits.
    epochs
        How often all examples are gone through, at least 1.
    batch_size
        The number B of examples for one step, at least 1. The last batch of an epoch may be short.
    shuffle
        Draw a new order of the examples in every epoch.
    optimizer
        A step as in ``lossary.descent``: ``(weights, gradient, state)`` to new weights and
        state. Set its options with ``functools.partial(adam, learning_rate=0.1)``.
    rng
        The generator for ``shuffle``. With None every call shuffles differently.

    Returns
    -------
    Fit
        ``kernel`` and ``bias``, float32 if inputs, targets and start weights are (class indices
        do not count), else float64. ``history["loss"]`` has for each epoch the mean over all
        examples of the losses that were computed before each step, as Keras reports it.
        Training that diverges is not hidden: the history and the weights hold inf or NaN, and NumPy
        does not warn.

    Raises
    ------
    TypeError
        If an array does not hold real numbers, ``rng`` is not a generator, or an option has the
        wrong type.
    ValueError
        If shapes do not belong together, there is no example, a class index is out of range, or an
        option is out of range.

    Notes
    -----
    The loss of an epoch mixes the losses of all the weights that it passed through. The loss of the
    final weights over the training set is another, usually smaller number.
    A short last batch counts as a full step, with the mean over its own examples.
    Targets ``(m,)`` are refused for ``"squared_error"``: minus outputs ``(m, 1)`` they would make
    an ``(m, m)`` matrix. Keras adds the axis instead.

    References
    ----------
    Keras, "Model training APIs", https://keras.io/api/models/model_training_apis/

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> result = fit(x, 2 * x + 1, np.zeros((1, 1)), np.zeros(1), epochs=2000, batch_size=2)
    >>> print(result.kernel.round(3), result.bias.round(3))
    [[2.]] [1.]
    >>> len(result.history["loss"])
    2000
    """
    x, w, b = as_float("inputs", inputs), as_float("kernel", kernel), as_float("bias", bias)
    of_shape("inputs", x, ("m", "d0"))
    of_shape("kernel", w, (x.shape[1], "units"))
    not_empty("inputs", x)
    not_empty("kernel", w)
    sparse = one_of("loss", loss, _LOSSES) == "sparse_categorical_cross_entropy"
    y = as_class_indices("targets", targets, w.shape[1]) if sparse else as_float("targets", targets)
    of_shape("targets", y, x.shape[:1] if sparse else (len(x), w.shape[1]))
    is_function("optimizer", optimizer, "lossary.adam")
    history, w_state, b_state = [], None, None
    with np.errstate(over="ignore", invalid="ignore"):  # the history shows what overflows
        for _ in range(positive_int("epochs", epochs)):
            total = 0.0
            for batch_x, batch_y in batches(x, y, batch_size=batch_size, shuffle=shuffle, rng=rng):
                losses, upstream = _losses_and_gradient(sparse, batch_y, dense(batch_x, w, b))
                gradients = dense_gradients(batch_x, w, upstream / len(batch_x))
                w, w_state = _step(optimizer, w, gradients.kernel, w_state)
                b, b_state = _step(optimizer, b, gradients.bias, b_state)
                total += float(losses.sum(dtype=np.float64))
            history.append(total / len(x))
    return Fit(w, b, {"loss": history})


def _step(optimizer: Optimizer, weights: Array, gradient: Array, state: Any) -> tuple[Array, Any]:
    result = optimizer(weights, gradient, state)
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(
            "optimizer: expected a function that returns (new_weights, new_state), "
            f"got one that returns {type(result).__name__}."
        )
    return result


def _losses_and_gradient(
    sparse: bool, targets: npt.NDArray[Any], outputs: Array
) -> tuple[Array, Array]:
    """Return the loss of each example, and its derivative by each output."""
    if not sparse:
        return squared_error(targets, outputs), squared_error_gradient(targets, outputs)
    losses = sparse_categorical_cross_entropy(targets, outputs, from_logits=True)
    expected = one_hot(targets, outputs.shape[1]).astype(outputs.dtype)
    return losses, categorical_cross_entropy_gradient(expected, outputs)
