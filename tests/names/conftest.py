"""What the book says that things are called elsewhere, and a judge that runs these names."""

import contextlib
import importlib.util
import inspect
import io
import os
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).parents[2] / "docs"
COLUMNS = {
    "Keras": "keras", "NumPy": "numpy", "scikit-learn": "sklearn", "PyTorch": "pytorch",
    "JAX": "jax",
}  # fmt: skip
FIELD = re.compile(rf":({'|'.join(COLUMNS.values())}): (.+)")
PARTS = re.compile(r"((?:`\w+`(?:, | and )?)+) of (?:a |an |the )?`([\w.]+)`")
NO_CODE = re.compile(r"\{\w+\}`[^`]*`|\$[^$]*\$|`\([\w, ]+\)`")  # roles, formulas, shapes

# What stands for the reader's own data. All lengths are 4, so that every product fits.
TABLES = "x X W Y P A Z a p v u images kernel weight X_batch X_train x_train"
COLUMN = "b c dw g gradient batch_gradient losses names s t w y y_train y_true y_hat z alarm keep"
LENGTHS = "m n N B T batch_size decay_steps size d0 units"
NUMBERS = "alpha alpha_0 beta eps i j l lambda_ limit offset rho scale start"


def pytest_ignore_collect(collection_path, config):
    """Leave PyTorch and JAX out where they are not installed; `nox -s names` reports the skip."""
    if needs := re.match(r"test_(torch|jax)_", collection_path.name):
        missing = importlib.util.find_spec(needs[1]) is None
        return (missing and config.option.markexpr != "names") or None
    return None


def fields(text):
    """Yield (line, library, text) of each name field and of each cell of the notation's tables."""
    columns = []
    for number, line in enumerate(text.split("\n"), start=1):
        if field := FIELD.fullmatch(line):
            yield number, *field.groups()
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells or "Keras" in cells:
            columns = cells
        for column, cell in zip(columns, cells, strict=False):
            if column in COLUMNS:
                yield number, COLUMNS[column], cell


def parameters(function):
    """Return the names of a callable's parameters; none if it does not tell."""
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return set()


class Judge:
    """Runs the code of a field with the names that a reader has at hand."""

    @staticmethod
    def bound(function):
        """Return a stand-in that takes what the function takes, and does nothing."""

        def stand_in(*arguments, **keywords):
            signature.bind_partial(*arguments, **keywords)

        stand_in.__signature__ = signature = inspect.signature(function)
        return stand_in

    @staticmethod
    def maker(kind, example=None, check=lambda made: None):
        """Return a stand-in for a class that also has what only an object of it has."""

        def make(*arguments, **keywords):
            made = kind(*arguments, **keywords)
            check(made)
            return made

        make.__signature__ = inspect.signature(kind)
        for name in dir(example or kind):
            if name[0] != "_":
                setattr(make, name, getattr(example or kind, name, None))
        return make

    def __init__(self, known, takers=(), getters=(), forgives="..."):
        self.known = dict(known)
        self.takers = takers  # what is called with a lone `keyword=value`
        self.getters = getters  # what is called with a lone string
        self.forgives = forgives  # errors about what the code leaves to the reader
        for thing in known.values():
            for name in parameters(thing):
                self.known.setdefault(name, 1)

    def problems(self, text):
        """Return what is wrong with the code spans of a field, and with each `part` of `owner`."""
        text = NO_CODE.sub("", text)
        found = [self.problem(span) for span in re.findall(r"`([^`]+)`", text)]
        for parts, owner in PARTS.findall(text):
            if self.run(owner) == "":
                whole = eval(owner, dict(self.known))
                has = parameters(whole) | parameters(getattr(whole, "forward", None))
                found += [
                    f"{owner} has no {part}"
                    for part in re.findall(r"`(\w+)`", parts)
                    if part not in has and not hasattr(whole, part)
                ]
        return [problem for problem in found if problem]

    def problem(self, span):
        """Return why a piece of code does not run; nothing if it does."""
        takers = [None]
        if re.fullmatch(r"([\"']).*\1", span):
            takers = self.getters
        elif keyword := re.fullmatch(r"(\w+)=[^=].*", span):
            takers = [taker for taker in self.takers if keyword[1] in parameters(taker)]
        call = span if takers == [None] else f"taker({span})"
        problems = [self.run(call, taker=taker) for taker in takers]
        return "" if "" in problems else f"{span}: {[*problems, 'nothing takes it'][0]}"

    def run(self, code, **more):
        """Run code and return its error; `...` stands for what the reader puts there."""
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, self.known | more)
        except Exception as error:
            about_a_name = isinstance(error, (NameError, AttributeError, SyntaxError))
            about_a_name &= "ellipsis" not in str(error)
            left_out = "..." in code and "argument" not in str(error)
            if about_a_name or not (left_out or self.forgives in str(error)):
                return f"{type(error).__name__}: {error}".partition("\n")[0]
        return ""


@pytest.fixture(scope="session")
def judge():
    return Judge


@pytest.fixture(scope="session")
def data():
    return {
        **dict.fromkeys(TABLES.split(), np.arange(1.0, 17.0).reshape(4, 4) / 17),
        **dict.fromkeys(COLUMN.split(), np.array([0, 1, 1, 0])),
        **dict.fromkeys(LENGTHS.split(), 4),
        **dict.fromkeys(NUMBERS.split(), 1),
    }


@pytest.fixture(scope="session")
def wrong_names():
    """Return a function that lists what is wrong with one library's names in the whole book."""

    def wrong(library, judged):
        pages = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
        found = [
            (f"{page.relative_to(DOCS)}:{line}", text)
            for page in pages
            for line, of, text in fields(page.read_text(encoding="utf-8"))
            if of == library and "`" in text
        ]
        assert found
        return [f"{at}: {problem}" for at, text in found for problem in judged.problems(text)]

    return wrong


@pytest.fixture(scope="session")
def tf():
    """TensorFlow, with no word about what this machine could do faster."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow
    return tensorflow


@pytest.fixture(scope="session")
def keras(tf):
    return tf.keras
