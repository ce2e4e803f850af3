"""How long each function takes, as a ratio to other libraries in one run, and its memory.

All run on one thread, and the time is that of the processor, so that other work on the machine
counts little. The libraries take turns; the least time of each counts.
Two bars, and the exit status says whether both hold: no function takes longer than the faster of
SciPy and scikit-learn by more than ``TOLERANCE``, and beside its result none holds more than the
size of its input and ``BLOCK``. ``EXEMPTIONS`` say where the first is missed, why, and up to what.
A processor with AVX-512 is measured as one without it where the environment has
``NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR"``.
"""

import os
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lossary_book import launch

# One thread each, also of BLAS, and before NumPy and TensorFlow are loaded.
os.environ |= launch.ENVIRONMENT | {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

import keras
import numpy as np
import scipy.special
import tensorflow
from sklearn.metrics import mean_squared_error
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
"""For how long the libraries take turns in a case, in seconds for each."""
TRIES = 4
"""How often at most, while a case is slower: a machine may have been slow in the turns of one."""
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
    """Return the calls of losses; SciPy has the parts of cross-entropy from logits."""
    labels = rng.integers(0, z.shape[-1], z.shape[:1])
    yes = rng.integers(0, 2, z.shape).astype(z.dtype)
    one_hot = lossary.one_hot(labels, z.shape[-1]).astype(z.dtype)
    targets = z + 1
    tensor, label, row, positive = map(keras.ops.convert_to_tensor, (z, labels, one_hot, yes))
    sparse, special = keras.losses.sparse_categorical_crossentropy, scipy.special

    def scipy_sparse() -> Any:
        return -np.take_along_axis(special.log_softmax(z, axis=-1), labels[:, None], -1)

    def scipy_binary() -> Any:
        return -(yes * special.log_expit(z) + (1 - yes) * special.log_expit(-z)).mean(axis=-1)

    found: dict[str, dict[str, Call]] = {
        "sparse_categorical_cross_entropy": {
            "lossary": lambda: lossary.sparse_categorical_cross_entropy(
                labels, z, from_logits=True
            ),
            "scipy": scipy_sparse,
            "keras": lambda: sparse(label, tensor, from_logits=True),
        },
        "categorical_cross_entropy": {
            "lossary": lambda: lossary.categorical_cross_entropy(one_hot, z, from_logits=True),
            "scipy": lambda: -(one_hot * special.log_softmax(z, axis=-1)).sum(axis=-1),
            "keras": lambda: keras.losses.categorical_crossentropy(row, tensor, from_logits=True),
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
    """Return the least time of each library, and what the reference holds."""
    result = Result(case, least(case.calls), held(case.calls["lossary"]))
    for _ in range(TRIES - 1):
        if (result.ratio or 0) <= 1 + TOLERANCE:
            break
        again = least(case.calls)
        result.seconds = {name: min(once, again[name]) for name, once in result.seconds.items()}
    return result


def exp_ratio() -> float:
    """Return how many times as long NumPy's exponential of a float64 takes as of a float32."""
    z = np.random.default_rng(7).normal(size=65_536)
    wide, narrow = z, z.astype(np.float32)
    seconds = least({"float64": lambda: np.exp(wide), "float32": lambda: np.exp(narrow)})
    return seconds["float64"] / seconds["float32"]


def least(calls: dict[str, Call]) -> dict[str, float]:
    """Let calls take turns and return the least time of each."""
    repeats = {name: repeats_of(call) for name, call in calls.items()}
    seconds = dict.fromkeys(calls, float("inf"))
    start, turns, rng = time.process_time(), 0, np.random.default_rng(1)
    while turns < 15 or time.process_time() - start < SECONDS * len(calls):
        # In another order each time: the one before leaves the input in the cache, or not.
        for name in rng.permutation(list(calls)):
            seconds[name] = min(seconds[name], timed(calls[name], repeats[name]))
        turns += 1
    return seconds


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


@dataclass
class Exemption:
    """Where a function may take longer than the others, why, and up to what."""

    where: str
    reason: str
    limit: str
    covers: Callable[[Case], bool]
    keeps: Callable[[Result], bool]


SMALL = 2.0
WIDENED = 3.5
SIGMOID = 1.5
SOFTMAX = 1.5
OF_SOFTMAX = ("softmax", "log_softmax", "categorical_cross_entropy")
WORKED_ON_AS_THEY_ARE = ("dense", "squared_error")
EXEMPTIONS = [
    Exemption(
        "inputs of 10 and 320 numbers",
        "A call checks what it is given, and takes several steps of NumPy so that no digit is "
        "lost. Each step costs half a microsecond or more whatever the size, and SciPy's expit is "
        "one compiled step",
        f"{SMALL:g} times as long as Keras",
        lambda case: np.prod(case.shape) <= 320,
        lambda result: result.seconds["lossary"] <= SMALL * result.seconds["keras"],
    ),
    Exemption(
        "float32, functions with an exponential",
        "It is worked on as float64, so that a result is off by half an ulp. NumPy's exponential "
        "of a float32 is off by up to 2.4 ulp, which the others pass on",
        f"{WIDENED:g} times as long",
        lambda case: case.dtype == "float32" and case.function not in WORKED_ON_AS_THEY_ARE,
        lambda result: (result.ratio or 0) <= WIDENED,
    ),
    Exemption(
        "float64, softmax, its logarithm and its cross-entropy",
        "What rounding takes from a sum, and from its greatest exponential, is put back, so that "
        "a result is off by no more than some 2 ulp. The others leave it out. The faster the "
        "processor takes exponentials, the more these steps show",
        f"{SOFTMAX:g} times as long",
        lambda case: case.dtype == "float64" and case.function in OF_SOFTMAX,
        lambda result: (result.ratio or 0) <= SOFTMAX,
    ),
]
if "AVX-512" not in record.machine()["cpu"]:
    EXEMPTIONS.append(
        Exemption(
            "float64, sigmoid, on a processor without AVX-512",
            "NumPy's exponential is then no faster than that in SciPy's expit, which does the "
            "other steps on the way",
            f"{SIGMOID:g} times as long",
            lambda case: case.dtype == "float64" and case.function == "sigmoid",
            lambda result: (result.ratio or 0) <= SIGMOID,
        )
    )


def exemption(result: Result) -> Exemption | None:
    """Return what excuses a result that is slower than the bar."""
    if result.ratio is None or result.ratio <= 1 + TOLERANCE:
        return None
    return next((each for each in EXEMPTIONS if each.covers(result.case)), None)


def needed(each: Exemption, results: list[Result]) -> bool:
    """Tell whether a case is slower for the reason of an exemption, if not always by so much."""
    return any(each.covers(result.case) and (result.ratio or 0) > 1 for result in results)


def complaints(result: Result) -> Iterator[str]:
    """Say which bar a case misses."""
    excuse = exemption(result)
    if excuse is not None and not excuse.keeps(result):
        yield f"{result.case}: takes {result.ratio:.2f} times as long, above {excuse.limit}"
    elif excuse is None and result.ratio is not None and result.ratio > 1 + TOLERANCE:
        yield f"{result.case}: takes {result.ratio:.2f} times as long"
    if result.held > result.case.nbytes + BLOCK:
        yield f"{result.case}: holds {result.held / result.case.nbytes:.2f} times its input"


def row(result: Result) -> list[Any]:
    """Return a result as a row of the table."""
    own = result.seconds["lossary"]
    others = [result.seconds.get(name) for name in ("scipy", "sklearn", "keras")]
    case = result.case
    return [
        case.function,
        " × ".join(f"{length:,}" for length in case.shape),
        case.dtype,
        own * 1e6,
        *(own / seconds if seconds else None for seconds in others),
        max(0.0, result.held / case.nbytes) if case.nbytes > BLOCK else None,
    ]


def main() -> int:
    """Measure, record, and return 1 if a bar is missed."""
    warnings.simplefilter("ignore")  # those of the other libraries
    results = [measure(case) for case in cases()]
    missed = [text for result in results for text in complaints(result)]
    excused = [result for result in results if exemption(result)]
    counts = {each.where: sum(exemption(r) is each for r in results) for each in EXEMPTIONS}
    unneeded = [each.where for each in EXEMPTIONS if not needed(each, results)]
    missed += [f"no case needs the exemption of {where}" for where in unneeded]
    compared = [result for result in results if result.ratio is not None]
    columns = {"Function": "", "Shape": "", "dtype": "", "µs": ",.0f"}
    ratios = {"÷ SciPy": ".2f", "÷ scikit-learn": ".2f", "÷ Keras": ".2f", "Held ÷ input": ".2f"}
    record.write(
        "speed",
        functions=sorted({f"lossary.{result.case.function}" for result in results}),
        packages=["keras", "numpy", "scikit-learn", "scipy"],
        versions={"tensorflow": tensorflow.__version__},
        figures={
            "tolerance": TOLERANCE,
            "block": BLOCK / 2**20,
            "compared": len(compared),
            "met": sum((result.ratio or 0) <= 1 + TOLERANCE for result in compared),
            "exempt": len(excused),
            "missed": len(missed),
            "exp": exp_ratio(),
        },
        tables={
            "ratios": record.table(
                "Time in microseconds, and divided by that of others",
                columns | ratios,
                map(row, results),
            ),
            "exempt": record.table(
                "Where lossary takes longer",
                {"Where": "", "Cases": "", "Why": "", "Limit": ""},
                [[e.where, counts[e.where], e.reason, e.limit] for e in EXEMPTIONS],
            ),
        },
    )
    print(*missed or ["Both bars hold, but for the exemptions."], sep="\n")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
