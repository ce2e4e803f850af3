"""What the book says of JAX is so: names and numbers. Run by ``nox -s names``."""

import numpy as np
import pytest

import lossary

pytestmark = pytest.mark.names
jax = pytest.importorskip("jax", reason="JAX is not installed: its names are not checked")
LOGITS = 3 * np.random.default_rng(42).normal(size=(6, 3))
CLASSES = np.array([0, 2, 1, 1, 0, 2])


@pytest.fixture(scope="module")
def jax_names(judge, data):
    key = jax.random.key(42)
    return judge(
        data
        | {
            "jax": jax,
            "key": key,
            "shape": (4, 4),
            "cost": jax.numpy.square,
            "w": 1.0,
            "z": data["x"],
        }
    )


def test_jax_names_run(wrong_names, jax_names):
    wrong = wrong_names("jax", jax_names)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("field", ["`jax.nn.softmx(z)`", "`jax.nn.softmax(z, dim=-1)`", "`keys`"])
def test_a_wrong_jax_name_is_found(field, jax_names):
    assert jax_names.problems(field)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sigmoid", "relu"])
def test_functions_of_logits_are_the_same(name):
    theirs, ours = getattr(jax.nn, name), getattr(lossary, name)
    np.testing.assert_allclose(theirs(LOGITS), ours(LOGITS), rtol=1e-5, atol=1e-6)


def test_logsumexp_takes_all_axes_at_once_unless_told_otherwise():
    ours = lossary.logsumexp(LOGITS)
    np.testing.assert_allclose(jax.nn.logsumexp(LOGITS, axis=-1), ours, rtol=1e-6)
    np.testing.assert_allclose(jax.nn.logsumexp(LOGITS), lossary.logsumexp(ours), rtol=1e-6)


def test_one_hot_is_the_same():
    np.testing.assert_array_equal(jax.nn.one_hot(CLASSES, 3), lossary.one_hot(CLASSES, 3))


def test_grad_is_the_gradient_of_cross_entropy():
    def cost(z):
        return -jax.nn.log_softmax(z)[np.arange(6), CLASSES].sum()

    ours = lossary.categorical_cross_entropy_gradient(lossary.one_hot(CLASSES, 3), LOGITS)
    np.testing.assert_allclose(jax.grad(cost)(LOGITS), ours, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("rule", ["glorot", "he", "lecun"])
def test_initializers_follow_the_same_rules(rule):
    key, shape = jax.random.key(42), (100, 300)
    fans = lossary.fans(shape) if rule == "glorot" else lossary.fans(shape)[:1]
    limit = getattr(lossary, f"{rule}_limit")(*fans)
    stddev = getattr(lossary, f"{rule}_stddev")(*fans)
    flat = np.abs(getattr(jax.nn.initializers, f"{rule}_uniform")()(key, shape))
    bell = np.asarray(getattr(jax.nn.initializers, f"{rule}_normal")()(key, shape))
    assert 0.99 * limit < flat.max() <= limit * (1 + 1e-6)
    assert bell.std() == pytest.approx(stddev, rel=0.02)
    assert abs(bell).max() < 2.28 * stddev  # cut off at two standard deviations, as in Keras
