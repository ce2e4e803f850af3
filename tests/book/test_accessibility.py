"""Every page is for every reader: axe-core finds no violation of WCAG 2.2 AA."""

from pathlib import Path

import axe_playwright_python
import pytest

pytestmark = pytest.mark.browser

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = (1280, 360)

# Contrast depends on how a text is set and on what lies behind it, not on what it says. One of each
# kind is looked at, since looking at every word of the book takes an hour.
NEW_KINDS = """(known) => {
    const kinds = new Map();
    for (const element of document.querySelectorAll("body *")) {
        const text = (node) => node.nodeType === 3 && node.data.trim();
        if (![...element.childNodes].some(text)) continue;
        if (!element.checkVisibility({ checkOpacity: true })) continue;
        const { color, fontSize, fontWeight, opacity } = getComputedStyle(element);
        const behind = [];
        for (let up = element; up; up = up.parentElement) {
            const { backgroundColor, backgroundImage, position } = getComputedStyle(up);
            behind.push(backgroundColor, backgroundImage, position);
        }
        const nothing = /^(rgba\\(0, 0, 0, 0\\)|none|static)$/;
        const grounds = behind.filter((value) => !nothing.test(value));
        const kind = [color, fontSize, fontWeight, opacity, ...grounds].join("|");
        if (!kinds.has(kind)) kinds.set(kind, element);
    }
    known.forEach((kind) => kinds.delete(kind));
    window.elements = [...kinds.values()];
    return [...kinds.keys()];
}"""
# The theme lets the keyboard scroll what is too wide, a moment after the window's width changes.
SETTLED = """() => [...document.querySelectorAll("pre[tabindex]")].every(
    (pre) => pre.tabIndex === 0 || pre.scrollWidth <= pre.clientWidth
)"""
RUN = """async ([tags, contrast]) => {
    if (contrast && !window.elements.length) return [];
    const options = { resultTypes: ["violations"], preload: false };
    options.runOnly = contrast ? ["color-contrast"] : tags;
    if (!contrast) options.rules = { "color-contrast": { enabled: false } };
    const found = await axe.run(contrast ? window.elements : document, options);
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}"""


class Auditor:
    """A window in which axe looks at pages, at both widths, light and dark."""

    def __init__(self, page):
        self.page = page
        self.known = set()

    def audit(self):
        """Return what is wrong with the page that is open."""
        self.page.evaluate(AXE)
        found = []
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            self.page.wait_for_function(SETTLED)
            found += [f"{width}: {x}" for x in self.page.evaluate(RUN, [TAGS, False])]
            for theme in ("light", "dark"):
                self.page.evaluate("x => { document.documentElement.dataset.theme = x }", theme)
                kinds = self.page.evaluate(NEW_KINDS, sorted(self.known))
                contrast = self.page.evaluate(RUN, [TAGS, True])
                found += [f"{width} {theme}: {x}" for x in contrast]
                self.known.update(kinds)
        return found


@pytest.fixture(scope="module")
def auditor(chromium):
    # axe comes from outside the page, which its policy would not let run.
    context = chromium.new_context(bypass_csp=True)
    context.set_default_timeout(60_000)
    yield Auditor(context.new_page())
    context.close()


def pages():
    """Return the parts of the site, each a test of its own, so that two processes share them."""
    return ["", "topics/", "keras/", "reference/", "_modules/"]


@pytest.mark.parametrize("folder", pages())
def test_no_page_violates_wcag(folder, site, auditor, address):
    names = [n for n in site.names if n.rpartition("/")[0] == folder.rstrip("/")]
    assert names
    found = []
    for name in names:
        auditor.page.goto(f"{address}{name}")
        found += [f"{name} {x}" for x in auditor.audit()]
    assert found == []


SPOILED = """<!doctype html><html><head><title>x</title></head><body>
<style>[data-theme=dark] p { background: black; color: #333 }</style>
<p style="color: #222">dark on dark</p><img src="data:,"></body></html>
"""


def test_what_violates_wcag_is_found(auditor):
    auditor.page.set_content(SPOILED)
    found = auditor.audit()
    assert any("1280 dark: color-contrast" in x for x in found)
    assert any(x.startswith("360: image-alt") for x in found)
    assert any(x.startswith("360: html-has-lang") for x in found)
    assert not any("light: color-contrast" in x for x in found)
