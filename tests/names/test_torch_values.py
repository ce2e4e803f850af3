"""Where weights and values map between PyTorch, Keras and lossary, the numbers agree."""

import numpy as np
import pytest

import lossary

pytestmark = pytest.mark.names
torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing is compared")
nn = torch.nn
RNG = np.random.default_rng(42)
LOGITS = 3 * RNG.normal(size=(6, 3))
CLASSES = np.array([0, 2, 1, 1, 0, 2])
YES = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0])


def tensor(array, **options):
    return torch.tensor(np.asarray(array), **options)


def agree(theirs, ours, **tolerance):
    values = theirs.detach().numpy() if isinstance(theirs, torch.Tensor) else theirs
    np.testing.assert_allclose(values, ours, **{"rtol": 1e-6, "atol": 1e-9} | tolerance)


@pytest.mark.parametrize(
    "formula",
    [
        (torch.softmax, lossary.softmax),
        (torch.log_softmax, lossary.log_softmax),
        (torch.logsumexp, lossary.logsumexp),
    ],
    ids=lambda pair: pair[0].__name__,
)
def test_softmax_and_its_kin_take_the_last_dimension(formula):
    theirs, ours = formula
    agree(theirs(tensor(LOGITS), dim=-1), ours(LOGITS))


def test_sigmoid_relu_and_one_hot_are_the_same():
    agree(torch.sigmoid(tensor(LOGITS)), lossary.sigmoid(LOGITS))
    agree(torch.relu(tensor(LOGITS)), lossary.relu(LOGITS))
    agree(nn.functional.one_hot(tensor(CLASSES), 3), lossary.one_hot(CLASSES, 3))


# Layers


def test_weight_of_linear_is_the_kernel_transposed(keras):
    dense = keras.layers.Dense(25, bias_initializer="random_normal", dtype="float64")
    x = RNG.normal(size=(3, 4))
    output = dense(x)
    kernel, bias = dense.get_weights()
    linear = nn.Linear(4, 25).double()
    state = linear.state_dict()
    assert list(state) == ["weight", "bias"]
    assert state["weight"].shape == (25, 4) == kernel.shape[::-1]
    linear.load_state_dict({"weight": tensor(kernel.T), "bias": tensor(bias)})
    agree(linear(tensor(x)), output)
    agree(linear(tensor(x)), lossary.dense(x, kernel, bias))
    assert sum(p.numel() for p in linear.parameters()) == lossary.dense_count_params(4, 25)


def test_linear_starts_with_random_biases_and_a_smaller_kernel():
    torch.manual_seed(42)
    linear = nn.Linear(100, 200)
    for weights in linear.parameters():
        largest = weights.abs().max().item()
        assert 0.98 / np.sqrt(100) < largest <= 1 / np.sqrt(100)
    assert lossary.glorot_limit(100, 200) > 1 / np.sqrt(100)


def test_sequential_computes_what_keras_computes(keras):
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(5, "relu"), keras.layers.Dense(3)]
    )
    ours = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
    names = [name for name, _ in ours.named_parameters()]
    assert names == ["0.weight", "0.bias", "2.weight", "2.bias"]
    arrays = [tensor(array.T) for array in model.get_weights()]
    ours.load_state_dict(dict(zip(names, arrays, strict=True)))
    x = RNG.normal(size=(6, 4)).astype("float32")
    agree(ours(tensor(x)), model(x), rtol=1e-4, atol=1e-6)


def test_momentum_of_batch_normalization_is_one_minus_that_of_keras(keras):
    x = RNG.normal(loc=2.0, scale=3.0, size=(5, 4)).astype("float32")
    theirs = nn.BatchNorm1d(4, eps=0.001, momentum=0.1)
    ours = keras.layers.BatchNormalization(momentum=0.9, epsilon=0.001)
    agree(theirs(tensor(x)), ours(x, training=True), rtol=1e-4, atol=1e-5)
    agree(theirs.running_mean, ours.moving_mean, rtol=1e-4)
    # The variance of the batch differs: divided by m - 1 there, by m here.
    agree(theirs.running_var, 0.9 + 0.1 * x.var(axis=0, ddof=1), rtol=1e-4)
    agree(ours.moving_variance, 0.9 + 0.1 * x.var(axis=0), rtol=1e-4)
    assert nn.BatchNorm1d(4).momentum == pytest.approx(0.1)
    assert keras.layers.BatchNormalization().momentum == pytest.approx(0.99)


