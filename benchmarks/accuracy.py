"""The greatest error of each function over adversarial inputs, beside those of other libraries.

An error is counted in units in the last place (ulp) of the exact value, which mpmath computes.
Three bars, and the exit status says whether all hold: where a float64 result is well conditioned
its error is at most ``BAR`` ulp, no error is greater than that of the best of the others by more
than ``TOLERANCE`` ulp, and of millions of random results none is off by more than ``FAR`` ulp.
"""

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import lossary
from benchmarks import peers, record
from benchmarks.exact import FUNCTIONS, exact, ulps
from benchmarks.search import Found, search
from lossary_book import launch

BAR = 2.0
"""How many ulp a well-conditioned float64 result may be off."""
CONDITION = 10.0
"""Well conditioned: a small relative change of all logits changes it by at most so many times."""
TOLERANCE = 0.5
"""How many ulp count as equal: as much as the rounding of the result itself may take."""
FAR = 2.25
"""How many ulp no random float64 result may be off, where it is well conditioned."""
ROUNDS = 500
"""How many rounds of random results are tried: some hundred million in all."""
TITLES = {
    "lossary": "lossary",
    "scipy": "SciPy",
    "sklearn": "scikit-learn",
    "keras": "Keras",
    "torch": "PyTorch",
    "jax": "JAX",
}
SINGLE = ("sigmoid", "log_sigmoid", "binary_cross_entropy")
"""The functions that work on each logit by itself."""
Arrays = tuple[np.ndarray, ...]


@dataclass
class Case:
    """A function, a dtype, what is hard about the inputs, and the inputs."""

    function: str
    dtype: str
    inputs: str
    calls: list[Arrays] = field(default_factory=list)


