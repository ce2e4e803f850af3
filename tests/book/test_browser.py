"""The site in Chromium, as a reader opens it: on a phone, with nothing but the site to load."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SEARCH_DONE = """() =>
    document.body.hasAttribute("data-search-done") || /did not match/.test(document.body.innerText)
"""


@pytest.fixture(scope="module", params=[360, 1280], ids=["phone", "screen"])
def noted(request, site, window, sent):
    """Open every page of the book as on a first visit, and return what was noted."""
    reader = window(request.param)
    reader.forget_files()
    reader.weights = {}
    names = [n for n in site.names if not n.startswith("t/")]  # short links lead on at once
    assert "index.html" in names
    assert {name.partition("/")[0] for name in names} >= {"topics", "keras", "reference"}
    for name in names:
        sent.clear()
        reader.open(name)
        reader.look()
        reader.weights[name] = sum(size for size, _ in sent)
    reader.noted["weights"] = reader.weights
    return reader.noted


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


def test_every_page_is_light(noted):
    weights = noted["weights"]
    assert min(weights.values()) > 50_000  # a page without its style would weigh less
    heaviest = max(weights, key=weights.get)
    assert weights[heaviest] <= 250_000, f"{heaviest} weighs {weights[heaviest]} bytes"
    assert weights["index.html"] <= 200_000


SPOILED = """
<html><head><title>x</title><link rel="icon" href="data:,"></head><body>
<p style="width: 2000px">The loss is \\frac{1}{m} \\(x\\), as <code>\\sum</code> says.</p>
<img src="https://example.org/x.png"><script>fail()</script></body></html>
"""
INLINE = '<title>x</title><link rel="icon" href="data:,"><script>document.title = "y"</script>'


def test_whatever_is_wrong_is_noted(reader):
    page = reader.address + "spoiled.html"
    reader.context.route(page, lambda route: route.fulfill(body=SPOILED, content_type="text/html"))
    reader.open("spoiled.html")
    reader.look()
    assert set(reader.noted) == {"console", "page error", "request", "TeX", "sideways"}
    assert [text.split(": ")[1] for text in reader.noted["TeX"]] == ["\\frac", "\\(", "\\)"]


def test_inline_script_breaks_the_policy_of_the_server(reader):
    page = reader.address + "inline.html"
    policy = reader.page.goto(reader.address).headers["content-security-policy"]
    headers = {"Content-Security-Policy": policy}
    answer = {"body": INLINE, "content_type": "text/html", "headers": headers}
    reader.context.route(page, lambda route: route.fulfill(**answer))
    reader.open("inline.html")
    assert reader.page.title() == "x"
    assert "Content Security Policy" in reader.noted["console"][0]


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