def test_dropout_scales_what_it_keeps_in_both(keras):
    x = np.ones((100, 100), "float32")
    theirs = nn.Dropout(p=0.2)(tensor(x)).numpy()
    ours = keras.layers.Dropout(0.2, seed=1)(x, training=True).numpy()
    for dropped in (theirs, ours):
        np.testing.assert_allclose(np.unique(dropped), [0, 1 / 0.8], rtol=1e-6)
        assert abs((dropped == 0).mean() - 0.2) < 0.02


# Losses


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_cross_entropy_takes_logits_and_class_indices(reduction):
    losses = lossary.sparse_categorical_cross_entropy(CLASSES, LOGITS, from_logits=True)
    loss = nn.CrossEntropyLoss(reduction=reduction)(tensor(LOGITS), tensor(CLASSES))
    agree(loss, {"none": losses, "sum": losses.sum(), "mean": lossary.cost(losses)}[reduction])


def test_cross_entropy_takes_float_targets_for_distributions(keras):
    rows = lossary.smooth_labels(lossary.one_hot(CLASSES, 3), 0.2)
    loss = nn.CrossEntropyLoss()(tensor(LOGITS), tensor(rows))
    agree(loss, lossary.cost(lossary.categorical_cross_entropy(rows, LOGITS, from_logits=True)))
    ours = keras.losses.CategoricalCrossentropy(from_logits=True)(rows, LOGITS)
    agree(loss, ours, rtol=1e-5)


def test_cross_entropy_smooths_labels_as_keras_does(keras):
    loss = nn.CrossEntropyLoss(label_smoothing=0.2)(tensor(LOGITS), tensor(CLASSES))
    options = {"from_logits": True, "label_smoothing": 0.2}
    ours = keras.losses.CategoricalCrossentropy(**options)(lossary.one_hot(CLASSES, 3), LOGITS)
    agree(loss, ours, rtol=1e-5)


def test_mean_of_weighted_cross_entropy_divides_by_the_weights(keras):
    weights = {0: 1.0, 1: 2.0, 2: 5.0}
    losses = lossary.sparse_categorical_cross_entropy(CLASSES, LOGITS, from_logits=True)
    samples = lossary.class_weight_to_sample_weights(CLASSES, weights)
    criterion = nn.CrossEntropyLoss(weight=tensor(list(weights.values())))
    loss = criterion(tensor(LOGITS), tensor(CLASSES))
    agree(loss, np.average(losses, weights=samples))
    ours = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    divided_by_m = ours(CLASSES, LOGITS, sample_weight=samples)
    agree(divided_by_m, lossary.cost(losses, samples), rtol=1e-5)
    assert abs(loss.item() - float(divided_by_m)) > 0.1


def test_ignore_index_is_left_out_of_the_divisor_as_in_keras(keras):
    labels = np.array([0, 2, -1, 1, -1, 2])
    loss = nn.CrossEntropyLoss(ignore_index=-1)(tensor(LOGITS), tensor(labels))
    ours = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    agree(loss, ours(labels, LOGITS), rtol=1e-5)


def test_nll_loss_takes_log_probabilities():
    losses = lossary.sparse_categorical_cross_entropy(CLASSES, LOGITS, from_logits=True)
    loss = nn.NLLLoss()(tensor(lossary.log_softmax(LOGITS)), tensor(CLASSES))
    agree(loss, losses.mean())


