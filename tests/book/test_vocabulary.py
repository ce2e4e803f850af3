"""The words of the whole book: linked where they are defined, reached, said once, soon read.

These are tests and not checks of the build. They look at all pages at once and need exemptions,
and a new headword must not stop the live build of a page that happens to use the word.
"""

import ast
import io
import re
import tokenize
from collections import defaultdict
from copy import copy
from difflib import SequenceMatcher
from itertools import combinations

import pytest
from bs4 import BeautifulSoup

from lossary_book.model import MAX_WORDS

# Headwords and aliases that definitions also use in their plain English sense. One that no
# definition needs fails.
PLAIN = {
    "a": "the article, not the letter for an activation",
    "average": "to take the mean, not the parameter of F1Score",
    "bit": "a binary digit of storage, not the unit of information",
    "circle": "a shape, not the loss Circle",
    "constant": "that does not change, not the initializer",
    "curve": "a line that bends, not the parameter of AUC",
    "error": "what a program raises, not the distance of a prediction from its label",
    "estimate": "to find out roughly",
    "factor": "what is multiplied, not the parameter of ReduceLROnPlateau",
    "fit": "to go together: shapes that fit, numbers that fit",
    "input": "what goes in, not the object Input",
    "j": "a letter that counts columns, not the cost",
    "n": "a letter that counts classes",
    "name": "what a thing is called",
    "none": "not one",
    "output": "what comes out, not the parameter of Model",
    "position": "a place in a row",
    "power": "an exponent",
    "probability": "how likely something is",
    "reduction": "a making smaller, of a learning rate",
    "several output": "more than one of what comes out",
    "side": "a left and a right one",
    "slope": "how steep a line is",
    "spread": "how far apart things lie",
    "unit": "what something is measured in, not a unit of a layer",
    "value": "a number that something has",
    "y": "a letter",
    "zero": "the number 0",
}
# Pairs that differ in the one word that tells them apart, as two settings of one thing do.
TWINS = {
    "beta-constraint gamma-constraint": "β against γ",
    "batchnormalization-momentum renorm-momentum": "two averages that are kept alike",
    "beta-regularizer gamma-regularizer": "β against γ",
    "bias-initializer kernel-initializer": "bias and zeros against kernel and glorot_uniform",
    "input-axes output-axes": "fan-in against fan-out",
    "l1-factor l2-factor": "absolute against squared",
    "moving-mean-initializer moving-variance-initializer": "means against variances",
    "precisionatrecall-recall recallatprecision-precision": "the two have changed places",
    "precisionatrecall-recall specificityatsensitivity-sensitivity": "recall is sensitivity",
    "recallatprecision-precision specificityatsensitivity-sensitivity": "other pairs of metrics",
    "tversky-alpha tversky-beta": "a missed positive against a false alarm",
}
ALIKE = 0.8  # the share of words that two definitions have in common, in the same order
# Adults read English at 238 words a minute (Brysbaert 2019, doi.org/10.1016/j.jml.2019.104047). A
# line of a worked example, most of them one call or one assert, is given a second.
WORDS_A_MINUTE = 238
LINES_A_MINUTE = 60
MINUTES = 10
# The short links, the lists that the build makes of the entries, and the reference.
LOOKED_UP_PAGES = (
    "t/", "404", "glossary", "evidence", "equations", "genindex", "search", "reference/",
    "_modules/",
)  # fmt: skip
SPELLED = 13  # below it, a number in a sentence is a count of things in sight
# What is looked up and not read through, and what a reader unfolds.
LOOKED_UP = (
    ".lossary-also, .lossary-facts, .lossary-names, .lossary-evidence, .lossary-users, "
    ".lossary-source, .lossary-ran, .lossary-computed, .headerlink, template, table"
)


def singular(word):
    """Return the singular of an English word: losses, axes, boundaries, steps."""
    if len(word) <= 3:
        return word  # as, is, its
    if word == "axes":
        return "axis"
    if re.search(r"[^aeiou]ies$", word):
        return word[:-3] + "y"
    if re.search(r"(ss|x|ch|sh)es$", word):
        return word[:-2]
    if re.search(r"[^siu]s$", word):
        return word[:-1]
    return word


def words(text):
    """Return the words as they are compared: lower case, singular, hyphens as spaces."""
    return tuple(singular(word) for word in re.findall(r"\w+", text.lower().replace("-", " ")))


