"""Each collected question of a learner has its entries."""

import tomllib
from pathlib import Path

import pytest

QUESTIONS = tomllib.loads(Path(__file__).with_name("questions.toml").read_text(encoding="utf-8"))
ANSWERED = QUESTIONS["answered"]


@pytest.mark.parametrize("question", ANSWERED)
def test_question_has_its_entries(question, site):
    assert ANSWERED[question]
    assert [slug for slug in ANSWERED[question] if slug not in site.by_slug] == []


def test_all_questions_are_answered():
    assert len(ANSWERED) == 78
