"""LaTeX as MathML, which browsers draw without a script, mended to look as TeX sets it."""

import html
import itertools
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert_to_element

SUMS = "∑∏"
CLOSING = ")]}|‖⟩⌉⌋"
SCRIPTED = {"munder", "mover", "munderover", "msub", "msup", "msubsup"}
# What stands for a value: TeX leaves a thin space between it and the name of a function.
VALUES = {"mi", "mn", "mfrac", "msqrt", *SCRIPTED}
BOLD = {
    **{chr(ord("A") + i): chr(0x1D400 + i) for i in range(26)},
    **{chr(ord("a") + i): chr(0x1D41A + i) for i in range(26)},
    **{chr(ord("0") + i): chr(0x1D7CE + i) for i in range(10)},
}


def draw(latex: str, display: str = "inline") -> str:
    """Return a formula as MathML; `display` is ``inline`` or ``block``."""
    formula = convert_to_element(latex, display=display)
    for element in formula.iter():
        element.text = html.unescape(element.text or "")  # the converter writes entities
    for element in formula.iter():
        _mend(element, display)
    for element in formula.iter():
        _space(element)
    return ET.tostring(formula, encoding="unicode")


def _mend(element: ET.Element, display: str) -> None:
    """Mend what the converter says otherwise than browsers read it."""
    # Browsers know no bold but the letters that are bold themselves.
    if element.get("mathvariant") == "bold" and element.text:
        del element.attrib["mathvariant"]
        element.text = "".join(BOLD.get(letter, letter) for letter in element.text)
    # A name of a function is no operator: nothing stands between it and its bracket.
    if element.tag == "mo" and element.text and element.text.isalpha() and len(element.text) > 1:
        element.tag = "mi"
    # Inside brackets the limits of a sum belong below and above it, too.
    if element.tag in {"msub", "msup", "msubsup"} and display == "block":
        base = element[0]
        if base.tag == "mo" and base.text and base.text in SUMS:
            element.tag = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}[element.tag]


def _space(element: ET.Element) -> None:
    """Set the spaces that TeX sets and browsers do not."""
    if element.tag in SCRIPTED:  # nothing around the signs of k=1 below a sum
        for script in element[1:]:
            for sign in script.iter("mo"):
                sign.attrib.update(lspace="0", rspace="0")
    for before, child in itertools.pairwise(list(element)):
        # Behind another sign a minus is that of a number, and not of a difference.
        after_sign = before.tag == "mo" and (before.text or "") not in CLOSING
        if child.tag == "mo" and child.text in {"-", "−"} and after_sign:
            child.set("form", "prefix")
        if before.tag in VALUES and child.tag == "mi" and len(child.text or "") > 1:
            gap = ET.Element("mspace", width="0.167em")
            element.insert(list(element).index(child), gap)
