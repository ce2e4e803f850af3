"""What a cell claims and uses, read off its source."""

import ast

import pytest

from lossary_book import claims


def constant_lines(source: str, before: set[str] | None = None) -> list[int]:
    return claims.constant_asserts(claims.parse(source), claims.BUILTINS | (before or set()))


@pytest.mark.parametrize(
    "source",
    [
        "assert True",
        "assert 1",
        "assert 'text'",
        "assert 1 + 1 == 2",
        "assert not False",
        "assert -1 < 0 < 1",
        "assert 2 in (1, 2)",
        "assert len('abc') == 3",
        "assert 3 if 1 else 0",
        "assert f'{1}' == '1'",
        "assert (x == 1, 'a message that makes it a tuple')",
        "assert [x == 1]",
        "assert {'loss': x}",
        "assert (a == b for a, b in pairs)",
        "assert lambda: x == 1",
        "assert x == x",
        "assert f(x) == f(x)",
        "assert x is x",
        "assert x <= x",
        "assert x >= x",
        "assert x == 1 or True",
        "assert True or x == 1",
        "assert x == 1 or (y == 2 or 1)",
        "assert x == x and y == y",
        "assert all(n > 0 for n in [1, 2])",
        "assert [n for n in (1, 2)] == [1, 2]",
        "assert {n: 1 for n in (1, 2)}",
        "assert (lambda n: n + 1)(1) == 2",
        "for x in xs:\n    assert 1 < 2",
        "m = 10\nassert m == 10",
        "m, n = 3, 4\nassert m * n == 12",
        "(m, n), k = (3, 4), 5\nassert m + n > k",
        "m = n = 3\nassert m == n",
        "m: int = 3\nassert m == 3",
        "m = 3\nn = m + 1\nassert n == 4",
        "rows = [1, 2]\nassert rows == [1, 2]",
        "rows = [1, 2]\nassert rows.count(1) == 1",
        "rows = []\nassert not rows",
        "rows = []\nrows.append(1)\nassert rows == [1]",
        "word = 'abc'\nassert word.upper() == 'ABC'",
        "rows = [1]\nf(rows=0).append(x)\nassert rows == [1]",  # what a call returns has no name
    ],
)
def test_assert_that_cannot_fail_is_constant(source: str) -> None:
    assert constant_lines(source) == [len(source.splitlines())]


