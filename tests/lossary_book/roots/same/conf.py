import os

extensions = ["myst_nb", "lossary_book"]
exclude_patterns = ["_build"]
nb_execution_mode = "cache"
nb_kernel_rgx_aliases = {"python3": os.environ["LOSSARY_TEST_KERNEL"]}
nb_mime_priority_overrides = [("html", "image/svg+xml", 0)]
html_math_renderer = "mathml"
html_theme = "sphinx_book_theme"
myst_enable_extensions = ["colon_fence", "dollarmath"]
