"""The steps of gradient descent, momentum, RMSprop and Adam."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossary.descent import adam, gradient_descent, momentum, rmsprop

OURS_AND_KERAS = {
    "gradient_descent": (gradient_descent, "SGD", {}),
    "momentum": (momentum, "SGD", {"momentum": 0.9}),
    "nesterov": (momentum, "SGD", {"momentum": 0.8, "nesterov": True}),
    "rmsprop": (rmsprop, "RMSprop", {}),
    "rmsprop with momentum": (rmsprop, "RMSprop", {"momentum": 0.5, "rho": 0.8}),
    "rmsprop centered": (rmsprop, "RMSprop", {"centered": True, "momentum": 0.5}),
    "adam": (adam, "Adam", {}),
    "adam with options": (adam, "Adam", {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
}
EACH = pytest.mark.parametrize("step", [gradient_descent, momentum, rmsprop, adam])
WITH_STATE = pytest.mark.parametrize("step", [momentum, rmsprop, adam])


def run(step, weights, gradients):
    """Return the weights after each of the steps."""
    state, path = None, []
    for gradient in gradients:
        weights, state = step(weights, gradient, state)
        path.append(weights)
    return np.array(path)


def as_keras_rounds(step, options, steps):
    """Return the options of each step, with what Keras keeps as float32 rounded to it.

    That is the learning rate, SGD's momentum, and the betas in Adam's correction; the betas in
    Adam's means are not rounded, so the ratio of the two corrections goes into the learning rate.
    """
    single = {name: float(np.float32(value)) for name, value in options.items()}
    options = options | {"learning_rate": single["learning_rate"]}
    if step is momentum:
        options |= {"momentum": single["momentum"]}
    correction = [
        np.sqrt(1 - o["beta_2"] ** t) / (1 - o["beta_1"] ** t) if step is adam else 1.0
        for t in range(1, steps + 1)
        for o in (single, options)
    ]
    ratios = np.divide(correction[::2], correction[1::2])
    return [options | {"learning_rate": options["learning_rate"] * ratio} for ratio in ratios]


@pytest.mark.parametrize("rate", [0.001, 0.3])
@pytest.mark.parametrize("name", OURS_AND_KERAS)
def test_twenty_steps_agree_with_keras(keras, name, rate, dtype):
    step, keras_class, options = OURS_AND_KERAS[name]
    rng = np.random.default_rng(42)
    start = rng.normal(size=(3, 2)).astype(dtype)
    gradients = (rng.normal(size=(20, 3, 2)) * [1e-4, 1e2]).astype(dtype)
    variable = keras.Variable(start, dtype=np.dtype(dtype).name)
    optimizer = getattr(keras.optimizers, keras_class)(learning_rate=rate, **options)
    weights, state = start, None
    tolerance = 1e-12 if dtype == np.float64 else 2e-6
    rounded = as_keras_rounds(step, step.__kwdefaults__ | options | {"learning_rate": rate}, 20)
    for gradient, options_now in zip(gradients, rounded, strict=True):
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
        weights, state = step(weights, gradient, state, **options_now)
        assert weights.dtype == dtype
        np.testing.assert_allclose(weights, variable.numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "rmsprop", "adam"])
def test_defaults_are_those_of_keras(keras, name):
    step, keras_class, options = OURS_AND_KERAS[name]
    config = getattr(keras.optimizers, keras_class)(**options).get_config()
    ours = step.__kwdefaults__
    assert ours == pytest.approx({option: config[option] for option in ours})


def test_the_first_step_of_adam_is_the_learning_rate(keras):
    """Keras rounds 0.999 to float32, and 1 - 0.999 keeps the error."""
    variable = keras.Variable([0.0], dtype="float64")
    keras.optimizers.Adam(1.0, epsilon=1e-20).apply([keras.ops.ones(1, "float64")], [variable])
    assert variable.numpy()[0] == pytest.approx(-0.9999933, abs=2e-7)
    weights, _ = adam([0.0], [1.0], learning_rate=1.0, epsilon=1e-20)
    assert weights[0] == pytest.approx(-1, abs=1e-15)


def test_gradient_descent_on_a_parabola_shrinks_by_one_factor():
    """J = c w² / 2 has the gradient c w, so w after t steps is (1 - rate c)^t times the start."""
    weights = np.array([5.0])
    for _ in range(30):
        weights, _ = gradient_descent(weights, 4 * weights, learning_rate=0.1)
    assert weights == pytest.approx(5 * (1 - 0.1 * 4) ** 30)


@pytest.mark.parametrize("rate", [0.4, 0.6])
def test_gradient_descent_diverges_beyond_two_over_the_curvature(rate):
    weights = np.array([1.0])
    for _ in range(50):
        weights, _ = gradient_descent(weights, 4 * weights, learning_rate=rate)
    assert (abs(weights[0]) < 1) == (rate < 2 / 4)


def test_momentum_by_hand():
    """With rate 1 and momentum 0.5: v = -2, -1 + 4 = 3, 1.5 + 0 = 1.5."""
    step = partial(momentum, learning_rate=1, momentum=0.5)
    assert run(step, [10.0], [[2.0], [-4.0], [0.0]]).ravel().tolist() == [8, 11, 12.5]


def test_nesterov_by_hand():
    """The same v; the weights move by 0.5 v - g: -1 - 2, 1.5 + 4, 0.75."""
    step = partial(momentum, learning_rate=1, momentum=0.5, nesterov=True)
    assert run(step, [10.0], [[2.0], [-4.0], [0.0]]).ravel().tolist() == [7, 12.5, 13.25]


@given(st.floats(-100, 100), st.floats(0, 0.99), st.integers(1, 12))
def test_momentum_of_a_constant_gradient_is_a_geometric_series(g, beta, steps):
    path = run(partial(momentum, learning_rate=1, momentum=beta), [0.0], [[g]] * steps)
    moved = -g * sum((1 - beta**t) / (1 - beta) for t in range(1, steps + 1))
    assert path[-1, 0] == pytest.approx(moved, rel=1e-9, abs=1e-12)


@given(st.floats(0.01, 100), st.floats(0, 0.99), st.integers(1, 12))
def test_rmsprop_of_a_constant_gradient(g, rho, steps):
    """The mean square is g² (1 - rho^t)."""
    path = run(partial(rmsprop, learning_rate=1, rho=rho, epsilon=1e-30), [0.0], [[g]] * steps)
    moved = -sum(1 / np.sqrt(1 - rho**t) for t in range(1, steps + 1))
    assert path[-1, 0] == pytest.approx(moved)


@given(st.floats(0.01, 100), st.integers(1, 12))
def test_centered_rmsprop_of_a_constant_gradient(g, steps):
    """The variance is g² (p - p²) with p = 1 - rho^t."""
    step = partial(rmsprop, learning_rate=1, epsilon=1e-30, centered=True)
    p = 1 - 0.9 ** np.arange(1, steps + 1)
    moved = -(1 / np.sqrt(p - p**2)).sum()
    assert run(step, [0.0], [[g]] * steps)[-1, 0] == pytest.approx(moved)


@given(st.floats(1e-3, 1e3), st.sampled_from([-1, 1]), st.integers(1, 12))
def test_adam_of_a_constant_gradient_steps_by_the_learning_rate(g, sign, steps):
    path = run(partial(adam, learning_rate=0.5, epsilon=1e-20), [0.0], [[sign * g]] * steps)
    assert path[-1, 0] == pytest.approx(-sign * 0.5 * steps)


@given(st.floats(1e-3, 1e3))
def test_adam_and_rmsprop_ignore_the_scale_of_the_gradient(scale):
    gradients = np.random.default_rng(42).normal(size=(5, 3))
    for step in (partial(adam, epsilon=1e-30), partial(rmsprop, epsilon=1e-30)):
        np.testing.assert_allclose(
            run(step, np.zeros(3), gradients * scale), run(step, np.zeros(3), gradients), rtol=1e-9
        )


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_zero_is_gradient_descent(nesterov):
    gradients = np.random.default_rng(42).normal(size=(5, 3))
    plain = run(gradient_descent, np.ones(3), gradients)
    step = partial(momentum, momentum=0, nesterov=nesterov)
    np.testing.assert_array_equal(run(step, np.ones(3), gradients), plain)


def test_centered_rmsprop_stays_finite_where_keras_gives_nan(keras):
    """Rounding leaves the mean square below the squared mean; Keras takes the root all the same."""
    gradient = np.full(1000, 1e3, "float32") + np.arange(1000, dtype="float32")
    variable = keras.Variable(np.zeros(1000), dtype="float32")
    optimizer = keras.optimizers.RMSprop(centered=True)
    for _ in range(300):
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
    assert np.isnan(variable.numpy()).any()
    weights = run(partial(rmsprop, centered=True), np.zeros(1000, "float32"), [gradient] * 300)
    assert np.isfinite(weights).all()


@EACH
def test_a_gradient_of_zero_moves_nothing(step):
    assert run(step, [1.0, -2.0], np.zeros((3, 2))).tolist() == [[1, -2]] * 3


@EACH
def test_a_minimum_is_found(step):
    weights, state = np.array([3.0, -2.0]), None
    for _ in range(2000):
        weights, state = step(weights, 2 * (weights - [1, 2]), state, learning_rate=0.01)
    np.testing.assert_allclose(weights, [1, 2], atol=0.02)


@EACH
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_shows_in_its_weight_alone(step, bad):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        path = run(step, [1.0, 1.0], [[bad, 1.0], [1.0, 1.0]])
    assert not np.isfinite(path[:, 0]).any()
    assert np.isfinite(path[:, 1]).all()


@EACH
def test_a_gradient_whose_square_overflows_does_not_warn(step):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert not np.isnan(run(step, [0.0], [[1e300]] * 3)).any()


@EACH
def test_weights_that_overflow_or_cancel_do_not_warn(step):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert step([0.0], [-1e308], learning_rate=1e3)[0].dtype == np.float64
        assert np.isinf(step([-np.inf], [1.0], learning_rate=1e308)[0]).all()
        for weight, gradient in ((np.inf, np.inf), (-np.inf, -np.inf)):
            assert not np.isfinite(step([weight], [gradient])[0]).any()


@pytest.mark.parametrize("step", [rmsprop, adam])
def test_a_division_by_nothing_is_infinite_and_does_not_warn(step):
    # In float32 this gradient has the square 0, and so small an epsilon is 0.
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        (weight,), _ = step(np.float32([0.0]), np.float32([1e-30]), epsilon=1e-50)
    assert weight == -np.inf


def test_centered_rmsprop_remembers_the_mean_of_the_gradients():
    _, state = rmsprop([0.0], [2.0], centered=True)
    _, state = rmsprop([0.0], [2.0], state, centered=True)
    assert state.mean == pytest.approx(2.0 * (1 - 0.9**2))


def test_defaults_show_in_the_first_step():
    big, small = 1e9, 1e-6
    assert gradient_descent([0.0], [big])[0] == pytest.approx(-0.01 * big)
    assert momentum([0.0], [big])[0] == pytest.approx(-0.01 * big)
    assert momentum([0.0], [big], momentum([0.0], [big])[1])[0] == pytest.approx(-0.019 * big)
    for g in (big, small):
        assert rmsprop([0.0], [g])[0] == pytest.approx(-0.001 * g / (0.1 * g**2 + 1e-7) ** 0.5)
        slope = 0.001**0.5 * g
        assert adam([0.0], [g])[0] == pytest.approx(-0.001 * slope / (slope + 1e-7))


@EACH
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3, 4)], ids=str)
def test_shapes_are_kept(step, shape):
    weights, state = step(np.ones(shape), np.ones(shape))
    again, _ = step(weights, np.ones(shape), state)
    assert np.shape(weights) == np.shape(again) == shape


@EACH
@pytest.mark.parametrize(
    ("weights", "gradient", "expected"),
    [("float32", "float32", "float32"), ("float16", "float16", "float32"),
     ("float32", "float64", "float64"), ("int64", "int64", "float64"), ("bool", "bool", "float64")],
)  # fmt: skip
def test_dtypes(step, weights, gradient, expected):
    path = run(step, np.ones(3, weights), np.ones((3, 3), gradient))
    assert path.dtype == expected


@WITH_STATE
def test_nothing_is_modified(step):
    gradient = np.array([0.5, -0.5])
    weights, state = step(np.array([1.0, 2.0]), gradient)
    held = [np.asarray(value) for value in (weights, gradient, *state)]
    before = [value.copy() for value in held]
    first, second = step(weights, gradient, state), step(weights, gradient, state)
    np.testing.assert_array_equal(first[0], second[0])
    for value, copy in zip(held, before, strict=True):
        np.testing.assert_array_equal(value, copy)


@EACH
@pytest.mark.parametrize("rate", [0, -0.1, np.inf, np.nan])
def test_learning_rates_outside_their_range(step, rate):
    with pytest.raises(ValueError, match=r"learning_rate: expected a .*number"):
        step([1.0], [1.0], learning_rate=rate)


@pytest.mark.parametrize(
    ("step", "name", "value"),
    [(momentum, "momentum", -0.1), (momentum, "momentum", 1.1), (momentum, "momentum", np.nan),
     (rmsprop, "momentum", 1.1), (rmsprop, "rho", -0.1), (rmsprop, "rho", 1.1),
     (rmsprop, "epsilon", 0), (adam, "epsilon", 0), (adam, "beta_1", 1), (adam, "beta_2", 1.0),
     (adam, "beta_1", -0.1), (adam, "beta_2", 2)],
)  # fmt: skip
def test_options_outside_their_range(step, name, value):
    with pytest.raises(ValueError, match=f"{name}: expected a .*number"):
        step([1.0], [1.0], **{name: value})


@pytest.mark.parametrize("share", [0, 1])
def test_momentum_and_rho_include_zero_and_one(share):
    assert np.isfinite(run(partial(momentum, momentum=share), [1.0], [[1.0]] * 3)).all()
    assert np.isfinite(run(partial(rmsprop, momentum=share, rho=share), [1.0], [[1.0]] * 3)).all()


@EACH
@pytest.mark.parametrize(
    ("weights", "gradient", "error", "message"),
    [
        ([1.0, 2.0], [1.0], ValueError, r"gradient: expected the shape of weights, \(2,\)"),
        ([1.0, 2.0], [[1.0], [2.0]], ValueError, r"gradient: expected .*got \(2, 1\)"),
        ([1.0], 1.0, ValueError, r"gradient: expected .*got \(\)"),
    ],
)
def test_gradients_of_another_shape(step, weights, gradient, error, message):
    with pytest.raises(error, match=message):
        step(weights, gradient)


@EACH
@pytest.mark.parametrize("name", ["weights", "gradient"])
def test_what_is_not_numbers_is_refused(step, name, not_numbers):
    value, error, message = not_numbers
    arguments = {"weights": [1.0, 2.0], "gradient": [1.0, 2.0], name: value}
    with pytest.raises(error, match=rf"^{name}: expected .*{message}.*, got "):
        step(**arguments)


@EACH
@pytest.mark.parametrize("rate", [None, "fast", [0.1]])
def test_learning_rates_that_are_no_number(step, rate):
    with pytest.raises((TypeError, ValueError), match="learning_rate: expected"):
        step([1.0], [1.0], learning_rate=rate)


@EACH
def test_the_state_of_another_optimizer_is_refused(step):
    for other in (momentum, rmsprop, adam):
        if other is not step:
            _, state = other([1.0], [1.0])
            with pytest.raises(
                TypeError, match=f"state: expected None.*got {type(state).__name__}"
            ):
                step([1.0], [1.0], state)


@WITH_STATE
def test_the_state_of_other_weights_is_refused(step):
    _, state = step([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"state.\w+: expected the shape of weights, \(1,\)"):
        step([1.0], [1.0], state)
