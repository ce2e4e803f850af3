import os

extensions = ["myst_nb", "lossary_book"]
nb_execution_mode = "cache"
nb_execution_raise_on_error = False
nb_kernel_rgx_aliases = {"python3": os.environ.get("LOSSARY_TEST_KERNEL", "lossary-fork")}
html_math_renderer = "mathml"
myst_enable_extensions = ["colon_fence", "dollarmath"]
nitpicky = True
nitpick_ignore_regex = [("py:func", r"lossary\..*")]  # this book has no reference
