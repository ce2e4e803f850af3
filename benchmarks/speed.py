"""How long each function takes, as a ratio to other libraries in one run, and its memory.

All run on one thread, and the time is that of the processor, so that other work on the machine
counts little. The libraries take turns; the least time of each counts.
Two bars, and the exit status says whether both hold: no function takes longer than the faster of
SciPy and scikit-learn by more than ``TOLERANCE``, and beside its result none holds more than the
size of its input and ``BLOCK``. ``EXEMPT`` says where the first is missed, and why.
"""

import os
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lossary_book import kernel

# One thread each, also of BLAS, and before NumPy and TensorFlow are loaded.
os.environ |= kernel.ENVIRONMENT | {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

import keras
import numpy as np
import scipy.special
import tensorflow
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.extmath import softmax as sklearn_softmax

import lossary
from benchmarks import record

SHAPES = [(1, 10), (32, 10), (1000, 1000), (100_000, 10), (64, 50_257)]
TOLERANCE = 0.1
"""By how much a ratio may exceed 1: as much as it differs from run to run."""
BLOCK = 4 * 2**20
"""Bytes that the temporaries of a block of rows may take, however large the input."""
SECONDS = 0.2
"""For how long the libraries take turns in a case."""
EXEMPT: dict[str, str] = {}
"""Why a function takes longer than the others, by ``function shape dtype``."""
Call = Callable[[], Any]


@dataclass
class Case:
    """A function, its input, and how each library is called with it."""

    function: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int
    calls: dict[str, Call]

    def __str__(self) -> str:
        return f"{self.function} {self.shape} {self.dtype}"


@dataclass
class Result:
    """Seconds by library, and the bytes that the reference holds beside its result."""

    case: Case
    seconds: dict[str, float]
    held: int

    @property
    def ratio(self) -> float | None:
        """The time in units of the faster of SciPy and scikit-learn, where they can do it."""
        others = [self.seconds[name] for name in ("scipy", "sklearn") if name in self.seconds]
        return self.seconds["lossary"] / min(others) if others else None


def cases() -> Iterator[Case]:
    """Yield all cases."""
    for shape in SHAPES:
        for dtype in (np.float32, np.float64):
            rng = np.random.default_rng(7)
            z = (3 * rng.normal(size=shape)).astype(dtype)
            for function, calls in (logits(z) | losses(z, rng) | layer(z, rng)).items():
                yield Case(function, shape, dtype.__name__, z.nbytes, calls)


def logits(z: np.ndarray) -> dict[str, dict[str, Call]]:
    """Return the calls of the functions of logits; Keras gets a tensor, as in a model."""
    tensor, special, ops = keras.ops.convert_to_tensor(z), scipy.special, keras.ops
    return {
        "logsumexp": {
            "lossary": lambda: lossary.logsumexp(z),
            "scipy": lambda: special.logsumexp(z, axis=-1),
            "keras": lambda: ops.logsumexp(tensor, axis=-1),
        },
        "softmax": {
            "lossary": lambda: lossary.softmax(z),
            "scipy": lambda: special.softmax(z, axis=-1),
            "sklearn": lambda: sklearn_softmax(z),
            "keras": lambda: ops.softmax(tensor),
        },
        "log_softmax": {
            "lossary": lambda: lossary.log_softmax(z),
            "scipy": lambda: special.log_softmax(z, axis=-1),
            "keras": lambda: ops.log_softmax(tensor),
        },
        "sigmoid": {
            "lossary": lambda: lossary.sigmoid(z),
            "scipy": lambda: special.expit(z),
            "keras": lambda: ops.sigmoid(tensor),
        },
        "log_sigmoid": {
            "lossary": lambda: lossary.log_sigmoid(z),
            "scipy": lambda: special.log_expit(z),
            "keras": lambda: ops.log_sigmoid(tensor),
        },
    }


def losses(z: np.ndarray, rng: np.random.Generator) -> dict[str, dict[str, Call]]:
    """Return the calls of the losses, from logits with SciPy, from outputs with scikit-learn."""
    classes = z.shape[-1]
    labels = rng.integers(0, classes, z.shape[:1])
    one_hot = np.eye(classes, dtype=z.dtype)[labels] if z.size < 10**7 / 8 else None
    yes = rng.integers(0, 2, z.shape).astype(z.dtype)
    targets, p = (z + 1).astype(z.dtype), lossary.softmax(z)
    tensor, label, positive = map(keras.ops.convert_to_tensor, (z, labels, yes))
    sparse, special, numbers = keras.losses.sparse_categorical_crossentropy, scipy.special, range(classes)

    def scipy_sparse() -> Any:
        return -np.take_along_axis(special.log_softmax(z, axis=-1), labels[:, None], -1)

    def scipy_binary() -> Any:
        return -(yes * special.log_expit(z) + (1 - yes) * special.log_expit(-z)).mean(axis=-1)

    found: dict[str, dict[str, Call]] = {
        "sparse_categorical_cross_entropy": {
            "lossary": lambda: lossary.sparse_categorical_cross_entropy(labels, z, from_logits=True),
            "scipy": scipy_sparse,
            "keras": lambda: sparse(label, tensor, from_logits=True),
        },
        "binary_cross_entropy": {
            "lossary": lambda: lossary.binary_cross_entropy(yes, z, from_logits=True),
            "scipy": scipy_binary,
            "keras": lambda: keras.losses.binary_crossentropy(positive, tensor, from_logits=True),
        },
        "squared_error": {
            "lossary": lambda: lossary.cost(lossary.squared_error(targets, z)),
            "sklearn": lambda: mean_squared_error(targets, z),
            "keras": lambda: keras.losses.mean_squared_error(targets, tensor),
        },
    }
    return found


def layer(z: np.ndarray, rng: np.random.Generator) -> dict[str, dict[str, Call]]:
    """Return the calls of a Dense layer of 10 units."""
    kernel_, bias = rng.normal(size=(z.shape[-1], 10)).astype(z.dtype), np.ones(10, z.dtype)
    tensors = [keras.ops.convert_to_tensor(array) for array in (z, kernel_, bias)]
    return {
        "dense": {
            "lossary": lambda: lossary.dense(z, kernel_, bias),
            "sklearn": lambda: safe_sparse_dot(z, kernel_) + bias,
            "keras": lambda: keras.ops.add(keras.ops.matmul(*tensors[:2]), tensors[2]),
        }
    }


def measure(case: Case) -> Result:
    """Let the libraries take turns and keep the least time of each."""
    repeats = {name: repeats_of(call) for name, call in case.calls.items()}
    seconds = dict.fromkeys(case.calls, float("inf"))
    start, turns = time.process_time(), 0
    while turns < 5 or time.process_time() - start < SECONDS * len(case.calls):
        for name, call in case.calls.items():
            seconds[name] = min(seconds[name], timed(call, repeats[name]))
        turns += 1
    return Result(case, seconds, held(case.calls["lossary"]))


def timed(call: Call, repeats: int) -> float:
    """Return the processor's time for one of several calls."""
    start = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - start) / repeats


def repeats_of(call: Call) -> int:
    """Return how many calls take long enough to be timed, a thousandth of a second."""
    call()
    once = timed(call, 3)
    return max(1, min(1000, round(1e-3 / max(once, 1e-6))))


def held(call: Call) -> int:
    """Return how many bytes a call holds at most, beside its result."""
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - np.asarray(result).nbytes


def complaints(result: Result) -> Iterator[str]:
    """Say which bar a case misses, or that it is exempt without need."""
    slow = result.ratio is not None and result.ratio > 1 + TOLERANCE
    reason = EXEMPT.get(str(result.case))
    if slow and reason is None:
        yield f"{result.case}: takes {result.ratio:.2f} times as long"
    if result.held > result.case.nbytes + BLOCK:
        yield f"{result.case}: holds {result.held / result.case.nbytes:.2f} times its input"


def main() -> int:
    """Measure, record, and return 1 if a bar is missed."""
    warnings.simplefilter("ignore")  # those of the other libraries
    results = []
    for case in cases():
        results.append(measure(case))
        r=results[-1]; print(case, *(f"{n} {t*1e6:.1f}" for n,t in r.seconds.items()), f"ratio {r.ratio}", f"held {r.held/case.nbytes:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
