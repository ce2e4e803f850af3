"""Where weights and values map between scikit-learn, Keras and lossary, the numbers agree."""

import numpy as np
import pytest
from sklearn import linear_model, metrics, neural_network, preprocessing

import lossary

RNG = np.random.default_rng(42)
X = RNG.normal(size=(60, 4))
CLASSES = np.arange(60) % 3
AMOUNTS = X @ [1.0, -2.0, 0.5, 0.0] + RNG.normal(size=60)
PROBABILITIES = lossary.softmax(X[:, :3])
WEIGHTS = RNG.uniform(size=60)
YES = (X[:, 0] + RNG.normal(size=60) > 0).astype(float)
SCORES = lossary.sigmoid(X[:, 0])


def agree(theirs, ours, **tolerance):
    np.testing.assert_allclose(theirs, ours, **{"rtol": 1e-6, "atol": 1e-9} | tolerance)


# Models


def test_coef_of_a_classifier_is_the_kernel_transposed():
    line = linear_model.LogisticRegression().fit(X, CLASSES)
    assert line.coef_.shape == (3, 4)
    logits = lossary.dense(X, line.coef_.T, line.intercept_)
    agree(line.decision_function(X), logits)
    agree(line.predict_proba(X), lossary.softmax(logits))


def test_coef_of_a_classifier_of_two_classes_is_one_unit():
    line = linear_model.LogisticRegression().fit(X, YES)
    assert line.coef_.shape == (1, 4)
    logits = lossary.dense(X, line.coef_.T, line.intercept_)
    agree(line.predict_proba(X)[:, 1], lossary.sigmoid(logits)[:, 0])


def test_coef_of_a_regression_goes_into_dense(keras):
    line = linear_model.LinearRegression().fit(X, np.stack([AMOUNTS, YES, SCORES], axis=1))
    assert line.coef_.shape == (3, 4)
    layer = keras.layers.Dense(3, dtype="float64")
    layer.build((None, 4))
    layer.set_weights([line.coef_.T, line.intercept_])
    agree(line.predict(X), layer(X))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_coefs_of_a_network_are_kernels(keras):
    network = neural_network.MLPClassifier((5,), max_iter=5, random_state=0).fit(X, CLASSES)
    assert [kernel.shape for kernel in network.coefs_] == [(4, 5), (5, 3)]
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, "relu")])
    model.add(keras.layers.Dense(3, "softmax"))
    pairs = zip(network.coefs_, network.intercepts_, strict=True)
    model.set_weights([array for pair in pairs for array in pair])
    agree(network.predict_proba(X), model(X.astype("float32")), rtol=1e-4, atol=1e-6)
    assert model.count_params() == sum(w.size for w in network.coefs_ + network.intercepts_)


def test_a_network_starts_by_the_rule_of_glorot():
    network = neural_network.MLPRegressor(
        hidden_layer_sizes=(300,), max_iter=1, learning_rate_init=1e-300, random_state=0
    )
    with pytest.warns(UserWarning, match="converge"):
        network.fit(X, AMOUNTS)
    limit = lossary.glorot_limit(4, 300)
    assert 0.98 * limit < abs(network.coefs_[0]).max() <= limit * (1 + 1e-6)
    assert 0.9 * limit < abs(network.intercepts_[0]).max()  # the biases too, unlike Keras


def test_alpha_of_a_network_is_half_an_l2_penalty_over_the_batch():
    network = neural_network.MLPRegressor(
        hidden_layer_sizes=(), alpha=0.5, activation="identity", solver="sgd"
    )
    network.partial_fit(X, AMOUNTS)
    before = neural_network.MLPRegressor(
        hidden_layer_sizes=(), alpha=0.5, activation="identity", solver="sgd"
    )
    before.set_params(learning_rate_init=1e-300, random_state=0)
    before.partial_fit(X, AMOUNTS)
    kernel, bias = before.coefs_[0], before.intercepts_[0]
    errors = lossary.squared_error(AMOUNTS.reshape(-1, 1), lossary.dense(X, kernel, bias))
    penalty = lossary.l2_penalty(kernel, 0.5 / 2) / len(X)
    agree(before.loss_, lossary.cost(errors) / 2 + penalty)


def test_alpha_of_ridge_is_m_times_an_l2_penalty(keras):
    ridge = linear_model.Ridge(alpha=6.0).fit(X, AMOUNTS)

    def cost(kernel):
        errors = lossary.squared_error(AMOUNTS, X @ kernel + ridge.intercept_)
        return errors.mean() + lossary.l2_penalty(kernel, 6.0 / len(X))

    best = cost(ridge.coef_)
    for j in range(4):
        for step in (-1e-3, 1e-3):
            assert cost(ridge.coef_ + step * np.eye(4)[j]) > best


