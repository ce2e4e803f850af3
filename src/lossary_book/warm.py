"""Imported once a build, by the process that the pages' kernels are forked from.

Import only. A process in which TensorFlow has run an operation has threads that a fork loses,
and its children hang.
"""

import contextlib
import gc

import ipykernel.debugger  # else each kernel imports it when it starts
import ipykernel.kernelapp  # noqa: F401
import IPython.core.interactiveshell  # noqa: F401  what every kernel imports
import matplotlib_inline.backend_inline  # noqa: F401

with contextlib.suppress(ImportError):
    import tensorflow as tf  # type: ignore[import-untyped]

    tf.keras.layers.Dense  # noqa: B018  Keras is loaded at the first touch
with contextlib.suppress(ImportError):
    import matplotlib.pyplot  # noqa: F401
with contextlib.suppress(ImportError):
    import sklearn.metrics  # type: ignore[import-untyped]  # noqa: F401

# What is here stays. Without this, each kernel's garbage collector walks through all of it, and by
# that copies the memory that kernels share.
gc.collect()
gc.freeze()
