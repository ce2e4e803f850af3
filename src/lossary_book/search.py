"""The site's search: every word of the entries and pages, weighed, in one small file."""

import functools
import importlib.resources
import json
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.search import IndexBuilder

from lossary_book.domain import domain_of
from lossary_book.made import made
from lossary_book.model import Entry

# How much a word counts by where it stands in an entry.
FIELDS = {
    "names": 8.0,
    "definition": 3.5,
    "mistake": 3.0,
    "facts": 1.0,
    "prose": 1.0,
    "code": 0.6,
}
# The constants of BM25, whose weights these are.
THINNED = 0.3  # by a long text
SATURATED = 12.0  # by a word that comes often
RARE = 0.65  # the power of a word's or a name's rarity
LINKED = 0.4  # how much more the entry counts that the others link to most
COMPACT = 0.5  # what counts an entry that shares its section: a small parameter

KEPT = 80  # words of an entry or page: the weightiest
LONGEST = 6  # words of a name that is looked for in a question
BASE = 35  # the letter that stands for 0

SCRIPT = "search-data.js"

Stem = Callable[[str], str]

# What a question is made of besides its subject.
FILLER = frozenset(
    """
    a about actual actually after again all also although always am an and any anyone anything are
    as ask asked asking at be because been before being but by can cannot clear come comes concept
    confused confusing confusion context could course define definition describe did do does doesn
    doing don done during each either else etc even every exact exactly example explain explained
    explanation find for from get gets getting give given gives go going got had has have having
    help here how however i if in instead into is isn it its itself just keep know learning let
    like list look m make makes making many may me mean meaning means meant might more most much
    must my need needed needs no nor now of off often ok okay on only or other our out over own
    per please possible problem purpose put question rather re really reason reasons regarding
    role said same say see seem seems should show shows shouldn since so some someone something
    specifically still such sure tell term terms than thank thanks that the their them then there
    these they thing things this those through time to too try trying under understand until up us
    use used useful user uses using v ve very via vs want was wasn way we well were what whats when
    where whether which while who why will with within without wonder word work working works would
    wrong yet you your
    code deep framework keras library machine network networks neural python pytorch tensorflow tf
    torch
    """.split()  # noqa: SIM905  a list of quoted words would be unreadable
)


@dataclass
class Document:
    """What the search finds: an entry, or a page."""

    url: str
    title: str
    text: str = ""  # shown below the title
    page: str = ""  # the title of the page that an entry is on; a page has none
    code: bool = False  # whether the title is a name from an API
    names: tuple[str, ...] = ()
    links: int = 0  # how often the book links to it as a term
    compact: bool = False
    fields: dict[str, str] = field(default_factory=dict)


def words(text: str) -> Iterator[str]:
    """Yield the words of a text: letters and digits, split where a camel has its humps."""
    text = re.sub(r"\bhow many\b", "number of", unicodedata.normalize("NFKC", text), flags=re.I)
    for word in re.findall(r"[^\W_]+", re.sub(r"['’](s|t|re|ve|m|ll|d)\b", "", text)):
        if word.lower() in FILLER:
            yield word.lower()
        else:
            yield from re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", word).lower().split()


def american(word: str) -> str:
    """Return the word with -ize for -ise. What is no such word changes alike everywhere."""
    return re.sub(r"is(?=(e|ed|es|er|ers|ing|ation|ations)$)", "iz", word)


def compounds(names: Iterable[str], stem: Stem) -> dict[str, list[str]]:
    """Return how words that people write together come apart: minibatch, crossentropy."""
    found: dict[str, list[str]] = {}
    for name in names:
        parts = list(words(name))
        for start in range(len(parts)):
            for end in range(start + 2, min(len(parts), start + LONGEST) + 1):
                joined = "".join(parts[start:end])
                if len(joined) > 5:
                    found.setdefault(stem(joined), [stem(part) for part in parts[start:end]])
    return found


