"""Work on an array some rows at a time, so that temporaries stay in the processor's cache."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lossary._checks import Array

SIZE = 32_768
"""How many numbers a block holds, so that it and three temporaries fit into a cache of 1 MB."""
SHORT = 64
"""Below so many numbers in a row NumPy reduces the rows faster as columns."""


def in_blocks(
    work: Callable[..., Array],
    axis: int,
    dtype: npt.DTypeLike,
    *arrays: npt.NDArray[Any],
    reduces: bool = False,
) -> Array:
    """Return what ``work`` makes of the rows of arrays along an axis.

    Temporaries of the size of the input cost more time than the arithmetic, those of a block none.
    The arrays may differ in the length of their rows, but not in how many there are.
    ``work`` gets the blocks, the axis of their rows, and whether there are digits to spare: for a
    result in float32 it gets float64, so that each result is as good as rounded once.
    With ``reduces`` it leaves one number of each row.
    """
    wide = np.promote_types(dtype, np.float64)
    spare = wide != dtype
    swapped = [array.swapaxes(axis, -1) for array in arrays]
    rows = [array.reshape(-1, array.shape[-1]) for array in swapped]
    count, length = rows[-1].shape
    step = max(1, SIZE // max(1, length))

    def result(part: slice) -> Array:
        blocks = [_widened(array[part], wide) for array in rows]
        if length < SHORT:
            return work(*(np.ascontiguousarray(block.T) for block in blocks), 0, spare).T
        return work(*blocks, 1, spare)

    # Infinity and NaN show in the results.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        if 0 < count <= step:  # what fits into one block is not copied once more
            out = np.ascontiguousarray(result(slice(None)), dtype)
        else:
            out = np.empty((count, 1 if reduces else length), dtype)
            for start in range(0, count, step):
                part = slice(start, start + step)
                out[part] = result(part)
    return out.reshape(*swapped[0].shape[:-1], out.shape[1]).swapaxes(axis, -1)


def _widened(block: npt.NDArray[Any], wide: np.dtype[Any]) -> npt.NDArray[Any]:
    return block.astype(wide, copy=False) if block.dtype.kind == "f" else block
