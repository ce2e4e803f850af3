import os

extensions = ["myst_nb", "lossary_book"]
exclude_patterns = ["_build"]
nb_execution_mode = "cache"
nb_kernel_rgx_aliases = {"python3": os.environ.get("LOSSARY_TEST_KERNEL", "lossary")}
html_math_renderer = "mathml"
html_copy_source = False
html_last_updated_fmt = None
myst_enable_extensions = ["colon_fence", "dollarmath"]
