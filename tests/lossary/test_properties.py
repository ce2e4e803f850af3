"""Whatever comes in: a result that is right, or an error that says what was expected.

Hypothesis draws the arrays: all types of numbers, empty axes, NaN, infinities, subnormal numbers.
"""

import re
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from mpmath import mp, mpf

import lossary

DTYPES = ("?", "i1", "u1", "i8", "u8", "f2", "f4", "f8", "g", ">f4", ">i4", "<f8")
OTHERS = tuple(np.zeros((1, 2), dtype) for dtype in ("c8", "U3", "S3", "O", "M8[D]", "m8[s]", "V4"))
MESSAGE = re.compile(r"[a-z][\w.\[\]() ]*: expected .+, got .+\.", re.DOTALL)

shapes = st.sampled_from([(), (0,), (1,), (3,), (0, 2), (2, 0), (1, 2), (2, 1), (2, 2), (1, 2, 2)])
numbers = st.sampled_from(DTYPES).flatmap(lambda dtype: hnp.arrays(dtype, shapes))
# Many functions, few inputs each: the tests together stay within a minute.
few = settings(max_examples=15)
anything = st.one_of(
    numbers,
    st.sampled_from(OTHERS),
    hnp.arrays("f8", shapes).map(partial(np.ma.masked_greater, value=0)),
    numbers.map(np.ndarray.tolist),
    st.floats() | st.integers() | st.booleans() | st.text(max_size=3) | st.none(),
    st.lists(st.lists(st.floats(), max_size=2), max_size=2),
)

# Each function with all its arrays as arguments, in order.
LOSSES = (
    "squared_error", "absolute_error", "binary_cross_entropy", "categorical_cross_entropy",
    "sparse_categorical_cross_entropy", "kl_divergence", "squared_error_gradient",
    "binary_cross_entropy_gradient", "categorical_cross_entropy_gradient",
    "sparse_categorical_accuracy", "categorical_accuracy", "binary_accuracy",
)  # fmt: skip
FROM_LOGITS = ("binary_cross_entropy", "categorical_cross_entropy", LOSSES[4])
ONE = {
    name: (getattr(lossary, name), 1)
    for name in (
        *("logsumexp", "softmax", "log_softmax", "sigmoid", "log_sigmoid", "softmax_jacobian"),
        *("linear", "relu", "l1_penalty", "l2_penalty"),
    )
}
CALLS = {
    **ONE,
    "softmax over the first axis": (partial(lossary.softmax, axis=0), 1),
    "logsumexp over the first axis": (partial(lossary.logsumexp, axis=0), 1),
    **{name: (getattr(lossary, name), 2) for name in LOSSES},
    **{
        f"{name} from logits": (partial(getattr(lossary, name), from_logits=True), 2)
        for name in FROM_LOGITS
    },
    "one_hot": (lambda indices: lossary.one_hot(indices, 3), 1),
    "smooth_labels": (lambda y: lossary.smooth_labels(y, 0.1), 1),
    "cost": (lossary.cost, 2),
    "cost over weights": (partial(lossary.cost, reduction="mean_with_sample_weight"), 2),
    "class_weight_to_sample_weights": (
        lambda y: lossary.class_weight_to_sample_weights(y, {0: 1.0, 1: 2.0}),
        1,
    ),
    "dense": (lossary.dense, 3),
    "dense_gradients": (lossary.dense_gradients, 3),
    "count_params": (lossary.count_params, 1),
    "batches": (lambda x, y: next(lossary.batches(x, y, batch_size=2)), 2),
    "gradient_descent": (lossary.gradient_descent, 2),
    "momentum": (
        lambda w, g, v: lossary.momentum(w, g, lossary.MomentumState(v), nesterov=True),
        3,
    ),
    "rmsprop": (
        lambda w, g, a, b: lossary.rmsprop(w, g, lossary.RMSpropState(a, b, b), centered=True),
        4,
    ),
    "adam": (lambda w, g, a, b: lossary.adam(w, g, lossary.AdamState(1, a, b)), 4),
    "fit": (lambda x, y, w, b: lossary.fit(x, y, w, b, shuffle=False, batch_size=2), 4),
}
# Their arguments are whole numbers, a shape or a word: tests/lossary/test_errors.py.
NO_ARRAYS = {
    *("define", "dense_count_params", "fans", "steps_per_epoch", "zeros"),
    *(name for name in lossary.__all__ if name.partition("_")[0] in ("glorot", "he", "lecun")),
}


