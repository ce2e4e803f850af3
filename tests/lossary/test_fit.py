"""fit: the loop over epochs, batches and steps."""

import math
from functools import partial

import numpy as np
import pytest

from lossary.batches import steps_per_epoch
from lossary.descent import adam, gradient_descent, momentum, rmsprop
from lossary.fit import fit

SPARSE = "sparse_categorical_cross_entropy"
PAIRS = {
    "SGD": (partial(gradient_descent, learning_rate=0.1), {"learning_rate": 0.1}),
    "momentum": (
        partial(momentum, learning_rate=0.05, nesterov=True),
        {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
    ),
    "RMSprop": (rmsprop, {}),
    "Adam": (partial(adam, learning_rate=0.02), {"learning_rate": 0.02}),
}


def problem(loss, m=50, d0=4, units=3, dtype="float64"):
    """Return inputs, targets, kernel and bias."""
    rng = np.random.default_rng(42)
    x = rng.normal(size=(m, d0)).astype(dtype)
    w, b = rng.normal(size=(d0, units)).astype(dtype), rng.normal(size=units).astype(dtype)
    if loss == SPARSE:
        return x, rng.integers(units, size=m), w, b
    return x, rng.normal(size=(m, units)).astype(dtype), w, b


@pytest.fixture(scope="session")
def keras_fit(keras):
    """Return a function that gives the kernel, bias and losses of Keras's model.fit."""

    def run(loss, optimizer, x, y, w, b, **options):
        layer = keras.layers.Dense(w.shape[1], dtype=w.dtype.name)
        model = keras.Sequential([layer])
        model.build(x.shape)
        layer.set_weights([w, b])
        cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer, cross_entropy if loss == SPARSE else "mse")
        history = model.fit(x, y, shuffle=False, verbose=0, **options).history
        return *layer.get_weights(), history["loss"]

    return run


def assert_same_training(ours, theirs, tolerance=2e-5):
    for value, expected in zip((ours.kernel, ours.bias, ours.history["loss"]), theirs, strict=True):
        np.testing.assert_allclose(value, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("loss", ["squared_error", SPARSE])
def test_agrees_with_keras(keras, keras_fit, loss, name, dtype):
    """50 examples in batches of 16: the last batch of each epoch has 2."""
    ours, theirs = PAIRS[name]
    optimizer = getattr(keras.optimizers, "SGD" if name == "momentum" else name)(**theirs)
    data = problem(loss, dtype=dtype)
    options = {"epochs": 4, "batch_size": 16}
    result = fit(*data, loss=loss, optimizer=ours, shuffle=False, **options)
    assert result.kernel.dtype == result.bias.dtype == dtype
    assert_same_training(result, keras_fit(loss, optimizer, *data, **options))


@pytest.mark.parametrize("batch_size", [1, 7, 50, 64])
def test_batch_sizes_agree_with_keras(keras_fit, batch_size):
    data = problem("squared_error")
    options = {"epochs": 2, "batch_size": batch_size}
    result = fit(*data, shuffle=False, **options)
    assert_same_training(result, keras_fit("squared_error", "sgd", *data, **options))


def test_one_unit_agrees_with_keras_and_the_defaults_are_the_same(keras_fit):
    data = problem("squared_error", units=1)
    assert_same_training(fit(*data, shuffle=False), keras_fit("squared_error", "sgd", *data))


def test_finds_the_least_squares_solution():
    x, y, w, b = problem("squared_error")
    rate = partial(gradient_descent, learning_rate=0.3)
    result = fit(x, y, w, b, epochs=2000, batch_size=50, optimizer=rate)
    best, residual, *_ = np.linalg.lstsq(np.c_[x, np.ones(50)], y, rcond=None)
    np.testing.assert_allclose(np.vstack([result.kernel, result.bias]), best, atol=1e-9)
    assert result.history["loss"][-1] == pytest.approx(residual.sum() / y.size)


def test_the_softmax_optimum_predicts_the_share_of_each_class():
    """Where the bias's gradient is 0, the mean probability of a class is its share."""
    x, y, w, b = problem(SPARSE)
    rate = partial(gradient_descent, learning_rate=0.5)
    result = fit(x, y, w, b, loss=SPARSE, epochs=1500, batch_size=50, optimizer=rate)
    exponentials = np.exp(x @ result.kernel + result.bias)
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities.mean(axis=0), np.bincount(y) / 50, atol=1e-6)


@pytest.mark.parametrize("loss", ["squared_error", SPARSE])
def test_one_step_follows_the_slope_of_the_cost(loss):
    """The change of each weight is the finite difference of the history's number."""
    x, y, w, b = problem(loss, m=5)
    step = partial(gradient_descent, learning_rate=1)
    result = fit(x, y, w, b, loss=loss, optimizer=step)
    for place in np.ndindex(w.shape):
        move = np.zeros_like(w)
        move[place] = 1e-6
        up, down = (fit(x, y, w + s * move, b, loss=loss).history["loss"][0] for s in (1, -1))
        assert w[place] - result.kernel[place] == pytest.approx((up - down) / 2e-6, abs=1e-7)