def test_binary_cross_entropy_has_a_loss_for_logits_and_one_for_probabilities(keras):
    z = LOGITS[:, 0]
    mean = lossary.cost(lossary.binary_cross_entropy(YES, z, from_logits=True))
    agree(nn.BCEWithLogitsLoss()(tensor(z), tensor(YES)), mean)
    agree(nn.BCELoss()(tensor(lossary.sigmoid(z)), tensor(YES)), mean)
    column, labels = z.reshape(-1, 1), YES.reshape(-1, 1)
    ours = keras.losses.BinaryCrossentropy(from_logits=True)(labels, column)
    agree(nn.BCEWithLogitsLoss()(tensor(z), tensor(YES)), ours, rtol=1e-5)


def test_mean_losses_average_over_all_outputs_as_keras_does(keras):
    y, p = RNG.normal(size=(6, 2)), RNG.normal(size=(6, 2))
    agree(nn.MSELoss()(tensor(p), tensor(y)), lossary.cost(lossary.squared_error(y, p)))
    agree(nn.L1Loss()(tensor(p), tensor(y)), lossary.cost(lossary.absolute_error(y, p)))
    agree(nn.MSELoss()(tensor(p), tensor(y)), keras.losses.MeanSquaredError()(y, p), rtol=1e-5)
    summed = nn.MSELoss(reduction="sum")(tensor(p), tensor(y))
    agree(summed, 2 * lossary.squared_error(y, p).sum())  # of 12 numbers, not of 6 examples


def test_smooth_l1_is_huber_divided_by_beta(keras):
    y, p = np.zeros((6, 1)), RNG.normal(size=(6, 1)) * 3
    huber = nn.HuberLoss(delta=2.0)(tensor(p), tensor(y))
    agree(huber, keras.losses.Huber(delta=2.0)(y, p), rtol=1e-5)
    agree(nn.SmoothL1Loss(beta=2.0)(tensor(p), tensor(y)), huber / 2)


def test_poisson_takes_the_logarithm_unless_told_otherwise(keras):
    y, p = np.array([[0.0], [2.0], [5.0]]), np.array([[0.5], [2.0], [4.0]])
    loss = nn.PoissonNLLLoss(log_input=False)(tensor(p), tensor(y))
    agree(loss, keras.losses.Poisson()(y, p), rtol=1e-5)
    agree(nn.PoissonNLLLoss()(tensor(np.log(p)), tensor(y)), loss)


def test_kl_divergence_takes_the_prediction_first_as_log_probabilities(keras):
    y, p = lossary.softmax(LOGITS), lossary.softmax(LOGITS[::-1])
    loss = nn.KLDivLoss(reduction="batchmean")(tensor(np.log(p)), tensor(y))
    agree(loss, lossary.kl_divergence(y, p).mean())
    agree(loss, keras.losses.KLDivergence()(y, p), rtol=1e-5)


def test_cosine_losses_differ_by_a_constant(keras):
    y, p = RNG.normal(size=(6, 3)), RNG.normal(size=(6, 3))
    similarity = nn.CosineSimilarity(dim=-1)(tensor(p), tensor(y)).mean()
    loss = nn.CosineEmbeddingLoss()(tensor(p), tensor(y), torch.ones(6))
    agree(similarity, -keras.losses.CosineSimilarity()(y, p), rtol=1e-5)
    agree(loss, 1 - similarity)


# Initializers


def test_kaiming_normal_is_he_normal_without_the_cut():
    torch.manual_seed(42)
    weight = nn.init.kaiming_normal_(torch.empty(300, 400), nonlinearity="relu")
    cut = lossary.he_normal((400, 300), np.random.default_rng(42))
    agree(weight.std(), lossary.he_stddev(400), rtol=0.01)
    assert abs(cut).max() < 2.28 * lossary.he_stddev(400) < weight.abs().max()


def test_xavier_uniform_is_glorot_uniform():
    torch.manual_seed(42)
    weight = nn.init.xavier_uniform_(torch.empty(25, 4))
    limit = lossary.glorot_limit(4, 25)
    assert 0.9 * limit < weight.abs().max() <= limit


# Optimizers


def torch_path(make, gradients):
    """Return the weight after each gradient; it starts at 1."""
    weight = tensor(1.0, dtype=torch.float64, requires_grad=True)
    optimizer = make([weight])
    seen = []
    for gradient in gradients:
        weight.grad = tensor(gradient, dtype=torch.float64)
        optimizer.step()
        seen.append(weight.item())
    return seen


