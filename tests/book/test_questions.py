"""Each question of a learner is answered: its entries exist, say the facts, and have a cell."""

import tomllib
from pathlib import Path

import pytest

QUESTIONS = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
COLLECTED = {name for name in QUESTIONS if name.startswith("q")}
EVERY = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)


@pytest.fixture(scope="module")
def sections(site):
    """Return the elements that hold the entries of a question."""

    def found(question):
        return [site.find(site.by_slug[slug]["url"]) for slug in question["entries"]]

    return found


@pytest.fixture(scope="module")
def pages_of_cells(site):
    """Return the page that each labelled cell stands on."""
    names = (name for name in site.names if not name.startswith("t/"))
    return {cell["id"]: name for name in names for cell in site.page(name).select(".cell[id]")}


def plain(text):
    """Return text as it is compared: what a page sets in quotes or dashes is left out."""
    return "".join(filter(str.isalnum, text)).lower()


@EVERY
def test_question_has_its_entries(question, site):
    assert question["entries"]
    assert [slug for slug in question["entries"] if slug not in site.by_slug] == []


@EVERY
def test_cell_of_the_answer_ran_and_asserts(question, site, pages_of_cells):
    page = pages_of_cells[question["cell"]]
    cell = site.page(page).find(id=question["cell"])
    assert "assert " in cell.select_one(".cell_input").get_text()
    assert cell.select_one(".lossary-ran")


@EVERY
def test_cell_of_the_answer_is_found_from_an_entry(question, site, sections):
    """It stands in the section of an entry, is its evidence, or the section links to it."""
    url = question["cell"]
    for slug, section in zip(question["entries"], sections(question), strict=True):
        evidence = {cell["url"].partition("#")[2] for cell in site.by_slug[slug]["evidence"]}
        linked = {link["href"].partition("#")[2] for link in section.select("a[href]")}
        if section.find(id=url) or url in evidence | linked:
            return
    pytest.fail(f"no entry of the question leads to {url}")


@EVERY
def test_facts_stand_in_the_entries(question, sections):
    said = plain(" ".join(section.get_text() for section in sections(question)))
    assert question["says"]
    assert [fact for fact in question["says"] if plain(fact) not in said] == []


def test_all_collected_questions_are_answered_and_as_many_of_our_own():
    assert len(COLLECTED) == 78
    asked = [QUESTIONS[name]["question"] for name in QUESTIONS.keys() - COLLECTED]
    assert len(set(asked)) == len(asked) >= 60