def test_the_history_is_the_loss_before_each_step():
    """x = 1, y = 2, one weight from 0, rate 0.25: errors 2, 1, 0.5, 0.25 in four steps."""
    step = partial(gradient_descent, learning_rate=0.125)
    ones = np.ones((2, 1))
    result = fit(ones, 2 * ones, [[0.0]], [0.0], epochs=2, batch_size=1, optimizer=step)
    assert result.history["loss"] == [(4 + 1) / 2, (0.25 + 0.0625) / 2]
    assert result.kernel.tolist() == [[0.9375]]


def test_the_short_batch_counts_by_its_examples():
    """Losses 1, 1 and 4 with a step that does not move: the mean over examples is 2, not 2.5."""
    result = fit(
        np.ones((3, 1)), [[1.0], [1.0], [2.0]], [[0.0]], [0.0],
        batch_size=2, shuffle=False, optimizer=lambda weights, gradient, state: (weights, state),
    )  # fmt: skip
    assert result.history["loss"] == [2.0]


@pytest.mark.parametrize("batch_size", [1, 7, 50, 64])
def test_the_optimizer_is_called_once_a_step_for_kernel_and_bias(batch_size):
    shapes = []

    def counting(weights, gradient, state):
        shapes.append(gradient.shape)
        return gradient_descent(weights, gradient, state)

    fit(*problem("squared_error"), epochs=3, batch_size=batch_size, optimizer=counting)
    assert shapes == [(4, 3), (3,)] * (3 * steps_per_epoch(50, batch_size))


@pytest.mark.parametrize("optimizer", [momentum, rmsprop, adam])
def test_the_optimizer_gets_the_state_that_it_gave(optimizer):
    given, came = [], [None, None]

    def watched(weights, gradient, state):
        given.append(state)
        result = optimizer(weights, gradient, state)
        came.append(result[1])
        return result

    fit(*problem("squared_error"), optimizer=watched, epochs=2)
    assert all(a is b for a, b in zip(given, came, strict=False))
    assert len(given) > 4


@pytest.mark.parametrize("result", [lambda w: [w, None], lambda w: (w, None, None), lambda w: w])
def test_an_optimizer_returns_weights_and_state(result):
    with pytest.raises(TypeError, match=r"^optimizer: expected a function that returns \(new_w"):
        fit(*problem("squared_error"), optimizer=lambda weights, *_: result(weights))


@pytest.mark.parametrize("loss", ["squared_error", SPARSE])
def test_training_keeps_the_dtype(loss, dtype):
    trained = fit(*problem(loss, dtype=dtype), loss=loss, epochs=2)
    assert trained.kernel.dtype == trained.bias.dtype == dtype


def test_one_seed_gives_one_training():
    data = problem("squared_error")
    first, again, other = (
        fit(*data, epochs=2, rng=np.random.default_rng(seed)) for seed in (42, 42, 43)
    )
    np.testing.assert_array_equal(first.kernel, again.kernel)
    assert first.history == again.history
    assert first.history != other.history


def test_a_full_batch_makes_the_order_indifferent():
    data = problem("squared_error")
    one, two = (fit(*data, epochs=3, batch_size=50, shuffle=flag) for flag in (True, False))
    np.testing.assert_allclose(one.kernel, two.kernel, rtol=1e-12)


@pytest.mark.parametrize("loss", ["squared_error", SPARSE])
@pytest.mark.parametrize("scale", [1e6, 1e200])
def test_divergence_shows_in_the_history_without_a_warning(loss, scale):
    x, y, w, b = problem(loss)
    step = partial(gradient_descent, learning_rate=scale)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        result = fit(x * scale, y, w, b, loss=loss, epochs=60, optimizer=step)
    assert len(result.history["loss"]) == 60
    if loss == "squared_error" or scale == 1e200:
        assert not math.isfinite(result.history["loss"][-1])
        assert not np.isfinite(result.kernel).all()


def test_divergence_of_an_optimizer_of_ones_own_does_not_warn_either():
    def leap(weights, gradient, state):
        return weights - 1e200 * gradient, state

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        result = fit(*problem("squared_error"), epochs=9, optimizer=leap)
    assert np.isnan(result.history["loss"][-1])


def test_an_optimizer_of_ones_own_may_give_nan():
    def undefined(weights, gradient, state):
        return weights + np.inf - np.full(weights.shape, np.inf), state

    with np.errstate(over="raise", invalid="raise", divide="raise"):
        result = fit(*problem("squared_error"), optimizer=undefined)
    assert np.isnan(result.kernel).all()


def test_without_a_batch_size_a_batch_is_of_32():
    examples = problem("squared_error", m=33)
    kernels = [
        fit(*examples, shuffle=False, **given).kernel
        for given in ({}, {"batch_size": 32}, {"batch_size": 33})
    ]
    np.testing.assert_array_equal(kernels[0], kernels[1])
    assert (kernels[0] != kernels[2]).all()


def test_losses_of_float32_are_added_up_as_float64():
    x = np.array([[4096], [1]], np.float32)
    result = fit(x, x, np.zeros((1, 1), np.float32), np.zeros(1, np.float32))
    assert result.history["loss"] == [(2**24 + 1) / 2]


