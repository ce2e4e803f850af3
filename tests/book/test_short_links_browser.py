"""Short links and the missing page in Chromium: from a server, from files, without JavaScript."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def page(chromium):
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("place", ["served", "file"])
def test_copied_link_leads_to_the_entry(site, address, page, place):
    start = address if place == "served" else f"{site.folder.as_uri()}/"
    page.goto(f"{start}{site.by_slug['kernel']['url']}")
    page.locator("#kernel .lossary-copy").first.click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{start}t/kernel/")
    page.goto(link)
    page.wait_for_url(f"{start}{site.by_slug['kernel']['url']}")


def test_short_link_leads_on_without_javascript(site, address, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}t/from-logits/")
    page.wait_for_url(f"{address}{site.by_slug['from-logits']['url']}")
    context.close()


@pytest.mark.parametrize("depth", ["no-such-page.html", "t/kernle/", "a/b/c/d"])
def test_missing_page_searches_at_any_depth(site, address, page, depth):
    broken = []
    page.on("response", lambda r: broken.append(r.url) if r.status >= 400 else None)
    page.goto(f"{address}{depth}")
    page.locator("article input[name=q]").fill("kernle")
    page.locator("article a[data-result]").first.click()
    page.wait_for_url(f"{address}{site.by_slug['kernel']['url']}")
    assert broken == [f"{address}{depth}"]
