"""The page of the thread: its questions in order, its links, its printed numbers; and its plots."""

import re
from decimal import Decimal
from urllib.parse import urldefrag

import pytest

NAME = "thread.html"
PLOTTED = "experiments.html"
SECTIONS = [
    "softmax", "batch", "step", "letters", "units", "zero", "ones", "experiments", "mean-10",
    "batch-2", "duplicate", "constant", "near-constant", "d0", "names",
]  # fmt: skip
ENTRIES = {
    "loss", "cost-function", "softmax", "batch", "mini-batch", "step", "units", "kernel", "bias",
    "dense", "d0", "epoch", "batch-size", "initializer", "identifiability", "constant-feature",
}  # fmt: skip
# As the thread printed them.
SHAPES = ["(4, 25)", "(3, 25)", "(25,)", "[]"]
NUMBERS = [
    "1.0131117", "0.459983",  # the first weights
    "0.15062995", "0.6255182", "2.1731575", "2.3918853", "2.95398",  # the first predictions
    "4.587522", "5.8223114", "7.3400383", "8.886603", "9.250912",
    "0.3274685", "-0.8426258", "0.3194337", "-1.4075519", "-2.3880599",  # the noise
    "-1.0392479", "-0.5573232", "0.539707", "1.6994323", "0.28893656",
    "3.0015907", "-2.4382621e-03", "0.9898662", "2.4529e-05",  # after 3,000 steps
    "3.9935114", "6.992269", "9.998071", "13.002052", "28.003479",
    "2.9999967", "0.73000354", "0.2700143",  # with the column of ones
]  # fmt: skip


@pytest.fixture(scope="module")
def thread(site):
    return site.page(NAME)


@pytest.fixture(scope="module")
def outputs(thread):
    return "\n".join(output.get_text() for output in thread.select(".cell_output pre"))


@pytest.fixture(scope="module")
def numbers(outputs):
    """Every number that a cell of the page printed with three digits or more."""
    found = map(Decimal, re.findall(r"(?<![\w.])-?\d+\.\d+(?:e[+-]?\d+)?", outputs))
    return {number for number in found if len(number.as_tuple().digits) >= 3}


def rounded(value, like):
    """Round a number to as many digits after the point as another one has."""
    return value.quantize(Decimal((0, (1,), like.as_tuple().exponent)))


def test_questions_stand_in_the_order_of_the_thread(site):
    ids = site.ids(NAME)
    places = [ids.index(f"thread-{section}") for section in SECTIONS]
    assert places == sorted(places)


def test_every_question_has_a_cell_that_ran(thread):
    for section in set(SECTIONS) - {"experiments"}:
        part = thread.find(id=f"thread-{section}").find_parent("section") or thread.find(
            id=f"thread-{section}"
        )
        assert part.select(".cell .cell_output"), section


def test_entries_are_linked(site, thread):
    targets = {site.target(NAME, link["href"]) for link in thread.select("article a[href]")}
    linked = {slug for slug, entry in site.by_slug.items() if entry["url"] in targets}
    assert ENTRIES - linked == set()


def test_experiments_are_drawn_as_vector_graphics_with_a_sentence(site):
    plots = site.page(PLOTTED).select("article .cell_output img")
    assert len(plots) >= 5
    for plot in plots:
        path, _ = urldefrag(site.target(PLOTTED, plot["src"]))
        assert path.endswith(".svg")
        assert "<svg" in (site.folder / path).read_text(encoding="utf-8")
        assert len(plot["alt"].split()) >= 10


def test_every_open_experiment_leads_to_what_draws_it(site, thread):
    for section in ("mean-10", "batch-2", "duplicate", "constant", "near-constant"):
        links = thread.find(id=f"thread-{section}").find_parent("section").select("a[href]")
        assert any(site.target(NAME, link["href"]).startswith(PLOTTED) for link in links), section


@pytest.mark.parametrize("shape", SHAPES)
def test_shape_of_the_thread_is_printed(shape, outputs):
    assert shape in outputs


@pytest.mark.parametrize("printed", NUMBERS)
def test_number_of_the_thread_is_reproduced(printed, numbers):
    value = Decimal(printed)
    assert any(rounded(value, number) == number for number in numbers)


def test_a_number_that_the_thread_did_not_print_is_not_found(numbers):
    for value in map(Decimal, ("3.1015907", "0.459783", "7.7777777")):
        assert not any(rounded(value, number) == number for number in numbers)
