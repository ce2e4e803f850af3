"""Fans, and the limits and spreads of the initializers."""

import importlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossary import initializers
from lossary.initializers import fans, glorot_uniform, zeros

SHAPES = [(), (7,), (4, 25), (3, 8, 16), (3, 3, 8, 16), (2, 2, 2, 4, 5)]
DRAWS = [
    f"{family}_{kind}" for family in ("glorot", "he", "lecun") for kind in ("uniform", "normal")
]
EACH_DRAW = pytest.mark.parametrize("name", DRAWS)


@pytest.fixture(scope="session")
def compute_fans(keras):
    """Keras's own count, which it does not make public."""
    return importlib.import_module("keras.src.initializers.random_initializers").compute_fans


def formula_for(name, shape):
    """Return the limit or the standard deviation that belongs to an initializer."""
    family, kind = name.split("_")
    function = getattr(initializers, f"{family}_{'limit' if kind == 'uniform' else 'stddev'}")
    return function(*fans(shape)[: 2 if family == "glorot" else 1])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_fans_agree_with_keras(shape, compute_fans):
    assert fans(shape) == compute_fans(shape)
    assert fans(list(shape)) == fans(shape)


@given(shape=st.lists(st.integers(1, 9), max_size=5).map(tuple))
def test_fans_of_any_shape_agree_with_keras(shape, compute_fans):
    assert fans(shape) == compute_fans(shape)


def test_fan_in_counts_the_inputs_of_one_output(tf):
    """One output of a convolution is a sum of fan_in products of ones."""
    outputs = tf.nn.conv2d(np.ones((1, 3, 3, 8)), np.ones((3, 3, 8, 16)), 1, "VALID")
    assert outputs.numpy().ravel()[0] == fans((3, 3, 8, 16))[0]


@EACH_DRAW
@pytest.mark.parametrize("shape", [(300,), (300, 200), (200, 300), (3, 3, 40, 60)], ids=str)
def test_draws_have_the_spread_of_keras(keras, name, shape):
    ours = getattr(initializers, name)(shape, np.random.default_rng(42))
    theirs = type(keras.initializers.get(name))(seed=1)(shape).numpy()
    assert ours.shape == shape
    assert ours.dtype == np.float64
    # The standard error of a standard deviation of n draws is below 1 / sqrt(n), relatively.
    tolerance = 5 / math.sqrt(ours.size)
    assert ours.std() == pytest.approx(theirs.std(), rel=2 * tolerance)
    assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=tolerance)
    assert ours.mean() == pytest.approx(0, abs=tolerance * ours.std())


@pytest.mark.parametrize("family", ["glorot", "he", "lecun"])
def test_a_uniform_draw_fills_its_limits_and_no_more(family):
    weights = getattr(initializers, f"{family}_uniform")((300, 200), np.random.default_rng(42))
    limit = formula_for(f"{family}_uniform", (300, 200))
    assert 0.999 * limit < np.abs(weights).max() <= limit
    quarters = np.histogram(weights, bins=4, range=(-limit, limit))[0] / weights.size
    np.testing.assert_allclose(quarters, 0.25, atol=0.01)


@pytest.mark.parametrize("family", ["glorot", "he", "lecun"])
def test_a_normal_draw_has_its_standard_deviation_and_is_cut_off(family):
    weights = getattr(initializers, f"{family}_normal")((400, 500), np.random.default_rng(42))
    stddev = formula_for(f"{family}_normal", (400, 500))
    assert weights.std() == pytest.approx(stddev, rel=0.006)
    widened = stddev / initializers._STDDEV_OF_TRUNCATED_NORMAL
    assert 1.99 * widened < np.abs(weights).max() <= 2 * widened
    # Within one widened standard deviation: erf(1 / sqrt 2) of the erf(2 / sqrt 2) that are left.
    share = math.erf(1 / math.sqrt(2)) / math.erf(2 / math.sqrt(2))
    assert (np.abs(weights) < widened).mean() == pytest.approx(share, abs=0.005)


def test_the_constant_is_the_standard_deviation_of_a_truncated_normal():
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    variance = 1 - 2 * 2 * density / math.erf(2 / math.sqrt(2))
    assert pytest.approx(math.sqrt(variance), rel=1e-14) == initializers._STDDEV_OF_TRUNCATED_NORMAL


