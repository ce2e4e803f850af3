"""The same functions in other libraries, each from NumPy arrays to a NumPy array."""

import importlib
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

Functions = Mapping[str, Callable[..., Any]]


def scipy() -> Functions:
    """Return those of SciPy, which has no losses."""
    special = importlib.import_module("scipy.special")
    return {
        "logsumexp": lambda z: special.logsumexp(z, axis=-1),
        "softmax": lambda z: special.softmax(z, axis=-1),
        "log_softmax": lambda z: special.log_softmax(z, axis=-1),
        "sigmoid": special.expit,
        "log_sigmoid": special.log_expit,
    }


def sklearn() -> Functions:
    """Return that of scikit-learn; its losses begin at probabilities."""
    extmath = importlib.import_module("sklearn.utils.extmath")
    return {"softmax": extmath.softmax}


def keras() -> Functions:
    """Return those of Keras on TensorFlow."""
    import keras

    def numpy(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arrays: keras.ops.convert_to_numpy(function(*arrays))

    def binary(y: Any, z: Any) -> Any:
        # The loss of each example is the mean over its outputs, here one.
        return keras.losses.binary_crossentropy(y[..., None], z[..., None], from_logits=True)

    def categorical(y: Any, z: Any) -> Any:
        return keras.losses.categorical_crossentropy(y, z, from_logits=True)

    def sparse(y: Any, z: Any) -> Any:
        return keras.losses.sparse_categorical_crossentropy(y, z, from_logits=True)

    return {
        "logsumexp": numpy(lambda z: keras.ops.logsumexp(z, axis=-1)),
        "softmax": numpy(keras.ops.softmax),
        "log_softmax": numpy(keras.ops.log_softmax),
        "sigmoid": numpy(keras.ops.sigmoid),
        "log_sigmoid": numpy(keras.ops.log_sigmoid),
        "binary_cross_entropy": numpy(binary),
        "categorical_cross_entropy": numpy(categorical),
        "sparse_categorical_cross_entropy": numpy(sparse),
    }


def torch() -> Functions:
    """Return those of PyTorch."""
    import torch

    loss = torch.nn.functional

    def numpy(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *arrays: function(*map(torch.from_numpy, arrays)).numpy()

    return {
        "logsumexp": numpy(lambda z: torch.logsumexp(z, -1)),
        "softmax": numpy(lambda z: torch.softmax(z, -1)),
        "log_softmax": numpy(lambda z: torch.log_softmax(z, -1)),
        "sigmoid": numpy(torch.sigmoid),
        "log_sigmoid": numpy(loss.logsigmoid),
        "binary_cross_entropy": numpy(
            lambda y, z: loss.binary_cross_entropy_with_logits(z, y, reduction="none")
        ),
        "categorical_cross_entropy": numpy(lambda y, z: loss.cross_entropy(z, y, reduction="none")),
        "sparse_categorical_cross_entropy": numpy(
            lambda y, z: loss.cross_entropy(z, y, reduction="none")
        ),
    }


def jax() -> Functions:
    """Return those of JAX, which has no losses."""
    import jax

    jax.config.update("jax_enable_x64", True)  # or float64 becomes float32

    def numpy(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda z: np.asarray(function(z))

    return {
        "logsumexp": numpy(lambda z: jax.nn.logsumexp(z, axis=-1)),
        "softmax": numpy(jax.nn.softmax),
        "log_softmax": numpy(jax.nn.log_softmax),
        "sigmoid": numpy(jax.nn.sigmoid),
        "log_sigmoid": numpy(jax.nn.log_sigmoid),
    }


LIBRARIES: dict[str, Callable[[], Functions]] = {
    "scipy": scipy,
    "sklearn": sklearn,
    "keras": keras,
    "torch": torch,
    "jax": jax,
}


def available() -> dict[str, Functions]:
    """Return the functions of the libraries that are installed."""
    return {name: load() for name, load in LIBRARIES.items() if find_spec(name)}
