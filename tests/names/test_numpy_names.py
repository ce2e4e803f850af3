"""What the book says that things are called in NumPy and SciPy is so."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def numpy_names(judge, data):
    import scipy.special
    import scipy.stats

    import lossary

    roots = {"np": np, "scipy": scipy, "lossary": lossary, "rng": np.random.default_rng(42)}
    own = {"y_pred": data["p"], "table": np.zeros((4, 4)), "rate": 0.5, "axis": 0}
    own |= {"schedule": abs, "shape": (4, 4), "float64": np.float64}
    own |= {"alpha": 0.1}
    return judge(data | roots | own)


def test_numpy_names_run(wrong_names, numpy_names):
    wrong = wrong_names("numpy", numpy_names)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("field", ["`np.maximun(0, z)`", "`x.sdt()`", "`np.mean(x, axes=0)`"])
def test_a_wrong_numpy_name_is_found(field, numpy_names):
    assert numpy_names.problems(field)
