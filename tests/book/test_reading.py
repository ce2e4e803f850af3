"""Reading a page: with the keyboard, without JavaScript, in print, and taking code along."""

import io
import itertools

import pypdf
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

TOPIC = "topics/from-logits.html"
FOCUSED = """() => {
    const element = document.activeElement;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    return {
        name: element.ariaLabel || element.textContent.trim() || element.title,
        seen: (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none",
        size: width * height,
        // The place in the document, to compare the order with.
        place: [...document.querySelectorAll("*")].indexOf(element),
        main: Boolean(element.closest("main")),
    };
}"""


@pytest.fixture(scope="module")
def screen(window):
    return window(1280)


def test_keyboard_reaches_everything_in_order_and_shows_where_it_is(screen):
    screen.open(TOPIC)
    page = screen.page
    reachable = page.evaluate("""() => [...document.querySelectorAll(
        "a[href], button, input, select, summary, [tabindex='0']")].filter(
        (x) => x.tabIndex >= 0 && x.checkVisibility({ visibilityProperty: true })).length""")
    page.keyboard.press("Tab")
    first = page.evaluate(FOCUSED)
    assert first["name"] == "Skip to main content"
    places = []
    for _ in range(reachable + 20):
        focused = page.evaluate(FOCUSED)
        if places and focused["place"] <= places[0]:
            break  # once round
        assert focused["seen"], focused
        assert focused["size"] > 0, focused
        assert focused["name"], focused
        places.append(focused["place"])
        page.keyboard.press("Tab")
    assert places == sorted(places)
    assert abs(len(places) - reachable) <= 2


def test_skip_link_leads_past_the_contents(screen):
    screen.open(TOPIC)
    page = screen.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["main"]


@pytest.mark.parametrize("width", [360, 1280])
def test_each_letter_of_the_list_leads_to_its_names(width, window):
    reader = window(width)
    reader.open("index.html")
    links = reader.page.locator(".lossary-letters a").all()
    assert len(links) > 20
    for link in links:
        link.click()
        letter = reader.page.locator(link.get_attribute("href"))
        expect(letter.locator("+ dl.lossary-index > dt").first).to_be_in_viewport()
        assert 40 < letter.bounding_box()["y"] < 100  # below the header that stays
    assert reader.noted == {}


def test_code_is_copied_as_it_is_written(window):
    reader = window(1280, permissions=["clipboard-read", "clipboard-write"])
    reader.open(TOPIC)
    cell = reader.page.locator("div.cell:has(.cell_output)").first
    button = cell.get_by_role("button", name="copy the code")
    button.focus()
    expect(button).to_have_css("opacity", "1")
    reader.page.keyboard.press("Enter")
    expect(button).to_have_text("copied")
    expect(reader.page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied == cell.locator(".cell_input pre").inner_text().rstrip("\n") + "\n"
    compile(copied, TOPIC, "exec")


def test_example_of_a_docstring_is_copied_without_prompts_and_output(window):
    reader = window(1280, permissions=["clipboard-read", "clipboard-write"])
    reader.open("reference/softmax.html")
    example = reader.page.locator(".doctest").first
    example.hover()
    example.get_by_role("button", name="copy the code").click()
    expect(example.get_by_role("button")).to_have_text("copied")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    shown = example.locator("pre").inner_text().splitlines()
    typed = [line[4:] for line in shown if line.startswith((">>>", "..."))]
    assert copied.splitlines() == typed
    assert len(typed) < len(shown)


def test_link_of_an_entry_is_copied(window, site):
    reader = window(1280, permissions=["clipboard-read", "clipboard-write"])
    reader.open("topics/dense.html")
    reader.page.locator("#kernel").get_by_role("button", name="copy link of kernel").click()
    expect(reader.page.locator("#kernel > .lossary-copy")).to_have_text("copied")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied == reader.address + site.by_slug["kernel"]["short_url"]


def test_color_mode_is_chosen_with_the_keyboard_and_kept(window):
    reader = window(1280, color_scheme="light")
    reader.open(TOPIC)
    page = reader.page
    menu = page.locator("summary[aria-label='Color mode']")
    menu.focus()
    page.keyboard.press("Enter")
    dark = page.get_by_role("button", name="Dark")
    dark.focus()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(dark).to_be_hidden()
    page.keyboard.press("Enter")
    expect(dark).to_be_visible()
    page.keyboard.press("Escape")
    expect(dark).to_be_hidden()
    assert menu.evaluate("(menu) => menu === document.activeElement")
    reader.open("index.html")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert reader.noted == {}


def test_contents_open_and_close_on_a_phone(reader):
    reader.open(TOPIC)
    page = reader.page
    page.locator(".primary-toggle").click()
    link = page.get_by_role("link", name="from_logits").first
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    assert reader.noted == {}


def test_page_is_whole_without_javascript(window):
    reader = window(360, java_script_enabled=False)
    reader.open(TOPIC)
    page = reader.page
    formula = page.locator("div.math math").first
    expect(formula).to_be_visible()
    assert formula.bounding_box()["height"] > 20
    expect(page.locator("#from-logits .lossary-definition")).to_be_visible()
    expect(page.locator(".lossary-modes")).to_be_hidden()
    assert page.locator("section#log-sum-exp div.cell").count() > 0
    reader.open("search.html")
    expect(page.get_by_text("The search needs JavaScript")).to_be_visible()
    assert reader.noted == {}


def test_wide_formulas_and_tables_scroll_in_a_box_that_the_keyboard_reaches(reader):
    reader.open("notation.html")
    boxes = reader.page.evaluate("""() => [...document.querySelectorAll(
        "div.math, .pst-scrollable-table-container, div.cell pre")].filter(
        (box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.tabIndex)""")
    assert len(boxes) > 2
    assert set(boxes) == {0}


def test_formulas_are_numbered_linked_and_read_aloud(screen):
    screen.open(TOPIC)
    first = screen.page.locator("div.math:has(.eqno)").first
    assert first.locator(".eqno").inner_text().startswith("(")
    anchor = first.locator(".eqno a.headerlink").get_attribute("href")
    assert first.get_attribute("id") == anchor.removeprefix("#")
    tree = screen.page.locator("math")
    assert tree.count() > 10
    assert screen.page.evaluate("""() => [...document.querySelectorAll("math")].every(
        (math) => math.textContent.trim() && !math.closest("[aria-hidden=true]"))""")


def test_names_in_the_margin_do_not_run_into_each_other(site, screen):
    for name in (n for n in site.names if n.startswith(("topics/", "keras/"))):
        screen.open(name)
        boxes = [box.bounding_box() for box in screen.page.locator(".lossary-names").all()]
        for above, below in itertools.pairwise(boxes):
            assert above["y"] + above["height"] <= below["y"], (name, above, below)
            assert above["x"] > 900, name


def printed(reader, name):
    reader.open(name)
    return pypdf.PdfReader(io.BytesIO(reader.page.pdf(format="A4", prefer_css_page_size=True)))


def test_notation_is_printed_on_two_sheets(screen):
    sheets = printed(screen, "notation.html").pages
    assert len(sheets) == 2
    text = "".join(sheet.extract_text() for sheet in sheets)
    assert "One set of numbers" in text


def test_topic_is_printed_without_what_only_a_screen_can_use(site, screen):
    text = "".join(sheet.extract_text() for sheet in printed(screen, TOPIC).pages)
    text = " ".join(text.split())
    assert " ".join(site.by_slug["from-logits"]["definition"].split()[:5]) in text
    for absent in ("copy link", "Skip to main", "The thread: every question", "previous"):
        assert absent not in text