@pytest.mark.parametrize(
    "source",
    [
        "assert f() == 1",
        "assert x",
        "assert x == 1 and True",
        "assert x == y",
        "assert x != x",  # NaN
        "assert x < x",
        "assert 0 < x < 1",
        "assert x == 1 or y == 2",
        "assert f(1) == f(2)",
        "assert all(n > 0 for n in xs)",
        "assert [n * x for n in (1, 2)] == [1, 2]",
        "assert 'loss' in history",
        "assert np.pi > 3",
        "m = f(10)\nassert m == 10",
        "m = 10\nm = f(m)\nassert m == 10",
        "m = 10\nm += x\nassert m == 10",
        "m, n = x.shape\nassert m == 10",
        "for n in xs:\n    assert n",
        "with open(path) as text:\n    assert text",
        "if x:\n    m = 1\nelse:\n    m = 2\nassert m == 1",
        "import loss as m\nassert m",
        "sum = f(3)\nassert sum == 3",
        "from numpy import all\nassert all([True])",
        "def max(x):\n    return f(x)\nassert max(1) == 1",
    ],
)
def test_assert_on_a_computed_value_is_not_constant(source: str) -> None:
    assert constant_lines(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "rows = []\nfor x in xs:\n    rows.append(f(x))\nassert rows == [1]",
        "rows = []\nfor x in xs:\n    if x:\n        rows.append(1)\nassert rows == [1]",
        "rows = []\nrows.append(f(1))\nassert rows == [1]",
        "rows = [0]\nrows.extend(f(1))\nassert rows == [0, 1]",
        "rows = [0]\nrows.insert(0, x)\nassert rows == [1, 0]",
        "rows = [0]\nrows += [x]\nassert rows == [0, 1]",
        "seen = {0}\nfor x in xs:\n    seen.add(x)\nassert len(seen) == 3",
        "seen = set()\nfor x in xs:\n    seen.add(x)\nassert len(seen) == 3",
        "seen = {}\nseen.update(f(1))\nassert seen == {'a': 1}",
        "seen = {}\nfor x in xs:\n    seen.update({x: 1})\nassert seen == {'a': 1}",
        "seen = {}\nseen.update(a=f(1))\nassert seen == {'a': 1}",
        "seen = {}\nseen['a'] = f(1)\nassert seen == {'a': 1}",
        "seen = {}\nfor x in xs:\n    seen[x] = 1\nassert seen == {'a': 1}",
        "seen = {}\nfor x in xs:\n    seen[x], n = 1, 2\nassert seen == {'a': 1}",
        "seen = {'a': 0}\nfor x in xs:\n    seen['a'] += x\nassert seen == {'a': 1}",
        "seen = {'a': 0}\nseen['a'] += x\nassert seen == {'a': 1}",
        "seen = {'a': []}\nfor x in xs:\n    seen['a'].append(x)\nassert seen == {'a': [1]}",
        "rows = [1, 2]\nfor x in xs:\n    del rows[0]\nassert rows == [2]",
        "rows = []\nf(callback=lambda x: rows.append(x))\nassert rows == [1]",
        "rows = []\ndef note(x):\n    rows.append(x)\nf(note)\nassert rows == [1]",
        "sizes = rows = []\nfor x in xs:\n    sizes.append(x)\nassert sizes == [1]",
    ],
)
def test_what_is_filled_later_is_computed(source: str) -> None:
    ast.parse(source)
    assert constant_lines(source) == []


def test_literals_are_known_to_later_cells_until_they_are_computed() -> None:
    names = claims.literals(claims.parse("m = 10\nrows = []\nk = f()"), set())
    assert names == {"m", "rows"}
    assert constant_lines("assert m == 10", names) == [1]
    later = claims.literals(claims.parse("m = f()\nfor x in xs:\n    rows.append(x)"), names)
    assert later == set()
    again = claims.literals(claims.parse("m = 3"), later)
    assert again == {"m"}


def test_name_that_an_import_or_a_def_binds_anew_is_no_literal() -> None:
    before = {"m", "n", "k"}
    source = "import loss as m\nfrom loss import n\ndef k(): ...\nclass j: ..."
    assert claims.literals(claims.parse(source), before | {"j"}) == set()


def test_all_constant_asserts_are_found_wherever_they_stand() -> None:
    source = "assert 1\nassert f()\ndef g():\n    assert 2\nif x:\n    assert 3\n"
    assert constant_lines(source) == [1, 4, 6]


def test_asserts_that_may_not_run_do_not_count() -> None:
    source = """
assert a
for x in xs:
    assert b
    with open(x):
        assert c
def f():
    assert d
if x:
    assert e
while x:
    assert f
try:
    assert g
except ValueError:
    assert h
class A:
    assert i
"""
    found = claims.asserts(claims.parse(source))
    assert [ast.unparse(statement.test) for statement in found] == ["a", "b", "c"]


def test_magic_lines_are_left_out_and_lines_keep_their_numbers() -> None:
    tree = claims.parse("%matplotlib inline\n!ls\nassert x")
    assert claims.asserts(tree)[0].lineno == 3


def test_cell_that_is_no_python_claims_nothing() -> None:
    assert claims.parse("assert (").body == []


def test_used_names_are_identifiers_attributes_keywords_and_strings() -> None:
    source = (
        "import a.b as c\nlayer.kernel\nfit(x, batch_size=2)\nd['loss']\nf = lambda units: None"
    )
    used = claims.used_names(claims.parse(source))
    wanted = {"a", "b", "layer", "kernel", "fit", "batch_size", "loss", "units", "None"}
    assert wanted <= used
    assert "los" not in used


