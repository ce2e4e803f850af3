"""Formulas as MathML, as browsers read it."""

from xml.etree import ElementTree as ET

import pytest

from lossary_book.mathml import draw

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"


def tags(latex, display="inline"):
    return [x.tag.removeprefix(NAMESPACE) for x in ET.fromstring(draw(latex, display)).iter()]


def test_signs_are_signs_and_not_entities():
    assert "".join(ET.fromstring(draw(r"a < b - \alpha")).itertext()) == "a<b−α"


@pytest.mark.parametrize(("latex", "bold"), [(r"\mathbf{1}", "𝟏"), (r"\mathbf{Wx}", "𝐖𝐱")])
def test_bold_letters_are_letters_of_their_own(latex, bold):
    drawn = draw(latex)
    assert "".join(ET.fromstring(drawn).itertext()) == bold
    assert "mathvariant" not in drawn


def test_limits_stand_below_and_above_a_displayed_sum_inside_brackets_too():
    latex = r"\log\left(\sum_{k=1}^{N} e^{z_k}\right)"
    assert "munderover" in tags(latex, "block")
    assert "munderover" not in tags(latex)


def test_name_of_a_function_is_no_operator():
    drawn = ET.fromstring(draw(r"\max(0, z)"))
    named = [x.tag.removeprefix(NAMESPACE) for x in drawn.iter() if x.text == "max"]
    assert named == ["mi"]
