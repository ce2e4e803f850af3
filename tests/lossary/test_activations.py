"""linear and relu."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lossary import linear, relu

NUMBERS = arrays(np.float64, array_shapes(min_side=0), elements=st.floats(allow_nan=False))


@given(NUMBERS)
def test_linear_changes_nothing(x):
    np.testing.assert_array_equal(linear(x), x)


@given(NUMBERS)
def test_positive_and_negative_part_make_the_whole(x):
    np.testing.assert_array_equal(relu(x) - relu(-x), x)


@given(NUMBERS)
def test_relu_of_relu_is_relu(x):
    np.testing.assert_array_equal(relu(relu(x)), relu(x))


@pytest.mark.parametrize(
    ("x", "expected"), [(-np.inf, 0), (np.inf, np.inf), (-5e-324, 0), (0, 0), (np.nan, np.nan)]
)
def test_relu_of_edge_values(x, expected):
    np.testing.assert_array_equal(relu([x]), [expected])


@pytest.mark.parametrize("function", [linear, relu])
def test_agrees_with_keras(function, rng, dtype, keras, assert_close):
    x = rng.normal(size=(3, 4)).astype(dtype)
    assert_close(function(x), getattr(keras.activations, function.__name__)(x))


def test_slope_of_relu_is_a_finite_difference(finite_difference):
    x = np.array([-2.0, -0.5, 0.5, 2.0])
    np.testing.assert_allclose(finite_difference(lambda x: relu(x).sum(), x), x > 0, atol=1e-9)
