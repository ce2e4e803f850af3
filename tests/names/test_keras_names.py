"""What the book says that things are called in Keras and TensorFlow is so."""

import inspect
from functools import partial

import pytest


@pytest.fixture(scope="module")
def keras_names(judge, data, tf):
    import keras

    bound = judge.bound
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    model.compile(loss="mse")
    history = model.fit(data["x"], data["x"], verbose=0)
    with tf.GradientTape(persistent=True) as tape:
        cost = tf.reduce_sum(model(data["x"]))
    modules = [
        keras.initializers, keras.regularizers, keras.layers, keras.losses, keras.metrics,
        keras.callbacks, keras.optimizers, keras.optimizers.schedules, keras,
    ]  # fmt: skip
    known = {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if callable(value) and name[0] != "_"
    }
    methods = dict(inspect.getmembers(keras.Sequential, inspect.isfunction))
    classes = [value for value in known.values() if inspect.isclass(value)]
    takers = [*classes, model.compile, bound(model.fit), partial(keras.layers.Dense, units=4)]
    getters = [keras.activations.get, keras.initializers.get, keras.losses.get]
    getters += [keras.optimizers.get, lambda name: keras.losses.MeanSquaredError(reduction=name)]

    layer = model.layers[0]
    layer.build = bound(layer.build)  # it is built
    known |= {name: bound(partial(method, model)) for name, method in methods.items()}
    known |= data | {
        "tf": tf, "keras": keras, "losses": keras.losses, "metrics": keras.metrics,
        "model": model, "layer": layer, "optimizer": model.optimizer,
        "adapt": bound(keras.layers.Normalization.adapt), "History": history,
        "schedule": keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5),
        "tape": tape, "cost": cost, "weights": model.weights, "input_shape": (None, 4),
        "bias": layer.bias, "list": model.get_weights(), "history": history.history,
        "mode": "fan_in", "distribution": "uniform", "l2": 0.1,
        **dict.fromkeys(["inf", "nan", "val_loss"], "what a log shows"),
    }  # fmt: skip
    return judge(known, takers, getters)


def test_keras_names_run(wrong_names, keras_names):
    wrong = wrong_names("keras", keras_names)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "field",
    [
        "`tf.keras.layers.Dens`",
        "`Dens(25)`",
        "`Dense(unit=25)`",
        "`layer.kernell`",
        "`fit(batchsize=None)`",
        "`EarlyStopping(min_deltas=...)`",
        '`activation="rely"`',
        '`Dense(25, activation="rely")`',
        '`"glorot_unifom"`',
        "`from_logit`",
        "`tf.nn.*_with_logits`",
        "the argument `class_weights` of `fit`",
    ],
)
def test_a_wrong_keras_name_is_found(field, keras_names):
    assert keras_names.problems(field)
