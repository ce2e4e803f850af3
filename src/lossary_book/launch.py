"""A kernel of the book: the same threads and seeds everywhere, SVG plots, output in one piece.

All that decides how cells run stands in this file. A change of it runs every page again.

``python -m lossary_book.launch -f connection.json`` starts one; :mod:`lossary_book.provisioner`
forks one from a process that has TensorFlow imported.
"""

import contextlib
import json
import multiprocessing
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from ipykernel.iostream import OutStream
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config

ENVIRONMENT = {
    "TF_ENABLE_ONEDNN_OPTS": "0",  # oneDNN adds in another order on another processor
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "KERAS_BACKEND": "tensorflow",
    "PYTHONHASHSEED": "0",
    "SOURCE_DATE_EPOCH": "0",  # matplotlib writes it into each SVG instead of the time
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}

# Bytes of data that a kernel may hold. The book's largest needs a quarter of it; without a limit, a
# cell that never stops asking takes the machine down.
MEMORY = 2 * 2**30

SEED = 42

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
    config.IPKernelApp.extra_extensions = [__name__]
    config.InlineBackend.figure_formats = {"svg"}
    config.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "facecolor": "none"}
    config.InlineBackend.rc = PLOTS
    return config


def load_ipython_extension(shell: Any) -> None:
    """Draw the same random numbers in every build, also where a cell sets no seed.

    TensorFlow is prepared when the first cell begins that finds it imported.
    """
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002  the generator of cells that make none

    def prepare_tensorflow(_: object) -> None:
        if "tensorflow" in sys.modules:
            tensorflow = sys.modules["tensorflow"]
            tensorflow.random.set_seed(SEED)
            # Rewriting the graphs of the book's small models takes longer than running them. No
            # number depends on it: without it the book builds in three quarters of the time.
            tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
            shell.events.unregister("pre_run_cell", prepare_tensorflow)

    shell.events.register("pre_run_cell", prepare_tensorflow)


_own: set[str] = set()
_opened: set[str] = set()


def _note(event: str, arguments: tuple[Any, ...]) -> None:  # pragma: no cover  Python traces none
    """Note a file that is opened to be read. Python calls this hook on many other events too."""
    if event == "open" and isinstance(arguments[0], str) and not arguments[2] & os.O_WRONLY:
        _opened.add(os.path.abspath(arguments[0]))  # noqa: PTH100  a Path is slow here


def report(folders: Sequence[str]) -> str:
    """Return as JSON what the cells have loaded: files in these folders, and all packages.

    :mod:`lossary_book.execution` asks for it when the last cell of a page has run.
    """
    loaded = {name: module for name, module in sys.modules.items() if name not in _own}
    files = {getattr(module, "__file__", None) for module in loaded.values()} | _opened
    within = [path for path in files if path and path.startswith(tuple(folders))]
    return json.dumps(
        {
            "files": sorted(path for path in within if not path.endswith(".pyc")),
            "packages": sorted({name.partition(".")[0] for name in sys.modules}),
        }
    )


def _said(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """Return a warning without its place, which is a path of this machine."""
    return f"{category.__name__}: {message}\n"


def serve(arguments: Sequence[str], **more: Any) -> None:
    """Run a kernel until it is shut down."""
    _own.update(name for name in sys.modules if name.startswith("lossary_book"))
    _limit_memory()
    sys.addaudithook(_note)
    warnings.formatwarning = _said
    # A timer would cut a slow cell's output wherever it happens to stand, differently each time.
    # At the end of a cell the kernel flushes anyway.
    OutStream.flush_interval = 3600
    IPKernelApp.launch_instance(argv=list(arguments), config=settings(), **more)


def _limit_memory() -> None:
    with contextlib.suppress(ImportError):  # there is no such module on Windows
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        limit = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, most))


def end_with_the_build() -> None:
    """End this process when the build ends, even if it is killed amid a cell."""
    build = multiprocessing.parent_process()
    assert build is not None

    def wait() -> None:
        build.join()
        os.kill(os.getpid(), signal.SIGKILL)  # pragma: no cover  it takes what was measured along

    threading.Thread(target=wait, daemon=True).start()


def serve_forked(arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> None:
    """Run a kernel in a process that was forked: in its own group, folder and environment."""
    end_with_the_build()
    os.setsid()
    # The warm process ignores Ctrl-C, see provisioner.start; a kernel is interrupted by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # ipykernel reads the parent from the environment when it is imported, long before the fork.
    serve(arguments, parent_handle=os.getppid())


if __name__ == "__main__":
    from lossary_book import launch  # this module under its name, as `report` is asked for

    launch.serve(sys.argv[1:])