def test_a_sum_of_losses_beyond_the_largest_float_is_infinite():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        result = fit(np.ones((2, 1)), np.full((2, 1), 1.2e154), [[0.0]], [0.0])
    assert result.history["loss"] == [np.inf]


def test_divergence_agrees_with_keras(keras, keras_fit):
    """Both pass the greatest float32 in the same epoch."""
    x, y, w, b = problem("squared_error", dtype="float32")
    options = {"epochs": 12, "batch_size": 50}
    step = partial(gradient_descent, learning_rate=1000.0)
    ours = fit(x, y, w, b, optimizer=step, **options).history["loss"]
    rate = keras.optimizers.SGD(1000.0)
    theirs = keras_fit("squared_error", rate, x, y, w, b, **options)[-1]
    assert not np.isfinite(ours[-1])
    assert np.isfinite(ours).tolist() == np.isfinite(theirs).tolist()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("loss", ["squared_error", SPARSE])
def test_one_bad_input_makes_the_history_bad(loss, bad):
    x, y, w, b = problem(loss)
    x[3, 1] = bad
    result = fit(x, y, w, b, loss=loss, epochs=2)
    assert not np.isfinite(result.history["loss"]).any()
    assert not np.isfinite(result.kernel).all()


@pytest.mark.parametrize(
    ("inputs", "targets", "weights", "expected"),
    [("float32", "float64", "float32", "float64"), ("float16", "float16", "float16", "float32"),
     ("int64", "float32", "float32", "float64"), ("float32", "int64", "float32", "float64")],
)  # fmt: skip
def test_dtypes(inputs, targets, weights, expected):
    x, y, w, b = problem("squared_error")
    result = fit(x.astype(inputs), y.astype(targets), w.astype(weights), b.astype(weights))
    assert result.kernel.dtype == result.bias.dtype == expected


def test_class_indices_may_be_floats():
    x, y, w, b = problem(SPARSE)
    options = {"loss": SPARSE, "shuffle": False}
    whole, floats = (fit(x, targets, w, b, **options) for targets in (y, y.astype("float32")))
    np.testing.assert_array_equal(whole.kernel, floats.kernel)


@pytest.mark.parametrize("loss", ["squared_error", SPARSE])
def test_arguments_are_unchanged(loss):
    data = problem(loss)
    before = [array.copy() for array in data]
    result = fit(*data, loss=loss, epochs=2, optimizer=adam)
    assert (result.kernel != data[2]).all()
    for array, copy in zip(data, before, strict=True):
        np.testing.assert_array_equal(array, copy)


X, Y, W, B = problem("squared_error")
NAMES = ("inputs", "targets", "kernel", "bias")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"inputs": X[0]}, ValueError, r"inputs: expected shape \(m, d0\), got \(4,\)"),
        ({"inputs": X[:0]}, ValueError, r"inputs: expected at least one element"),
        ({"kernel": W.T}, ValueError, r"kernel: expected shape \(4, units\), got \(3, 4\)"),
        ({"kernel": W[:, :0]}, ValueError, r"kernel: expected at least one element"),
        ({"bias": B[:2]}, ValueError, r"bias: expected shape \(3,\), got \(2,\)"),
        ({"targets": Y[:, 0]}, ValueError, r"targets: expected shape \(50, 3\), got \(50,\)"),
        ({"targets": Y[:9]}, ValueError, r"targets: expected shape \(50, 3\), got \(9, 3\)"),
        ({"loss": SPARSE}, ValueError, r"targets: expected whole numbers"),
        (
            {"loss": SPARSE, "targets": np.full(50, 3)},
            ValueError,
            r"targets: expected class indices in 0..2, got 3 \(50 of 50",
        ),
        (
            {"loss": SPARSE, "targets": np.zeros((50, 1))},
            ValueError,
            r"targets: expected shape \(50,\), got \(50, 1\)",
        ),
        ({"loss": "mse"}, ValueError, "loss: expected one of 'squared_error', .*got 'mse'"),
        ({"epochs": 0}, ValueError, "epochs: expected at least 1"),
        ({"epochs": 1.5}, TypeError, "epochs: expected a whole number"),
        ({"batch_size": 0}, ValueError, "batch_size: expected at least 1"),
        ({"batch_size": None}, TypeError, "batch_size: expected a whole number"),
        ({"rng": 42}, TypeError, "rng: expected a numpy.random.Generator"),
        ({"optimizer": "adam"}, TypeError, "optimizer: expected a function .*got 'adam'"),
    ],
)
def test_errors(changes, error, message):
    arguments = dict(zip(NAMES, (X, Y, W, B), strict=True)) | changes
    with pytest.raises(error, match=message):
        fit(**arguments)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("loss", ["squared_error", SPARSE])
def test_what_is_not_numbers_is_refused(loss, name, not_numbers):
    value, error, message = not_numbers
    arguments = dict(zip(NAMES, problem(loss), strict=True)) | {name: value}
    with pytest.raises(error, match=rf"^{name}: expected .*{message}.*, got "):
        fit(**arguments, loss=loss)
