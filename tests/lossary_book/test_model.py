"""What is wrong with a book, decided over plain data."""

from dataclasses import replace
from typing import Any

import pytest

from lossary_book.model import (
    MAX_WORDS,
    Book,
    Cell,
    Contrast,
    Entry,
    Equation,
    Mistake,
    Problem,
    exists,
    fold,
    problems,
)

SOURCE = "import lossary\nvalue = lossary.relu(-1.0)\nassert value == 0"


def cell(label: str = "cell-loss", line: int = 10, **changes: Any) -> Cell:
    """Return a cell that proves something, but for what is changed."""
    good = Cell("loss", line, (label,), SOURCE, shown=True, executed=True)
    return replace(good, **changes)


def entry(term: str = "loss", line: int = 5, **changes: Any) -> Entry:
    """Return an entry that is proven by :func:`cell`, but for what is changed."""
    good = Entry(
        term, fold(term).lower().replace(" ", "-"), "loss", line, heading=term, kind="concept",
        definition="A number that says how wrong one answer is.", code=("lossary.relu",),
        evidence=("cell-loss",), sources=[("Keras", "https://keras.io/api/losses/")],
    )  # fmt: skip
    return replace(good, **changes)


def found(entries: list[Entry], cells: list[Cell] | None = None, **parts: Any) -> list[Problem]:
    cells = [cell()] if cells is None else cells
    labels = {label: "loss" for one in cells for label in one.labels} | {"loss-text": "loss"}
    return problems(Book(entries, {"loss": cells}, labels, **parts))


def texts(*args: Any, **kwargs: Any) -> list[tuple[str, str]]:
    return [(problem.code, problem.message) for problem in found(*args, **kwargs)]


def test_proven_entry_has_no_problem() -> None:
    assert found([entry()]) == []


def test_empty_book_has_no_problem() -> None:
    assert found([], []) == []


def test_users_are_the_other_entries_whose_definitions_link_to_an_entry() -> None:
    loss = entry("loss", uses=("loss", "cost"))
    cost = entry("cost", uses=("per-example Loss", "LOSS", "nothing"))
    other = entry("error", aliases=("deviation",))
    by_alias = entry("bias", uses=("deviation",))
    alias = replace(loss, aliases=("per example loss",))
    users = Book([alias, cost, other, by_alias], {}, {}).users()
    assert users == {"loss": ["cost"], "cost": ["loss"], "error": ["bias"], "bias": []}


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"evidence": ()}, "evidence", "has no evidence cell. Name an executed cell"),
        ({"evidence": ("cell-no",)}, "evidence", "a label that the book does not have. Write"),
        ({"evidence": ("loss-text",)}, "evidence", "that is no code cell. Put (loss-text)="),
        ({"code": ()}, "code", "names no code. Fill"),
        ({"code": ("lossary.relu", "lossary.no")}, "code", "lossary.no, which does not exist."),
        ({"code": ("lossary.softmax",)}, "code", "which none of its evidence cells uses"),
        ({"kind": "idea"}, "entry", "has kind 'idea'. Use one of"),
        ({"kind": ""}, "entry", "has kind ''. Use one of"),
        ({"kind": "name"}, "name", "none of its evidence cells uses. Use loss in"),
        ({"sources": []}, "entry", "has no source. Name the page"),
        ({"heading": "Losses"}, "entry", "the heading 'Losses'. Put it first"),
        ({"heading": ""}, "entry", "does not stand first below a heading. Put it"),
        ({"definition": ""}, "definition", "has no definition. Write one sentence"),
        ({"definition": "word " * 31}, "definition", "has a definition of 31 words. Say it"),
        ({"definition": "One. Two."}, "definition", "of several sentences. Say it in one"),
        ({"definition": "One; two."}, "definition", "of several sentences"),
        ({"contrasts": [Contrast(8, "risk: other", "")]}, "contrast", "Begin it with {term}"),
        ({"contrasts": [Contrast(8, "risk: other", "risk")]}, "contrast", "without a link"),
        ({"mistakes": [Mistake(8, "cell-loss", "cell-no")]}, "evidence", "'cell-no' as mistake"),
    ],
)
def test_fault_of_an_entry(changes: dict[str, Any], code: str, message: str) -> None:
    ((its_code, text),) = texts([entry(**changes)])
    assert its_code == code
    assert text.startswith("entry 'loss' ")
    assert message in text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"executed": False}, "which was not executed. Let the page execute."),
        ({"shown": False}, "which the page hides. Drop the tag"),
        ({"error": "AssertionError"}, "which failed with AssertionError. Mend the cell"),
        ({"expects": "ValueError", "may_raise": True}, "failed with no exception where ValueError"),
        ({"source": "import lossary\nlossary.relu(-1.0)"}, "a cell without an assert. Assert"),
    ],
)
def test_fault_of_an_evidence_cell(changes: dict[str, Any], message: str) -> None:
    reports = [p for p in found([entry()], [cell(**changes)]) if p.code == "evidence"]
    assert [(p.docname, p.line) for p in reports] == [("loss", 5)]
    assert message in reports[0].message


