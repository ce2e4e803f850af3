"""The `contract` directive: calls of one function of the reference, run by the build."""

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

import lossary
from lossary_book.calls import Row, run
from lossary_book.domain import domain_of
from lossary_book.model import Problem
from lossary_book.pages import table
from lossary_book.sources import sources


class ContractDirective(SphinxDirective):
    """`contract`: what the calls in its body give or raise. See :mod:`lossary_book.calls`."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Run the calls, warn of each that gives something else, and return them as a table."""
        name = self.arguments[0]
        if name not in lossary.__all__:
            self._report(f"contract: expected a public function of lossary, got {name!r}.")
        for path in sources(f"lossary.{name}", *self.content):
            self.env.note_dependency(path)
        rows = list(run(self.content))
        for row in rows:
            if not row.holds:
                self._report(
                    f"contract of {name!r}: expected {row.expected!r} of {row.call}, "
                    f"got {row.came!r}. Mend the function or the row."
                )
        target = addnodes.pending_xref(
            "",
            nodes.literal("", f"lossary.{name}"),
            refdomain="py",
            reftype="func",
            reftarget=f"lossary.{name}",
            refexplicit=True,
        )
        title = nodes.rubric("", "", target, ids=[nodes.make_id(f"contract-{name}")])
        prepared = [line for line in self.content if " -> " not in line]
        before = [nodes.literal_block("", "\n".join(prepared), language="python")]
        cells: list[list[list[nodes.Node]]] = [
            [[nodes.literal("", row.call)], outcome(row)] for row in rows
        ]
        shown = table(["Call", "Result or exception"], cells, [45, 55])
        shown["classes"].append("lossary-contract")
        return [title, *(before if prepared else []), shown]

    def _report(self, message: str) -> None:
        docname, line = self.env.current_document.docname, self.get_source_info()[1]
        stored = domain_of(self.env).data["problems"]
        stored.setdefault(docname, []).append(Problem("contract", docname, line, message))


def outcome(row: Row) -> list[nodes.Node]:
    """Return the result in code font, or the exception and its message."""
    if not row.exception:
        return [nodes.literal("", row.came)]
    message = row.came.removeprefix(f"{row.exception}: ")
    # The quotes of a message stay as they came.
    text = nodes.inline("", f": {message}", support_smartquotes=False)
    return [nodes.strong("", row.exception), text]