def rows(dtype: type, many: int) -> dict[str, list[np.ndarray]]:
    """Return rows of logits by what is hard about them."""
    rng = np.random.default_rng(7)
    info = np.finfo(dtype)
    top, tiny, eps = float(info.max), float(info.tiny), float(info.eps)
    digits, few = np.log10(top), np.log10(tiny)
    least = np.log(float(info.smallest_subnormal))  # its exponential is the least number above 0

    def normal(scale: float, *shape: int) -> np.ndarray:
        return scale * rng.normal(size=shape)

    def powers(low: float, high: float, *shape: int) -> np.ndarray:
        return rng.choice([-1, 1], shape) * 10 ** rng.uniform(low, high, shape)

    def below_zero(*columns: np.ndarray) -> np.ndarray:
        return np.concatenate([np.zeros_like(columns[0]), *columns], axis=1)

    level = np.array([0, 1, 5, -3, 88, -700, 1e4, -1e4, top, -top, *normal(20, 12)])[:, None]
    some_tied = normal(8, 20, 10)
    some_tied[:, ::3] = some_tied.max(axis=1, keepdims=True)
    steps = normal(20, 20, 1)
    ulp = np.spacing(np.abs(steps).astype(dtype))
    masked = normal(5, 20, 10)
    masked[:, 1:][rng.random((20, 9)) < 0.5] = -np.inf
    gaps = rng.uniform(least, 0, (40, 1))
    # Each of the many is lost when it is added to the first alone, and to the second alone.
    second = -rng.uniform(1, 30, (3, 1))
    lost = second + np.log(eps) - rng.uniform(0.7, 3, (3, 1))
    one_leads = normal(2, 20, many // 10) + normal(3, 20, 1)
    one_leads[:, 0] = one_leads.max(axis=1) + rng.uniform(0, 5, 20)
    inputs = {
        "ordinary": [normal(1, 20, 10), normal(5, 20, 10)],
        "far apart": [normal(100, 10, 10), normal(300, 10, 10)],
        "all tied": [np.repeat(level, n, axis=1) for n in (2, 3, 7, 10, many // 10)],
        "some tied": [some_tied],
        "an ulp apart": [steps + ulp * rng.integers(-3, 4, (20, 6))],
        "tiny": [powers(few - 6, few + 10, 20, 5)],
        "masked by −inf": [masked],
        "one class": [level],
        "huge": [powers(digits - 8, digits - 0.1, 20, 5)],
        "huge and tiny": [powers(-digits, digits - 0.1, 20, 5), powers(-5, 3, 20, 5)],
        "one leads": [one_leads],
        "all below zero": [-rng.uniform(0, 3, (40, n)) for n in (2, 3, 10)],
        "one sure": [below_zero(gaps, gaps - 1) + normal(3, 40, 1)],
        "subnormal results": [below_zero(least + rng.uniform(0, -np.log(eps), (20, 2)))],
        f"{many:,} classes": [normal(1, 1, many), normal(8, 1, many)],
        f"{many:,}, two lead": [below_zero(second, np.repeat(lost, many - 2, axis=1))],
        "log-probabilities": [np.log(rng.dirichlet(np.ones(n), 20)) for n in (2, 5)],
    }
    return {name: [np.asarray(block, dtype) for block in blocks] for name, blocks in inputs.items()}


def numbers(dtype: type, many: int) -> dict[str, list[np.ndarray]]:
    """Return single logits by what is hard about them."""
    rng = np.random.default_rng(8)
    info = np.finfo(dtype)
    top, tiny = float(info.max), float(info.tiny)
    digits, few = np.log10(top), np.log10(tiny)
    least = -np.log(float(info.smallest_subnormal))
    count = many // 20
    signs = rng.choice([-1, 1], count)
    inputs = {
        "ordinary": 3 * rng.normal(size=count),
        "far apart": least / 4 * rng.normal(size=count),
        "tiny": signs * 10 ** rng.uniform(few - 6, 0, count),
        "huge": signs * 10 ** rng.uniform(3, digits - 0.01, count),
        "sure": signs * rng.uniform(10, least, count),
        "subnormal results": signs * (least + rng.uniform(np.log(float(info.eps)), 0, count)),
        "0, largest, least, ±inf": np.array([0, top, -top, tiny, -tiny, np.inf, -np.inf]),
    }
    return {name: [np.asarray(block, dtype)] for name, block in inputs.items()}


def targets(function: str, z: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[str, Arrays]]:
    """Yield the targets that a function takes with logits, and a name for them."""
    classes = z.shape[-1]
    if function == "binary_cross_entropy":
        yield "", (rng.integers(0, 2, z.shape).astype(z.dtype),)
        yield ", soft target", (rng.random(z.shape).astype(z.dtype),)
    elif function == "categorical_cross_entropy":
        labels = rng.integers(0, classes, len(z))
        yield "", (lossary.one_hot(labels, classes).astype(z.dtype),)
        soft = np.where(np.isinf(z), 0, rng.dirichlet(np.ones(classes), len(z)))
        yield ", soft target", ((soft / soft.sum(axis=1, keepdims=True)).astype(z.dtype),)
    elif function == "sparse_categorical_cross_entropy":
        yield "", (rng.integers(0, classes, len(z)),)
    else:
        yield "", ()


def cases(many: int) -> list[Case]:
    """Return all cases; ``many`` is the number of classes where there are many."""
    rng = np.random.default_rng(9)
    found: dict[tuple[str, str, str], Case] = {}
    for function in FUNCTIONS:
        for dtype in (np.float32, np.float64):
            for name, blocks in (numbers if function in SINGLE else rows)(dtype, many).items():
                for z in blocks:
                    for kind, target in targets(function, z, rng):
                        key = (function, dtype.__name__, name + kind)
                        found.setdefault(key, Case(*key)).calls.append((*target, z))
    return list(found.values())


def ours() -> dict[str, Callable[..., Any]]:
    """Return the functions of the reference, the losses from logits."""

    def from_logits(loss: Callable[..., Any]) -> Callable[..., Any]:
        return lambda target, z: loss(target, z, from_logits=True)

    functions = {name: getattr(lossary, name) for name in FUNCTIONS}
    return {
        name: from_logits(function) if name.endswith("entropy") else function
        for name, function in functions.items()
    }


Errors = Mapping[str, tuple[float, float]]
"""The greatest error by library: of the well-conditioned results, and of all."""


def errors(case: Case, libraries: Mapping[str, Mapping[str, Callable[..., Any]]]) -> Errors:
    """Return the greatest errors of the libraries that have the function."""
    found: dict[str, tuple[float, float]] = {}
    exacts = [exact(case.function, *arguments) for arguments in case.calls]
    for library, functions in libraries.items():
        if function := functions.get(case.function):
            well = total = 0.0
            for arguments, true in zip(case.calls, exacts, strict=True):
                error = ulps(np.asarray(function(*arguments)), true)
                total = max(total, error.max())
                well = max(well, error[true.condition <= CONDITION].max(initial=0))
            found[library] = well, total
    return found


def complaints(case: Case, found: Errors, bar: float = BAR) -> Iterator[str]:
    """Say which bar a case misses."""
    well, total = found["lossary"]
    name = f"{case.function} of {case.dtype}, {case.inputs}"
    if case.dtype == "float64" and well > bar:
        yield f"{name}: {well:.2f} ulp, above {bar:g}"
    best = min(
        (all_ for library, (_, all_) in found.items() if library != "lossary"), default=total
    )
    if total > best + TOLERANCE:
        yield f"{name}: {total:.3g} ulp, and the best of the others {best:.3g}"


def far(found: Mapping[str, Found]) -> Iterator[str]:
    """Say of which functions a random result is too far off."""
    for function, of in found.items():
        if of.worst > FAR:
            yield f"{function} of random logits: {of.worst:.2f} ulp, above {FAR:g}"


def quiet_peers() -> dict[str, Mapping[str, Callable[..., Any]]]:
    """Return the other libraries, whose warnings are not ours."""

    def quiet(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: np.ndarray) -> Any:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return function(*arguments)

        return call

    return {
        library: {name: quiet(function) for name, function in functions.items()}
        for library, functions in peers.available().items()
    }


def worst(results: list[tuple[Case, Errors]], libraries: list[str]) -> list[list[Any]]:
    """Return for each function and dtype the greatest error of the well-conditioned results."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for case, of in results:
        row = found.setdefault((case.function, case.dtype), {})
        for library, (well, _) in of.items():
            row[library] = max(row.get(library, 0.0), well)
    return [[*key, *(row.get(library) for library in libraries)] for key, row in found.items()]


def main() -> int:
    """Measure, record, and return 1 if a bar is missed."""
    os.environ |= launch.ENVIRONMENT  # as in the book, and before TensorFlow is loaded
    warnings.simplefilter("error", RuntimeWarning)  # no overflow, no division by zero
    libraries = {"lossary": ours(), **quiet_peers()}
    results = [(case, errors(case, libraries)) for case in cases(10_000)]
    names = list(libraries)
    columns = {"Function": "", "dtype": ""} | {TITLES[name]: ".3g" for name in names}
    every = [
        [case.function, case.dtype, case.inputs, *(of[n][1] if n in of else None for n in names)]
        for case, of in results
    ]
    missed = [text for case, of in results for text in complaints(case, of)]
    well = {
        dtype: max(of["lossary"][0] for case, of in results if case.dtype == dtype)
        for dtype in ("float32", "float64")
    }
    found = search(libraries["lossary"], ROUNDS, CONDITION, BAR)
    missed += list(far(found))
    record.write(
        "accuracy",
        functions=[f"lossary.{name}" for name in FUNCTIONS],
        packages=["keras", "numpy", "scikit-learn", "scipy", *({"torch", "jax"} & set(names))],
        versions={"tensorflow": sys.modules["tensorflow"].__version__},
        figures={
            "bar": BAR,
            "condition": CONDITION,
            "tolerance": TOLERANCE,
            "cases": len(results),
            "missed": len(missed),
            "worst": well["float64"],
            "worst-float32": well["float32"],
            "far": FAR,
            "tried": sum(of.tried for of in found.values()),
            "above": sum(of.above for of in found.values()),
            "found": max(of.worst for of in found.values()),
        },
        tables={
            "worst": record.table(
                "Greatest error in ulp of the well-conditioned results",
                columns,
                worst(results, names),
            ),
            "all": record.table(
                "Greatest error in ulp of all results",
                {"Function": "", "dtype": "", "Logits": ""} | columns,
                every,
            ),
            "search": record.table(
                "Random well-conditioned results of float64",
                {"Function": "", "Tried": ",.0f", "Above the bar": ",.0f", "Greatest error": ".2f"},
                [[name, of.tried, of.above, of.worst] for name, of in found.items()],
            ),
        },
    )
    print(*missed or ["All bars hold."], sep="\n")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
