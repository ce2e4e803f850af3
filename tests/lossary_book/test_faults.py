"""One fault a time in a small book: each build is red until the fault is mended."""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

GOOD = Path(__file__).parent / "roots" / "good"


@dataclass
class Fault:
    """An edit that breaks the good book, and what the build must say of it."""

    name: str
    old: str
    new: str
    line: int | None  # of loss.md; None: the message is about its whole page
    code: str
    says: tuple[str, ...]
    page: str = "loss.md"


FAULTS = [
    Fault(
        "a call of the contract gives something else",
        "[0.0, 2.0]",
        "[0.0, 3.0]",
        109,
        "contract",
        ("contract of 'relu'", "expected 'float64 [0.0, 3.0]'", "got 'float64 [0.0, 2.0]'", "Mend"),
    ),
    Fault(
        "a call of the contract raises nothing",
        'relu("a")',
        "relu([0])",
        109,
        "contract",
        ("contract of 'relu'", "expected 'TypeError: x: expected", "got 'float64 [0.0]'"),
    ),
    Fault(
        "contract of no function",
        "{contract} relu",
        "{contract} rely",
        109,
        "contract",
        ("expected a public function of lossary, got 'rely'",),
    ),
    Fault(
        "no evidence",
        ":evidence: cell-loss\n",
        "",
        16,
        "evidence",
        ("entry 'loss' has no evidence cell", "Name an executed cell"),
    ),
    Fault(
        "unknown label",
        ":evidence: cell-loss\n",
        ":evidence: cell-nowhere\n",
        16,
        "evidence",
        ("entry 'loss' names 'cell-nowhere'", "the book does not have", "Write (cell-nowhere)="),
    ),
    Fault(
        "label of a paragraph",
        ":evidence: cell-loss\n",
        ":evidence: loss-text\n",
        16,
        "evidence",
        ("entry 'loss' names 'loss-text'", "no code cell", "right before the cell"),
    ),
    Fault(
        "not executed",
        '"cache"',
        '"off"',
        16,
        "evidence",
        ("entry 'loss'", "'cell-loss'", "was not executed"),
        page="conf.py",
    ),
    Fault(
        "failed",
        "value[0] == 0.5",
        "value[0] == 0.6",
        16,
        "evidence",
        ("entry 'loss'", "'cell-loss'", "failed with AssertionError", "Mend"),
    ),
    Fault(
        "earlier cell failed",
        "import lossary\n",
        "import lossary\n1 / 0\n",
        17,
        "evidence",
        ("entry 'loss'", "an earlier cell", "line 11", "ZeroDivisionError", "Mend that cell"),
    ),
    Fault(
        "no assert",
        "assert value[0] == 0.5\n",
        "",
        16,
        "evidence",
        ("entry 'loss'", "'cell-loss'", "without an assert"),
    ),
    Fault(
        "constant assert",
        "assert value[0] == 0.5\n",
        "assert value[0] == 0.5\nassert 1 + 1 == 2\n",
        45,
        "assert",
        ("an assert that cannot fail",),
    ),
    Fault(
        "assert of a literal name",
        "value = ",
        "n = 2\nassert n == 2\nvalue = ",
        44,
        "assert",
        ("an assert that cannot fail",),
    ),
    Fault(
        "name not used",
        "one_hot = lossary.softmax([0.0, 1000.0])\nassert one_hot",
        "row = lossary.softmax([0.0, 1000.0])\nassert row",
        73,
        "name",
        ("entry 'one_hot'", "none of its evidence cells uses", "Use one_hot in one of them"),
    ),
    Fault(
        "code does not exist",
        ":code: lossary.softmax\n:source: [Keras](https://keras.io/api/losses/)",
        ":code: lossary.softmix\n:source: [Keras](https://keras.io/api/losses/)",
        16,
        "code",
        ("entry 'loss' claims lossary.softmix", "does not exist"),
    ),
    Fault(
        "code not used",
        ":code: lossary.softmax\n:source: [Keras](https://keras.io/api/losses/)",
        ":code: numpy.exp\n:source: [Keras](https://keras.io/api/losses/)",
        16,
        "code",
        ("entry 'loss' claims numpy.exp", "none of its evidence cells uses"),
    ),
    Fault(
        "alias taken twice",
        ":kind: name\n",
        ":kind: name\n:also: per example loss\n",
        73,
        "duplicate",
        ("entry 'one_hot' has the name 'per example loss'", "entry 'loss'", "line 16"),
    ),
    Fault(
        "slug taken twice",
        ":kind: name\n",
        ":kind: name\n:slug: loss\n",
        73,
        "duplicate",
        ("entry 'one_hot' has the slug 'loss'", "entry 'loss'"),
    ),
    Fault(
        "definition too long",
        "A row with one 1.",
        "A row " + "of numbers " * 15 + "with one 1.",
        73,
        "definition",
        ("entry 'one_hot' has a definition of 35 words", "at most 30"),
    ),
    Fault(
        "definition of two sentences",
        "A row with one 1.",
        "A row. It has one 1.",
        73,
        "definition",
        ("several sentences",),
    ),
    Fault("no definition", "A row with one 1.\n", "", 73, "definition", ("has no definition",)),
    Fault(
        "contrast without a link",
        "- {term}`one_hot`: a row",
        "- one_hot: a row",
        49,
        "contrast",
        ("entry 'loss'", "without a link", "Begin it with {term}`headword`"),
    ),
    Fault(
        "contrast to no entry",
        "- {term}`one_hot`: a row",
        "- {term}`nothing`: a row",
        49,
        "contrast",
        ("entry 'loss'", "without a link"),
    ),
    Fault(
        "exception not raised",
        "lossary.softmax([])",
        "lossary.softmax([1.0])",
        62,
        "raises",
        ("expects ValueError and got no exception",),
    ),
    Fault(
        "another exception",
        "lossary.softmax([])",
        "lossary.softmax('a')",
        62,
        "raises",
        ("expects ValueError and got TypeError",),
    ),
    Fault(
        "exception not named",
        ":raises: ValueError\n",
        "",
        61,
        "raises",
        ("does not say which", ":raises: ValueError"),
    ),
    Fault(
        "mistake without its cell",
        "{mistake} cell-wrong cell-right",
        "{mistake} cell-wrong cell-no",
        52,
        "evidence",
        ("entry 'loss' names 'cell-no' as mistake",),
    ),
    Fault(
        "hidden evidence",
        "(cell-loss)=\n\n```{code-cell} ipython3\n",
        "(cell-loss)=\n\n```{code-cell} ipython3\n:tags: [hide-input]\n\n",
        16,
        "evidence",
        ("entry 'loss'", "which the page hides"),
    ),
    Fault(
        "another heading",
        "## loss",
        "## Losses of all kinds",
        16,
        "entry",
        ("stands under the heading 'Losses of all kinds'",),
    ),
    Fault(
        "not first below its heading",
        "## `one_hot`\n",
        "## `one_hot`\n\nA word before it.\n",
        75,
        "entry",
        ("entry 'one_hot' does not stand first below a heading. Put it",),
    ),
    Fault(
        "unknown kind",
        ":kind: concept",
        ":kind: idea",
        16,
        "entry",
        ("has kind 'idea'", "name, symbol, concept"),
    ),
    Fault(
        "no source",
        ":source: [Keras](https://keras.io/api/losses/)\n",
        "",
        16,
        "entry",
        ("entry 'loss' has no source",),
    ),
    Fault(
        "wrong formula",
        "\\frac{e^{z_j}}",
        "\\frac{e^{-z_j}}",
        33,
        "equation",
        ("equation 'softmax' is not shown", "the formula gives", "the code"),
    ),
    Fault(
        "unreadable formula",
        "\\frac{e^{z_j}}",
        "\\frac e^{z_j}",
        33,
        "equation",
        ("equation 'softmax' is not shown: cannot read the formula here",),
    ),
    Fault(
        "empty formula",
        "a_j = \\frac{e^{z_j}}{\\sum_{k=1}^{N} e^{z_k}}\n",
        "",
        33,
        "equation",
        ("equation 'softmax' is empty", "Write its LaTeX"),
    ),
    Fault(
        "equation without code",
        ":code: lossary.softmax(z)[j]\n",
        "",
        33,
        "equation",
        ("equation 'softmax' needs ':code:'",),
    ),
    Fault(
        "only declared",
        ":code: lossary.softmax(z)[j]\n:where: z: (N,); j: index of N\n",
        ":declares: it is a shape\n",
        33,
        "equation",
        ("1 of 1 equations compute nothing",),
    ),
    Fault(
        "formula outside the directive",
        "The loss is a number.",
        "$$a = b$$",
        31,
        "equation",
        ("a displayed formula that nothing computes: 'a = b'",),
    ),
    Fault(
        "parameter without evidence",
        ":evidence: cell-axis\n",
        "",
        91,
        "evidence",
        ("entry 'axis' has no evidence cell",),
    ),
    Fault(
        "parameter without an entry",
        '["axis", "-1"]',
        '["axes", "-1"]',
        None,
        "names",
        ("no entry has these names of Keras: axes of softmax", "Write an entry, or add an alias"),
        page="names.md",
    ),
]


