"""What the theme brings and the book does without: inline scripts, icons, Bootstrap."""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

UNUSED = (
    "doctools.js",
    "sphinx_highlight.js",
    "scripts/bootstrap.*",
    "scripts/fontawesome.*",
    "scripts/*.map",
    "styles/*.map",
    "vendor/fontawesome/**/*.*",
)
# The icons of Font Awesome, of which icons.css draws a dozen, and the fonts behind them.
ICONS = re.compile(r"(?<=\})(?:\.fa-[^{}]*|@font-face)\{[^{}]*\}")


def leave_out_scripts(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Drop the scripts that a page does not need; no script stands in the page itself.

    The theme writes two settings of its search into each page, which a Content-Security-Policy
    without inline scripts would report.
    """
    unused = tuple(f"_static/{name}" for name in UNUSED)
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if script.filename and not str(script.filename).startswith(unused)
    ]


def trim(app: Sphinx, exception: Exception | None) -> None:
    """Cut the theme's icons out of its style sheet, and delete the files that no page loads."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    static = Path(app.outdir, "_static")
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    if sheet.exists():
        text = sheet.read_text(encoding="utf-8")
        sheet.write_text(ICONS.sub("", text), encoding="utf-8")
    for pattern in UNUSED:
        for path in static.glob(pattern):
            path.unlink()
