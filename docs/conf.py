"""How the book is built. `nox -s docs` calls sphinx-build with it; so does Read the Docs."""

import importlib.metadata
import os
from urllib.parse import urlsplit

from lossary_book import kernel

project = "Lossary"
author = "Lossary contributors"
project_copyright = "Lossary contributors"
release = importlib.metadata.version("lossary")
language = "en"

extensions = [
    "myst_nb",
    "notfound.extension",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "lossary_book",
]
# myst-nb writes executed notebooks beside the site, which lies below this folder.
exclude_patterns = ["_build", "**/jupyter_execute"]
nitpicky = True
nitpick_ignore = [
    # Types that autodoc meets in signatures. Linking them needs other projects' inventories, which
    # come over the network; a build must not depend on it.
    ("py:class", "numpy.ndarray"),
    ("py:class", "numpy.random.Generator"),
    # Errors of lossary.glossary, which the page of define tells of.
    ("py:exc", "NoEntryError"),
    ("py:exc", "NoGlossaryError"),
]
nitpick_ignore_regex = [("py:.*", r"(np|numpy|npt|collections|typing|Array|IntArray)\b.*")]

myst_enable_extensions = ["colon_fence", "dollarmath", "deflist", "smartquotes"]
myst_heading_anchors = 3
# `$$` would be a formula that nobody computes.
myst_dmath_allow_labels = False

nb_execution_mode = "cache"  # filled by lossary_book.execution
nb_execution_timeout = 300
nb_execution_show_tb = True
# A downloaded notebook names the kernel that everyone has.
nb_kernel_rgx_aliases = {"python3": kernel.name()}
nb_mime_priority_overrides = [("html", "image/svg+xml", 0)]

autodoc_typehints = "none"  # the docstrings say what an argument may hold, and more exactly
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False

html_theme = "sphinx_book_theme"
templates_path = ["_templates"]
html_title = "Lossary"
html_favicon = "_static/favicon.svg"
html_context = {"default_mode": "auto"}
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["lossary.css", "icons.css"]
html_show_sourcelink = True
html_copy_source = True
# Where the site stands. Without it all links are relative, and work from a file too.
html_baseurl = os.environ.get("LOSSARY_URL", "")
# https://github.com/owner/name: where notebooks take the package from, and Colab the notebooks.
lossary_repository = os.environ.get("LOSSARY_REPOSITORY", "")
# A server answers with the page for missing ones at any depth.
notfound_template = "404.html"
notfound_urls_prefix = urlsplit(html_baseurl).path.rstrip("/") + "/"
html_sidebars = {"**": ["navbar-logo.html", "lossary-sidebar-nav-bs.html"]}
html_theme_options = {
    "show_toc_level": 2,
    "secondary_sidebar_items": [],  # the margin belongs to the entries
    "use_download_button": True,
    "use_fullscreen_button": False,
    "navbar_persistent": [],
    "article_header_start": ["toggle-primary-sidebar.html", "lossary-search.html"],
    "article_header_end": ["lossary-tools.html"],
    "disable_search": True,  # that of the theme
    "logo": {"text": "Lossary", "alt_text": "Lossary, home"},
}