def test_definition_of_the_greatest_length_passes() -> None:
    assert found([entry(definition="word " * MAX_WORDS)]) == []


@pytest.mark.parametrize("text", ["About 0.5 nats, e.g.", "A loss of 1.5 or so."])
def test_point_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert found([entry(definition=text)]) == []


def test_heading_may_differ_in_case_and_hyphens() -> None:
    assert found([entry("mini-batch", heading="Mini batch")]) == []


def test_a_failed_cell_before_the_evidence_is_named() -> None:
    earlier = cell("cell-early", 3, error="ZeroDivisionError")
    reports = texts([entry()], [earlier, cell(executed=False)])
    assert [code for code, _ in reports] == ["cell", "evidence"]
    assert "an earlier cell of the page failed in line 3 with ZeroDivisionError" in reports[1][1]


def test_a_failed_cell_after_the_evidence_is_reported_alone() -> None:
    later = cell("cell-late", 20, error="ZeroDivisionError")
    assert [code for code, _ in texts([entry()], [cell(), later])] == ["cell"]


def test_an_announced_exception_is_a_claim() -> None:
    raising = cell(
        source="import lossary\nlossary.relu('a')",
        error="TypeError",
        expects="TypeError",
        may_raise=True,
    )
    assert not raising.failed
    assert raising.claims == 1
    assert found([entry()], [raising]) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"error": "KeyError"}, "a cell failed with KeyError."),
        ({"error": "KeyError", "may_raise": True}, "does not say which."),
        ({"may_raise": True}, "does not say which."),
        ({"expects": "KeyError", "may_raise": True}, "expects KeyError and got no exception."),
        ({"expects": "KeyError", "error": "TypeError"}, "expects KeyError and got TypeError."),
    ],
)
def test_fault_of_any_cell(changes: dict[str, Any], message: str) -> None:
    ((_, text),) = texts([], [cell(**changes)])
    assert message in text


def test_claims_are_the_asserts_that_run() -> None:
    assert cell(source="assert a\nfor x in xs:\n    assert x\nif x:\n    assert b").claims == 2


def test_constant_assert_is_reported_at_its_line_and_literals_pass_from_cell_to_cell() -> None:
    cells = [
        cell("cell-one", 10, source="m = 10\nrows = []"),
        cell("cell-two", 20, source="x = f()\nassert m == 10\nrows.append(x)"),
        cell("cell-three", 30, source="assert rows == [1]\nm = f()"),
        cell("cell-four", 40, source="assert m == 10"),
    ]
    assert [(p.code, p.line) for p in found([], cells)] == [("assert", 21)]


def test_assert_on_builtins_and_literals_alone_is_reported() -> None:
    assert [p.code for p in found([], [cell(source="assert len([1, 2]) == 2")])] == ["assert"]


def test_literals_stay_on_their_page() -> None:
    cells = {"one": [cell(source="m = 10")], "two": [cell(source="assert m == 10")]}
    assert problems(Book([], cells, {})) == []


def test_imports_of_earlier_cells_of_the_page_count_and_of_later_ones_do_not() -> None:
    use = "value = lossary.relu(-1.0)\nassert value == 0"
    setup = "import lossary"
    before = [cell("cell-a", 3, source=setup), cell(source=use)]
    assert found([entry()], before) == []
    after = [cell(source=use), cell("cell-a", 30, source=setup)]
    assert [code for code, _ in texts([entry()], after)] == ["code"]


def test_name_of_an_api_counts_by_its_last_part() -> None:
    source = SOURCE + "\nassert layer.kernel is not None"
    named = entry("Dense.kernel", kind="name")
    assert found([named], [cell(source=source)]) == []
    assert [code for code, _ in texts([named])] == ["name"]


