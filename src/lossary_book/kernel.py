"""How cells run: the same kernel, seeds and thread order on every machine; nothing stale."""

import hashlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from lossary_book import provisioner

KERNELS = Path(__file__).parent / "jupyter"
SOURCES = Path(__file__).parent.parent

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


def name() -> str:
    """Return the kernel that pages run on: forked where the platform can fork."""
    return "lossary-fork" if hasattr(os, "fork") and sys.platform == "linux" else "lossary"


def prepare() -> None:
    """Set what the kernels inherit."""
    os.environ.update(ENVIRONMENT)
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
    """Return a digest of all that cells run on besides their page: sources, packages, settings.

    It is a configuration value of the build, so that a change makes Sphinx run every page again.
    """
    total = hashlib.sha256(repr(sorted(ENVIRONMENT.items())).encode())
    total.update(platform.python_version().encode())
    installed = {f"{d.name}=={d.version}" for d in importlib.metadata.distributions()}
    total.update("\n".join(sorted(installed)).encode())
    for folder in ("lossary", "lossary_book"):
        for path in sorted((SOURCES / folder).rglob("*")):
            if path.suffix in {".py", ".json"}:
                total.update(
                    path.relative_to(SOURCES).as_posix().encode() + b"\0" + path.read_bytes()
                )
    return total.hexdigest()
