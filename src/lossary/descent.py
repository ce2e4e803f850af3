"""One optimization step: gradient descent, momentum, RMSprop, Adam, with Keras's formulas.

Every step has one shape, ``(weights, gradient, state) -> (new_weights, new_state)``.
The first step starts from ``state=None``; each later one takes the state that the step before gave.
Nothing is modified in place.
"""

from typing import Any, NamedTuple, TypeVar

import numpy as np

from lossary._checks import (
    Array,
    as_float,
    at_least,
    flag,
    in_range,
    positive_number,
    same_shape,
)


class MomentumState(NamedTuple):
    """What :func:`momentum` remembers: the last step, as an array of the shape of the weights."""

    velocity: Array


class RMSpropState(NamedTuple):
    """What :func:`rmsprop` remembers: three arrays of the shape of the weights."""

    mean_square: Array
    mean: Array
    velocity: Array


class AdamState(NamedTuple):
    """What :func:`adam` remembers: the number of steps so far, and two arrays."""

    step: int
    mean: Array
    mean_square: Array


State = TypeVar("State", MomentumState, RMSpropState, AdamState)


def gradient_descent(
    weights: object, gradient: object, state: None = None, *, learning_rate: float = 0.01
) -> tuple[Array, None]:
    r"""Take one step of gradient descent.

    .. math:: w \leftarrow w - \alpha g

    Parameters
    ----------
    weights
        Real numbers of any shape.
    gradient
        The derivative g of the cost by each weight, of the same shape.
    state
        None: plain gradient descent remembers nothing.
    learning_rate
        The finite factor α above 0.

    Returns
    -------
    tuple
        The new weights, of the shape of ``weights``, and None.
        A gradient that is NaN or infinite makes the weight so: nothing is clipped or skipped.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers, or ``state`` is not None.
    ValueError
        If the shapes differ or ``learning_rate`` is not above 0.

    Notes
    -----
    Keras's ``SGD`` with momentum 0 is this step. It computes with the gradient that it is given;
    the "stochastic" lies in the choice of the batch.

    References
    ----------
    Keras, "SGD", https://keras.io/api/optimizers/sgd/

    Examples
    --------
    >>> new_weights, state = gradient_descent([1.0, 2.0], [10.0, -10.0], learning_rate=0.1)
    >>> new_weights.tolist(), state
    ([0.0, 3.0], None)
    """
    if state is not None:
        raise TypeError(f"state: expected None, got {type(state).__name__}.")
    w, g, rate = _arguments(weights, gradient, learning_rate)
    with np.errstate(over="ignore", invalid="ignore"):
        return w - rate * g, None


def momentum(
    weights: object,
    gradient: object,
    state: MomentumState | None = None,
    *,
    learning_rate: float = 0.01,
    momentum: float = 0.9,
    nesterov: bool = False,
) -> tuple[Array, MomentumState]:
    r"""Take one step of gradient descent with momentum.

    .. math:: w_t = w_{t-1} + v_t, \qquad v_t = \beta v_{t-1} - \alpha g_t

    Parameters
    ----------
    weights
        Real numbers of any shape.
    gradient
        The derivative g of the cost by each weight at step t = 1, 2, ..., of the same shape.
    state
        The state that the step before returned; None at the first step, where v is 0.
    learning_rate
        The finite factor α above 0.
    momentum
        The share β of the last step that is kept, in 0..1.
    nesterov
        Step by β v_t − α g_t instead of v_t.

    Returns
    -------
    tuple
        The new weights, of the shape of ``weights``, and a ``MomentumState``.
        A gradient that is NaN or infinite makes the weight so.

    Raises
    ------
    TypeError
        If an array or option does not hold real numbers, ``nesterov`` is not a bool, or ``state``
        is the state of another optimizer.
    ValueError
        If shapes differ, ``learning_rate`` is not above 0, or ``momentum`` is outside 0..1.

    Notes
    -----
    A constant gradient makes steps that grow towards α g / (1 − β): with β = 0.9 ten times as long.
    Keras's ``SGD(momentum=0.9)`` is this step. PyTorch's is v = β v + g, w = w − α v, which is the
    same as long as the learning rate does not change.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and momentum
    in deep learning", ICML (2013).

    Examples
    --------
    >>> weights, state = np.array([0.0]), None
    >>> for _ in range(3):
    ...     weights, state = momentum(weights, [1.0], state, learning_rate=1.0, momentum=0.5)
    ...     print(weights, state.velocity)
    [-1.] [-1.]
    [-2.5] [-1.5]
    [-4.25] [-1.75]
    """
    w, g, rate = _arguments(weights, gradient, learning_rate)
    beta = in_range("momentum", momentum, 0, 1)
    state = _checked(state, MomentumState(np.zeros_like(w)))
    with np.errstate(over="ignore", invalid="ignore"):
        velocity = beta * state.velocity - rate * g
        step = beta * velocity - rate * g if flag("nesterov", nesterov) else velocity
        return w + step, MomentumState(velocity)