def index(documents: list[Document], stem: Stem) -> dict[str, Any]:
    """Return the data of the search: documents, their names, and what words weigh in which."""
    entries = [document for document in documents if document.names]
    apart = compounds((name for entry in entries for name in entry.names), stem)

    def stems(text: str) -> list[str]:
        found = []
        for word in words(text):
            root = stem(word)
            found += apart.get(root, [root])
        return found

    texts = [{name: stems(doc.fields.get(name, "")) for name in FIELDS} for doc in documents]
    standing = _standing(documents)
    weights = _weights(texts, {stem(word) for word in FILLER}, standing)
    postings = _postings(weights)
    keys = [[" ".join(stems(name)) for name in entry.names] for entry in entries]
    rarity = _rarity({key for own in keys for key in own}, texts[: len(entries)])
    return {
        "documents": [
            {"url": d.url, "title": d.title, "text": d.text, "page": d.page, "code": d.code}
            for d in documents
        ],
        "names": [
            [name, place, round(standing[place] * rarity[key])]
            for place, entry in enumerate(entries)
            for name, key in zip(entry.names, keys[place], strict=True)
        ],
        "filler": " ".join(sorted(FILLER)),
        "words": " ".join(sorted(postings)),
        "base": BASE,
        "postings": " ".join(postings[word] for word in sorted(postings)),
    }


def _standing(documents: list[Document]) -> list[float]:
    """Return the factor by which a document counts, around 1."""
    most = math.log(1 + max((document.links for document in documents), default=0)) or 1
    linked = [1 + LINKED * (math.log(1 + doc.links) / most - 0.4) for doc in documents]
    return [
        1.0 if not doc.names else factor * (COMPACT if doc.compact else 1)
        for doc, factor in zip(documents, linked, strict=True)
    ]


def _rarity(names: set[str], texts: list[dict[str, list[str]]]) -> dict[str, float]:
    """Return how telling each name is, in percent: 100 if only its own entry has it."""
    lengths = {name.count(" ") + 1 for name in names}
    found_in: Counter[str] = Counter()
    for text in texts:
        whole = [word for part in text.values() for word in part]
        found_in.update(
            {
                part
                for length in lengths
                for start in range(len(whole) - length + 1)
                if (part := " ".join(whole[start : start + length])) in names
            }
        )
    most = math.log(1 + len(texts))
    return {
        name: 100 * (math.log(1 + len(texts) / max(found_in[name], 1)) / most) ** RARE
        for name in names
    }


def _weights(
    texts: list[dict[str, list[str]]], filler: set[str], standing: list[float]
) -> list[dict[str, int]]:
    """Return what words weigh in each document by BM25 over fields, as small whole numbers."""
    lengths = {name: [len(text[name]) for text in texts if text[name]] for name in FIELDS}
    counts = []
    for text in texts:
        count: dict[str, float] = defaultdict(float)
        for name, boost in FIELDS.items():
            found = [word for word in text[name] if not word.isdigit()]
            if name != "names":
                found = [word for word in found if word not in filler]
            mean = sum(lengths[name]) / max(len(lengths[name]), 1)
            for word in found:
                count[word] += boost / (1 - THINNED + THINNED * len(text[name]) / mean)
        counts.append(count)
    within = Counter(word for count in counts for word in count)
    weights = []
    for count, factor in zip(counts, standing, strict=True):
        weighed = {
            word: factor * n / (n + SATURATED) * math.log(1 + len(texts) / within[word]) ** RARE
            for word, n in count.items()
        }
        kept = sorted(weighed, key=lambda word: (-weighed[word], word))[:KEPT]
        weights.append({word: max(1, round(15 * weighed[word])) for word in kept})
    return weights


def _postings(weights: list[dict[str, int]]) -> dict[str, str]:
    """Return pairs of letters by word: how many documents further on, and its weight there."""
    found: dict[str, str] = {}
    before: dict[str, int] = {}
    for place, weighed in enumerate(weights):
        for word, weight in weighed.items():
            step = place - before.get(word, -1)
            found[word] = found.get(word, "") + chr(BASE + step) + chr(BASE + weight)
            before[word] = place
    return found


