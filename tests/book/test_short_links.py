"""What forums and search engines read of the built site, and the page that is not there."""

import io
import json
from functools import cache
from urllib.parse import urljoin

from fontTools.ttLib import TTFont
from PIL import Image
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SDO

from lossary_book import pictures

SITE = "https://site/"


def meta(page):
    """Return what the head of a page says, by name."""
    tags = page.head("meta", content=True)
    return {tag.get("name") or tag.get("property"): tag["content"] for tag in tags}


def linked_data(site, name):
    """Return a page's JSON-LD as a program reads it: a graph of schema.org's terms."""
    script = site.page(name).find("script", type="application/ld+json")
    data = json.loads(script.string)
    assert data.pop("@context") == "https://schema.org"
    # What schema.org's own context says of the terms; a test fetches nothing.
    link = {"@type": "@id"}
    context = {"@vocab": str(SDO), "url": link, "inDefinedTermSet": link}
    text = json.dumps({"@context": context, **data})
    return Graph().parse(data=text, format="json-ld", base=urljoin(SITE, name))


def unknown(graph):
    """Return the classes and properties of a graph that schema.org does not have."""
    used = set(graph.predicates()) - {RDF.type} | set(graph.objects(None, RDF.type))
    return [term for term in used if term not in SDO]


def described(graph, entry):
    """Tell whether a graph says of an entry what the glossary says."""
    node = URIRef(SITE + entry["url"])
    values = {p: {str(o) for o in graph.objects(node, p)} for p in graph.predicates(node)}
    return values == {
        RDF.type: {str(SDO.DefinedTerm)},
        SDO.name: {entry["term"]},
        SDO.description: {entry["definition"]},
        SDO.termCode: {entry["slug"]},
        SDO.url: {str(node)},
        SDO.inDefinedTermSet: {f"{SITE}glossary.html"},
        **({SDO.alternateName: set(entry["aliases"])} if entry["aliases"] else {}),
    }


def test_every_short_link_shows_the_definition_and_leads_on(site):
    for entry in site.entries:
        name = f"{entry['short_url']}index.html"
        page = site.page(name)
        said = meta(page)
        assert page.title.string.startswith(entry["term"])
        assert said["description"] == said["og:description"] == entry["definition"]
        assert said["twitter:description"] == entry["definition"]
        assert said["og:title"] == said["twitter:title"] == entry["term"]
        assert said["og:site_name"]
        assert said["og:type"]
        assert said["twitter:card"] == "summary_large_image"
        refresh = page.find("meta", {"http-equiv": "refresh"})["content"]
        delay, _, href = refresh.partition("; url=")
        assert delay == "0"
        assert site.target(name, href) == entry["url"]
        assert site.target(name, page.body.a["href"]) == entry["url"]
        assert not page.find("script", src=True)


def test_no_short_link_is_left_over(site):
    folders = {path.name for path in (site.folder / "t").iterdir()}
    assert folders == set(site.by_slug)


def test_every_short_link_holds_a_defined_term(site):
    for entry in site.entries:
        graph = linked_data(site, f"{entry['short_url']}index.html")
        assert unknown(graph) == []
        assert described(graph, entry)
        assert (URIRef(f"{SITE}glossary.html"), RDF.type, SDO.DefinedTermSet) in graph


def test_a_page_holds_the_terms_that_it_defines(site):
    for name in {entry["url"].partition("#")[0] for entry in site.entries}:
        graph = linked_data(site, name)
        assert unknown(graph) == []
        own = [entry for entry in site.entries if entry["url"].partition("#")[0] == name]
        assert all(described(graph, entry) for entry in own)
        assert len(set(graph.subjects(RDF.type, SDO.DefinedTerm))) == len(own)


def test_every_page_is_described_once(site):
    for name in site.names:
        tags = site.page(name).head("meta", {"name": "description"})
        assert len(tags) == 1, name
        assert 20 <= len(tags[0]["content"]) <= 400, f"{name}: {tags[0]['content']}"


def test_descriptions_of_pages_differ(site):
    pages = [name for name in site.names if not name.startswith(("t/", "_modules/"))]
    assert len({meta(site.page(name))["description"] for name in pages}) == len(pages)


def test_every_page_has_the_icon(site):
    for name in site.names:
        icon = site.page(name).find("link", rel="icon")
        assert site.target(name, icon["href"]) == "_static/favicon.svg", name


def preview(site, name):
    """Return where the picture of a page lies; None if it names none."""
    picture = meta(site.page(name)).get("og:image")
    return picture and site.folder / site.target(name, picture)


def test_every_preview_has_a_picture_of_the_size_that_it_states(site):
    shown = {name: preview(site, name) for name in site.names}
    assert all(shown[f"{entry['short_url']}index.html"] for entry in site.entries)
    assert all(shown[entry["url"].partition("#")[0]] for entry in site.entries)
    for name, picture in shown.items():
        if picture:
            with Image.open(picture) as image:
                assert image.format == "PNG"
                assert image.size == (1200, 630), name
                said = meta(site.page(name))
                assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
            assert picture.stat().st_size < 100_000, picture


def test_no_two_entries_have_the_same_picture(site):
    files = [site.folder / entry["short_url"] / "preview.png" for entry in site.entries]
    assert len({Image.open(io.BytesIO(f.read_bytes())).tobytes() for f in files}) == len(files)


@cache
def letters(family):
    return set(TTFont(pictures.font(family, 40).path).getBestCmap())


def test_the_fonts_of_the_pictures_have_every_letter(site):
    for entry in site.entries:
        title = pictures.CODE if entry["kind"] == "name" else pictures.TITLE
        shown = [(title, entry["term"])]
        shown += [(pictures.TEXT, entry[part]) for part in ("definition", "shape", "example")]
        missing = {letter for family, text in shown for letter in text
                   if ord(letter) not in letters(family)}  # fmt: skip
        assert missing == set(), entry["term"]


def test_missing_page_leads_on_from_any_depth(site):
    page = site.page("404.html")
    root = page.html["data-content_root"]
    addresses = [root] + [
        tag.get("href") or tag.get("src") or tag.get("action")
        for tag in page.find_all(["a", "link", "script", "form", "img"])
        if tag.has_attr("href") or tag.has_attr("src") or tag.has_attr("action")
    ]
    assert len(addresses) > 50
    assert [a for a in addresses if not a.startswith(("/", "#", "https://"))] == []
    assert page.select_one("main form[role=search] input[name=q]")
    assert not page.find("link", rel="canonical")
