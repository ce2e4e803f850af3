"""A link to an entry shows the entry's definition, shape and names in a card."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CARD = "#lossary-preview"
LINK = "section#kernel .lossary-definition a"


@pytest.fixture(scope="module")
def screen(window):
    return window(1280)


@pytest.fixture
def page(screen):
    screen.page.mouse.move(0, 0)
    screen.open("topics/dense.html")
    yield screen.page
    assert screen.noted == {}


def entry(site, link):
    url = link.get_attribute("href")
    return site.by_slug[url.partition("#")[2]]


def test_pointing_at_a_term_shows_its_definition_shape_and_names(site, page):
    link = page.locator("main p a[href$='#kernel']:visible").first
    link.hover()
    card = page.locator(CARD)
    expect(card).to_be_visible()
    kernel = site.by_slug["kernel"]
    for text in (kernel["term"], kernel["definition"], kernel["shape"], *kernel["names"].values()):
        expect(card).to_contain_text(text)


def test_card_stays_while_the_pointer_is_in_it_and_goes_when_it_leaves(page):
    page.locator(LINK).first.hover()
    card = page.locator(CARD)
    expect(card).to_be_visible()
    card.hover()
    page.wait_for_timeout(400)
    expect(card).to_be_visible()
    page.mouse.move(5, 400)
    expect(card).to_be_hidden()


def test_passing_over_a_link_shows_nothing(page):
    page.locator(LINK).first.hover()
    page.mouse.move(5, 400)
    page.wait_for_timeout(400)
    expect(page.locator(CARD)).to_be_hidden()


def test_focus_shows_the_card_as_description_and_escape_closes_it(site, page):
    page.locator("section#kernel h2").click()
    page.keyboard.press("Tab")  # the button that copies the link
    while not page.evaluate("document.activeElement.matches('.lossary-definition a')"):
        page.keyboard.press("Tab")
    link = page.locator("a:focus")
    expect(page.locator(CARD)).to_be_visible()
    expect(page.locator(CARD)).to_contain_text(entry(site, link)["definition"])
    assert page.get_by_role("tooltip").count() == 1
    expect(link).to_have_attribute("aria-describedby", "lossary-preview")
    page.keyboard.press("Escape")
    expect(page.locator(CARD)).to_be_hidden()
    expect(link).to_be_focused()
    assert link.get_attribute("aria-describedby") is None


def test_showing_a_card_moves_nothing(page):
    link = page.locator(LINK).first
    link.scroll_into_view_if_needed()
    height = "[document.documentElement.scrollHeight, scrollX, scrollY]"
    before, at = page.evaluate(height), link.bounding_box()
    link.hover()
    expect(page.locator(CARD)).to_be_visible()
    assert page.evaluate(height) == before
    assert link.bounding_box() == at


def inside(page):
    """Whether the card lies within the window."""
    box, window = page.locator(CARD).bounding_box(), page.viewport_size
    right, bottom = box["x"] + box["width"], box["y"] + box["height"]
    return (
        box["x"] >= 0 and box["y"] >= 0 and right <= window["width"] and bottom <= window["height"]
    )


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("block", ["start", "end"])
def test_card_stays_inside_the_window(width, block, window):
    reader = window(width)
    reader.open("topics/dense.html")
    page = reader.page
    # 60 pixels from the edge of the window: below the header, or at the lower edge
    scroll = """(link, block) => {
        const { top } = link.getBoundingClientRect();
        scrollBy({ top: top - (block === "start" ? 80 : innerHeight - 40), behavior: "instant" });
    }"""
    links = page.locator("section#units p a[href*='#']:not(.headerlink)")
    for link in links.all()[:5]:
        page.mouse.move(0, 0)
        link.evaluate(scroll, block)
        box = link.bounding_box()
        page.mouse.move(box["x"] + 3, box["y"] + 5)
        if link.evaluate("(link) => link.href.includes('cell-')"):
            continue
        expect(page.locator(CARD)).to_be_visible()
        assert inside(page)
        page.keyboard.press("Escape")


def test_card_keeps_to_the_window_when_the_window_is_narrow(window):
    reader = window(360)
    reader.open("topics/dense.html")
    reader.page.locator(LINK).last.hover()
    expect(reader.page.locator(CARD)).to_be_visible()
    reader.look()
    assert reader.noted == {}


@pytest.fixture
def phone(window):
    reader = window(360, has_touch=True, is_mobile=True)
    reader.open("topics/dense.html")
    return reader


def touch(reader, link, seconds):
    """Lay a finger on a link for a while."""
    link.scroll_into_view_if_needed()
    box = link.bounding_box()
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    devtools = reader.context.new_cdp_session(reader.page)
    devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    reader.page.wait_for_timeout(1000 * seconds)
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_long_press_shows_the_card_and_follows_no_link(phone):
    before = phone.page.url
    touch(phone, phone.page.locator(LINK).first, 1.0)
    expect(phone.page.locator(CARD)).to_be_visible()
    phone.page.wait_for_timeout(300)
    assert phone.page.url == before
    assert inside(phone.page)


def test_short_tap_follows_the_link(phone):
    link = phone.page.locator(LINK).first
    target = link.evaluate("(link) => link.href")
    touch(phone, link, 0.05)
    phone.page.wait_for_url(target)
    expect(phone.page.locator(CARD)).to_be_hidden()


@pytest.mark.parametrize("name", ["glossary.html", "index.html", "thread.html", "notation.html"])
def test_previews_work_on_pages_without_entries_too(name, screen, site):
    screen.page.mouse.move(0, 0)
    screen.open(name)
    link = screen.page.locator(
        "article :is(dt, td, p) a[href$='#kernel'], article a[href$='#loss']"
    ).first
    link.hover()
    expect(screen.page.locator(CARD)).to_contain_text(entry(site, link)["definition"])
    assert screen.noted == {}


def test_card_is_still_for_who_wants_no_motion_and_dark_in_the_dark(window):
    reader = window(1280, reduced_motion="reduce", color_scheme="dark")
    reader.open("topics/dense.html")
    reader.page.locator(LINK).first.hover()
    card = reader.page.locator(CARD)
    expect(card).to_be_visible()
    assert card.evaluate("(card) => getComputedStyle(card).animationName") == "none"
    colors = card.evaluate(
        "(card) => [getComputedStyle(card), getComputedStyle(document.body)]"
        ".map((style) => style.backgroundColor)"
    )
    assert colors[0] == colors[1] == "rgb(20, 23, 26)"
