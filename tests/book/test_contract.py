"""What other programs rely on: glossary.json, its schema, the short links, the inventory."""

import copy
import json
import platform
import re
import warnings
from importlib.metadata import packages_distributions, version
from urllib.parse import urldefrag

import pytest
from jsonschema import Draft202012Validator
from sphinx.util.inventory import InventoryFile

from benchmarks.record import RECORDS
from lossary_book.model import exists, fold
from lossary_book.recorded import load

RAW_TEX = re.compile(r"\\[A-Za-z]+|\\[()\[\]]|\$[^$]+\$")


@pytest.fixture(scope="module")
def schema(site):
    return json.loads((site.folder / "glossary.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def validator(schema):
    return Draft202012Validator(schema)


def test_schema_is_valid_itself(schema):
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


def test_glossary_is_as_its_schema_says(site, validator):
    assert site.entries
    assert [error.message for error in validator.iter_errors(site.glossary)] == []


BREAKAGES = {
    "no definition": lambda entry: entry.pop("definition"),
    "empty definition": lambda entry: entry.update(definition=""),
    "slug with a space": lambda entry: entry.update(slug="cost function"),
    "unknown kind": lambda entry: entry.update(kind="idea"),
    "page without an anchor": lambda entry: entry.update(url="topics/dense.html"),
    "short link elsewhere": lambda entry: entry.update(short_url="s/kernel/"),
    "names of a stranger": lambda entry: entry["names"].update(matlab="W"),
    "no evidence": lambda entry: entry.update(evidence=[]),
    "evidence without an assert": lambda entry: entry["evidence"][0].update(asserts=0),
    "no code": lambda entry: entry.update(code=[]),
    "an alias twice": lambda entry: entry.update(aliases=["W", "W"]),
    "a contrast that is no slug": lambda entry: entry.update(not_the_same_as=["Bias vector"]),
    "a field of its own": lambda entry: entry.update(rating=5),
}


@pytest.mark.parametrize("breakage", BREAKAGES.values(), ids=BREAKAGES)
def test_schema_refuses_a_broken_entry(breakage, site, validator):
    broken = copy.deepcopy(site.glossary)
    breakage(broken["entries"][0])
    assert not validator.is_valid(broken)


def test_every_address_leads_to_a_page_and_an_anchor(site):
    addresses = [
        thing["url"]
        for entry in site.entries
        for thing in (entry, *entry["equations"], *entry["evidence"])
    ]
    assert [url for url in addresses if site.find(url) is None] == []


def test_an_address_leads_to_the_name_and_the_definition_of_its_entry(site):
    for entry in site.entries:
        place = site.find(entry["url"])
        name = place.select_one("h2, h3, .lossary-parameter-head strong")
        assert fold(name.get_text().removesuffix("#")).lower() == fold(entry["term"]).lower()
        assert entry["definition"] in " ".join(place.get_text().split())


def test_slugs_are_unique(site):
    slugs = [entry["slug"] for entry in site.entries]
    assert sorted(set(slugs)) == sorted(slugs)


def test_slug_short_link_and_anchor_agree(site):
    for entry in site.entries:
        assert entry["short_url"] == f"t/{entry['slug']}/"
        assert urldefrag(entry["url"]).fragment == entry["slug"]


def test_what_a_preview_shows_holds_no_tex(site):
    texts = [text for e in site.entries for text in (e["term"], *e["aliases"], e["definition"])]
    assert [text for text in texts if RAW_TEX.search(text)] == []


def test_evidence_is_a_code_cell_that_shows_its_asserts(site):
    for entry in site.entries:
        for evidence in entry["evidence"]:
            cell = site.find(evidence["url"])
            assert "cell" in cell["class"], evidence["url"]
            code = cell.select_one(".cell_input").get_text()
            raised = cell.select_one(".cell_output .traceback") is not None
            shown = len(re.findall(r"^\s*assert\b", code, re.MULTILINE)) + raised
            assert shown >= evidence["asserts"] >= 1, evidence["url"]
            count = int(re.match(r"\d+", cell.select_one(".lossary-ran").get_text()).group())
            assert count == evidence["asserts"], evidence["url"]


def test_contrasts_are_entries(site):
    for entry in site.entries:
        assert set(entry["not_the_same_as"]) <= set(site.by_slug) - {entry["slug"]}, entry["term"]


def test_code_can_be_imported(site, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    names = {name for entry in site.entries for name in entry["code"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorFlow's own
        assert [name for name in sorted(names) if not exists(name)] == []


def test_executed_with_the_installed_versions(site):
    stated = dict(site.glossary["executed_with"])
    assert {"tensorflow", "keras", "numpy"} <= set(stated)
    assert stated.pop("python") == platform.python_version()
    distributions = packages_distributions() | {"scikit-learn": ["scikit-learn"]}
    installed = {name: {version(found) for found in distributions[name]} for name in stated}
    assert {name: {number} for name, number in stated.items()} == installed


def test_equations_as_text_hold_no_tex(site):
    texts = [equation["text"] for entry in site.entries for equation in entry["equations"]]
    assert len(texts) > 80
    assert [text for text in texts if RAW_TEX.search(text)] == []


def test_text_files_hold_every_entry_and_page(site):
    index = (site.folder / "llms.txt").read_text(encoding="utf-8")
    assert index.startswith("# Lossary\n\n> ")
    links = re.findall(r"^- \[.*?\]\(([^()\s]+(?:\([^()]*\))?)\)", index, re.MULTILINE)
    assert [link for link in links if site.broken("llms.txt", link)] == []
    pages = {entry["url"].partition("#")[0] for entry in site.entries}
    assert pages | {entry["short_url"] for entry in site.entries} <= set(links)
    text = " ".join((site.folder / "glossary.txt").read_text(encoding="utf-8").split())
    for entry in site.entries:
        assert f"{entry['term']} {entry['definition']}" in text


def test_inventory_lists_every_term_and_alias(site):
    inventory = InventoryFile.loads((site.folder / "objects.inv").read_bytes(), uri="")
    listed = {name: item.uri for name, item in inventory.data["std:term"].items()}
    wanted = {
        name: entry["url"] for entry in site.entries for name in (entry["term"], *entry["aliases"])
    }
    assert listed == wanted


def test_a_to_z_lists_every_name(site):
    listed, names = {}, set()
    for item in site.page("glossary.html").select("dl.lossary-index > dt"):
        names.add(item.get_text())
        if item.a is not None:
            listed[item.get_text()] = site.target("glossary.html", item.a["href"])
    assert listed == {entry["term"]: entry["url"] for entry in site.entries}
    assert names == {name for e in site.entries for name in (e["term"], *e["aliases"])}


def test_evidence_page_counts_what_the_glossary_counts(site):
    rows = site.page("evidence.html").select("table.lossary-table tbody tr")
    shown = {}
    for row in rows:
        entry, claims, cells, code = row.find_all("td")
        counts = re.findall(r"\((\d+) claims? ran\)", cells.get_text())
        links = [site.target("evidence.html", a["href"]) for a in cells.find_all("a")]
        shown[entry.get_text().strip()] = (
            site.target("evidence.html", entry.a["href"]),
            int(claims.get_text()),
            list(zip(links, map(int, counts), strict=True)),
            [tag.get_text() for tag in code.find_all("code")],
        )
    assert shown == {
        entry["term"]: (
            entry["url"],
            sum(cell["asserts"] for cell in entry["evidence"]),
            [(cell["url"], cell["asserts"]) for cell in entry["evidence"]],
            entry["code"],
        )
        for entry in site.entries
    }
    assert len(rows) == len(site.entries)


def test_evidence_page_sums_up(site):
    cells = {cell["url"]: cell["asserts"] for e in site.entries for cell in e["evidence"]}
    summary = site.page("evidence.html").find(string=re.compile(r"entries stand on"))
    assert [int(number) for number in re.findall(r"\d+", summary)][:3] == [
        len(site.entries),
        len(cells),
        sum(cells.values()),
    ]


def test_record_of_the_versions_knows_every_entry(site):
    known = {slug for slug, *_ in load(RECORDS, "versions")["tables"]["entries"]["rows"]}
    missing = sorted(set(site.by_slug) - known)
    assert not missing, f"No TensorFlow but the newest ran {missing}: run nox -s versions"
    assert not known - set(site.by_slug), (
        "The record has entries that are gone: run nox -s versions"
    )
