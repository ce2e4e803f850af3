"""The site's address is one setting: with it addresses are full, without it links are relative."""

import json
import re
import shutil
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from lossary_book import addresses

GOOD = Path(__file__).parent / "roots" / "good"
SITE = "https://example.org/book/"


def build(source: Path, out: Path, **settings: str) -> Path:
    """Build a book without running its cells, and return the folder of the site."""
    settings = {"nb_execution_mode": "off", **settings}
    with patch_docutils(source), docutils_namespace():
        app = Sphinx(
            source, source, out / "html", out / "doctrees", "html",
            settings, status=None, warning=None,
        )  # fmt: skip
        app.build()
    return out / "html"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(GOOD, tmp_path_factory.mktemp("book") / "docs")


@pytest.fixture(scope="module")
def placed(book: Path) -> Path:
    """Return a site that knows its address, which was given without the last slash."""
    return build(book, book.parent / "placed", html_baseurl=SITE.rstrip("/"))


@pytest.fixture(scope="module")
def loose(book: Path) -> Path:
    return build(book, book.parent / "loose")


def page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / name).read_text("utf-8"), "html.parser")


def said(site: Path, name: str) -> list[str]:
    """Return the addresses that a page tells to other sites."""
    tree = page(site, name)
    found = [tag["href"] for tag in tree.find_all("link", rel="canonical")]
    for key in ("og:url", "og:image", "twitter:image"):
        found += [tag["content"] for tag in tree.select(f"[property='{key}'], [name='{key}']")]
    data = tree.find("script", type="application/ld+json").string
    return found + re.findall(r'"(?:@id|url)": "([^"]*)"', data)


@pytest.mark.parametrize("name", ["t/loss/index.html", "loss.html"])
def test_with_an_address_other_sites_are_told_full_ones(placed: Path, name: str) -> None:
    found = said(placed, name)
    assert len(found) > 5
    assert all(address.startswith(SITE) for address in found)
    for address in found:
        place = address.removeprefix(SITE).partition("#")[0]
        assert (placed / place).exists(), address


@pytest.mark.parametrize("name", ["t/loss/index.html", "loss.html"])
def test_without_an_address_all_are_relative(loose: Path, name: str) -> None:
    for address in said(loose, name):
        place = (loose / name).parent / address.partition("#")[0]
        assert place.exists(), address
    assert not page(loose, name).select("[property='og:url']")


def test_short_link_names_the_entry_as_canonical_and_itself_as_the_preview(placed: Path) -> None:
    tree = page(placed, "t/loss/index.html")
    assert tree.find("link", rel="canonical")["href"] == f"{SITE}loss.html#loss"
    assert tree.select_one("[property='og:url']")["content"] == f"{SITE}t/loss/"
    assert tree.select_one("[property='og:ignore_canonical']")["content"] == "true"


def test_short_link_leads_on_inside_the_site_also_where_it_has_an_address(placed: Path) -> None:
    refresh = page(placed, "t/loss/index.html").find("meta", {"http-equiv": "refresh"})
    assert refresh["content"] == "0; url=../../loss.html#loss"


def test_sitemap_lists_every_page_on_every_build(book: Path, placed: Path) -> None:
    build(book, book.parent / "placed", html_baseurl=SITE)  # which writes no page
    name = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
    found = [loc.text for loc in ElementTree.parse(placed / "sitemap.xml").iter(name)]
    pages = {f"{SITE}{path.with_suffix('.html').name}" for path in book.glob("*.md")}
    assert set(found) == pages
    assert len(found) == len(pages)
    assert f"Sitemap: {SITE}sitemap.xml" in (placed / "robots.txt").read_text()


def test_without_an_address_there_is_no_sitemap(loose: Path) -> None:
    assert not (loose / "sitemap.xml").exists()
    assert not (loose / "robots.txt").exists()


def test_short_link_of_an_entry_that_is_gone_goes_too(book: Path, loose: Path) -> None:
    (loose / "t" / "gone").mkdir()
    build(book, book.parent / "loose")
    assert not (loose / "t" / "gone").exists()
    assert (loose / "t" / "loss").exists()


def test_unchanged_build_writes_no_short_link(book: Path, loose: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (loose / "t").rglob("*.*")}
    assert len(before) >= 4
    build(book, book.parent / "loose")
    assert {path: path.stat().st_mtime_ns for path in before} == before


@pytest.mark.parametrize("address", ["example.org", "ftp://x.org", "https://", "https://x.org/?a"])
def test_an_address_that_is_none_is_named(address: str) -> None:
    config = SimpleNamespace(html_baseurl=address, lossary_repository="")
    with pytest.raises(ConfigError, match=r"LOSSARY_URL .* such as https://example\.org"):
        addresses.check(None, config)  # type: ignore[arg-type]
    config = SimpleNamespace(html_baseurl="", lossary_repository=address)
    with pytest.raises(ConfigError, match=r"LOSSARY_REPOSITORY .* https://github\.com/owner/name"):
        addresses.check(None, config)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def notebook(book: Path) -> tuple[str, BeautifulSoup]:
    """Return a notebook and its page, of a book that has an address and a repository."""
    settings = {"html_baseurl": SITE, "lossary_repository": "https://github.com/owner/name/"}
    site = build(book, book.parent / "open", **settings)
    return (site / "notebooks" / "loss.ipynb").read_text("utf-8"), page(site, "loss.html")


def test_notebook_links_to_the_site_and_installs_from_the_repository(
    notebook: tuple[str, BeautifulSoup],
) -> None:
    text = "\n".join("".join(cell["source"]) for cell in json.loads(notebook[0])["cells"])
    assert f"[Loss and one-hot]({SITE}loss.html)" in text
    assert re.search(rf"unlike a \[one\\?_hot\]\({SITE}loss\.html#one-hot\) row", text)
    assert '%pip install --quiet "lossary @ git+https://github.com/owner/name"' in text
    assert "$$\na_j = \\frac{e^{z_j}}" in text


def test_notebook_of_a_page_that_is_gone_goes_too(book: Path, loose: Path) -> None:
    gone = loose / "notebooks" / "gone.ipynb"
    gone.write_text("{}")
    build(book, book.parent / "loose")
    assert not gone.exists()
    assert (loose / "notebooks" / "loss.ipynb").exists()


@pytest.mark.parametrize(
    ("start", "place", "link"),
    [
        ("t/kernel/", "topics/dense.html#kernel", "../../topics/dense.html#kernel"),
        ("topics/dense.html", "topics/dense.html#kernel", "#kernel"),
        ("index.html", "t/kernel/", "t/kernel/"),
    ],
)
def test_relative_links_keep_their_anchor(start: str, place: str, link: str) -> None:
    assert addresses.relative(start, place) == link
