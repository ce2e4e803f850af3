"""The `equation` directive, and math drawn as MathML, which needs no script and no network."""

import inspect
import re
import textwrap
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.directives.patches import MathDirective
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

import lossary
from lossary_book import computed, mathml
from lossary_book.domain import domain_of
from lossary_book.model import Equation
from lossary_book.sources import sources

IN_DOCSTRING = re.compile(r"^ *\.\. math::(.*(?:\n(?: {8,}.*| *(?=\n)))*)", re.MULTILINE)


class EquationDirective(MathDirective):
    """A displayed formula: its label, the code that it must equal, what its symbols stand for."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = dict.fromkeys(
        ("code", "where", "of", "declares", "from"), directives.unchanged
    )

    def run(self) -> list[nodes.Node]:
        """Compute the formula, store what came out, and return it numbered."""
        label = self.arguments.pop()  # docutils' directive would take it for a line of the formula
        self.options["label"] = label
        if "from" in self.options:
            self.content = StringList([docstring_formula(self.options["from"])], source="")
        docname = self.env.current_document.docname
        equation = Equation(
            label=label,
            docname=docname,
            line=self.get_source_info()[1],
            latex="\n".join(self.content).strip(),
            code=self.options.get("code", ""),
            declares=self.options.get("declares", ""),
        )
        self._compute(equation)
        for path in sources(*self.options.values()):
            self.env.note_dependency(path)  # the page is read again when one of them changes
        domain = domain_of(self.env)
        domain.equations.setdefault(docname, []).append(equation)
        if domain.entries.get(docname):
            domain.entries[docname][-1].equations.append(label)
        found = super().run()
        for block in found:
            if isinstance(block, nodes.math_block):
                block["computed"] = True
        return [*found, self._mark(equation)]

    def _compute(self, equation: Equation) -> None:
        if not equation.latex:
            equation.problem = "is empty. Write its LaTeX in the directive's body."
        elif bool(equation.code) == bool(equation.declares):
            equation.problem = (
                "needs ':code:', which it must equal, or else ':declares:' with the reason "
                "why it computes nothing."
            )
        elif equation.code:
            where, of = self.options.get("where", ""), self.options.get("of", "")
            outcome = computed.check(equation.label, equation.latex, equation.code, where, of)
            equation.draws, equation.deviation = outcome.draws, outcome.deviation
            equation.problem = outcome.problem and f"is not shown: {outcome.problem}"

    def _mark(self, equation: Equation) -> nodes.Node:
        """Return the quiet mark below a formula that leads to the code that computes it."""
        mark = nodes.paragraph(classes=["lossary-computed"])
        if equation.declares:
            mark += nodes.Text("states a definition")
        else:
            mark += nodes.Text("computed by ")
            mark += code_link(equation.code)
        return mark


def code_link(code: str) -> nodes.Node:
    """Return a link from an equation's code to the reference of the function in it."""
    names = re.findall(r"\b(lossary\.\w+|np\.[\w.]+|keras\.[\w.]+)", code)
    known = [
        n for n in names if n.startswith("lossary.") and n.partition(".")[2] in lossary.__all__
    ]
    if known:
        shown = nodes.literal("", known[0])
        return addnodes.pending_xref(
            "", shown, refdomain="py", reftype="func", reftarget=known[0], refexplicit=True
        )
    return nodes.literal("", names[0] if names else code)


def docstring_formula(name: str) -> str:
    """Return the formula of a public function's docstring, the one place where it is written."""
    function = getattr(lossary, name.removeprefix("lossary."), None)
    found = IN_DOCSTRING.search(inspect.getdoc(function) or "") if function else None
    return " ".join(textwrap.dedent(found.group(1)).split()) if found else ""


def stray(app: Sphinx, doctree: nodes.document) -> None:
    """Store a problem for each displayed formula that is not computed.

    The formulas of docstrings count as computed when an equation takes them over with ``:from:``.
    """
    docname = app.env.current_document.docname
    for block in doctree.findall(nodes.math_block):
        if "computed" not in block:
            equation = Equation("", docname, block.line or 1, " ".join(block.astext().split()))
            domain_of(app.env).data["stray"].setdefault(docname, []).append(equation)


def inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write inline math."""
    self.body.append(mathml.draw(node.astext()))
    raise nodes.SkipNode


def display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula with its number."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    self.body.append(mathml.draw(node.astext(), display="block"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>")
    raise nodes.SkipNode