def unlinked(definition, names):
    """Yield the longest names that stand outside the links of a definition.

    ``names`` maps the words of each name to the slugs that bear it. A word that is linked once in a
    definition need not be linked again.
    """
    rest = copy(definition)
    linked = set()
    for link in rest.find_all("a"):
        linked |= {link.get("href", "").rpartition("#")[2], *names.get(words(link.get_text()), ())}
        link.replace_with("\n")
    for code in rest.find_all("code"):
        if not re.fullmatch(r"\w+", code.get_text()):
            code.replace_with("\n")  # a pattern such as {epoch}, and no name
    longest = max(map(len, names))
    for run in re.split(r"[\n,.;:()]", rest.get_text()):
        tokens, start = words(run), 0
        while start < len(tokens):
            ends = range(min(len(tokens), start + longest), start, -1)
            found = next((tokens[start:end] for end in ends if tokens[start:end] in names), None)
            if found and linked.isdisjoint(names[found]):
                yield found
            start += len(found or (0,))


def definition_of(place):
    """Return the element with the definition of an entry or of a small parameter."""
    return place.select_one(".lossary-definition") or place.select("p")[1]


@pytest.fixture(scope="module")
def names(site):
    found = defaultdict(set)
    for entry in site.entries:
        for name in (entry["term"], *entry["aliases"]):
            if words(name):
                found[words(name)].add(entry["slug"])
    return found


@pytest.fixture(scope="module")
def plain_words(site, names):
    """Every name that stands unlinked in a definition of another entry, with those entries."""
    found = defaultdict(list)
    for entry in site.entries:
        for name in unlinked(definition_of(site.find(entry["url"])), names):
            if entry["slug"] not in names[name]:
                found[" ".join(name)].append(entry["slug"])
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the losses of <a>examples</a>", [("loss",)]),
        ("the <a>loss</a> and once more the loss", []),
        ("a mini-batch, then batches", [("mini", "batch"), ("batch",)]),
        ("its class", []),
        ("<a>axis</a>, then axes as such", []),
    ],
)
def test_unlinked_names_are_found_by_the_longest_and_in_the_plural(text, expected):
    known = {("loss",): {"l"}, ("batch",): {"b"}, ("mini", "batch"): {"m"}, ("axis",): {"x"}}
    definition = BeautifulSoup(f"<p>{text}</p>", "html.parser").p
    assert list(unlinked(definition, known)) == expected


def test_every_definition_is_short(site):
    assert [e["term"] for e in site.entries if len(e["definition"].split()) > MAX_WORDS] == []


def test_every_technical_word_of_a_definition_is_linked(plain_words):
    missing = {name: slugs for name, slugs in plain_words.items() if name not in PLAIN}
    assert missing == {}, "Link these words in the definitions of these entries"


def test_every_exemption_is_needed(plain_words):
    assert set(PLAIN) - set(plain_words) == set()


def linked_from(site, selector):
    """Return for each entry the other entries whose sections link to it outside ``selector``."""
    by_url = {entry["url"]: entry["slug"] for entry in site.entries}
    found = {entry["slug"]: set() for entry in site.entries}
    for page in sorted({url.partition("#")[0] for url in by_url}):
        here = None
        article = site.page(page).find("article")
        skipped = {id(link) for link in article.select(f"{selector} a")} if selector else set()
        for tag in article.find_all(True):
            here = by_url.get(f"{page}#{tag.get('id')}", here)
            if tag.name == "a" and tag.get("href") and here and id(tag) not in skipped:
                target = by_url.get(site.target(page, tag["href"]))
                if target and target != here:
                    found[target].add(here)
    return found


def test_no_entry_is_an_orphan(site):
    found = linked_from(site, "")
    assert {slug: sources for slug, sources in found.items() if len(sources) < 2} == {}


def test_what_has_a_section_of_its_own_is_mentioned_in_two_others(site):
    """The lists that the build makes do not count here, only sentences, contrasts and facts."""
    places = {entry["slug"]: site.find(entry["url"]) for entry in site.entries}
    compact = {slug for slug, place in places.items() if "lossary-parameter" in place["class"]}
    found = linked_from(site, ".lossary-users")
    lonely = {s: sources for s, sources in found.items() if len(sources) < 2 and s not in compact}
    assert lonely == {}


def test_no_two_entries_say_the_same(site):
    said = {entry["slug"]: words(entry["definition"]) for entry in site.entries}
    alike = set()
    for (slug, text), (other, other_text) in combinations(sorted(said.items()), 2):
        matcher = SequenceMatcher(None, text, other_text, autojunk=False)
        # The cheap upper bounds first.
        bounds = (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio)
        if all(bound() > ALIKE for bound in bounds):
            alike.add(f"{slug} {other}")
    assert alike == set(TWINS)


def articles(site):
    """Yield name and text of every page that is read, and not looked up."""
    for name in site.names:
        if not name.startswith(LOOKED_UP_PAGES):
            article = copy(site.page(name).find("article"))
            for made in article.select("#a-to-z"):
                made.decompose()
            yield name, article


