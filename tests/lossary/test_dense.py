"""dense, dense_gradients, count_params, dense_count_params."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lossary.dense import count_params, dense, dense_count_params, dense_gradients

SHAPES = pytest.mark.parametrize("leading", [(1,), (7,), (2, 5), (2, 3, 4)])
NUMBERS = st.floats(-1e3, 1e3)


def layer_of(leading=(7,), d0=4, units=3, dtype="float64"):
    """Return random inputs, kernel and bias."""
    rng = np.random.default_rng(42)
    shapes = ((*leading, d0), (d0, units), (units,))
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


@SHAPES
def test_agrees_with_keras(keras, leading, dtype, assert_close):
    x, w, b = layer_of(leading, dtype=dtype)
    layer = keras.layers.Dense(3, activation="relu", dtype=np.dtype(dtype).name)
    layer.build(x.shape)
    layer.set_weights([w, b])
    assert_close(dense(x, w, b, lambda z: np.maximum(z, 0)), layer(x).numpy())


@SHAPES
def test_gradients_agree_with_tensorflow(tf, leading, dtype, assert_close):
    x, w, b = layer_of(leading, dtype=dtype)
    upstream = np.random.default_rng(1).normal(size=(*leading, 3)).astype(dtype)
    variables = [tf.Variable(value) for value in (x, w, b)]
    with tf.GradientTape() as tape:
        outputs = tf.tensordot(variables[0], variables[1], 1) + variables[2]
        total = tf.reduce_sum(outputs * upstream)
    gradients = dense_gradients(x, w, upstream)
    for ours, theirs in zip(gradients, tape.gradient(total, variables), strict=True):
        assert_close(ours, theirs.numpy())


@pytest.mark.parametrize("which", range(3), ids=["inputs", "kernel", "bias"])
def test_gradients_are_finite_differences(which, finite_difference):
    weights = layer_of((2, 5))
    upstream = np.random.default_rng(1).normal(size=(2, 5, 3))

    def total(value):
        return (dense(*weights[:which], value, *weights[which + 1 :]) * upstream).sum()

    gradient = dense_gradients(weights[0], weights[1], upstream)[which]
    numeric = finite_difference(total, weights[which])
    np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-8)


@given(arrays(float, (3, 4), elements=NUMBERS), arrays(float, (4, 2), elements=NUMBERS))
def test_each_output_is_a_sum_of_products(x, w):
    expected = [[math.fsum(row * column) for column in w.T] for row in x]
    np.testing.assert_allclose(dense(x, w), expected, rtol=1e-9, atol=1e-6)


@given(arrays(float, (4, 3), elements=NUMBERS))
def test_examples_do_not_see_each_other(x):
    _, w, b = layer_of(d0=3)
    np.testing.assert_allclose(dense(x, w, b), [dense(row, w, b) for row in x], atol=1e-9)


def test_of_one_example_without_batch_axis():
    assert dense([1.0, 2.0], [[3.0], [4.0]], [5.0]).tolist() == [16.0]


def test_no_bias_is_a_bias_of_zeros():
    x, w, b = layer_of()
    np.testing.assert_array_equal(dense(x, w), dense(x, w, np.zeros_like(b)))


def test_a_batch_of_no_examples():
    x, w, b = layer_of((0,))
    assert dense(x, w, b).shape == (0, 3)
    gradients = dense_gradients(x, w, np.zeros((0, 3)))
    assert [g.shape for g in gradients] == [(0, 4), (4, 3), (3,)]
    assert not gradients.kernel.any()
    assert not gradients.bias.any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_stay_in_their_row(bad):
    x, w, b = layer_of((3,))
    expected = dense(x, w, b)
    x[1, 2] = bad
    outputs = dense(x, w, b)
    assert not np.isfinite(outputs[1]).any()
    np.testing.assert_array_equal(outputs[[0, 2]], expected[[0, 2]])


def test_overflow_is_infinite_without_a_warning():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert dense([[1e200]], [[1e200]]).tolist() == [[np.inf]]
        assert np.isnan(dense([[np.inf, np.inf]], [[1.0], [-1.0]])).all()
        assert dense_gradients([[1e200]], [[1e200]], [[1e200]]).kernel.tolist() == [[np.inf]]
        gradients = dense_gradients([[np.inf], [np.inf]], [[1.0]], [[1.0], [-1.0]])
        assert np.isnan(gradients.kernel).all()


@pytest.mark.parametrize(
    ("inputs", "kernel", "expected"),
    [("int64", "int64", "float64"), ("float16", "float16", "float32"), ("bool", "bool", "float64"),
     ("float32", "float64", "float64"), ("int64", "float32", "float64")],
)  # fmt: skip
def test_dtypes(inputs, kernel, expected):
    x, w = np.ones((2, 4), inputs), np.ones((4, 3), kernel)
    assert dense(x, w).dtype == expected
    assert dense_gradients(x, w, np.ones((2, 3), kernel)).kernel.dtype == expected


def test_a_bias_of_more_digits_keeps_them():
    outputs = dense(np.ones((1, 2), np.float32), np.ones((2, 1), np.float32), [1e-9])
    assert outputs.dtype == np.float64
    assert outputs.tolist() == [[2 + 1e-9]]


def test_arguments_are_unchanged():
    weights = layer_of()
    before = [array.copy() for array in weights]
    dense(*weights)
    dense_gradients(weights[0], weights[1], np.ones((7, 3)))
    for array, copy in zip(weights, before, strict=True):
        np.testing.assert_array_equal(array, copy)


X, W = np.ones((2, 4)), np.ones((4, 3))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            (X, W.T),
            ValueError,
            r"inputs: expected a last axis of 3, .*\(3, 4\), got shape \(2, 4\)",
        ),
        ((X, W[0]), ValueError, r"kernel: expected shape \(d0, units\), got \(3,\)"),
        ((X, W[:, :0]), ValueError, r"kernel: expected at least one element, got shape \(4, 0\)"),
        ((X[:, :0], W[:0]), ValueError, r"kernel: expected at least one element"),
        ((1.0, W), ValueError, r"inputs: expected at least 1 axis, got shape \(\)"),
        ((X, W, np.ones((3, 1))), ValueError, r"bias: expected shape \(3,\), got \(3, 1\)"),
        ((X, W, 1.0), ValueError, r"bias: expected shape \(3,\), got \(\)"),
        ((X, W, None, "relu"), TypeError, r"activation: expected a function .*got 'relu'"),
        ((X, W, None, np.sum), ValueError, r"activation\(outputs\): .*\(2, 3\), got \(\)"),
    ],
)
def test_errors(arguments, error, message):
    with pytest.raises(error, match=message):
        dense(*arguments)


@pytest.mark.parametrize("name", ["inputs", "kernel", "bias", "upstream"])
def test_what_is_not_numbers_is_refused(name, not_numbers):
    value, error, message = not_numbers
    if name == "bias" and value is None:
        pytest.skip("None is the default: no bias")
    arguments = {"inputs": X, "kernel": W, name: value}
    with pytest.raises(error, match=rf"^{name}: expected .*{message}.*, got "):
        (dense_gradients if name == "upstream" else dense)(**arguments)


@pytest.mark.parametrize("shape", [(2,), (2, 1), (3, 2), (3,), (1, 3)])
def test_upstream_has_the_shape_of_the_outputs(shape):
    with pytest.raises(ValueError, match=r"upstream: expected shape \(2, 3\), got"):
        dense_gradients(X, W, np.ones(shape))


@given(st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_parameters_are_the_sizes_of_the_arrays(d0, units, use_bias):
    kept = [np.zeros((d0, units)), np.zeros(units)][: 1 + use_bias]
    assert dense_count_params(d0, units, use_bias) == count_params(kept)


def test_parameter_counts_agree_with_keras(keras):
    model = keras.Sequential([keras.layers.Dense(25), keras.layers.Dense(1)])
    assert count_params(model.get_weights()) == 0  # not built
    model.build((None, 4))
    assert count_params(model.get_weights()) == count_params(model.weights) == 151
    assert model.count_params() == dense_count_params(4, 25) + dense_count_params(25, 1) == 151


def test_count_params_takes_any_iterable_of_numbers():
    assert count_params(iter([np.zeros((2, 3)), [1, 2], 5.0])) == 9
    assert count_params(np.zeros((4, 25))) == 100
    assert count_params(np.zeros(3)) == 3


@pytest.mark.parametrize(
    ("weights", "message"),
    [(5, "weights: expected a list of arrays, got int"),
     (None, "weights: expected a list of arrays, got NoneType"),
     (np.array(5.0), "weights: expected a list of arrays, got ndarray"),
     (["kernel"], r"weights\[0\]: expected real numbers, got str"),
     ([np.zeros(2), None], r"weights\[1\]: expected real numbers, got NoneType")],
)  # fmt: skip
def test_count_params_errors(weights, message):
    with pytest.raises(TypeError, match=message):
        count_params(weights)


@pytest.mark.parametrize(
    ("d0", "units", "error"),
    [(0, 1, ValueError), (1, -1, ValueError), (1.5, 1, TypeError), (None, 1, TypeError),
     (True, 1, TypeError)],
)  # fmt: skip
def test_dense_count_params_errors(d0, units, error):
    with pytest.raises(error, match="expected"):
        dense_count_params(d0, units)