def test_names_count_as_one_whatever_joins_their_words() -> None:
    assert fold("mini-batch") == fold("mini_batch") == fold(" mini  batch ")
    assert fold("W") != fold("w")
    assert fold("minibatch") != fold("mini batch")


def test_name_of_another_entry_is_taken() -> None:
    second = entry("cost", 50, aliases=("Per_example loss",))
    assert found([entry(aliases=("per-example loss",)), second]) == []  # letter case counts
    second = replace(second, aliases=("per_example loss", "loss"))
    reports = found([entry(aliases=("per-example loss",)), second])
    assert [(p.code, p.line) for p in reports] == [("duplicate", 50)] * 2
    assert all("entry 'loss' (loss, line 5) has already" in p.message for p in reports)


def test_the_later_of_two_entries_is_blamed_in_whatever_order_they_come() -> None:
    reports = found([entry("loss", 50, slug="loss-2"), entry("loss", 5)])
    assert [(p.code, p.line) for p in reports] == [("duplicate", 50)]


def test_slug_is_taken_whatever_the_name() -> None:
    ((code, text),) = texts([entry(), entry("cost", 50, slug="loss")])
    assert code == "duplicate"
    assert "has the slug 'loss'" in text


def test_an_entry_may_repeat_its_own_name() -> None:
    assert found([entry(aliases=("loss", "Loss"))]) == []


def test_link_prefers_the_exact_case_and_falls_back_to_any() -> None:
    matrix, vector = entry("W", 5), entry("w", 9, slug="w-vector")
    book = Book([matrix, vector], {}, {})
    assert book.entry_named("W") is matrix
    assert book.entry_named("w") is vector
    assert Book([matrix], {}, {}).entry_named("w") is matrix
    assert book.entry_named("v") is None


def test_contrast_may_lead_to_an_alias() -> None:
    other = entry("cost function", 50, aliases=("J",))
    assert found([entry(contrasts=[Contrast(8, "J: the mean", "J")]), other]) == []


def equation(label: str, line: int, **changes: Any) -> Equation:
    return replace(Equation(label, "loss", line, "z = x", code="x"), **changes)


def test_problem_of_an_equation_is_reported_with_its_label() -> None:
    wrong = equation("softmax", 7, problem="is not shown: 1 is not 2")
    (report,) = found([], [], equations=[wrong])
    assert report == Problem("equation", "loss", 7, "equation 'softmax' is not shown: 1 is not 2")


def test_label_of_another_equation_is_taken() -> None:
    (report,) = found([], [], equations=[equation("a", 7), equation("a", 9)])
    assert report.line == 9
    assert "has a label that loss, line 7 has already" in report.message


def test_one_equation_in_ten_may_compute_nothing() -> None:
    computed = [equation(f"e{line}", line) for line in range(1, 10)]
    declared = equation("shape", 20, code="", declares="a shape")
    assert found([], [], equations=[*computed, declared]) == []
    (report,) = found([], [], equations=[*computed[1:], declared])
    assert (report.code, report.line) == ("equation", 20)
    assert "1 of 9 equations compute nothing, more than 10%" in report.message


def test_displayed_formula_is_computed_or_reported() -> None:
    stray = Equation("", "loss", 30, "z = x")
    assert found([], [], equations=[equation("a", 7, latex="z =\n x")], stray=[stray]) == []
    (report,) = found([], [], stray=[stray])
    assert (report.code, report.line) == ("equation", 30)
    assert "a displayed formula that nothing computes: 'z = x'" in report.message


def test_problems_come_in_the_order_of_page_line_and_text() -> None:
    entries = [
        entry("b", 9, docname="two", sources=[], kind="idea"),
        entry("a", 30, evidence=()),
        entry("c", 3, evidence=(), code=()),
    ]
    reports = found(entries, [cell(line=20, error="KeyError")])
    order = [(report.docname, report.line, report.message) for report in reports]
    assert order == sorted(order)
    assert {docname for docname, *_ in order} == {"loss", "two"}
    assert len(order) == 6


@pytest.mark.parametrize(
    "path",
    ["lossary", "lossary.softmax", "np.exp", "numpy.linalg.norm", "numpy.ndarray.sum", "math.pi"],
)
def test_code_exists(path: str) -> None:
    assert exists(path)


@pytest.mark.parametrize(
    "path", ["lossary.softmix", "lossary.softmax.no", "nowhere", "nowhere.at.all", "np.linalg.no"]
)
def test_code_does_not_exist(path: str) -> None:
    assert not exists(path)
