"""What the book says that things are called in scikit-learn is so."""

import warnings

import numpy as np
import pytest


def check(estimator):
    """Let an estimator look at its options, which it does in `fit` otherwise."""
    if hasattr(estimator, "_parameter_constraints"):
        estimator._validate_params()


@pytest.fixture(scope="module")
def sklearn_names(judge, data):
    import sklearn
    from sklearn import exceptions, linear_model, neural_network, preprocessing
    from sklearn.utils.discovery import all_estimators, all_functions

    y = data["y"]
    fitted = {}
    for made in (
        neural_network.MLPClassifier(max_iter=2),
        neural_network.MLPRegressor(max_iter=2),
        preprocessing.StandardScaler(),
        linear_model.SGDClassifier(),
        linear_model.LinearRegression(),
        linear_model.LogisticRegression(),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # two epochs are too few
            fitted[type(made).__name__] = made.fit(data["X"], y)
    estimators = dict(all_estimators())
    known = dict(all_functions()) | vars(exceptions)
    takers = [judge.bound(function) for function in dict(all_functions()).values()]
    known |= {name: judge.maker(kind, fitted.get(name), check) for name, kind in estimators.items()}
    takers += [known[name] for name in estimators]
    for one in fitted.values():
        known |= {name: getattr(one, name) for name in dir(one) if name[0] != "_"}
    options = {
        option
        for kind in (*estimators.values(), *dict(all_functions()).values())
        for rules in getattr(kind, "_parameter_constraints", {}).values()
        for rule in (rules if isinstance(rules, list) else [])
        for option in getattr(rule, "options", ())
    }
    known |= data | {
        "sklearn": sklearn, "np": np, "estimator": one, "p": data["X"][:, :1], "a": y / 2,
        "y_pred": y, "y_score": y, "targets": 2, "features": 4, "n_samples": 4, "j": 0,
        "float64": np.float64,
    }  # fmt: skip
    return judge(known, takers, [dict.fromkeys(options, 1).__getitem__])


def test_sklearn_names_run(wrong_names, sklearn_names):
    wrong = wrong_names("sklearn", sklearn_names)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "field", ["`MLPClassifier.coef_s`", "`LogLoss`", "`MLPClassifier(solver='adma')`", "`coeffs_`"]
)
def test_a_wrong_sklearn_name_is_found(field, sklearn_names):
    assert sklearn_names.problems(field)
