"""What the public functions accept, and the errors for everything else.

Every error names the argument, what was expected, and what came.
"""

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]


def as_array(name: str, value: object) -> npt.NDArray[Any]:
    """Return ``value`` as an array of numbers; an array in C order is not copied."""
    if _masked(value):
        # np.asarray drops the mask, and the hidden values would count.
        raise TypeError(
            f"{name}: expected an array without a mask, got a masked array. "
            "Fill or drop the masked values first."
        )
    try:
        # One order for all: NumPy adds up in the order of the memory, and rounding would show it.
        array = np.asarray(value, order="C")
    except ValueError as error:
        what = (
            "rows of equal length, got a ragged"
            if isinstance(value, list | tuple)
            else ("what NumPy can turn into an array, got")
        )
        raise ValueError(f"{name}: expected {what} {type(value).__name__}.") from error
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name}: expected real numbers, got {type(value).__name__} of dtype {array.dtype}."
        )
    return array if array.flags.aligned else array.copy()


def _masked(value: object) -> bool:
    """Tell whether a masked array is given, or lies in a list, at any depth."""
    if isinstance(value, list | tuple):
        return any(map(_masked, value))
    return isinstance(value, np.ma.MaskedArray)


def as_float(name: str, value: object) -> Array:
    """Return ``value`` as floats: float16 becomes float32, wider floats stay, the rest float64."""
    array = as_array(name, value)
    if array.dtype.kind != "f":
        return array.astype(np.float64)
    # float16 overflows at 65,504 and keeps three digits: too little for a sum of exponentials.
    if array.dtype.itemsize == 2:
        return array.astype(np.float32)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def as_class_indices(name: str, value: object, num_classes: int) -> IntArray:
    """Return ``value`` as whole numbers in 0..num_classes-1; floats such as 2.0 count as whole."""
    array = as_array(name, value)
    if array.dtype.kind == "f":
        fractional = array != np.floor(array)
        if any_of(fractional):  # true of NaN too, which differs from itself
            raise ValueError(f"{name}: expected whole numbers, got {array[fractional].flat[0]}.")
    if not _within(array, 0, num_classes - 1):
        outside = (array < 0) | (array >= num_classes)
        raise ValueError(
            f"{name}: expected class indices in 0..{num_classes - 1}, "
            f"got {array[outside].flat[0]} ({outside.sum()} of {array.size} outside)."
        )
    indices: IntArray = array.astype(np.int64)
    return indices


def at_least_rank(name: str, array: npt.NDArray[Any], rank: int) -> None:
    """Raise unless ``array`` has at least ``rank`` axes."""
    if array.ndim < rank:
        axes = "axis" if rank == 1 else "axes"
        raise ValueError(f"{name}: expected at least {rank} {axes}, got shape {array.shape}.")


def not_empty(name: str, array: npt.NDArray[Any], axis: int | None = None) -> None:
    """Raise where ``axis`` (or, with None, the array) has no elements."""
    size = array.size if axis is None else array.shape[axis]
    if size == 0:
        where = "" if axis is None else f" along axis {axis}"
        raise ValueError(f"{name}: expected at least one element{where}, got shape {array.shape}.")


def same_shape(name: str, array: npt.NDArray[Any], other: str, expected: npt.NDArray[Any]) -> None:
    """Raise unless both shapes are equal: (N,) against (N, 1) would broadcast to (N, N)."""
    if array.shape != expected.shape:
        raise ValueError(
            f"{name}: expected the shape of {other}, {expected.shape}, got {array.shape}."
        )


def whole_number(name: str, value: object) -> int:
    """Return ``value`` as an int. A bool is none: True in place of a count is a slip."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name}: expected a whole number, got {value!r}.")
    return int(value)


def at_least(name: str, value: object, least: int) -> int:
    """Return ``value`` as an int of at least ``least``."""
    number = whole_number(name, value)
    if number < least:
        raise ValueError(f"{name}: expected at least {least}, got {number}.")
    return number


def positive_int(name: str, value: object) -> int:
    """Return ``value`` as an int of at least 1."""
    return at_least(name, value, 1)


def flag(name: str, value: object) -> bool:
    """Return ``value`` as a bool. A string such as "False" is true in Python, and refused."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name}: expected True or False, got {value!r}.")
    return bool(value)


def axis_of(name: str, value: object, array: npt.NDArray[Any]) -> int:
    """Return ``value`` as the number of one of the axes of ``array``."""
    axis = whole_number(name, value)
    if not -array.ndim <= axis < array.ndim:
        raise ValueError(
            f"{name}: expected a number in {-array.ndim}..{array.ndim - 1}, "
            f"an axis of shape {array.shape}, got {axis}."
        )
    return axis


