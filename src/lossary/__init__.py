"""Losses, costs, layers and their gradients in NumPy, one plain function for each idea."""

from importlib.metadata import PackageNotFoundError, version

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
from lossary.glossary import Definition, define
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
