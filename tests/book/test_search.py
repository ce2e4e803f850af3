"""The search finds entries by learners' own words, by names, and in spite of typing errors."""

import tomllib
import urllib.parse
from pathlib import Path

import pytest

from lossary_book.model import fold

pytestmark = pytest.mark.browser

HELD_OUT = tomllib.loads(
    Path(__file__).with_name("search_questions.toml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def search(chromium, address, site):
    """Return what types a query into the page of results and gives the addresses found."""
    page = chromium.new_page()

    def found(query):
        page.goto(f"{address}search.html?{urllib.parse.urlencode({'q': query})}")
        page.wait_for_selector("body[data-search-done]")
        hrefs = page.eval_on_selector_all("a[data-result]", "links => links.map(a => a.href)")
        return [href.removeprefix(address) for href in hrefs]

    yield found
    page.close()


@pytest.fixture(scope="module")
def addresses(site):
    """Return the addresses of the entries that bear a name."""
    known = {}
    for entry in site.entries:
        for name in (entry["term"], *entry["aliases"]):
            known.setdefault(fold(name).lower(), set()).add(entry["url"])
    return known


def test_questions_that_the_ranking_was_not_tuned_on_find_their_entry(search, addresses):
    first = third = asked = 0
    for question, names in HELD_OUT.items():
        right = set().union(*(addresses.get(fold(name).lower(), set()) for name in names))
        if right:
            found = search(question)
            asked += 1
            first += found[0] in right if found else 0
            third += bool(right & set(found[:3]))
    assert asked >= 60
    assert first / asked >= 0.7
    assert third / asked >= 0.9


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("sofmax", "softmax"),
        ("minibatch", "mini-batch"),
        ("from logits", "from_logits"),
        ("kernels", "kernel"),
        ("d0", "d0"),
        ("W", "W"),
        ("m", "m"),
        ("None", "None dimension"),
    ],
)
def test_names_are_found_as_people_type_them(search, addresses, typed, name):
    assert search(typed)[0] in addresses[fold(name).lower()]


@pytest.mark.parametrize(
    "query",
    ["<script>alert(1)</script>", "a" * 10_000, "(((.*+?[", "שלום עולם", "🤷 loss 🤷", "%00", "\\"],
)
def test_hostile_input_does_no_harm(search, query):
    assert isinstance(search(query), list)
