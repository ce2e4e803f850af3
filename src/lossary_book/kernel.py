"""Which kernel the cells run on, where it is found, and when it is started."""

import hashlib
import os
import platform
import sys
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from lossary_book import launch, provisioner, store

KERNELS = Path(__file__).parent / "jupyter"
SOURCES = Path(__file__).parent.parent


def name() -> str:
    """Return the kernel that pages run on: forked where the platform can fork."""
    return "lossary-fork" if hasattr(os, "fork") and sys.platform == "linux" else "lossary"


def prepare() -> None:
    """Set what the kernels inherit."""
    os.environ.update(launch.ENVIRONMENT)
    paths = [str(KERNELS), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    if str(KERNELS) not in os.environ.get("JUPYTER_PATH", "").split(os.pathsep):
        os.environ["JUPYTER_PATH"] = os.pathsep.join(paths)
    # Cells import lossary also where it is not installed but only checked out.
    known = os.environ.get("PYTHONPATH", "")
    if str(SOURCES) not in known.split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(SOURCES), known]))


def warm_up(app: Sphinx, config: Config) -> None:
    """Start the process that kernels are forked from, if this build will surely run cells.

    Runs while Sphinx still loads, on a build that has no environment yet. On a later build the
    first kernel starts it, so that a build which runs nothing imports nothing.
    """
    runs = config.nb_execution_mode != "off"
    forks = "lossary-fork" in config.nb_kernel_rgx_aliases.values()
    if runs and forks and not Path(app.doctreedir, "environment.pickle").exists():
        provisioner.start()


def digest() -> str:
    """Return a digest of what all pages are made with: this extension, and the installed packages.

    It is a configuration value of the build, so that a change makes Sphinx read every page again.
    What runs the cells again is decided in :mod:`lossary_book.store`.
    """
    total = hashlib.sha256(platform.python_version().encode())
    total.update(repr(sorted(store.installed().items())).encode())
    for path in sorted(Path(__file__).parent.rglob("*")):
        if path.suffix in {".py", ".json", ".lark", ".js"}:
            total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()