def test_no_function_is_left_out():
    public = {name for name in lossary.__all__ if name[0].islower()}
    assert public == {name.split()[0] for name in CALLS} | NO_ARRAYS


def parts(result):
    """Return all numbers of a result as arrays: of a tuple, of a state, of a history."""
    if isinstance(result, dict):
        result = tuple(result.values())
    if isinstance(result, tuple):
        return [array for part in result if part is not None for array in parts(part)]
    return [np.asarray(result)]


def outcome(call, arguments):
    """Return what a call gives, or the error that it raises."""
    try:
        return parts(call(*arguments))
    except (TypeError, ValueError, UserWarning) as error:
        return error


def same(first, second):
    """Whether two outcomes are the same to the last bit, NaN being NaN."""
    if isinstance(first, Exception) or isinstance(second, Exception):
        return type(first) is type(second) and str(first) == str(second)
    return len(first) == len(second) and all(
        a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=True)
        for a, b in zip(first, second, strict=True)
    )


def fitting(data, count, dtypes=DTYPES):
    """Draw arrays of one shape, small numbers more often than not, so that many calls compute."""
    shape = data.draw(shapes.filter(len))
    values = st.sampled_from([0, 1, 0.5, 2, -1]) | st.floats(width=16)
    drawn = []
    for _ in range(count):
        dtype = np.dtype(data.draw(st.sampled_from(dtypes)))
        elements = {"b": st.booleans(), "i": st.integers(0, 2), "u": st.integers(0, 2)}
        drawn.append(data.draw(hnp.arrays(dtype, shape, elements=elements.get(dtype.kind, values))))
    return drawn


@pytest.mark.parametrize("name", CALLS)
@few
@given(data=st.data())
def test_every_error_is_a_type_error_or_value_error_that_explains_itself(name, data):
    call, count = CALLS[name]
    result = outcome(call, [data.draw(anything) for _ in range(count)])
    if isinstance(result, Exception):
        assert MESSAGE.match(str(result)), str(result)
    else:
        assert all(part.dtype.kind in "fiu" for part in result) or name == "batches"


@pytest.mark.parametrize("name", CALLS)
@few
@given(data=st.data())
def test_inputs_stay_and_are_not_handed_back(name, data):
    call, count = CALLS[name]
    arguments = fitting(data, count)
    before = [argument.copy() for argument in arguments]
    for argument in arguments:
        argument.flags.writeable = False
    result = outcome(call, arguments)
    assert all(same([a], [b]) for a, b in zip(arguments, before, strict=True))
    if not isinstance(result, Exception):
        assert not any(np.shares_memory(part, a) for part in result for a in arguments)


def unaligned(array):
    memory = np.zeros(array.nbytes + 1, np.uint8)[1:]
    copy = np.frombuffer(memory, array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def spread(array):
    wide = np.zeros([2 * side for side in array.shape], array.dtype)[tuple(
        slice(None, None, 2) for _ in array.shape
    )]  # fmt: skip
    wide[...] = array
    return wide


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "reversed": lambda a: np.flip(np.flip(a).copy()),
    "every second": spread,
    "other byte order": lambda a: a.astype(a.dtype.newbyteorder("S")),
    "unaligned": unaligned,
    "subclass": lambda a: a.view(type("Sub", (np.ndarray,), {})),
}


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=30)
@given(data=st.data())
def test_layout_in_memory_does_not_matter(name, data):
    layout = data.draw(st.sampled_from(list(LAYOUTS)))
    call, count = CALLS[name]
    arguments = fitting(data, count, ["f4", "f8", "i8"])
    changed = [LAYOUTS[layout](argument) for argument in arguments]
    first, second = outcome(call, arguments), outcome(call, changed)
    if name == "batches" and not isinstance(second, Exception):
        second = [part.astype(part.dtype.newbyteorder("=")) for part in second]
    assert same(first, second)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", [*ONE, "cost", "squared_error", "dense_gradients"])
def test_layout_does_not_show_in_the_last_bit_of_a_long_sum(name, layout, rng):
    call, count = CALLS[name]
    arguments = [rng.normal(size=(100, 100)) for _ in range(count)]
    changed = [LAYOUTS[layout](argument) for argument in arguments]
    assert same(outcome(call, arguments), outcome(call, changed))


