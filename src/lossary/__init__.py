"""Losses, costs, layers and their gradients in NumPy, one plain function for each idea.

Each function is loaded from its module when it is first used. So what a page of the book has
loaded is what its cells depend on, and a changed module runs these pages anew and no others.
"""

import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for readers and type checkers; HOMES is the same for Python, and a test says so
    from lossary.activations import (
        linear,
        relu,
    )
    from lossary.batches import (
        batches,
        steps_per_epoch,
    )
    from lossary.cost import (
        class_weight_to_sample_weights,
        cost,
        l1_penalty,
        l2_penalty,
    )
    from lossary.dense import (
        DenseGradients,
        count_params,
        dense,
        dense_count_params,
        dense_gradients,
    )
    from lossary.descent import (
        AdamState,
        MomentumState,
        RMSpropState,
        adam,
        gradient_descent,
        momentum,
        rmsprop,
    )
    from lossary.fit import (
        Fit,
        fit,
    )
    from lossary.glossary import (
        Definition,
        define,
    )
    from lossary.initializers import (
        fans,
        glorot_limit,
        glorot_normal,
        glorot_stddev,
        glorot_uniform,
        he_limit,
        he_normal,
        he_stddev,
        he_uniform,
        lecun_limit,
        lecun_normal,
        lecun_stddev,
        lecun_uniform,
        zeros,
    )
    from lossary.losses import (
        absolute_error,
        binary_cross_entropy,
        binary_cross_entropy_gradient,
        categorical_cross_entropy,
        categorical_cross_entropy_gradient,
        kl_divergence,
        one_hot,
        smooth_labels,
        sparse_categorical_cross_entropy,
        squared_error,
        squared_error_gradient,
    )
    from lossary.metrics import (
        binary_accuracy,
        categorical_accuracy,
        sparse_categorical_accuracy,
    )
    from lossary.softmax import (
        log_sigmoid,
        log_softmax,
        logsumexp,
        sigmoid,
        softmax,
        softmax_jacobian,
    )

try:
    __version__ = version("lossary")
except PackageNotFoundError:  # a checkout that is not installed
    __version__ = "0+unknown"

# Which module each name comes from.
HOMES = {
    "activations": "linear relu",
    "batches": "batches steps_per_epoch",
    "cost": "class_weight_to_sample_weights cost l1_penalty l2_penalty",
    "dense": "DenseGradients count_params dense dense_count_params dense_gradients",
    "descent": "AdamState MomentumState RMSpropState adam gradient_descent momentum rmsprop",
    "fit": "Fit fit",
    "glossary": "Definition define",
    "initializers": (
        "fans glorot_limit glorot_normal glorot_stddev glorot_uniform he_limit he_normal "
        "he_stddev he_uniform lecun_limit lecun_normal lecun_stddev lecun_uniform zeros"
    ),
    "losses": (
        "absolute_error binary_cross_entropy binary_cross_entropy_gradient "
        "categorical_cross_entropy categorical_cross_entropy_gradient kl_divergence "
        "one_hot smooth_labels sparse_categorical_cross_entropy squared_error "
        "squared_error_gradient"
    ),
    "metrics": "binary_accuracy categorical_accuracy sparse_categorical_accuracy",
    "softmax": "log_sigmoid log_softmax logsumexp sigmoid softmax softmax_jacobian",
}

__all__ = [
    "AdamState",
    "Definition",
    "DenseGradients",
    "Fit",
    "MomentumState",
    "RMSpropState",
    "absolute_error",
    "adam",
    "batches",
    "binary_accuracy",
    "binary_cross_entropy",
    "binary_cross_entropy_gradient",
    "categorical_accuracy",
    "categorical_cross_entropy",
    "categorical_cross_entropy_gradient",
    "class_weight_to_sample_weights",
    "cost",
    "count_params",
    "define",
    "dense",
    "dense_count_params",
    "dense_gradients",
    "fans",
    "fit",
    "glorot_limit",
    "glorot_normal",
    "glorot_stddev",
    "glorot_uniform",
    "gradient_descent",
    "he_limit",
    "he_normal",
    "he_stddev",
    "he_uniform",
    "kl_divergence",
    "l1_penalty",
    "l2_penalty",
    "lecun_limit",
    "lecun_normal",
    "lecun_stddev",
    "lecun_uniform",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "logsumexp",
    "momentum",
    "one_hot",
    "relu",
    "rmsprop",
    "sigmoid",
    "smooth_labels",
    "softmax",
    "softmax_jacobian",
    "sparse_categorical_accuracy",
    "sparse_categorical_cross_entropy",
    "squared_error",
    "squared_error_gradient",
    "steps_per_epoch",
    "zeros",
]

_HOME = {name: module for module, names in HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"lossary.{_HOME[name]}"), name)
        globals()[name] = value  # so that Python asks only once
        return value
    if name in HOMES:  # a module without a function of its own name
        return import_module(f"lossary.{name}")
    raise AttributeError(f"module 'lossary' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *HOMES})


class _Package(ModuleType):
    """Python binds a module to its package when it is loaded. Here a function goes before it.

    ``lossary.softmax`` is the function, whoever has loaded the module of that name.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, ModuleType) and name in _HOME:
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
