"""Every parameter of Keras's training surface, read off the installed Keras, has its entry."""

import inspect
import os
import re
import warnings
from copy import copy

import pytest

from lossary_book.model import fold

VALUE = r"(?<![\w.])([−-]?\d[\d.e−-]*|True|False|None|\"\w+\")"
STATED = re.compile(rf"{VALUE} unless set|by default {VALUE}|{VALUE} by default")

# What a beginner trains with. Of a family, every class that Keras makes public.
FAMILIES = ["losses", "metrics", "initializers", "regularizers", "optimizers.schedules"]
LAYERS = "Dense Activation Softmax ReLU Flatten Dropout BatchNormalization Normalization Rescaling"
METHODS = (
    "compile fit evaluate predict train_on_batch summary build get_weights set_weights count_params"
)
OBJECTS = [
    "Input",
    "Sequential.__init__",
    "layers.Layer.__init__",
    *(f"layers.{name}" for name in LAYERS.split()),
    *(f"Sequential.{name}" for name in METHODS.split()),
    *(f"optimizers.{name}" for name in ("SGD", "RMSprop", "Adam", "AdamW")),
    *(f"callbacks.{name}" for name in ("EarlyStopping", "ModelCheckpoint", "ReduceLROnPlateau")),
    *(f"utils.{name}" for name in ("to_categorical", "set_random_seed")),
]


def leads(owner, path):
    for part in path.split("."):
        owner = getattr(owner, part)
    return owner


def surface(keras):
    """Return object → {parameter: default}, as the installed Keras has it."""
    objects = list(OBJECTS)
    for family in FAMILIES:
        for name, value in vars(leads(keras, family)).items():
            if inspect.isclass(value):
                objects.append(f"{family}.{name}")
    found = {}
    for path in objects:
        parameters = inspect.signature(leads(keras, path)).parameters.values()
        found[path.removesuffix(".__init__")] = {
            one.name: None if one.default is one.empty else repr(one.default)
            for one in parameters
            if one.name != "self" and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        }
    return found


@pytest.fixture(scope="module")
def keras():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow
    return tensorflow.keras


def lacking(found, entries):
    """Return the parameters that are neither an entry nor an alias of one."""
    names = {fold(name).lower() for entry in entries for name in (entry["term"], *entry["aliases"])}
    return [
        f"{path}: {name}"
        for path, parameters in found.items()
        for name in parameters
        if not {fold(name).lower(), fold(f"{name} of {path.split('.')[-1]}").lower()} & names
    ]


def test_every_parameter_is_an_entry_or_an_alias(keras, site):
    found = surface(keras)
    assert len(found) > 100
    assert sum(map(len, found.values())) > 400
    assert lacking(found, site.entries) == []


def test_a_new_class_and_a_new_parameter_would_be_missed(keras, site, monkeypatch):
    class NewLoss(keras.losses.Loss):
        def __init__(self, brand_new=1):
            """Stand for a class of a later Keras."""

    monkeypatch.setattr(keras.losses, "NewLoss", NewLoss, raising=False)
    assert lacking(surface(keras), site.entries) == ["losses.NewLoss: brand_new"]


def test_the_page_shows_every_parameter_with_its_default(keras, site):
    shown = {}
    for table in site.page("keras/names.html").select("table.lossary-table"):
        path = table.find_previous("p", class_="rubric").get_text().removeprefix("keras.")
        rows = [row.find_all("td") for row in table.select("tbody tr")]
        shown[path] = {name.get_text(): default.get_text() for name, default, _ in rows}
    wanted = {
        path: {name: value or "required" for name, value in parameters.items()}
        for path, parameters in surface(keras).items()
    }
    assert shown == wanted


def test_a_parameter_of_the_page_leads_to_an_entry_of_its_object(keras, site):
    """`mode` of a callback is not the `mode` of an initializer."""
    strangers = []
    for table in site.page("keras/names.html").select("table.lossary-table"):
        path = table.find_previous("p", class_="rubric").get_text().removeprefix("keras.")
        # Keras makes some classes public under two names, Identity and IdentityInitializer.
        owner = getattr(leads(keras, path), "__name__", path)
        for link in table.select("td:last-child a"):
            entry = site.find(site.target("keras/names.html", link["href"]))
            of = entry.select_one(".lossary-parameter-head .lossary-also")
            if of and not re.search(rf"\b{owner}\b|every", of.get_text()):
                strangers.append(f"{link.get_text()} of {owner}: {of.get_text()}")
    assert strangers == []


def stated_defaults(card):
    """Return the values that a parameter's few lines call its default in Keras."""
    card = copy(card)
    for elsewhere in card.select(".lossary-names"):
        elsewhere.decompose()
    text = card.get_text(" ", strip=True).replace("−", "-")
    return [next(filter(None, found)).rstrip(".") for found in STATED.findall(text)]


def same(stated, default):
    if default is None:
        return False
    try:
        return float(stated) == float(default)
    except ValueError:
        return stated.strip('"') == default.strip("'")


def test_the_defaults_that_an_entry_states_are_those_of_keras(keras, site):
    found, wrong, checked = surface(keras), [], 0
    for page in filter(lambda name: name.startswith("keras/"), site.names):
        for card in site.page(page).select(".lossary-parameter"):
            name = card.select_one("strong").get_text().rpartition(".")[2]
            of = card.select_one(".lossary-parameter-head .lossary-also").get_text()
            defaults = [
                parameters[name]
                for path, parameters in found.items()
                if name in parameters and re.search(rf"\b{path.split('.')[-1]}\b|every", of)
            ]
            for stated in stated_defaults(card):
                checked += 1
                if not any(same(stated, default) for default in defaults):
                    wrong.append(f"{page}: {name}{of} is {stated}, not {sorted(set(defaults))}")
    assert wrong == []
    assert checked > 60


@pytest.mark.parametrize(
    ("stated", "default"), [("0.25", "0.25"), ("1e-07", "1e-07"), ('"rows"', "'rows'")]
)
def test_a_default_is_compared_by_value(stated, default):
    assert same(stated, default)
    assert not same(stated, "0.3")
    assert not same(stated, None)
