"""A kernel of the book: ipykernel with SVG plots, no history, and output in one piece.

``python -m lossary_book.launch -f connection.json`` starts one; :mod:`lossary_book.provisioner`
forks one from a process that has TensorFlow imported.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config

GRAY = "#808080"  # readable on white and on black
PLOTS = {
    "axes.edgecolor": GRAY,
    "axes.facecolor": "none",
    "axes.labelcolor": GRAY,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.figsize": (7.0, 3.5),
    "font.family": "sans-serif",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "lossary",  # the ids in an SVG are random without it
    "text.color": GRAY,
    "xtick.color": GRAY,
    "ytick.color": GRAY,
}


def settings() -> Config:
    """Return what every kernel of the book is set to."""
    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.log_level = "ERROR"
    config.IPKernelApp.matplotlib = "inline"  # a forked kernel has no other sign of it
    config.InlineBackend.figure_formats = {"svg"}
    config.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "facecolor": "none"}
    config.InlineBackend.rc = PLOTS
    return config


def serve(arguments: Sequence[str], **more: Any) -> None:
    """Run a kernel until it is shut down."""
    # A timer would cut a slow cell's output wherever it happens to stand, differently each time.
    # At the end of a cell the kernel flushes anyway.
    OutStream.flush_interval = 3600
    IPKernelApp.launch_instance(argv=list(arguments), config=settings(), **more)


def serve_forked(arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> None:
    """Run a kernel in a process that was forked: in its own group, folder and environment."""
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # ipykernel reads the parent from the environment when it is imported, long before the fork.
    serve(arguments, parent_handle=os.getppid())


if __name__ == "__main__":
    serve(sys.argv[1:])
