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


def signs(latex, text):
    return [x.attrib for x in ET.fromstring(draw(latex, "block")).iter() if x.text == text]


def test_signs_below_a_sum_stand_close_and_others_do_not():
    below, beside = signs(r"\sum_{k=1}^{N} z_k = 1", "=")
    assert (below["lspace"], below["rspace"]) == ("0", "0")
    assert "lspace" not in beside


def test_minus_behind_a_sign_is_that_of_a_number():
    of_a_number, of_a_difference = signs(r"L = -a - b", "−")
    assert of_a_number["form"] == "prefix"
    assert "form" not in of_a_difference
    (behind_a_bracket,) = signs(r"(a) - b", "−")
    assert "form" not in behind_a_bracket


@pytest.mark.parametrize(("latex", "spaces"), [(r"y \log(a)", 1), (r"-\log(a)", 0), (r"y a", 0)])
def test_a_thin_space_stands_between_a_value_and_a_function(latex, spaces):
    assert tags(latex).count("mspace") == spaces
