"""Working in blocks changes the memory that is held, and nothing else."""

import platform
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from lossary import (
    _blocks,
    binary_cross_entropy,
    categorical_cross_entropy,
    log_sigmoid,
    log_softmax,
    logsumexp,
    sigmoid,
    softmax,
    sparse_categorical_cross_entropy,
)


def first_class(z):
    """Return targets that say the first class, in the dtype of the logits."""
    targets = np.zeros_like(z)
    targets[:, 0] = 1
    return targets


def from_logits(loss):
    return lambda target, z: loss(target, z, from_logits=True)


CALLS = {
    "logsumexp": (logsumexp, None),
    "softmax": (softmax, None),
    "log_softmax": (log_softmax, None),
    "sigmoid": (sigmoid, None),
    "log_sigmoid": (log_sigmoid, None),
    "binary_cross_entropy": (from_logits(binary_cross_entropy), first_class),
    "categorical_cross_entropy": (from_logits(categorical_cross_entropy), first_class),
    "sparse_categorical_cross_entropy": (
        from_logits(sparse_categorical_cross_entropy),
        lambda z: np.zeros(len(z), int),
    ),
}


def prepared(name, z):
    """Return a function without arguments that calls the function of this name."""
    function, target = CALLS[name]
    arguments = (z,) if target is None else (target(z), z)
    return lambda: function(*arguments)


FUNCTIONS = pytest.mark.parametrize("name", CALLS)
CLASSES = pytest.mark.parametrize("classes", [1, 10, 63, 64, 100])


@FUNCTIONS
@CLASSES
def test_result_does_not_depend_on_the_block(name, classes, dtype, rng, monkeypatch):
    z = (20 * rng.normal(size=(70, classes))).astype(dtype)
    z[3, 0], z[5, -1], z[7, 0] = -np.inf, np.inf, np.nan
    whole = prepared(name, z)()
    for size in (1, 130, 1000):
        monkeypatch.setattr(_blocks, "SIZE", size)
        monkeypatch.setattr(_blocks, "SIZE_ELEMENTWISE", size)
        # NumPy adds up the columns of one row in another order than those of several.
        np.testing.assert_allclose(prepared(name, z)(), whole, rtol=4 * np.finfo(dtype).eps)


@FUNCTIONS
@pytest.mark.parametrize("shape", [(1200, 1000), (120_000, 10)])
def test_no_more_than_the_result_and_one_array_of_its_size_is_held(name, shape, dtype, rng):
    z = rng.normal(size=shape).astype(dtype)
    call = prepared(name, z)
    tracemalloc.start()
    try:
        result = call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - result.nbytes <= z.nbytes + 4 * 2**20  # and a block


# In a process that has freed no large piece of memory, as that of a reader who has just begun.
FRESH = """
import resource
import numpy as np
from lossary import categorical_cross_entropy
z = np.zeros((50_000, 10))
y = np.full(z.shape, 0.1)
faults = []
for _ in range(3):
    categorical_cross_entropy(y, z, from_logits=True)
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
print(faults[-1] - faults[-2], z.nbytes // resource.getpagesize())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator of memory")
def test_blocks_use_the_memory_of_the_one_before():
    run = subprocess.run([sys.executable, "-c", FRESH], check=True, capture_output=True, text=True)
    faults, pages = map(int, run.stdout.split())
    assert faults < pages
