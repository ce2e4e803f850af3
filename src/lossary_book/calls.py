"""The error contract: calls of the reference, each with its result or exception. No Sphinx here.

A row is ``call -> outcome``. The outcome is a result as :func:`shown` writes it, or an exception or
warning with its message: ``TypeError: logits: expected real numbers, got str of dtype <U3.``
``...`` stands for any text. A line without an arrow prepares the rows after it.
"""

import os
import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import lossary

ARROW = " -> "
RAISED = re.compile(r"(\w+(?:Error|Warning)): ")


@dataclass(frozen=True)
class Row:
    """A call, what the page says that comes of it, and what came."""

    call: str
    expected: str
    came: str

    @property
    def exception(self) -> str:
        """The name of the exception or warning that came, or nothing."""
        found = RAISED.match(self.came)
        return found[1] if found else ""

    @property
    def holds(self) -> bool:
        """Whether that came which the page says."""
        pattern = ".*".join(map(re.escape, self.expected.split("...")))
        return re.fullmatch(pattern, self.came, re.DOTALL) is not None


def run(lines: Iterable[str]) -> Iterator[Row]:
    """Run the rows in order and yield what came; the environment is left as it was."""
    names: dict[str, Any] = {name: getattr(lossary, name) for name in lossary.__all__}
    names |= {"np": np, "os": os, "nan": np.nan, "inf": np.inf}
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        names["folder"] = Path(folder)
        try:
            for line in lines:
                call, arrow, expected = line.partition(ARROW)
                if arrow:
                    yield Row(call.strip(), expected.strip(), _outcome(call, names))
                else:
                    exec(call, names)
        finally:
            os.environ.clear()
            os.environ.update(before)


def _outcome(call: str, names: dict[str, Any]) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning is an outcome too
        try:
            return shown(eval(call, names))
        except (Exception, Warning) as error:
            text = error.args[0] if error.args else ""
            return f"{type(error).__name__}: {text}"


def shown(value: Any) -> str:
    """Return a result in one line, rounded to four digits behind the point."""
    match value:
        case np.ndarray():
            if not value.size:
                return f"{value.dtype} of shape {value.shape}"
            with np.errstate(over="ignore"):  # rounding multiplies by 10,000
                return f"{value.dtype} {value.round(4).tolist()}"
        case float():
            return str(round(value, 4))
        case list():
            return f"[{', '.join(map(shown, value))}]"
        case dict():
            return f"{{{', '.join(f'{key!r}: {shown(part)}' for key, part in value.items())}}}"
        case tuple():
            names = getattr(value, "_fields", None)
            parts = map(shown, value)
            if names:
                fields = ", ".join(map("=".join, zip(names, parts, strict=True)))
                return f"{type(value).__name__}({fields})"
            return f"({', '.join(parts)})"
    return str(value)
