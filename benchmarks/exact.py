"""What the functions of the reference are to 90 digits, by mpmath, and how far a result is off."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from mpmath import exp, fsum, log1p, mp, mpf

# Numbers that nearly cancel are kept apart until the last step, so this suffices. The precision is
# one for the process: what a test has set higher stays.
mp.prec = max(mp.prec, 300)

Valued = tuple[Any, Any]
"""An exact value, and its condition number: how many times more than all logits it changes."""


class Exact(NamedTuple):
    """Exact values in units in the last place, as the sum of two float64, and their conditions."""

    nearest: np.ndarray
    unit: np.ndarray
    high: np.ndarray
    low: np.ndarray
    condition: np.ndarray


def exact(function: str, *arguments: np.ndarray) -> Exact:
    """Return what a function is of each row of logits, or of each logit; they come last.

    The results have an axis more than those of the function, of length 1, unless it keeps classes.
    """
    values = [FUNCTIONS[function](*each) for each in zip(*arguments, strict=True)]
    kind = arguments[-1].dtype.type
    return Exact(
        *np.moveaxis(np.array([[_in_units(v, kind) for v in row] for row in values]), -1, 0)
    )


def ulps(actual: np.ndarray, true: Exact) -> np.ndarray:
    """Return how many units in the last place results are off; NaN, too, is infinitely far."""
    results = actual.astype(np.float64).reshape(true.nearest.shape)
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs((results / true.unit - true.high) - true.low)
    error[np.isnan(error)] = np.inf
    return np.where(np.isinf(true.nearest) & (results == true.nearest), 0, error)


def _in_units(valued: Valued, kind: type) -> tuple[float, ...]:
    value, condition = mpf(valued[0]), float(valued[1])
    with np.errstate(over="ignore"):
        nearest = kind(float(value))
    if np.isinf(nearest):
        return float(nearest), 1.0, float(nearest), 0.0, condition
    with np.errstate(over="ignore"):
        unit = float(np.spacing(abs(nearest)))
    high = float(value / unit)
    return float(nearest), unit, high, float(value / unit - high), condition


@cache
def _row(dtype: str, logits: bytes) -> "Row":
    return Row(np.frombuffer(logits, dtype))


def row_of(logits: np.ndarray) -> "Row":
    """Return what is known of a row of logits, which several functions ask."""
    return _row(logits.dtype.str, logits.tobytes())


class Row:
    """One row of logits: the probabilities, their negative logarithms, the log-sum-exp."""

    def __init__(self, logits: np.ndarray) -> None:
        first = int(logits.argmax())
        z = [mpf(float(number)) for number in logits]
        self.top = z[first]
        others = fsum(exp(number - self.top) for k, number in enumerate(z) if k != first)
        self.log_sum = log1p(others)
        self.costs = [self.top - number + self.log_sum for number in z]
        self.exact = [exp(-cost) for cost in self.costs]
        self.probabilities = np.array([float(a) for a in self.exact])
        self.sizes = np.where(np.isinf(logits), 0, np.abs(logits.astype(np.float64)))

    def slope(self, target: np.ndarray) -> float:
        """Return how much the cross-entropy of a target changes when all logits do."""
        with np.errstate(over="ignore"):
            return float((self.sizes * np.abs(self.probabilities * target.sum() - target)).sum())

    def slopes(self) -> np.ndarray:
        """Return the slope for each class as the target."""
        pull = self.sizes * self.probabilities
        with np.errstate(over="ignore"):
            return self.sizes * (1 - self.probabilities) + (pull.sum() - pull)


def _relative(slope: float, value: Any) -> float:
    with np.errstate(all="ignore"):
        return float(np.float64(slope) / np.float64(abs(value))) if slope else 0.0


def logsumexp(logits: np.ndarray) -> list[Valued]:
    """Return the log-sum-exp of a row."""
    row = row_of(logits)
    value = row.top + row.log_sum
    return [(value, _relative((row.sizes * row.probabilities).sum(), value))]


def softmax(logits: np.ndarray) -> list[Valued]:
    """Return the probabilities of a row."""
    row = row_of(logits)
    return list(zip(row.exact, row.slopes(), strict=True))


def log_softmax(logits: np.ndarray) -> list[Valued]:
    """Return the logarithms of the probabilities of a row."""
    row = row_of(logits)
    pairs = zip(row.costs, row.slopes(), strict=True)
    return [(-cost, _relative(slope, cost)) for cost, slope in pairs]


def sparse_categorical_cross_entropy(label: np.integer[Any], logits: np.ndarray) -> list[Valued]:
    """Return the loss of a row whose target is a class index."""
    row = row_of(logits)
    return [(row.costs[label], _relative(row.slopes()[label], row.costs[label]))]


def categorical_cross_entropy(target: np.ndarray, logits: np.ndarray) -> list[Valued]:
    """Return the loss of a row whose target is a distribution."""
    row = row_of(logits)
    value = fsum(mpf(float(y)) * row.costs[k] for k, y in enumerate(target) if y)
    return [(value, _relative(row.slope(target.astype(np.float64)), value))]


def _softplus(z: Any) -> Any:
    return max(z, mpf(0)) + log1p(exp(-abs(z)))


def sigmoid(logit: np.floating[Any]) -> list[Valued]:
    """Return the probability of a logit."""
    z = mpf(float(logit))
    return [(exp(-_softplus(-z)), abs(z) * exp(-_softplus(z)) if abs(z) < mp.inf else 0)]


def log_sigmoid(logit: np.floating[Any]) -> list[Valued]:
    """Return the logarithm of the probability of a logit."""
    return binary_cross_entropy(np.float64(1), logit, sign=-1)


def binary_cross_entropy(
    target: np.floating[Any], logit: np.floating[Any], sign: int = 1
) -> list[Valued]:
    """Return the loss of a logit whose target is in 0..1."""
    z, y = mpf(float(logit)), mpf(float(target))
    value = fsum(part * _softplus(side) for part, side in ((y, -z), (1 - y, z)) if part)
    slope = abs(z) * abs(exp(-_softplus(-z)) - y) if abs(z) < mp.inf else 0
    return [(sign * value, _relative(float(slope), float(value)))]


FUNCTIONS: dict[str, Callable[..., list[Valued]]] = {
    function.__name__: function
    for function in (
        logsumexp,
        softmax,
        log_softmax,
        sigmoid,
        log_sigmoid,
        binary_cross_entropy,
        categorical_cross_entropy,
        sparse_categorical_cross_entropy,
    )
}
