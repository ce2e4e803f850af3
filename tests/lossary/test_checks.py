"""The errors name the argument, what was expected, and what came."""

import numpy as np
import pytest

from lossary import _checks as checks
from lossary import squared_error


def test_array_is_not_copied():
    array = np.arange(3)
    assert checks.as_array("x", array) is array


def test_not_numbers_are_refused(not_numbers):
    value, error, message = not_numbers
    with pytest.raises(error, match=rf"^x: expected .*{message}"):
        checks.as_array("x", value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [(bool, "f8"), (int, "f8"), ("u8", "f8"), ("f2", "f4"), ("f4", "f4"), ("f8", "f8")],
)
def test_float_types(given, kept):
    assert checks.as_float("x", np.ones(2, given)).dtype == kept


@pytest.mark.parametrize("given", [[0, 2], [0.0, 2.0], [False], np.array([2], np.uint8), 1, []])
def test_class_indices_that_are_whole(given):
    indices = checks.as_class_indices("y", given, 3)
    assert indices.dtype == np.int64
    np.testing.assert_array_equal(indices, given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([0, -1], r"^y: expected class indices in 0\.\.2, got -1 \(1 of 2 outside\)\.$"),
        ([3, 4], r"^y: expected class indices in 0\.\.2, got 3 \(2 of 2 outside\)\.$"),
        ([np.inf], r"^y: expected class indices in 0\.\.2, got inf"),
        ([1e300], r"^y: expected class indices in 0\.\.2, got 1e\+300"),
        (np.array([2**64 - 1], np.uint64), "got 18446744073709551615"),
        ([1.0, 1.5], r"^y: expected whole numbers, got 1\.5\.$"),
        ([np.nan], r"^y: expected whole numbers, got nan\.$"),
    ],
)
def test_class_indices_that_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        checks.as_class_indices("y", given, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: checks.at_least_rank("x", np.ones(2), 2), r"at least 2 axes, got shape \(2,\)"),
        (lambda: checks.not_empty("x", np.ones((2, 0))), r"one element, got shape \(2, 0\)"),
        (lambda: checks.not_empty("x", np.ones((2, 0)), -1), r"along axis -1, got shape \(2, 0\)"),
        (
            lambda: checks.same_shape("x", np.ones(2), "z", np.ones((2, 1))),
            r"the shape of z, \(2, 1\), got \(2,\)",
        ),
        (lambda: checks.positive_int("x", 0), "at least 1, got 0"),
        (lambda: checks.in_range("x", 2, 0, 1), r"in 0\.\.1, got 2"),
        (lambda: checks.in_range("x", -1, 0), r"in 0\.\.inf, got -1"),
        (lambda: checks.in_range("x", np.nan, 0), "got nan"),
        (lambda: checks.in_range("x", [1, 2], 0), r"one number, got shape \(2,\)"),
        (lambda: checks.one_of("x", "c", ("a", "b")), "one of 'a', 'b', got 'c'"),
    ],
)
def test_values_that_are_refused(call, message):
    with pytest.raises(ValueError, match=rf"^x: expected .*{message}"):
        call()


@pytest.mark.parametrize("value", [True, 2.0, "2", None])
def test_whole_number_is_not_a_bool_or_float(value):
    with pytest.raises(TypeError, match=r"^x: expected a whole number, got "):
        checks.positive_int("x", value)


@pytest.mark.parametrize("value", [None, 42, np.random])
def test_generator_is_required(value):
    with pytest.raises(TypeError, match=r"^x: expected a numpy\.random\.Generator"):
        checks.generator("x", value)


def test_values_that_pass():
    rng = np.random.default_rng()
    assert checks.generator("x", rng) is rng
    assert checks.positive_int("x", np.int64(3)) == 3
    assert checks.in_range("x", np.float32(0.5), 0, 1) == 0.5
    assert checks.one_of("x", "a", ("a", "b")) == "a"


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-3), (np.float64, 1e-5)])
def test_tolerance_of_a_row_sum(dtype, tolerance):
    rows = np.array([[0.5, 0.5]], dtype)
    checks.probabilities("p", rows - dtype(0.4 * tolerance), "Remedy.")
    with pytest.raises(ValueError, match=rf"^p: expected rows that sum to 1 within {tolerance:g}"):
        checks.probabilities("p", rows - dtype(0.6 * tolerance), "Remedy.")
    checks.probabilities("p", rows * 0.1, "Remedy.", rows=False)


@pytest.mark.parametrize("value", [-1e-9, 1.0000001, np.inf, -np.inf])
def test_probability_outside_is_refused_and_a_remedy_named(value):
    with pytest.raises(ValueError, match=r"^p: expected values in 0\.\.1, got .* Remedy\.$"):
        checks.probabilities("p", np.array([value, 0.5]), "Remedy.")


def test_rounded_probabilities_pass():
    row = np.random.default_rng(0).dirichlet(np.ones(1000)).astype(np.float16)
    checks.probabilities("p", checks.as_float("p", row), "Remedy.")


def test_digits_do_not_depend_on_how_an_array_lies_in_memory(rng):
    x = rng.normal(size=(7, 1001))
    memory = np.empty(x.nbytes + 1, np.uint8)
    unaligned = memory[1:].view(np.float64).reshape(x.shape)
    unaligned[...] = x
    assert not unaligned.flags.aligned
    expected = squared_error(x, np.zeros(x.shape))
    for other in (np.asfortranarray(x), unaligned, x.astype(">f8")):
        np.testing.assert_array_equal(squared_error(other, np.zeros(x.shape)), expected)
    assert checks.as_array("x", unaligned).flags.aligned
    assert checks.as_array("x", np.asfortranarray(x)).flags.c_contiguous


def test_another_byte_order_keeps_the_dtype():
    number = checks.as_float("x", np.array([1.5], ">f4"))
    assert number.dtype == np.float32
    assert number.dtype.isnative


def test_what_numpy_cannot_turn_into_an_array_is_named():
    class Broken:
        def __array__(self, *_, **__):
            raise ValueError("broken")

    message = "^x: expected what NumPy can turn into an array, got Broken\\.$"
    with pytest.raises(ValueError, match=message):
        checks.as_array("x", Broken())