def our_path(rule, gradients, **options):
    weight, state, seen = 1.0, None, []
    for gradient in gradients:
        weight, state = rule(weight, gradient, state, **options)
        seen.append(float(weight))
    return seen


GRADIENTS = [0.3, -1.2, 2.0, 0.1, 0.5]


def test_sgd_is_gradient_descent():
    theirs = torch_path(lambda w: torch.optim.SGD(w, lr=0.1), GRADIENTS)
    agree(theirs, our_path(lossary.gradient_descent, GRADIENTS, learning_rate=0.1))


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_gives_the_same_weights_while_the_rate_stays(nesterov):
    options = {"momentum": 0.9, "nesterov": nesterov}
    theirs = torch_path(lambda w: torch.optim.SGD(w, lr=0.1, **options), GRADIENTS)
    agree(theirs, our_path(lossary.momentum, GRADIENTS, learning_rate=0.1, **options))


def test_momentum_differs_once_the_rate_changes():
    weight = tensor(1.0, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.9)
    ours, state = 1.0, None
    for rate in (0.1, 0.01):
        optimizer.param_groups[0]["lr"] = rate
        weight.grad = tensor(1.0, dtype=torch.float64)
        optimizer.step()
        ours, state = lossary.momentum(ours, 1.0, state, learning_rate=rate)
    agree(weight, 1 - 0.1 - 0.01 * 1.9)  # the rate multiplies the whole velocity
    agree(ours, 1 - 0.1 - (0.9 * 0.1 + 0.01))  # or the new gradient alone


def test_rmsprop_adds_epsilon_after_the_root():
    def after_root(gradients, eps):
        weight, square, seen = 1.0, 0.0, []
        for g in gradients:
            square = 0.9 * square + 0.1 * g**2
            weight -= 0.1 * g / (np.sqrt(square) + eps)
            seen.append(weight)
        return seen

    options = {"lr": 0.1, "alpha": 0.9, "eps": 0.5}
    theirs = torch_path(lambda w: torch.optim.RMSprop(w, **options), GRADIENTS)
    agree(theirs, after_root(GRADIENTS, 0.5))
    inside = our_path(lossary.rmsprop, GRADIENTS, learning_rate=0.1, rho=0.9, epsilon=0.5)
    assert abs(theirs[0] - inside[0]) > 0.005
    tiny = our_path(lossary.rmsprop, GRADIENTS, learning_rate=0.1, rho=0.9, epsilon=1e-14)
    options["eps"] = 1e-14
    agree(torch_path(lambda w: torch.optim.RMSprop(w, **options), GRADIENTS), tiny)


def test_adam_adds_epsilon_after_the_correction(keras):
    agree(
        torch_path(lambda w: torch.optim.Adam(w, lr=0.1, eps=1e-12), GRADIENTS),
        our_path(lossary.adam, GRADIENTS, learning_rate=0.1, epsilon=1e-12),
    )
    # Uncorrected, the root of the first mean square is sqrt(1 - 0.999) times as large.
    first = torch_path(lambda w: torch.optim.Adam(w, lr=0.1, eps=0.5), [1.0])
    agree(first, [1 - 0.1 * 1 / (1 + 0.5)])
    ours = our_path(lossary.adam, [1.0], learning_rate=0.1, epsilon=0.5 * np.sqrt(0.001))
    agree(first, ours)


def test_weight_decay_of_adamw_is_that_of_keras_and_that_of_adam_is_not(keras):
    def first_step(make):
        weight = keras.Variable(1.0)
        make.apply([keras.ops.convert_to_tensor(0.5)], [weight])
        return float(weight)

    theirs = torch_path(lambda w: torch.optim.AdamW(w, lr=0.1, weight_decay=0.2), [0.5])
    ours = first_step(keras.optimizers.AdamW(0.1, weight_decay=0.2))
    agree(theirs, [ours], rtol=1e-5)
    assert ours == pytest.approx(first_step(keras.optimizers.Adam(0.1, weight_decay=0.2)))
    as_penalty = torch_path(lambda w: torch.optim.Adam(w, lr=0.1, weight_decay=0.2), [0.5])
    agree(as_penalty, torch_path(lambda w: torch.optim.Adam(w, lr=0.1), [0.5 + 0.2 * 1.0]))
    assert abs(as_penalty[0] - theirs[0]) > 0.01