SKIPPED = (nodes.math, nodes.math_block, nodes.comment, nodes.raw, nodes.rubric)
BY_CLASS = {
    "lossary-definition": "definition",
    "lossary-facts": "facts",
    "lossary-names": "facts",
    "lossary-mistake": "mistake",
    "lossary-also": "",
    "lossary-source": "",
}


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Store the text of the page that was just read, by entry and field, and its links to terms."""
    domain, docname = domain_of(app.env), app.env.current_document.docname
    own = {entry.slug for entry in domain.entries.get(docname, [])}
    texts: dict[str, dict[str, list[str]]] = {}
    text: dict[str, list[str]] = {}
    _collect(doctree, own, texts, text, text, "prose")
    links = [
        x["reftarget"] for x in doctree.findall(addnodes.pending_xref) if x["reftype"] == "term"
    ]
    domain.data["texts"][docname] = (text, texts, links)


def documents(env: BuildEnvironment, url: Callable[[str], str]) -> list[Document]:
    """Return what the search finds: all entries, then all pages."""
    pages = []
    texts: dict[str, dict[str, list[str]]] = {}
    links: Counter[str] = Counter()
    book = domain_of(env).book()
    entries = book.entries
    titles = {name: title.astext() for name, title in env.titles.items()}
    for docname in sorted(env.found_docs):
        text, own, linked = domain_of(env).data["texts"][docname]
        texts |= own
        links.update(target.slug for name in linked if (target := book.entry_named(name)))
        if docname != env.config.root_doc:
            shown = next((t for t in text.get("prose", []) if t != titles[docname]), "")
            fields = {"names": titles[docname], **{k: "\n".join(v) for k, v in text.items()}}
            pages.append(Document(url(docname), titles[docname], shown, fields=fields))
    found = [_entry(entry, titles, url, texts.get(entry.slug, {})) for entry in entries]
    for document, entry in zip(found, entries, strict=True):
        document.links = links[entry.slug]
    return found + pages


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write stemmer, ranking and data as one script, which pages load when they need it."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    found = documents(app.env, app.builder.get_target_uri)
    text = made(app, SCRIPT, repr(found).encode(), lambda: _script(app.env, found))
    static = Path(app.outdir, "_static")
    (static / SCRIPT).write_bytes(text)
    for unused in ("searchtools.js", "language_data.js"):
        (static / unused).unlink(missing_ok=True)


def _script(env: BuildEnvironment, found: list[Document]) -> bytes:
    sphinx_search = IndexBuilder(env, "en", {}, "")

    @functools.cache  # a book says few words often, and the stemmer is slow
    def stem(word: str) -> str:
        return sphinx_search.lang.stem(american(word))

    data = json.dumps(index(found, stem), ensure_ascii=False, separators=(",", ":"))
    ranking = importlib.resources.files("lossary_book").joinpath("ranking.js")
    return f"""// The stemmer is Snowball's (BSD), as Sphinx brings it.
{sphinx_search.get_js_stemmer_code()}
{ranking.read_text(encoding="utf-8")}
window.lossarySearch = lossaryRanking({data}, new window.Stemmer());
""".encode()


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Add the page of results, in place of Sphinx's."""
    yield "search", {"title": "Search"}, "search.html"


def prepare(app: Sphinx) -> None:
    """Leave out Sphinx's own search, whose index is heavy and finds no question."""
    if isinstance(app.builder, StandaloneHTMLBuilder):
        app.builder.search = False


def _entry(
    entry: Entry, titles: dict[str, str], url: Callable[[str], str], text: dict[str, list[str]]
) -> Document:
    names = (entry.term, *entry.aliases)
    fields = {name: "\n".join(parts) for name, parts in text.items()}
    fields["names"] = "\n".join(names)
    fields["facts"] = "\n".join([fields.get("facts", ""), *entry.code])
    return Document(
        url=f"{url(entry.docname)}#{entry.slug}",
        title=entry.term,
        text=entry.definition,
        page=titles[entry.docname],
        code=entry.kind == "name",
        names=names,
        compact=entry.compact,
        fields=fields,
    )


def _collect(
    node: nodes.Node,
    slugs: set[str],
    texts: dict[str, dict[str, list[str]]],
    page: dict[str, list[str]],
    owner: dict[str, list[str]],
    name: str,
) -> None:
    """Sort the text of a page by entry and field."""
    if isinstance(node, SKIPPED) or not isinstance(node, nodes.Element):
        return
    for slug in slugs.intersection(node.get("ids", [])):
        owner = texts.setdefault(slug, {})
    classes: list[str] = node.get("classes", [])
    for css in classes:
        name = BY_CLASS.get(css, name)
    if not name:
        return
    if isinstance(node, nodes.literal_block):
        name = "code"
    if isinstance(node, nodes.TextElement):
        text = "".join(_plain(node))
        owner.setdefault(name, []).append(text)
        if owner is not page:
            page.setdefault("prose", []).append(text)
        return
    for child in node.children:
        _collect(child, slugs, texts, page, owner, name)


def _plain(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Text):
        yield node.astext()
    elif not isinstance(node, SKIPPED):
        for child in node.children:
            yield from _plain(child)