def test_adam_of_a_network_is_adam():
    options = {"solver": "adam", "epsilon": 1e-8, "alpha": 0.0, "activation": "identity"}
    network = neural_network.MLPRegressor(hidden_layer_sizes=(), random_state=0, **options)
    network.partial_fit(X, AMOUNTS)
    still = neural_network.MLPRegressor(
        hidden_layer_sizes=(), random_state=0, learning_rate_init=1e-300, **options
    )
    start = still.partial_fit(X, AMOUNTS).coefs_[0]
    error = lossary.dense(X, start, still.intercepts_[0])[:, 0] - AMOUNTS
    gradient = X.T @ error.reshape(-1, 1) / len(X)
    # Its epsilon stands beside the uncorrected root, as that of Keras does.
    ours, _ = lossary.adam(start, gradient, epsilon=1e-8)
    agree(network.coefs_[0], ours)


def test_standard_scaler_is_normalization_after_adapt(keras):
    layer = keras.layers.Normalization()
    layer.adapt(X)
    agree(preprocessing.StandardScaler().fit_transform(X), layer(X), rtol=1e-3, atol=1e-5)


# Losses and metrics


def test_log_loss_is_the_mean_cross_entropy_of_probabilities(keras):
    losses = lossary.sparse_categorical_cross_entropy(CLASSES, PROBABILITIES)
    agree(metrics.log_loss(CLASSES, PROBABILITIES), lossary.cost(losses))
    ours = keras.losses.SparseCategoricalCrossentropy()(CLASSES, PROBABILITIES)
    agree(metrics.log_loss(CLASSES, PROBABILITIES), ours, rtol=1e-5)
    agree(metrics.log_loss(CLASSES, PROBABILITIES, normalize=False), losses.sum())


def test_log_loss_of_two_classes_is_the_mean_binary_cross_entropy():
    agree(metrics.log_loss(YES, SCORES), lossary.binary_cross_entropy(YES, SCORES).mean())


def test_sample_weights_divide_by_their_sum_there_and_by_m_here():
    losses = lossary.sparse_categorical_cross_entropy(CLASSES, PROBABILITIES)
    theirs = metrics.log_loss(CLASSES, PROBABILITIES, sample_weight=WEIGHTS)
    agree(theirs, np.average(losses, weights=WEIGHTS))
    agree(theirs, lossary.cost(losses, WEIGHTS) * len(losses) / WEIGHTS.sum())


def test_squared_and_absolute_errors_are_means(keras):
    p = AMOUNTS + X[:, 0]
    agree(metrics.mean_squared_error(AMOUNTS, p), ((p - AMOUNTS) ** 2).mean())
    column, guess = AMOUNTS.reshape(-1, 1), p.reshape(-1, 1)
    agree(metrics.mean_squared_error(AMOUNTS, p), lossary.squared_error(column, guess).mean())
    agree(metrics.mean_absolute_error(AMOUNTS, p), lossary.absolute_error(column, guess).mean())


def test_hinge_loss_is_the_mean_hinge(keras):
    signs, margins = 2 * YES - 1, X[:, 0]
    ours = keras.losses.Hinge()(signs.reshape(-1, 1), margins.reshape(-1, 1))
    agree(metrics.hinge_loss(YES, margins), ours, rtol=1e-5)


def test_poisson_deviance_is_twice_the_distance_to_the_best_value(keras):
    y, p = np.array([[1.0], [2.0], [5.0]]), np.array([[0.5], [2.0], [4.0]])
    distance = keras.losses.Poisson()(y, p) - keras.losses.Poisson()(y, y)
    agree(metrics.mean_poisson_deviance(y, p), 2 * distance, rtol=1e-4)


def test_cosine_similarity_is_minus_the_loss(keras):
    a, b = X[:10], X[10:20]
    theirs = np.diag(metrics.pairwise.cosine_similarity(a, b)).mean()
    agree(theirs, -keras.losses.CosineSimilarity()(a, b), rtol=1e-5)


@pytest.mark.parametrize("name", ["accuracy_score", "precision_score", "recall_score", "f1_score"])
def test_scores_take_answers_where_keras_takes_probabilities(name, keras):
    ours = {
        "accuracy_score": keras.metrics.BinaryAccuracy(),
        "precision_score": keras.metrics.Precision(),
        "recall_score": keras.metrics.Recall(),
        "f1_score": keras.metrics.F1Score(threshold=0.5),
    }[name]
    ours.update_state(YES.reshape(-1, 1), SCORES.reshape(-1, 1))
    theirs = getattr(metrics, name)(YES, SCORES > 0.5)
    agree(theirs, np.ravel(ours.result())[0], rtol=1e-5)


def test_auc_of_keras_comes_close_to_the_exact_area(keras):
    ours = keras.metrics.AUC(num_thresholds=2000)
    ours.update_state(YES, SCORES)
    agree(metrics.roc_auc_score(YES, SCORES), ours.result(), atol=1e-3)