def test_name_in_a_comment_or_inside_a_longer_string_is_not_used() -> None:
    used = claims.used_names(claims.parse("x = 'the kernel of a layer'  # units"))
    assert "kernel" not in used
    assert "units" not in used


@pytest.mark.parametrize(
    ("source", "claimed"),
    [
        ("import lossary\nlossary.softmax(z)", "lossary.softmax"),
        ("from lossary import softmax\nsoftmax(z)", "lossary.softmax"),
        ("from lossary import softmax as s\ns(z)", "lossary.softmax"),
        ("import numpy as np\nnp.exp(z)", "np.exp"),
        ("import numpy as np\nnp.exp(z)", "numpy.exp"),
        ("import numpy\nnumpy.linalg.norm(z)", "np.linalg.norm"),
        ("import numpy.linalg as la\nla.norm(z)", "numpy.linalg.norm"),
        ("import scipy.special\nscipy.special.expit(z)", "scipy.special.expit"),
        ("import tensorflow as tf\ntf.keras.layers.Dense(3)", "tf.keras.layers.Dense"),
        ("import tensorflow as tf\ntf.keras.layers.Dense(3)", "keras.layers.Dense"),
        ("from tensorflow import keras\nkeras.layers.Dense(3)", "tf.keras.layers.Dense"),
        ("from tensorflow.keras.layers import Dense\nDense(3)", "tf.keras.layers.Dense"),
        ("import keras\nkeras.layers.Dense(3)", "tensorflow.keras.layers.Dense"),
        ("import matplotlib.pyplot as plt\nplt.plot(x)", "matplotlib.pyplot.plot"),
        ("layer.get_weights()", "tf.keras.layers.Layer.get_weights"),
    ],
)
def test_code_is_resolved_through_import_aliases(source: str, claimed: str) -> None:
    tree = claims.parse(source)
    assert claims.uses(claimed, tree, claims.imports(tree))


@pytest.mark.parametrize(
    ("source", "claimed"),
    [
        ("lossary.softmax(z)", "lossary.softmax"),  # not imported
        ("import other as lossary\nlossary.softmax(z)", "lossary.softmax"),
        ("import lossary\nother.softmax(z)", "lossary.softmax"),
        ("import lossary\nlossary.log_softmax(z)", "lossary.softmax"),
        ("import lossary\n'lossary.softmax'", "lossary.softmax"),
        ("import lossary\nf().softmax(z)", "lossary.softmax"),
        ("import numpy as np\nnp.expm1(z)", "np.exp"),
        ("get_weights()", "tf.keras.layers.Layer.get_weights"),
        ("layer.get_weights_of()", "tf.keras.layers.Layer.get_weights"),
    ],
)
def test_code_that_is_not_reached_is_not_used(source: str, claimed: str) -> None:
    tree = claims.parse(source)
    assert not claims.uses(claimed, tree, claims.imports(tree))


def test_imports_of_earlier_cells_count() -> None:
    imported = claims.imports(claims.parse("import lossary as ls"))
    assert claims.uses("lossary.softmax", claims.parse("ls.softmax(z)"), imported)


def test_canonical_rewrites_whole_parts_only() -> None:
    assert claims.canonical("tf") == "tensorflow"
    assert claims.canonical("tf.keras.ops.exp") == "keras.ops.exp"
    assert claims.canonical("tfp.layers") == "tfp.layers"
    assert claims.canonical("npx.exp") == "npx.exp"


def test_a_short_name_for_something_imported_counts() -> None:
    before = claims.imports(claims.parse("import tensorflow as tf\nlosses = tf.keras.losses"))
    tree = claims.parse("loss = losses.Huber(delta=2.0)")
    assert claims.uses("tf.keras.losses.Huber", tree, claims.imports(tree, before))
    assert not claims.uses("tf.keras.losses.LogCosh", tree, claims.imports(tree, before))
