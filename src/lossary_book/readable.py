r"""Write a formula as a line of text, for terminals and programs: ``J = (1/m) ∑_i L^{(i)}``."""

import re
from functools import cache
from typing import Any

from pylatexenc.latex2text import (  # type: ignore[import-untyped]
    LatexNodes2Text,
    MacroTextSpec,
    get_default_latex_context_db,
)

OPEN, CLOSE = "\ue000", "\ue001"  # around a fraction, until it is known what stands beside it
# What a slash does not tear apart: x_{i,j}, e^{z_j}, 12, (a + b).
WHOLE = re.compile(r"[−\w.]+([_^](\w|\{[^{}]*(\{[^{}]*\}[^{}]*)*\}))*|\([^()]*\)|√\([^()]*\)")


def readable(latex: str) -> str:
    """Return a formula as one line of text that says the same."""
    latex = re.sub(r"\\begin\{cases\}(.*?)\\end\{cases\}", _cases, latex, flags=re.DOTALL)
    spaced = re.sub(r"(\\[A-Za-z]+)(?= )", r"\1{}", latex.replace("-", "−"))
    text = _bracketed(" ".join(_converter().latex_to_text(spaced).split()))
    return re.sub(r"(?<=[(⌈⌊]) | (?=[)⌉⌋;])", "", text)


def _cases(found: re.Match[str]) -> str:
    rows = [row.split("&") for row in found[1].split("\\\\")]
    said = [(value, when if "\\text" in when else rf"\text{{if }} {when}") for value, when in rows]
    return "; ".join(f"{value}\\ {when}" for value, when in said)


def _bracketed(text: str) -> str:
    """Put brackets around each fraction that has something beside it: (1/m) ∑, but (a/b)^2."""
    while found := re.search(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}", text):
        before, after = text[: found.start()].rstrip(), text[found.end() :].lstrip()
        alone = (not before or before[-1] in "=(←,{⌈⌊") and (not after or after[0] in "),};⌉⌋")
        inner = found[1] if alone else f"({found[1]})"
        text = text[: found.start()] + inner + text[found.end() :]
    return text


def _side(part: Any, converter: LatexNodes2Text) -> str:
    text = converter.nodelist_to_text([part]).strip()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1].strip()
    text = _bracketed(text)
    return text if WHOLE.fullmatch(text) else f"({text})"


def _fraction(node: Any, l2tobj: LatexNodes2Text) -> str:
    above, below = (_side(part, l2tobj) for part in node.nodeargd.argnlist)
    if above.startswith("(∂") and below.startswith("(∂"):
        return f"{above[1:-1]}/{below[1:-1]}".replace("∂ ", "∂")
    return f"{OPEN}{above}/{below}{CLOSE}"


def _root(node: Any, l2tobj: LatexNodes2Text) -> str:
    inner = _side(node.nodeargd.argnlist[-1], l2tobj)
    return f"√{inner}" if inner.startswith("(") else f"√({inner})"


@cache
def _converter() -> LatexNodes2Text:
    macros = [
        MacroTextSpec("frac", simplify_repl=_fraction),
        MacroTextSpec("sqrt", simplify_repl=_root),
    ]
    known = get_default_latex_context_db()
    known.add_context_category("lossary", prepend=True, macros=macros)
    return LatexNodes2Text(
        latex_context=known,
        math_mode="text",
        keep_braced_groups=True,
        keep_braced_groups_minlen=2,
    )
