"""The machinery of the book: a Sphinx extension that lets no definition in without evidence."""

from __future__ import annotations

import atexit
import gc
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

STATIC = Path(__file__).parent / "static"


def add_static(app: Sphinx, config: Config) -> None:
    """Let Sphinx copy the extension's scripts beside the book's own static files."""
    config.html_static_path.append(str(STATIC))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Say what the extension adds, and when it runs."""
    # Imported here, since kernels import this package too and must load neither Sphinx nor lossary.
    from lossary_book import (
        addresses,
        cells,
        contract,
        elsewhere,
        entries,
        equations,
        evidence,
        execution,
        export,
        fonts,
        freshness,
        guard,
        heads,
        holds,
        kernel,
        notebooks,
        pages,
        previews,
        recorded,
        search,
        short_links,
        theme,
    )
    from lossary_book.domain import LossaryDomain

    # The trees of a book are millions of objects that stay. To look through them for garbage took
    # a quarter of the time of Sphinx, and a second once more when the process ends.
    gc.set_threshold(50_000, 20, 50)
    atexit.register(gc.freeze)
    kernel.prepare()
    app.add_config_value("lossary_digest", kernel.digest(), "env", types=frozenset({str}))
    app.add_config_value("lossary_workers", 0, "", types=frozenset({int}))
    app.add_config_value("lossary_records", "../benchmarks/records", "env", types=frozenset({str}))
    app.add_config_value("lossary_repository", "", "html", types=frozenset({str}))

    app.add_domain(LossaryDomain)
    app.add_source_parser(execution.Parser, override=True)
    app.add_directive("entry", entries.EntryDirective)
    app.add_directive("parameter", entries.ParameterDirective)
    app.add_directive("not-the-same-as", entries.NotTheSameAs)
    app.add_directive("mistake", entries.MistakeDirective)
    app.add_directive("contract", contract.ContractDirective)
    app.add_directive("holds-for", holds.HoldsForDirective)
    app.add_directive("equation", equations.EquationDirective)
    app.add_directive("a-to-z", pages.GeneratedDirective)
    app.add_directive("evidence-table", pages.GeneratedDirective)
    app.add_directive("equation-table", pages.GeneratedDirective)
    app.add_directive("keras-names", pages.KerasNamesDirective)
    app.add_directive("recorded", recorded.RecordedDirective)
    app.add_role("recorded", recorded.RecordedRole())
    app.add_html_math_renderer("mathml", (equations.inline, None), (equations.display, None))

    app.add_js_file("entries.js", loading_method="defer")
    app.add_js_file("load.js", loading_method="defer")  # before those that need it
    app.add_js_file("previews.js", loading_method="defer")
    app.add_js_file("search.js", loading_method="defer")
    app.add_css_file("search.css")

    app.add_transform(entries.ArrangeEntries)
    app.connect("config-inited", guard.plainly(guard.lock))
    app.connect("config-inited", add_static)
    app.connect("config-inited", addresses.check)
    app.connect("config-inited", kernel.warm_up)
    app.connect("builder-inited", search.prepare)
    app.connect("env-get-outdated", freshness.begin)
    app.connect("env-get-outdated", guard.plainly(freshness.outdated))
    app.connect("env-before-read-docs", freshness.forget_all)
    app.connect("env-before-read-docs", guard.plainly(execution.before_reading))
    app.connect("doctree-read", cells.collect)
    app.connect("doctree-read", equations.stray)
    app.connect("doctree-read", elsewhere.collect)
    app.connect("doctree-read", search.collect)
    app.connect("doctree-read", holds.depend)
    app.connect("env-updated", guard.plainly(execution.after_reading))
    app.connect("env-updated", guard.plainly(short_links.draw))
    app.connect("env-updated", evidence.check)
    app.connect("env-updated", elsewhere.changed)
    app.connect("env-updated", freshness.note)
    app.connect("doctree-resolved", holds.resolve)
    app.connect("doctree-resolved", pages.resolve)
    app.connect("doctree-resolved", heads.draw)
    app.connect("doctree-resolved", notebooks.write, priority=900)  # when all is filled in
    app.connect("html-collect-pages", freshness.forget_source_pages, priority=400)  # viewcode: 500
    app.connect("html-collect-pages", search.search_page)
    app.connect("html-page-context", heads.add)
    app.connect("html-page-context", notebooks.add_buttons, priority=600)  # the theme has 501
    app.connect("build-finished", execution.stop)
    app.connect("build-finished", guard.plainly(freshness.unless_quick(export.write)))
    app.connect("build-finished", guard.plainly(short_links.leave_pictures))
    app.connect("build-finished", guard.plainly(freshness.unless_quick(previews.write)))
    app.connect("build-finished", guard.plainly(freshness.unless_quick(search.write)))
    app.connect("html-page-context", theme.leave_out_scripts, priority=900)
    app.connect("build-finished", guard.plainly(fonts.write))
    app.connect("build-finished", theme.trim)
    app.connect("build-finished", freshness.finish)
    app.connect("build-finished", guard.explain, priority=guard.LAST)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