@pytest.mark.parametrize("family", ["glorot", "he", "lecun"])
def test_limit_and_stddev_describe_the_same_variance(family):
    """A uniform distribution on -L..L has the variance L squared over 3."""
    limit, stddev = (formula_for(f"{family}_{kind}", (4, 25)) for kind in ("uniform", "normal"))
    assert limit**2 / 3 == pytest.approx(stddev**2)


@pytest.mark.parametrize(("name", "variance"), [("lecun_stddev", 1 / 50), ("he_stddev", 2 / 50)])
def test_a_layer_keeps_the_mean_square(name, variance):
    """LeCun: outputs vary as inputs do. He: so does their mean square after ReLU, times two."""
    assert getattr(initializers, name)(50) ** 2 == pytest.approx(variance)
    rng = np.random.default_rng(42)
    draw = getattr(initializers, name.replace("stddev", "normal"))
    outputs = rng.normal(size=(2000, 50)) @ draw((50, 400), rng)
    kept = outputs if name == "lecun_stddev" else np.maximum(outputs, 0)
    assert (kept**2).mean() == pytest.approx(1, rel=0.03)


def test_glorot_agrees_with_a_dense_layer(keras):
    layer = keras.layers.Dense(200)
    layer.build((None, 300))
    limit = initializers.glorot_limit(300, 200)
    assert np.abs(layer.get_weights()[0]).max() == pytest.approx(limit, rel=1e-3)
    np.testing.assert_array_equal(layer.get_weights()[1], zeros((200,)))


@EACH_DRAW
def test_one_seed_gives_one_draw(name):
    draw = getattr(initializers, name)
    first, again, other = (draw((4, 5), np.random.default_rng(seed)) for seed in (42, 42, 43))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


@EACH_DRAW
@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (1, 1, 1)], ids=str)
def test_smallest_shapes(name, shape):
    weights = getattr(initializers, name)(shape, np.random.default_rng(42))
    assert weights.shape == shape
    assert np.abs(weights) <= 2 * formula_for(name, shape) / 0.8796


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_zeros(shape):
    assert zeros(shape).shape == shape
    assert zeros(shape).dtype == np.float64
    assert not zeros(shape).any()


@pytest.mark.parametrize("function", ["fans", "zeros", *DRAWS])
@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [(25, TypeError, r"shape: expected a tuple such as \(4, 25\), got 25"),
     (None, TypeError, "shape: expected a tuple"),
     ("ab", TypeError, "shape: expected a tuple"),
     ((None, 4), TypeError, r"shape\[0\]: expected a whole number, got None"),
     ((4, 2.5), TypeError, r"shape\[1\]: expected a whole number, got 2.5"),
     ((4, 0), ValueError, r"shape\[1\]: expected at least 1, got 0"),
     ((-1, 4), ValueError, r"shape\[0\]: expected at least 1, got -1")],
)  # fmt: skip
def test_wrong_shapes(function, shape, error, message):
    more = [np.random.default_rng(42)] if function in DRAWS else []
    with pytest.raises(error, match=message):
        getattr(initializers, function)(shape, *more)


@EACH_DRAW
@pytest.mark.parametrize("rng", [None, 42, np.random])
def test_wrong_generators(name, rng):
    with pytest.raises(TypeError, match=r"rng: expected a numpy.random.Generator"):
        getattr(initializers, name)((4, 25), rng)


@pytest.mark.parametrize("what", ["limit", "stddev"])
@pytest.mark.parametrize(("fan", "error"), [(0, ValueError), (-3, ValueError), (2.5, TypeError)])
def test_wrong_fans(what, fan, error):
    with pytest.raises(error, match="fan_in: expected"):
        getattr(initializers, f"he_{what}")(fan)
    with pytest.raises(error, match="fan_in: expected"):
        getattr(initializers, f"lecun_{what}")(fan)
    with pytest.raises(error, match="fan_out: expected"):
        getattr(initializers, f"glorot_{what}")(4, fan)


def test_many_draws_average_to_the_closed_form_mean_square():
    rng = np.random.default_rng(42)
    mean_squares = [(glorot_uniform((6, 4), rng) ** 2).mean() for _ in range(2000)]
    assert np.mean(mean_squares) == pytest.approx(2 / (6 + 4), rel=0.01)
