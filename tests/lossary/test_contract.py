"""What every public function promises, whatever it computes."""

import inspect

import numpy as np
import pytest

import lossary

# Whole numbers that are valid as logits, as probabilities and as one-hot rows.
SCORES = np.array([[0, 1, 0], [0, 0, 1]])
# Rows that sum to 2 and 1: logits, which no row of probabilities is.
LOGITS = np.array([[0, 1, 1], [0, 0, 1]])
TARGETS = np.array([[0, 1, 0], [1, 0, 0]])
INDICES = np.array([1, 0])

ARRAYS = {
    "softmax.logsumexp": (SCORES,),
    "softmax.softmax": (SCORES,),
    "softmax.log_softmax": (SCORES,),
    "softmax.sigmoid": (SCORES,),
    "softmax.log_sigmoid": (SCORES,),
    "softmax.softmax_jacobian": (SCORES,),
    "activations.linear": (SCORES,),
    "activations.relu": (SCORES,),
    "losses.squared_error": (TARGETS, SCORES),
    "losses.absolute_error": (TARGETS, SCORES),
    "losses.binary_cross_entropy": (TARGETS, SCORES),
    "losses.categorical_cross_entropy": (TARGETS, SCORES),
    "losses.sparse_categorical_cross_entropy": (INDICES, SCORES),
    "losses.kl_divergence": (TARGETS, SCORES),
    "losses.one_hot": (INDICES, 3),
    "losses.smooth_labels": (TARGETS, 0.5),
    "losses.squared_error_gradient": (TARGETS, SCORES),
    "losses.binary_cross_entropy_gradient": (TARGETS, SCORES),
    "losses.categorical_cross_entropy_gradient": (TARGETS, LOGITS),
    "cost.cost": (SCORES, TARGETS),
    "cost.class_weight_to_sample_weights": (INDICES, {0: 1.0, 1: 2.0}),
    "cost.l1_penalty": (SCORES,),
    "cost.l2_penalty": (SCORES,),
    "metrics.sparse_categorical_accuracy": (INDICES, SCORES),
    "metrics.categorical_accuracy": (TARGETS, SCORES),
    "metrics.binary_accuracy": (TARGETS, SCORES),
}
STEMS = {name.split(".")[0] for name in ARRAYS}
CALLS = {
    name.split(".")[1]: (getattr(lossary, name.split(".")[1]), arguments)
    for name, arguments in ARRAYS.items()
}
WITH_BATCH = [name for name in CALLS if not name.endswith("penalty")]
NUMBERS = ["cost", *(name for name in CALLS if name.endswith(("penalty", "accuracy")))]
FLOAT64 = ["one_hot", "class_weight_to_sample_weights", *NUMBERS]
PLACES = [
    (name, place)
    for name, (_, arguments) in CALLS.items()
    for place, argument in enumerate(arguments)
    if isinstance(argument, np.ndarray)
]
FUNCTIONS = {
    name: value for name in lossary.__all__ if inspect.isfunction(value := getattr(lossary, name))
}


def with_arrays(arguments, change):
    return [change(value) if isinstance(value, np.ndarray) else value for value in arguments]


def is_index(name, place):
    return CALLS[name][1][place] is INDICES


def test_no_function_is_left_out():
    public = {
        f"{stem}.{name}"
        for name, value in FUNCTIONS.items()
        if (stem := value.__module__.removeprefix("lossary.")) in STEMS
    }
    assert public == set(ARRAYS)