def minutes(article):
    """Return how long the prose and the code of a page take to read."""
    text = copy(article)
    code = [line for cell in text.select(".cell_input") for line in cell.get_text().split("\n")]
    for part in text.select(f".cell, {LOOKED_UP}"):
        part.decompose()
    prose = len(text.get_text(" ").split())
    return prose / WORDS_A_MINUTE + sum(bool(line.strip()) for line in code) / LINES_A_MINUTE


def test_a_page_is_read_in_ten_minutes(site):
    slow = {name: round(minutes(article), 1) for name, article in articles(site)}
    assert len(slow) >= 50
    assert {"thread.html", "notation.html", "today.html", "index.html"} <= slow.keys()
    assert {name: time for name, time in slow.items() if time >= MINUTES} == {}


# Parts of a page that are no sentences of its prose.
NOT_PROSE = {
    "lossary-holds",
    "cell",
    "lossary-source",
    "lossary-also",
    "lossary-evidence",
    "lossary-users",
}
NUMBER = re.compile(r"(?<![\w.,^/])\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.]*\d)")
# A name that carries a number, and not a result: Keras 3.15, section 8.1.3, course 2, week 1.
NAMED = re.compile(
    r"(?:Keras|TensorFlow|NumPy|Python|float|int|section|chapter|course|week|issue|equation)s? "
    r"?[\d.]+|\b(?:19|20)\d\d\b"
)


def literals(cells):
    """Return the numbers of the code of cells; those of comments and strings do not count."""
    found = set()
    for code in (part for cell in cells for part in cell.select(".cell_input")):
        lines = ("" if line[:1] in "%!" else line for line in code.get_text().splitlines())
        for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
            if token.type == tokenize.NUMBER and not token.string.lower().endswith("j"):
                found.add(float(ast.literal_eval(token.string)))
    return found


def illustrations(site, name, block):
    """Return the cells that a sentence stands beside, and those that it links to.

    A sentence stands beside the cells of its section, and a sentence above all sections beside
    those of the introduction. The first cell of a page holds the data that the whole page is about.
    """
    page = site.page(name)
    sections = block.find_parents("section")
    if len(sections) > 1:
        cells = sections[-2].select(".cell")
    else:
        cells = [cell for cell in page.select(".cell") if len(cell.find_parents("section")) < 2]
    links = block.select("a[href]")
    if table := block.find_parent("table"):  # its row, the heads, the sentence above the table
        above = table.find_previous("p")
        parts = filter(None, (block.find_parent("tr"), table.find("thead"), above))
        links = [link for part in parts for link in part.select("a[href]")]
    targets = filter(None, (site.target(name, link["href"]) for link in links))
    linked = [site.find(target) for target in targets if "#cell-" in target]
    return [*page.select(".cell:has(.cell_input)")[:1], *cells, *filter(None, linked)]


def blocks(page):
    """Return the smallest elements that hold the sentences of a page."""
    found = page.find_all(["p", "li", "dd", "td"])
    return [
        block
        for block in found
        if block.find(["p", "li"]) is None
        and not any(NOT_PROSE & set(part.get("class", ())) for part in (block, *block.parents))
    ]


def typed(block):
    """Yield the numbers of a sentence that are typed, not glued, and are more than a count."""
    text = copy(block)
    for part in text.select(
        ".pasted-text, code, math, template, .headerlink, .lossary-ran, .lossary-computed, .eqno, "
        "a.external"
    ):
        part.replace_with(" … ")
    sentence = NAMED.sub("…", " ".join(text.get_text().split()))
    for found in NUMBER.finditer(sentence):
        number = found.group().rstrip(",")
        if float(number.replace(",", "")) >= SPELLED or "." in number or "e" in number:
            near = sentence[max(0, found.start() - 30) : found.end() + 30]
            yield float(number.replace(",", "")), near


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>the loss is 1.4076</p>", [1.4076]),
        ("<p>the loss is <span class='pasted-text'>1.4076</span></p>", []),
        ("<p>all 3 steps, Keras 3.15, in section 8.1, of shape <code>(96, 3)</code></p>", []),
        ("<p>1,875 steps and 1e-07</p>", [1875, 1e-07]),
        ("<ul><li><p>once 0.5</p></li></ul>", [0.5]),
    ],
)
def test_typed_numbers_are_found(text, expected):
    page = BeautifulSoup(text, "html.parser")
    assert [number for block in blocks(page) for number, _ in typed(block)] == expected


def test_numbers_of_the_prose_come_from_cells(site):
    """A number is glued, or it is set or asserted in the code that the sentence stands beside."""
    wrong = []
    for name, article in articles(site):
        if name.startswith("figures/"):
            continue  # made of the records of the benchmarks
        for block in blocks(article):
            numbers = list(typed(block))
            known = literals(illustrations(site, name, block)) if numbers else set()
            wrong += [f"{name}: {near}" for number, near in numbers if number not in known]
    assert wrong == []