def test_weight_decay_of_sgd_is_twice_the_factor_of_an_l2_penalty(keras):
    theirs = torch_path(lambda w: torch.optim.SGD(w, lr=0.1, weight_decay=0.2), [0.5])
    slope = 0.5 + (lossary.l2_penalty(1 + 1e-6, 0.1) - lossary.l2_penalty(1.0, 0.1)) / 1e-6
    agree(theirs, our_path(lossary.gradient_descent, [slope], learning_rate=0.1), rtol=1e-5)


def test_clip_grad_norm_is_global_clipnorm(keras):
    arrays = [np.array([3.0, -4.0], "float32"), np.array([12.0], "float32")]
    weights = [torch.zeros(len(g), requires_grad=True) for g in arrays]
    for weight, gradient in zip(weights, arrays, strict=True):
        weight.grad = tensor(gradient)
    nn.utils.clip_grad_norm_(weights, 1.3)
    ours = [keras.Variable(np.zeros_like(g)) for g in arrays]
    keras.optimizers.SGD(1.0, global_clipnorm=1.3).apply(
        [keras.ops.convert_to_tensor(g) for g in arrays], ours
    )
    for weight, moved in zip(weights, ours, strict=True):
        agree(weight.grad, -moved.numpy(), rtol=1e-5)


# Schedules and data


def torch_rates(make, steps):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def test_schedules_agree_where_their_names_map(keras):
    lr, ours = torch.optim.lr_scheduler, keras.optimizers.schedules
    pairs = [
        (lambda o: lr.ExponentialLR(o, gamma=0.5**0.1), ours.ExponentialDecay(0.1, 10, 0.5)),
        (
            lambda o: lr.StepLR(o, step_size=10, gamma=0.5),
            ours.ExponentialDecay(0.1, 10, 0.5, staircase=True),
        ),
        (
            lambda o: lr.CosineAnnealingLR(o, T_max=20, eta_min=0.02),
            ours.CosineDecay(0.1, 20, alpha=0.2),
        ),
        (
            lambda o: lr.CosineAnnealingWarmRestarts(o, T_0=8, T_mult=2),
            ours.CosineDecayRestarts(0.1, 8),
        ),
        # The new rate holds from the milestone on; in Keras the boundary is the last step.
        (
            lambda o: lr.MultiStepLR(o, milestones=[6], gamma=0.5),
            ours.PiecewiseConstantDecay([5], [0.1, 0.05]),
        ),
    ]
    for theirs, schedule in pairs:
        rates = torch_rates(theirs, 20)
        agree(rates, [float(schedule(step)) for step in range(20)], rtol=1e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras
def test_reduce_on_plateau_waits_one_epoch_longer(keras):
    weight = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    theirs = []
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    callback = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2)
    callback.set_model(model)
    callback.on_train_begin()
    ours = []
    for epoch in range(6):
        plateau.step(1.0)
        callback.on_epoch_end(epoch, {"val_loss": 1.0})
        theirs.append(optimizer.param_groups[0]["lr"])
        ours.append(float(model.optimizer.learning_rate))
    assert np.argmin(np.isclose(theirs, 0.1)) == np.argmin(np.isclose(ours, 0.1)) + 1


@pytest.mark.parametrize("drop_last", [False, True])
def test_length_of_a_data_loader_is_the_steps_of_an_epoch(drop_last):
    dataset = torch.utils.data.TensorDataset(torch.zeros(1000, 1))
    loader = torch.utils.data.DataLoader(dataset, batch_size=32, drop_last=drop_last)
    assert len(loader) == lossary.steps_per_epoch(1000, 32, drop_remainder=drop_last)
    assert torch.utils.data.DataLoader(dataset).batch_size == 1
