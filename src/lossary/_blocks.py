"""Work on an array some rows at a time, so that temporaries stay in the processor's cache."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lossary._checks import Array

SIZE = 98_304
"""How many numbers a block of rows holds: few enough that it stays in the processor's cache, and so
many that the steps that are taken once for a row or a block do not count."""
SIZE_ELEMENTWISE = 32_768
"""The same of numbers that are not in rows: a block costs less then, so that it may be smaller."""
KEPT = 4 * SIZE
"""Memory for twice as many numbers is kept from block to block: more than its temporaries take."""
SHORT = 64
"""Below so many numbers in a row NumPy reduces the rows faster as columns."""


def in_blocks(
    work: Callable[..., None],
    axis: int,
    dtype: npt.DTypeLike,
    *arrays: npt.NDArray[Any],
    reduces: bool = False,
) -> Array:
    """Return what ``work`` makes of the rows of arrays along an axis.

    Temporaries of the size of the input cost more time than the arithmetic, those of a block none.
    The arrays may differ in the length of their rows, but not in how many there are.
    ``work`` gets the blocks, the axis of their rows, whether there are digits to spare, and where
    to write the result. For a result in float32 the blocks are float64 and there are digits to
    spare, so that each result is as good as rounded once.
    With ``reduces`` a row has one result.
    """
    wide, spare = _wide(dtype)
    swapped = [array.swapaxes(axis, -1) for array in arrays]
    rows = [array.reshape(-1, array.shape[-1]) for array in swapped]
    count, length = rows[-1].shape
    step = -(-SIZE // max(1, length))

    def fill(part: slice) -> None:
        blocks = [_widened(array[part], wide) for array in rows]
        if length < SHORT:
            columns = np.empty((out.shape[1], len(blocks[0])), dtype)
            work(*(np.ascontiguousarray(block.T) for block in blocks), 0, spare, columns)
            out[part] = columns.T
        else:
            work(*blocks, 1, spare, out[part])

    out = np.empty((count, 1 if reduces else length), dtype)
    _part_by_part(fill, count, step)
    return out.reshape(*swapped[0].shape[:-1], out.shape[1]).swapaxes(axis, -1)


def elementwise(
    work: Callable[..., None], dtype: npt.DTypeLike, *arrays: npt.NDArray[Any]
) -> Array:
    """Return what ``work`` makes of each number of arrays of one shape.

    ``work`` gets the blocks, one axis each, whether there are digits to spare, and where to write
    the result, as in :func:`in_blocks`.
    """
    wide, spare = _wide(dtype)
    numbers = [array.reshape(-1) for array in arrays]
    out = np.empty(arrays[0].shape, dtype)
    results = out.reshape(-1)

    def fill(part: slice) -> None:
        work(*(_widened(array[part], wide) for array in numbers), spare, results[part])

    _part_by_part(fill, out.size, SIZE_ELEMENTWISE)
    result: Array = out[()]
    return result


def _part_by_part(fill: Callable[[slice], None], count: int, step: int) -> None:
    if count > step:
        # glibc gives what a block has freed back to the system, and new memory for the next block
        # takes more time than its arithmetic, unless a large piece was freed before: mallopt(3), on
        # M_MMAP_THRESHOLD. This one is not touched, so it costs nothing.
        np.empty(KEPT)
    # Infinity and NaN show in the results.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for start in range(0, count, step):
            fill(slice(start, start + step))


def _wide(dtype: npt.DTypeLike) -> tuple[np.dtype[Any], bool]:
    """Return the dtype to work in, and whether it has digits to spare beside the result's."""
    wide = np.promote_types(dtype, np.float64)
    return wide, wide != dtype


def _widened(block: npt.NDArray[Any], wide: np.dtype[Any]) -> npt.NDArray[Any]:
    return block.astype(wide, copy=False) if block.dtype.kind == "f" else block
