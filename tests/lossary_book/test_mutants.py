"""A mutant that lives has its reason, and a reason has its mutant."""

import dataclasses
import re

import pytest

from benchmarks.mutants import Exemption, Mutant, evidence, exemptions, reason, unexplained

ALIVE = Mutant("lossary.cost.x_l2_penalty__mutmut_25", True, "-astype(np.float64)\n+astype(None)")
FITS = Exemption("lossary.cost.l?_penalty", r"\+astype\(None\)", "It is.")


def test_a_mutant_has_the_name_of_its_function():
    assert ALIVE.function == "lossary.cost.l2_penalty"
    assert ALIVE.module == "lossary.cost"
    method = Mutant("lossary.glossary.xǁDefinitionǁrows__mutmut_1", True)
    assert method.function == "lossary.glossary.Definition.rows"


def test_a_survivor_with_a_reason_is_explained():
    assert unexplained([ALIVE], [FITS]) == []
    assert reason(ALIVE, [FITS]) == "It is."


def test_a_survivor_without_a_reason_is_not():
    (wrong,) = unexplained([ALIVE], [])
    assert wrong.startswith(f"{ALIVE.name} lives, and has no reason to:\n-astype")


@pytest.mark.parametrize("change", [{"change": "float32"}, {"function": "lossary.fit.*"}])
def test_an_exemption_that_nothing_needs_fails(change):
    (wrong,) = unexplained([ALIVE], [FITS, dataclasses.replace(FITS, **change)])
    assert wrong.startswith("no mutant needs the exemption of")


def test_an_exemption_without_a_reason_fails():
    lives, wrong = unexplained([ALIVE], [dataclasses.replace(FITS, reason="")])
    assert "has no reason to" in lives
    assert wrong.startswith("no reason stands in the exemption of")


def test_evidence_that_uses_a_function_the_shortest_way_first():
    cells = [
        {"labels": ["a"], "source": "lossary.relu(1)"},
        {"labels": ["b"], "source": "lossary.relu(2)"},
    ]
    book = {"entries": {"one": ["b"]}, "pages": {"p": cells, "q": cells[1:]}}
    assert list(evidence(book, "relu")) == [("q", 0), ("p", 1)]
    assert list(evidence(book, "rel")) == []


def test_every_exemption_is_a_pattern_and_has_its_reason():
    for exempt in exemptions():
        assert re.compile(exempt.change)
        assert exempt.reason.endswith(".")
