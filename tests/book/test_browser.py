"""The site in Chromium, as a reader opens it: on a phone, with nothing but the site to load."""

import re
from collections import defaultdict

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
SCREEN = {"width": 1280, "height": 800}
# What a reader sees as text, without code.
VISIBLE_TEXT = """() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!parent.closest("pre, code, script, style, template") && parent.checkVisibility())
            texts.push(walker.currentNode.textContent);
    }
    return texts.join("");
}"""
RAW_TEX = re.compile(r"\\[A-Za-z]{2,}|\\[()\[\]]|\$\$|[_^]\{")
SEARCH_DONE = """() =>
    document.body.hasAttribute("data-search-done") || /did not match/.test(document.body.innerText)
"""
OVERFLOW = """() => [
    document.documentElement.scrollWidth, document.documentElement.clientWidth
]"""


class Reader:
    """A browser window that notes what a page does while it is open."""

    def __init__(self, chromium, address, **options):
        self.address = address
        self.context = chromium.new_context(**options)
        self.context.set_default_timeout(20_000)
        self.context.route(lambda url: not self.inside(url), lambda route: route.abort())
        self.page = self.context.new_page()
        self.noted = defaultdict(list)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._note("page error", error.message))
        self.page.on("request", self._request)

    def inside(self, url):
        return url.startswith((self.address, "data:", "blob:"))

    def _note(self, kind, text):
        self.noted[kind].append(f"{self.page.url.removeprefix(self.address)}: {text}")

    def _console(self, message):
        if message.type == "error":
            self._note("console", f"{message.text} ({message.location.get('url')})")

    def _request(self, request):
        if not self.inside(request.url):
            self._note("request", request.url)

    def open(self, name):
        self.page.goto(self.address + name, wait_until="networkidle")

    def look(self):
        """Note what can be seen to be wrong with the page that is open."""
        for found in RAW_TEX.findall(self.page.evaluate(VISIBLE_TEXT)):
            self._note("TeX", found)
        content, window = self.page.evaluate(OVERFLOW)
        if content > window:
            self._note("sideways", f"{content} > {window}")


@pytest.fixture
def reader(chromium, address):
    """A window for one test, of the size of a phone."""
    reader = Reader(chromium, address, viewport=PHONE)
    yield reader
    reader.context.close()


@pytest.fixture(scope="module", params=[PHONE, SCREEN], ids=["phone", "screen"])
def noted(request, site, chromium, address):
    """Open every page of the book, and return what was noted."""
    reader = Reader(chromium, address, viewport=request.param)
    # Short links lead on at once; the rest is made from docstrings.
    names = [n for n in site.names if not n.startswith(("t/", "_modules/", "reference/"))]
    assert "index.html" in names
    assert any(name.startswith("topics/") for name in names)
    for name in names:
        reader.open(name)
        reader.look()
    yield reader.noted
    reader.context.close()


def test_console_holds_no_error(noted):
    assert noted["console"] == []


def test_no_script_fails(noted):
    assert noted["page error"] == []


def test_no_request_leaves_the_site(noted):
    assert noted["request"] == []


def test_no_formula_is_shown_as_tex(noted):
    assert noted["TeX"] == []


def test_nothing_scrolls_sideways(noted):
    assert noted["sideways"] == []


SPOILED = """
<html><head><title>x</title><link rel="icon" href="data:,"></head><body>
<p style="width: 2000px">The loss is \\frac{1}{m} \\(x\\), as <code>\\sum</code> says.</p>
<img src="https://example.org/x.png"><script>fail()</script></body></html>
"""


def test_whatever_is_wrong_is_noted(reader):
    page = reader.address + "spoiled.html"
    reader.context.route(page, lambda route: route.fulfill(body=SPOILED, content_type="text/html"))
    reader.open("spoiled.html")
    reader.look()
    assert set(reader.noted) == {"console", "page error", "request", "TeX", "sideways"}
    assert [text.split(": ")[1] for text in reader.noted["TeX"]] == ["\\frac", "\\(", "\\)"]


def results(reader):
    return reader.page.locator("a[data-result], #search-results li a")


def test_search_form_of_the_front_page_leads_to_results(reader):
    reader.open("index.html")
    box = reader.page.locator("form.lossary-search input[name=q]")
    box.fill("kernel")
    box.press("Enter")
    reader.page.wait_for_url("**/search.html?q=kernel")
    expect(results(reader).first).to_be_visible()
    assert reader.noted == {}


def test_search_for_a_headword_finds_its_page(site, reader):
    reader.open("search.html?q=kernel")
    expect(results(reader).first).to_be_visible()
    found = results(reader).evaluate_all("links => links.map(link => link.href)")
    pages = {url.partition("#")[0].partition("?")[0].removeprefix(reader.address) for url in found}
    assert site.by_slug["kernel"]["url"].partition("#")[0] in pages


def test_search_for_nonsense_finds_nothing(reader):
    reader.open("search.html?q=qqzzxxyy")
    reader.page.wait_for_function(SEARCH_DONE)
    assert results(reader).count() == 0


@pytest.mark.parametrize("slug", ["kernel", "cost-function", "from-logits"])
def test_short_link_leads_to_its_entry(slug, site, reader):
    entry = site.by_slug[slug]
    reader.open(entry["short_url"])
    reader.page.wait_for_url(reader.address + entry["url"])
    expect(reader.page.locator(f"section[id='{slug}'] > h2")).to_be_in_viewport()
    assert reader.noted == {}
