"""Which files of lossary a page depends on that calls it while it is read."""

import inspect
import re
import sys
from pathlib import Path

import lossary


def sources(*texts: str) -> set[str]:
    """Return the files of the functions that a page names, and of what these import.

    A page whose equations or calls are computed while it is read depends on them.
    """
    # Random probabilities are drawn through softmax, whatever an equation is about.
    names = {"softmax", *re.findall(r"\blossary\.(\w+)", " ".join(texts))}
    found: set[str] = set()
    homes = [getattr(getattr(lossary, name, None), "__module__", "") for name in names]
    while homes:
        path = inspect.getsourcefile(sys.modules[home]) if (home := homes.pop()) else None
        if path and path not in found:
            found.add(path)
            text = Path(path).read_text(encoding="utf-8")
            homes += re.findall(r"^from (lossary\.\w+) import", text, re.MULTILINE)
    return found
