"""The `equation` directive, and math drawn as MathML, which needs no script and no network."""

from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from latex2mathml.converter import convert
from sphinx.directives.patches import MathDirective
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from lossary_book.domain import domain_of
from lossary_book.model import Equation


class EquationDirective(MathDirective):
    """A displayed formula: its label, the code that it must equal, what its symbols stand for."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "code": directives.unchanged,
        "where": directives.unchanged,
        "declares": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Store the equation, and return it numbered."""
        label = self.arguments.pop()  # docutils' directive would take it for a line of the formula
        docname = self.env.current_document.docname
        self.options["label"] = label
        domain = domain_of(self.env)
        equation = Equation(
            label=label,
            docname=docname,
            line=self.lineno,
            latex="\n".join(self.content).strip(),
            code=self.options.get("code", ""),
            where=self.options.get("where", ""),
            declares=self.options.get("declares", ""),
        )
        domain.equations.setdefault(docname, []).append(equation)
        if domain.entries.get(docname):
            domain.entries[docname][-1].equations.append(label)
        return super().run()


def inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write inline math."""
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def display(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula with its number."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    self.body.append(convert(node.astext(), display="block"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>")
    raise nodes.SkipNode
