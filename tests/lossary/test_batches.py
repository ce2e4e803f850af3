"""batches and steps_per_epoch."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossary.batches import batches, steps_per_epoch

COUNT = st.integers(1, 60)


def seeded(seed=42):
    return np.random.default_rng(seed)


@given(COUNT, COUNT, st.booleans())
def test_every_example_occurs_exactly_once(m, size, shuffle):
    parts = list(batches(np.arange(m), batch_size=size, shuffle=shuffle, rng=seeded()))
    seen = np.concatenate([x for (x,) in parts]).tolist()
    assert sorted(seen) == list(range(m))
    if not shuffle:
        assert seen == list(range(m))


@given(COUNT, COUNT, st.booleans())
def test_all_batches_are_full_except_the_last(m, size, drop):
    lengths = [len(x) for (x,) in batches(np.arange(m), batch_size=size, drop_remainder=drop)]
    full = [size] * (m // size)
    assert lengths == full + ([m % size] if m % size and not drop else [])
    assert len(lengths) == steps_per_epoch(m, size, drop)


@given(COUNT, COUNT)
def test_rows_stay_together(m, size):
    x, y = np.arange(m), np.arange(2 * m).reshape(m, 2) * 10
    for rows, targets in batches(x, y, batch_size=size, shuffle=True, rng=seeded()):
        np.testing.assert_array_equal(targets[:, 0], 20 * rows)
        np.testing.assert_array_equal(targets[:, 1], 20 * rows + 10)


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize(("m", "size"), [(1, 1), (10, 3), (9, 3), (2, 32)])
def test_agrees_with_tf_data(tf, m, size, drop):
    x = np.arange(2 * m, dtype="float32").reshape(m, 2)
    theirs = list(tf.data.Dataset.from_tensor_slices(x).batch(size, drop_remainder=drop))
    ours = list(batches(x, batch_size=size, drop_remainder=drop))
    assert len(ours) == len(theirs)
    for (batch,), tensor in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(batch, tensor.numpy())


@pytest.mark.parametrize("size", [1, 7, 32, 50, 64])
def test_steps_are_the_iterations_of_keras(keras, size):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.zeros((50, 2)), np.zeros((50, 1)), batch_size=size, epochs=2, verbose=0)
    assert int(model.optimizer.iterations.numpy()) == 2 * steps_per_epoch(50, size)


@given(st.integers(1, 2**70), st.integers(1, 2**70))
def test_steps_round_the_exact_fraction(m, size):
    assert steps_per_epoch(m, size) == math.ceil(Fraction(m, size))
    assert steps_per_epoch(m, size, drop_remainder=True) == math.floor(Fraction(m, size))


def test_the_default_is_32():
    assert steps_per_epoch(1000) == len(list(batches(np.zeros(1000)))) == 32


def test_one_seed_gives_one_order():
    first, again, other = (
        np.concatenate([x for (x,) in batches(np.arange(50), shuffle=True, rng=seeded(seed))])
        for seed in (42, 42, 43)
    )
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_the_next_epoch_has_another_order():
    rng = seeded()
    one, two = (list(batches(np.arange(50), batch_size=50, shuffle=True, rng=rng)) for _ in "12")
    assert one[0][0].tolist() != two[0][0].tolist()


def test_without_a_generator_the_orders_differ():
    one, two = (list(batches(np.arange(50), batch_size=50, shuffle=True)) for _ in "12")
    assert one[0][0].tolist() != two[0][0].tolist()


def test_all_orders_are_equally_likely():
    rng = seeded()
    orders = Counter(
        tuple(next(batches([0, 1, 2], shuffle=True, rng=rng))[0].tolist()) for _ in range(6000)
    )
    assert len(orders) == 6
    assert all(850 < count < 1150 for count in orders.values())  # 1000, give or take 5 sigma


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int64", "bool"])
def test_dtype_and_other_axes_are_kept(dtype):
    ((batch,),) = batches(np.ones((3, 2, 4), dtype))
    assert batch.dtype == dtype
    assert batch.shape == (3, 2, 4)


def test_nan_and_infinity_are_examples_like_others():
    ((batch,),) = batches([np.nan, np.inf, -np.inf])
    np.testing.assert_array_equal(batch, [np.nan, np.inf, -np.inf])


@pytest.mark.parametrize("shuffle", [False, True])
def test_writing_into_a_batch_leaves_the_array_alone(shuffle):
    x = np.arange(6.0)
    for (batch,) in batches(x, batch_size=6, shuffle=shuffle, rng=seeded()):
        batch[:] = -1
    assert x.tolist() == [0, 1, 2, 3, 4, 5]


def test_dropping_a_short_only_batch_leaves_none():
    assert list(batches([1, 2, 3], batch_size=4, drop_remainder=True)) == []
    assert steps_per_epoch(3, 4, drop_remainder=True) == 0


@pytest.mark.parametrize(
    ("arrays", "options", "error", "message"),
    [
        ((), {}, ValueError, "arrays: expected at least one array, got none"),
        (([1, 2], [1]), {}, ValueError, r"arrays\[1\]: expected 2 examples .*, got 1"),
        (([],), {}, ValueError, r"arrays\[0\]: expected at least one element along axis 0"),
        ((5,), {}, ValueError, r"arrays\[0\]: expected at least 1 axis, got shape \(\)"),
        (([1],), {"batch_size": 0}, ValueError, "batch_size: expected at least 1, got 0"),
        (([1],), {"batch_size": -2}, ValueError, "batch_size: expected at least 1, got -2"),
        (([1],), {"batch_size": 2.0}, TypeError, "batch_size: expected a whole number, got 2.0"),
        (([1],), {"batch_size": None}, TypeError, "batch_size: expected a whole number, got None"),
        (([1],), {"rng": 42}, TypeError, "rng: expected a numpy.random.Generator.*, got int"),
    ],
)
def test_errors_come_at_the_call(arrays, options, error, message):
    with pytest.raises(error, match=message):
        batches(*arrays, **options)


def test_what_is_not_numbers_is_refused(not_numbers):
    value, error, message = not_numbers
    with pytest.raises(error, match=rf"^arrays\[1\]: expected .*{message}.*, got "):
        batches([1, 2], value)


@pytest.mark.parametrize(
    ("m", "size", "error", "message"),
    [(0, 1, ValueError, "num_examples: expected at least 1"),
     (1, 0, ValueError, "batch_size: expected at least 1"),
     (10.0, 1, TypeError, "num_examples: expected a whole number, got 10.0"),
     (1, "32", TypeError, "batch_size: expected a whole number, got '32'"),
     (True, 1, TypeError, "num_examples: expected a whole number, got True")],
)  # fmt: skip
def test_steps_errors(m, size, error, message):
    with pytest.raises(error, match=message):
        steps_per_epoch(m, size)
