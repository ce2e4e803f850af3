"""What the tests of lossary share: random numbers, oracles, and inputs that must be refused."""

import importlib
import os
import warnings

import numpy as np
import pytest
from hypothesis import settings
from mpmath import mp, mpf

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
settings.register_profile("lossary", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("lossary")
mp.prec = 1200  # exp(-745), the smallest float64, takes 1,075 bits to show beside a 1

NOT_NUMBERS = {
    "masked": (np.ma.masked_equal([1, 2], 2), TypeError, "without a mask"),
    "text": (["one", "two"], TypeError, "real numbers"),
    "none": (None, TypeError, "real numbers"),
    "complex": ([1j, 0], TypeError, "real numbers"),
    "mapping": ({"a": 1}, TypeError, "real numbers"),
    "dates": (np.array(["2020-01-01"], dtype="M8[D]"), TypeError, "real numbers"),
    "ragged": ([[1.0], [1.0, 2.0]], ValueError, "rows of equal length"),
}


@pytest.fixture
def rng():
    """Random numbers, the same in each test."""
    return np.random.default_rng(7)


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def dtype(request):
    """Both float types that are kept."""
    return request.param


@pytest.fixture
def assert_close(dtype):
    """Compare to a few roundings of ``dtype``, and compare the dtype too."""
    tolerance = 5e-6 if dtype == np.float32 else 1e-13

    def check(actual, expected):
        assert np.asarray(actual).dtype == dtype
        np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)

    return check


@pytest.fixture(params=NOT_NUMBERS.values(), ids=NOT_NUMBERS)
def not_numbers(request):
    """A value that no array argument takes, the error, and a part of its message."""
    return request.param


@pytest.fixture(scope="session")
def tf():
    """TensorFlow, whose own warnings are not ours."""
    if "MUTANT_UNDER_TEST" in os.environ:
        pytest.skip("mutmut forks from the process of its first run, which no operation survives")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("tensorflow")


@pytest.fixture(scope="session")
def keras(tf):
    """Keras, whose ``keras.losses`` has names that ``tf.keras.losses`` lacks."""
    return importlib.import_module("keras")


@pytest.fixture(scope="session")
def finite_difference():
    """Return the derivatives of a function with one number as result, by central differences."""

    def gradient(function, point, step=1e-5):
        result = np.zeros_like(point)
        for index in np.ndindex(point.shape):
            shift = np.zeros_like(point)
            shift[index] = step
            result[index] = (function(point + shift) - function(point - shift)) / (2 * step)
        return result

    return gradient


@pytest.fixture(scope="session")
def exact_logsumexp():
    """Return the logarithm of the sum of exponentials to 690 digits."""
    return lambda row: mp.log(mp.fsum(mp.exp(mpf(float(z))) for z in row))


@pytest.fixture(scope="session")
def ulps():
    """Return how many units in the last place of float64 a number is off."""

    def count(actual, exact):
        return float(abs(mpf(float(actual)) - exact) / mpf(float(np.spacing(abs(float(exact))))))

    return count


@pytest.fixture(scope="session")
def few():
    """How many ulps a sum may be off: where long double is no wider than float64, more than 2."""
    return 2 if np.finfo(np.longdouble).nmant > np.finfo(np.float64).nmant else 4