def rmsprop(
    weights: object,
    gradient: object,
    state: RMSpropState | None = None,
    *,
    learning_rate: float = 0.001,
    rho: float = 0.9,
    momentum: float = 0.0,
    epsilon: float = 1e-7,
    centered: bool = False,
) -> tuple[Array, RMSpropState]:
    r"""Take one step of RMSprop: the gradient divided by the root of its recent mean square.

    .. math:: w_t = w_{t-1} - \frac{\alpha g_t}{\sqrt{s_t + \epsilon}}, \qquad
              s_t = \rho s_{t-1} + (1 - \rho) g_t^2

    Parameters
    ----------
    weights
        Real numbers of any shape.
    gradient
        The derivative g of the cost by each weight at step t = 1, 2, ..., of the same shape.
    state
        The state that the step before returned; None at the first step, where all of it is 0.
    learning_rate
        The finite factor α above 0.
    rho
        The share ρ of the old mean square s that is kept, in 0..1.
    momentum
        The share of the last step that is added, in 0..1.
    epsilon
        A finite number ε above 0 that keeps the denominator from 0.
    centered
        Divide by the root of the variance: subtract from s the square of the mean gradient.

    Returns
    -------
    tuple
        The new weights, of the shape of ``weights``, and an ``RMSpropState``.
        A gradient that is NaN or infinite makes the weight NaN.

    Raises
    ------
    TypeError
        If an array or option does not hold real numbers, ``centered`` is not a bool, or ``state``
        is the state of another optimizer.
    ValueError
        If shapes differ, or a number is outside its range.

    Notes
    -----
    ε stands inside the root, as in Keras. PyTorch adds it outside, with another result.
    Rounding can leave a mean square below the square of the mean. Keras then takes the root of a
    negative number and gives NaN; here the variance is at least 0.

    References
    ----------
    T. Tieleman, G. Hinton, "Lecture 6.5: rmsprop", Coursera (2012). Centered: A. Graves,
    "Generating sequences with recurrent neural networks" (2013), https://arxiv.org/abs/1308.0850

    Examples
    --------
    >>> new_weights, _ = rmsprop([0.0, 0.0], [1000.0, 0.1])
    >>> new_weights.round(5).tolist()
    [-0.00316, -0.00316]
    """
    w, g, rate = _arguments(weights, gradient, learning_rate)
    rho, beta = in_range("rho", rho, 0, 1), in_range("momentum", momentum, 0, 1)
    epsilon = positive_number("epsilon", epsilon)
    zeros = np.zeros_like(w)
    state = _checked(state, RMSpropState(zeros, zeros, zeros))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        mean_square = rho * state.mean_square + (1 - rho) * g**2
        mean = rho * state.mean + (1 - rho) * g if flag("centered", centered) else zeros
        spread = np.maximum(mean_square - mean**2, 0)
        velocity = beta * state.velocity + rate * g / np.sqrt(spread + epsilon)
        return w - velocity, RMSpropState(mean_square, mean, velocity)


