"""Random results of the reference in float64, as many as mpmath is too slow for.

The exact values come from long double, which is off by less than a thousandth of an ulp.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import lossary

Wide = np.longdouble
BITS = 63
"""How many binary places a long double needs; that of some processors is a float64."""
LENGTHS = (2, 3, 5, 10, 30, 100, 300, 1000)
SIZE = 20_000
"""How many logits are tried at once."""


@dataclass
class Try:
    """Results of a function: its arguments, the exact values, and their condition numbers."""

    function: str
    arguments: tuple[np.ndarray, ...]
    values: np.ndarray
    conditions: np.ndarray


@dataclass
class Found:
    """Of how many well-conditioned results how many are off by more than a bar, and the worst."""

    tried: int = 0
    above: int = 0
    worst: float = 0.0


def search(
    functions: Mapping[str, Callable[..., Any]], rounds: int, condition: float, bar: float
) -> dict[str, Found]:
    """Return what is found of each function, in so many rounds."""
    bits = np.finfo(Wide).nmant
    if bits < BITS:
        raise RuntimeError(f"long double: expected at least {BITS} binary places, got {bits}.")
    rng = np.random.default_rng(10)
    found: dict[str, Found] = {}
    for _ in range(rounds):
        for each in tries(rng):
            errors = ulps(functions[each.function](*each.arguments), each)
            errors = errors[each.conditions <= condition]
            so_far = found.setdefault(each.function, Found())
            so_far.tried += errors.size
            so_far.above += int(np.count_nonzero(errors > bar))
            so_far.worst = max(so_far.worst, float(errors.max(initial=0)))
    return found


def ulps(results: np.ndarray, true: Try) -> np.ndarray:
    """Return how many units in the last place results are off."""
    values = true.values.reshape(results.shape)
    return np.abs(results - values) / np.spacing(np.abs(values).astype(np.float64))


def tries(rng: np.random.Generator) -> Iterator[Try]:
    """Yield random tries of all functions: rows of each length, then single logits."""
    for length in LENGTHS:
        shape = (SIZE // length, length)
        level = rng.uniform(-5, 5, (shape[0], 1))
        spread = 10 ** rng.uniform(-2, 1, (shape[0], 1))
        z = level + spread * rng.normal(size=shape)
        z[:, 0] = z.max(axis=1) + rng.choice([0, 10], shape[0]) * rng.random(shape[0])
        yield from of_rows(z, rng)
    yield from of_numbers(10 ** rng.uniform(-3, 2, SIZE) * rng.normal(size=SIZE), rng)


def of_rows(z: np.ndarray, rng: np.random.Generator) -> Iterator[Try]:
    """Yield what is true of rows of logits."""
    rows, classes = z.shape
    top = z.max(axis=1, keepdims=True).astype(Wide)
    below = z - top
    exponentials = np.exp(below)
    others = exponentials.copy()
    np.put_along_axis(others, z.argmax(axis=1)[:, np.newaxis], 0, axis=1)
    total = others.sum(axis=1, keepdims=True)
    log_sum = np.log1p(total)
    a, costs = exponentials / (1 + total), log_sum - below
    size = np.abs(z)
    pull = size * a
    slopes = size * (1 - a) + (pull.sum(axis=1, keepdims=True) - pull)
    yield Try("softmax", (z,), a, slopes)
    yield Try("log_softmax", (z,), -costs, _relative(slopes, costs))
    result = (top + log_sum)[:, 0]
    yield Try("logsumexp", (z,), result, _relative(pull.sum(axis=1), result))
    labels = rng.integers(0, classes, rows)
    at = np.arange(rows), labels
    condition = _relative(slopes[at], costs[at])
    one_hot = lossary.one_hot(labels, classes)
    for name, target in (("sparse_categorical", labels), ("categorical", one_hot)):
        yield Try(f"{name}_cross_entropy", (target, z), costs[at], condition)
    y = rng.dirichlet(np.ones(classes), rows)
    losses = (y * costs).sum(axis=1)
    slope = (size * np.abs(a * y.sum(axis=1, keepdims=True) - y)).sum(axis=1)
    yield Try("categorical_cross_entropy", (y, z), losses, _relative(slope, losses))


def of_numbers(z: np.ndarray, rng: np.random.Generator) -> Iterator[Try]:
    """Yield what is true of single logits."""
    size = np.abs(z)
    small = np.exp(-size.astype(Wide))
    a, b = np.where(z < 0, small, 1) / (1 + small), np.where(z < 0, 1, small) / (1 + small)
    yield Try("sigmoid", (z,), a, size * b)
    logs = np.minimum(z, 0) - np.log1p(small)
    yield Try("log_sigmoid", (z,), logs, _relative(size * b, logs))
    for y in (rng.integers(0, 2, z.shape).astype(np.float64), rng.random(z.shape)):
        losses = np.where(z > 0, 1 - y.astype(Wide), y) * size + np.log1p(small)
        condition = _relative(size * np.abs(a - y), losses)
        yield Try("binary_cross_entropy", (y, z), losses, condition)


def _relative(slopes: np.ndarray, values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):  # of a loss that underflows to 0
        result: np.ndarray = slopes / np.abs(values)
    return result
