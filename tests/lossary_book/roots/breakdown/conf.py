from lossary_book import provisioner

extensions = ["myst_nb", "lossary_book"]
exclude_patterns = ["_build"]
nb_execution_mode = "cache"
nb_kernel_rgx_aliases = {"python3": "lossary-fork"}
html_math_renderer = "mathml"
provisioner.PRELOAD[:] = ["lossary_book.launch"]  # a warm process without TensorFlow
