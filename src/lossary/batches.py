"""Mini-batches: how an epoch is cut into steps."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lossary._checks import (
    as_array,
    at_least_rank,
    flag,
    generator,
    not_empty,
    positive_int,
)


def steps_per_epoch(num_examples: int, batch_size: int = 32, drop_remainder: bool = False) -> int:
    r"""Return how many optimization steps one epoch takes.

    .. math:: \text{steps} = \left\lceil \frac{m}{B} \right\rceil

    Parameters
    ----------
    num_examples
        The number m of examples in the training set, at least 1.
    batch_size
        The number B of examples in a batch, at least 1.
    drop_remainder
        Leave the short last batch out: round down instead of up.

    Returns
    -------
    int
        The number of steps in one epoch: at least 1, or 0 where the only batch is short and
        dropped.

    Raises
    ------
    TypeError
        If ``num_examples`` or ``batch_size`` is not a whole number, or ``drop_remainder`` is not a
        bool.
    ValueError
        If ``num_examples`` or ``batch_size`` is below 1.

    Notes
    -----
    ``math.ceil(m / B)`` rounds through a float and is one step off for some m above 2^53.
    Whole-number division is exact.

    References
    ----------
    Keras, "Model training APIs", https://keras.io/api/models/model_training_apis/

    Examples
    --------
    >>> steps_per_epoch(1000, batch_size=32)
    32
    >>> steps_per_epoch(1000, batch_size=32, drop_remainder=True)
    31
    """
    m, size = positive_int("num_examples", num_examples), positive_int("batch_size", batch_size)
    return m // size if flag("drop_remainder", drop_remainder) else -(-m // size)


def batches(
    *arrays: object,
    batch_size: int = 32,
    shuffle: bool = False,
    drop_remainder: bool = False,
    rng: np.random.Generator | None = None,
) -> Iterator[tuple[npt.NDArray[Any], ...]]:
    r"""Return the mini-batches of one epoch, one after the other.

    .. math:: b^{(s)}_i = x_{p_{(s - 1) B + i}}

    This is row i of batch s, both counted from 1.

    Parameters
    ----------
    arrays
        One or more arrays of real numbers ``(m, ...)`` with the same number m of examples, m at
        least 1, for example inputs and targets. They keep their dtype.
    batch_size
        The number B of examples in a batch, at least 1. It may exceed m.
    shuffle
        Draw a random order p of the examples, the same for all arrays. Otherwise they keep theirs,
        p = 1, 2, ..., m.
    drop_remainder
        Leave out the last batch if it has fewer than ``batch_size`` examples.
    rng
        The generator that draws the order. With None every call draws an order that nobody can
        repeat. Not used without ``shuffle``.

    Returns
    -------
    collections.abc.Iterator
        Tuples with one copied array ``(B, ...)`` for each of ``arrays``; the last may be shorter.
        Each example occurs in exactly one batch, unless it is dropped. For the next epoch call
        again.

    Raises
    ------
    TypeError
        If an array does not hold real numbers, ``batch_size`` is not a whole number, ``shuffle`` or
        ``drop_remainder`` is not a bool, or ``rng`` is not a generator.
    ValueError
        If there is no array, an array is empty or a single number, the arrays differ in length, or
        ``batch_size`` is below 1. Errors come at the call, not at the first batch.

    Notes
    -----
    Two arrays shuffled apart, as by two calls of ``rng.shuffle``, lose the pairing of inputs and
    targets. One order is drawn here and used for all arrays.

    References
    ----------
    L. Bottou, "Stochastic gradient descent tricks", in *Neural Networks: Tricks of the Trade*
    (2012), section 5.1.

    Examples
    --------
    >>> for x, y in batches([1, 2, 3, 4, 5], [10, 20, 30, 40, 50], batch_size=2):
    ...     print(x, y)
    [1 2] [10 20]
    [3 4] [30 40]
    [5] [50]
    """
    parts = [as_array(f"arrays[{i}]", array) for i, array in enumerate(arrays)]
    if not parts:
        raise ValueError("arrays: expected at least one array, got none.")
    for i, part in enumerate(parts):
        at_least_rank(f"arrays[{i}]", part, 1)
        not_empty(f"arrays[{i}]", part, 0)
        if len(part) != len(parts[0]):
            raise ValueError(
                f"arrays[{i}]: expected {len(parts[0])} examples as in arrays[0], got {len(part)}."
            )
    rng = np.random.default_rng() if rng is None else generator("rng", rng)
    m, size = len(parts[0]), positive_int("batch_size", batch_size)
    order = rng.permutation(m) if flag("shuffle", shuffle) else np.arange(m)
    chosen = [
        order[s * size : (s + 1) * size] for s in range(steps_per_epoch(m, size, drop_remainder))
    ]
    return (tuple(part[rows] for part in parts) for rows in chosen)