def in_range(name: str, value: object, low: float, high: float = np.inf) -> float:
    """Return ``value`` as a float within low..high, both included."""
    array = as_array(name, value)
    if array.ndim:
        raise ValueError(f"{name}: expected one number, got shape {array.shape}.")
    if array.dtype.kind == "b":
        raise TypeError(f"{name}: expected a number, got {value!r}.")
    number = float(array)
    if not low <= number <= high:
        raise ValueError(f"{name}: expected a number in {low:g}..{high:g}, got {number:g}.")
    return number


def one_of(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """Return ``value`` when it is one of the ``allowed`` words."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, allowed))}, got {value!r}.")
    return value


def generator(name: str, value: object) -> np.random.Generator:
    """Return ``value`` when it is a NumPy random generator."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(
            f"{name}: expected a numpy.random.Generator such as numpy.random.default_rng(42), "
            f"got {type(value).__name__}."
        )
    return value


def positive_number(name: str, value: object) -> float:
    """Return ``value`` as a finite float above 0."""
    number = in_range(name, value, 0.0)
    if number in (0.0, np.inf):
        raise ValueError(f"{name}: expected a finite number above 0, got {number:g}.")
    return number


def is_function(name: str, value: object, example: str) -> None:
    """Raise unless ``value`` can be called."""
    if not callable(value):
        raise TypeError(f"{name}: expected a function such as {example}, got {value!r}.")


def of_shape(name: str, array: npt.NDArray[Any], axes: tuple[int | str, ...]) -> None:
    """Raise unless ``array`` has these axes; an axis given by its name may have any length."""
    if array.ndim != len(axes) or any(
        length != axis and not isinstance(axis, str)
        for axis, length in zip(axes, array.shape, strict=True)
    ):
        wanted = ", ".join(map(str, axes)) + ("," if len(axes) == 1 else "")
        raise ValueError(f"{name}: expected shape ({wanted}), got {array.shape}.")


def probabilities(name: str, array: Array, remedy: str, rows: bool = True) -> None:
    """Raise unless values lie in 0..1 and, with ``rows``, the last axis sums to 1; NaN passes."""
    if not _within(array, 0, 1):
        outside = (array < 0) | (array > 1)
        if any_of(outside):  # else it is NaN
            raise ValueError(
                f"{name}: expected values in 0..1, got {array[outside].flat[0]:g} "
                f"({outside.sum()} of {array.size} outside). {remedy}"
            )
    if not rows:
        return
    tolerance = _tolerance(array)
    sums = _sums(array)
    off = np.abs(sums - 1) > tolerance
    if any_of(off):
        raise ValueError(
            f"{name}: expected rows that sum to 1 within {tolerance:g}, "
            f"got a row that sums to {sums[off].flat[0]:g}. {remedy}"
        )


def class_index_of_each_row(name: str, value: object, other: str, rows: Array) -> IntArray:
    """Return ``value`` as one class index for each row of ``rows``, whose last axis is classes."""
    labels = as_array(name, value)
    same_shape(name, labels, f"{other} without its last axis", rows[..., 0])
    return as_class_indices(name, labels, rows.shape[-1])


def logits_rows(name: str, array: Array, remedy: str) -> None:
    """Warn where all rows are probabilities: softmax would be applied a second time."""
    if array.size and _sum_to_one(array[(0,) * (array.ndim - 1)]) and _sum_to_one(array):
        warnings.warn(
            f"{name}: expected logits, got rows in 0..1 that sum to 1, as softmax gives them. "
            f"If these are probabilities, {remedy}.",
            stacklevel=3,
        )


def any_of(mask: npt.NDArray[np.bool_]) -> bool:
    """Tell whether any is true: of few in a third of the time of np.any, of many in the same."""
    return bool(np.count_nonzero(mask))


def _sum_to_one(rows: Array) -> bool:
    if not _within(rows, 0, 1):
        return False
    return bool((np.abs(_sums(rows) - 1) <= _tolerance(rows)).all())


def _sums(rows: Array) -> Array:
    """Return the sum of each row in float64: of short rows in a quarter of the time of np.sum."""
    result: Array = np.einsum("...i->...", rows, dtype=np.float64, casting="same_kind")
    return result


def _within(array: npt.NDArray[Any], low: float, high: float) -> bool:
    """Tell whether all numbers lie in low..high, as NaN does not; no array is made for it."""
    return not array.size or bool(array.min() >= low and array.max() <= high)


def _tolerance(rows: Array) -> float:
    """Return how far from 1 a row of probabilities may sum."""
    # Rounding to float16, which arrives here as float32, moves a row's sum by up to 5e-4.
    return 1e-3 if rows.dtype == np.float32 else 1e-5