def adam(
    weights: object,
    gradient: object,
    state: AdamState | None = None,
    *,
    learning_rate: float = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> tuple[Array, AdamState]:
    r"""Take one step of Adam: the mean gradient divided by the root of the mean square.

    .. math:: w_t = w_{t-1} - \alpha \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
              \cdot \frac{m_t}{\sqrt{v_t} + \epsilon}, \qquad
              m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \qquad
              v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2

    Parameters
    ----------
    weights
        Real numbers of any shape.
    gradient
        The derivative g of the cost by each weight at step t = 1, 2, ..., of the same shape.
    state
        The state that the step before returned; None at the first step, where all of it is 0.
    learning_rate
        The finite factor α above 0.
    beta_1
        The share β₁ of the old mean m that is kept, in 0..1 without 1.
    beta_2
        The share β₂ of the old mean square v that is kept, in 0..1 without 1.
    epsilon
        A finite number ε above 0 that keeps the denominator from 0.

    Returns
    -------
    tuple
        The new weights, of the shape of ``weights``, and an ``AdamState``.
        A gradient that is NaN or infinite makes the weight NaN.

    Raises
    ------
    TypeError
        If an array or option does not hold real numbers, or ``state`` is the state of another
        optimizer.
    ValueError
        If shapes differ, or a number is outside its range.

    Notes
    -----
    Both means start at 0 and are too small at first. The factor in front of the fraction corrects
    that: the first step is α long for any gradient far above ε.
    ε is the "ε hat" of the paper's section 2, as in Keras. PyTorch adds ε after the correction.
    Keras rounds the betas of that factor to float32, also for float64 weights, so its first step is
    0.9999933 α.

    References
    ----------
    D. Kingma, J. Ba, "Adam: a method for stochastic optimization" (2015),
    https://arxiv.org/abs/1412.6980

    Examples
    --------
    >>> new_weights, state = adam([0.0, 0.0], [1000.0, -0.001])
    >>> new_weights.round(6).tolist(), state.step
    ([-0.001, 0.000997], 1)
    """
    w, g, rate = _arguments(weights, gradient, learning_rate)
    beta_1, beta_2 = _below_one("beta_1", beta_1), _below_one("beta_2", beta_2)
    epsilon = positive_number("epsilon", epsilon)
    state = _checked(state, AdamState(0, np.zeros_like(w), np.zeros_like(w)))
    step = state.step + 1
    correction = (1 - beta_2**step) ** 0.5 / (1 - beta_1**step)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        mean = beta_1 * state.mean + (1 - beta_1) * g
        mean_square = beta_2 * state.mean_square + (1 - beta_2) * g**2
        new_weights = w - rate * correction * mean / (np.sqrt(mean_square) + epsilon)
        return new_weights, AdamState(step, mean, mean_square)


def _arguments(weights: object, gradient: object, rate: object) -> tuple[Array, Array, float]:
    w, g = as_float("weights", weights), as_float("gradient", gradient)
    same_shape("gradient", g, "weights", w)
    return w, g, positive_number("learning_rate", rate)


def _checked(state: State | None, start: State) -> State:
    """Return the state, or ``start`` at the first step."""
    if state is None:
        return start
    if not isinstance(state, type(start)):
        expected, came = type(start).__name__, type(state).__name__
        raise TypeError(f"state: expected None or the {expected} of the last step, got {came}.")
    checked: dict[str, Any] = {}
    for name, value, first in zip(start._fields, state, start, strict=True):
        if name == "step":
            checked[name] = at_least("state.step", value, 0)
        else:
            checked[name] = as_float(f"state.{name}", value)
            same_shape(f"state.{name}", checked[name], "weights", np.asarray(first))
    return start._replace(**checked)


def _below_one(name: str, value: object) -> float:
    share = in_range(name, value, 0, 1)
    if share == 1:
        raise ValueError(f"{name}: expected a number in 0..1 without 1, got 1: nothing would move.")
    return share