def lossary_lines(warnings: list[str], fault: Fault) -> list[str]:
    """Return the warnings of the fault's kind at its place that say what they must say."""
    place = f"loss.md:{fault.line}: " if fault.line else f"{fault.page}: "
    return [
        message
        for message in warnings
        if place in message
        and message.endswith(f"[lossary.{fault.code}]")
        and all(text in message for text in fault.says)
    ]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a copy of the good book."""
    return Path(shutil.copytree(GOOD, tmp_path / "book"))


def test_good_book_is_green_one_by_one_and_in_parallel(build, book: Path, tmp_path: Path) -> None:
    assert build(book, tmp_path / "one", "html") == []
    assert build(book, tmp_path / "one", "html") == []
    assert build(book, tmp_path / "two", "html", parallel=2) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault_is_red_until_it_is_mended(build, fault: Fault, book: Path, tmp_path: Path) -> None:
    # Resolves and checks all pages as the builder of the site does, and cuts no fonts for them.
    checked = partial(build, builder="dummy")
    page = book / fault.page
    good = page.read_text()
    assert good.count(fault.old) == 1
    page.write_text(good.replace(fault.old, fault.new))
    first = checked(book, tmp_path / "one")
    assert lossary_lines(first, fault), first
    again = checked(book, tmp_path / "one")
    assert lossary_lines(again, fault), again
    parallel = checked(book, tmp_path / "two", parallel=2)
    assert lossary_lines(parallel, fault), parallel
    page.write_text(good)
    assert checked(book, tmp_path / "one") == []


def test_page_of_an_entry_follows_a_definition_on_another_page(
    build, book: Path, tmp_path: Path
) -> None:
    """Which entries use a word is shown with the word, also when only their page has changed."""
    page = book / "loss.md"
    text = page.read_text()
    start = text.index("## `one_hot`")
    head = text[: text.index("## loss")]
    (book / "one-hot.md").write_text(head.replace("Loss and one-hot", "Rows") + text[start:])
    toctree = book / "index.md"
    toctree.write_text(toctree.read_text().replace("loss\n", "loss\none-hot\n", 1))
    page.write_text(text[:start])
    out = tmp_path / "one"
    assert build(book, out, "html") == []
    shown = out / "html" / "one-hot.html"
    link = 'href="loss.html#loss">loss</a>'
    assert link in shown.read_text()
    page.write_text(text[:start].replace(", unlike a {term}`one_hot` row.", "."))
    assert build(book, out, "html") == []
    assert link not in shown.read_text()
