"""Each page of the site by itself: links, ids, pictures, titles, and no path of a machine."""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MACHINE = (f"{ROOT}/", "/root/", "/tmp/", "site-packages")
TEXTS = {".html", ".json", ".md", ".ipynb", ".txt", ".rst"}


def references(page):
    """Yield every address that a page names, and whether a browser loads it with the page."""
    for tag in page.find_all(["a", "area", "form"]):
        for attribute in ("href", "action"):
            if tag.has_attr(attribute):
                yield tag[attribute], False
    for tag in page.find_all("link", href=True):
        yield tag["href"], {"stylesheet", "icon", "preload", "shortcut"} & set(tag["rel"])
    for tag in page.find_all(src=True):
        yield tag["src"], True
    for tag in page.find_all("meta", {"http-equiv": "refresh"}):
        yield tag["content"].partition("url=")[2], False


def test_the_site_has_its_pages(site):
    wanted = {"index.html", "thread.html", "glossary.html", "evidence.html", "search.html"}
    assert wanted <= set(site.names)
    assert any(name.startswith("topics/") for name in site.names)
    assert any(name.startswith("t/") for name in site.names)


def test_every_link_inside_the_site_leads_on(site):
    found = [(name, href) for name in site.names for href, _ in references(site.page(name))]
    assert len(found) > 1000
    assert sorted({problem for link in found if (problem := site.broken(*link))}) == []


def test_no_page_loads_anything_from_elsewhere(site):
    assert [
        f"{name}: {href}"
        for name in site.names
        for href, loaded in references(site.page(name))
        if loaded and site.target(name, href) is None and not href.startswith("data:")
    ] == []


def test_no_page_has_an_id_twice(site):
    twice = {
        name: [anchor for anchor, times in Counter(site.ids(name)).items() if times > 1]
        for name in site.names
    }
    assert {name: ids for name, ids in twice.items() if ids} == {}


def test_every_picture_says_what_it_shows(site):
    silent = [
        f"{name}: {picture.get('src')}"
        for name in site.names
        for picture in site.page(name).find_all("img")
        # Decoration may be silent; a plot may not.
        if picture.get("alt") is None or (picture.find_parent(class_="cell") and not picture["alt"])
    ]
    assert silent == []


def test_every_plot_is_a_vector_graphic_with_a_sentence(site):
    for name in site.names:
        for picture in site.page(name).select(".cell_output img"):
            assert picture["src"].endswith(".svg"), name
            assert len(picture["alt"].split()) >= 5, f"{name}: {picture['alt']}"


def test_every_page_has_a_title(site):
    titles = {name: site.page(name).title for name in site.names}
    assert [
        name for name, title in titles.items() if not title or not title.get_text().strip()
    ] == []


def test_every_page_has_one_heading_of_the_first_rank(site):
    # The theme repeats the heading in a part that is only printed.
    counts = {
        name: sum(not heading.find_parent(class_="onlyprint") for heading in site.page(name)("h1"))
        for name in site.names
    }
    assert {name: count for name, count in counts.items() if count != 1} == {}


def test_no_page_names_a_path_of_the_machine_that_built_it(site):
    files = [path for path in site.folder.rglob("*") if path.suffix in TEXTS]
    own = [path for path in files if "_static" not in path.relative_to(site.folder).parts]
    own.append(site.folder / "_static" / "search-data.js")
    assert len(own) > len(site.names)
    found = []
    for path in own:
        text = path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(site.folder)}: {place}" for place in MACHINE if place in text]
    assert found == []