def test_all_is_sorted_and_complete():
    assert lossary.__all__ == sorted(lossary.__all__)
    found = {name for name in dir(lossary) if inspect.isfunction(getattr(lossary, name))}
    assert {name for name in found if name[0] != "_"} == {*FUNCTIONS, "import_module", "version"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstring_has_its_sections_in_order(name):
    lines = inspect.getdoc(FUNCTIONS[name]).splitlines()
    rules = [index for index, line in enumerate(lines) if line and set(line) == {"-"}]
    headings = [lines[index - 1] for index in rules]
    order = ["Parameters", "Returns", "Raises", "Warns", "Notes", "References", "Examples"]
    optional = {"Warns"} - set(headings)
    assert headings == [heading for heading in order if heading not in optional]
    assert lines[0].endswith(".")
    assert any(line.startswith(">>>") for line in lines)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstring_names_every_parameter(name):
    document = inspect.getdoc(FUNCTIONS[name])
    section = document.partition("Parameters\n")[2].partition("\nReturns\n")[0]
    headings = [line for line in section.splitlines() if line[:1].strip("- ")]
    documented = [word.strip("*") for line in headings for word in line.split(", ")]
    assert documented == list(inspect.signature(FUNCTIONS[name]).parameters)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (bool, np.float64),
        (np.uint8, np.float64),
        (np.int64, np.float64),
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.float64, np.float64),
        (">f8", np.float64),
        (np.longdouble, np.longdouble),
    ],
)
def test_dtype_of_the_result(name, given, kept):
    function, arguments = CALLS[name]
    result = function(*with_arrays(arguments, lambda value: value.astype(given)))
    if name in NUMBERS:
        assert type(result) is float
    else:
        assert result.dtype == (np.float64 if name in FLOAT64 else kept)


@pytest.mark.parametrize("name", CALLS)
def test_inputs_are_neither_modified_nor_handed_back(name):
    function, arguments = CALLS[name]
    arguments = with_arrays(arguments, lambda value: value.astype(np.float64))
    before = with_arrays(arguments, np.copy)
    for value in with_arrays(arguments, lambda value: value):
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
    result = function(*arguments)
    for value, copy in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(value, copy)
        assert not np.shares_memory(np.asarray(result), np.asarray(value))


@pytest.mark.parametrize("name", CALLS)
def test_lists_count_as_arrays(name):
    function, arguments = CALLS[name]
    lists = function(*with_arrays(arguments, np.ndarray.tolist))
    np.testing.assert_array_equal(lists, function(*arguments))


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_what_is_not_numbers_is_refused(name, place, not_numbers):
    value, error, message = not_numbers
    function, arguments = CALLS[name]
    if value is None and (name, place) == ("cost", 1):
        return  # None is the default: no weights
    argument = list(inspect.signature(function).parameters)[place]
    with pytest.raises(error, match=rf"^{argument}: expected .*{message}.*, got "):
        function(*[value if i == place else given for i, given in enumerate(arguments)])


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_nan_comes_out_as_nan_and_nowhere_else(name, place):
    function, arguments = CALLS[name]
    arguments = with_arrays(arguments, lambda value: value.astype(np.float64))
    arguments[place].flat[-1] = np.nan
    if is_index(name, place):
        with pytest.raises(ValueError, match=r"got nan|got \[nan\]"):
            function(*arguments)
        return
    if (name, place) == ("binary_accuracy", 0):
        with pytest.raises(ValueError, match="whole numbers, got nan"):
            function(*arguments)
        return
    result = np.atleast_1d(function(*arguments))
    assert np.isnan(result[-1]).any()
    if name not in NUMBERS:
        assert not np.isnan(result[0]).any()


@pytest.mark.parametrize("name", WITH_BATCH)
def test_empty_batch(name):
    function, arguments = CALLS[name]
    empty = with_arrays(arguments, lambda value: value[:0].astype(np.float64))
    if name in NUMBERS:
        with pytest.raises(ValueError, match="expected at least one element, got shape"):
            function(*empty)
    else:
        assert function(*empty).shape == (0, *function(*arguments).shape[1:])


@pytest.mark.parametrize(("name", "place"), [(n, p) for n, p in PLACES if (n, 1 - p) in PLACES])
@pytest.mark.parametrize("reshape", [lambda x: x[:1], lambda x: x[..., np.newaxis]])
def test_another_shape_is_refused_and_never_broadcast(name, place, reshape):
    function, arguments = CALLS[name]
    changed = [reshape(value) if i == place else value for i, value in enumerate(arguments)]
    with pytest.raises(ValueError, match=r"expected the shape of .*, got \("):
        function(*changed)