@pytest.mark.parametrize("name", CALLS)
@few
@given(data=st.data())
def test_lists_give_what_their_arrays_give(name, data):
    call, count = CALLS[name]
    arguments = fitting(data, count, ["?", "i8", "f8"])
    assume(arguments[0].size)  # an empty list has no shape
    lists = [argument.tolist() for argument in arguments]
    assert same(outcome(call, arguments), outcome(call, lists))


@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"batches"}))  # which keeps the type
@few
@given(data=st.data())
def test_narrow_numbers_count_as_the_wide_ones_that_they_are(name, data):
    call, count = CALLS[name]
    arguments = fitting(data, count, ["?", "i1", "u1", "i8", "u8"])
    wide = [argument.astype("f8") for argument in arguments]
    first, second = outcome(call, arguments), outcome(call, wide)
    if isinstance(first, Exception):
        assert type(first) is type(second)
    else:
        assert same(first, second)


@pytest.mark.parametrize(
    "name",
    [n for n, (_, count) in CALLS.items() if count == 2 and "sparse" not in n and n != "batches"],
)
@few
@given(data=st.data())
def test_of_two_shapes_none_is_broadcast(name, data):
    first, second = fitting(data, 2, ["f8"])
    assert isinstance(outcome(CALLS[name][0], [first, second[..., np.newaxis]]), ValueError)
    assert isinstance(outcome(CALLS[name][0], [first[..., np.newaxis], second]), ValueError)


# What a loss is, number by number, in 360 digits.
def exact_logsumexp(row):
    return mp.log(mp.fsum(mp.exp(mpf(z)) for z in row))


rows = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.floats(-1e308, 1e308), min_size=n, max_size=n)
)


@given(row=rows, data=st.data())
@example(row=[5e-324, 0.0], data=None)
@example(row=[1e308, -1e308], data=None)
def test_loss_from_logits_is_the_exact_one(row, data):
    place = data.draw(st.integers(0, len(row) - 1)) if data else 0
    actual = outcome(
        partial(lossary.sparse_categorical_cross_entropy, from_logits=True), ([place], [row])
    )
    assume(not isinstance(actual, UserWarning))
    exact = exact_logsumexp(row) - mpf(row[place])
    scale = float(max(abs(mpf(z) - mpf(row[place])) for z in row))
    assert actual[0][0] == pytest.approx(float(exact), rel=1e-12, abs=scale * 1e-16 + 1e-300)


@given(row=rows)
def test_probabilities_of_any_finite_logits_sum_to_one(row):
    a = lossary.softmax(row)
    assert abs(a.sum() - 1) < 1e-12
    assert np.array_equal(lossary.softmax([row])[0], a)
    assert a[np.argmax(row)] == a.max()


@given(row=rows, shift=st.floats(-0.5, 0.5))
def test_a_row_that_does_not_sum_to_one_is_never_taken_for_probabilities(row, shift):
    a = lossary.softmax(row)
    assume(abs(shift) > 2e-5)
    for call in (lossary.categorical_cross_entropy, lossary.kl_divergence):
        with pytest.raises(ValueError, match=r"expected (rows that sum to 1|values in 0\.\.1)"):
            call([a], [a * (1 + shift)])


@given(labels=st.lists(st.integers(-3, 6), min_size=1, max_size=4))
def test_a_label_outside_the_classes_is_always_refused(labels):
    scores = np.full((len(labels), 3), 0.25)
    for call in (
        partial(lossary.sparse_categorical_cross_entropy, from_logits=True),
        lossary.sparse_categorical_accuracy,
        lambda y, _: lossary.one_hot(y, 3),
    ):
        if all(0 <= label < 3 for label in labels):
            call(labels, scores)
        else:
            with pytest.raises(ValueError, match=r"expected class indices in 0\.\.2, got "):
                call(labels, scores)


@given(row=rows)
def test_the_double_softmax_never_passes_in_silence(row):
    twice = [lossary.softmax(row)]
    one_hot = lossary.one_hot([0], len(row))
    for call in (
        lambda: lossary.sparse_categorical_cross_entropy([0], twice, from_logits=True),
        lambda: lossary.categorical_cross_entropy(one_hot, twice, from_logits=True),
        lambda: lossary.categorical_cross_entropy_gradient(one_hot, twice),
    ):
        with pytest.warns(UserWarning, match="expected logits, got rows in 0..1 that sum to 1"):
            call()
