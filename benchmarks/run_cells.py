"""Run the cells of pages as scripts: ``python run_cells.py CELLS.json RESULTS.json``.

Needs nothing but the standard library and what the cells import, so that it runs anywhere.
CELLS is ``{"environment", "pages": {page: [{"labels", "source", "expects"}, ...]}}``.
RESULTS has for each page one text a cell: empty where the cell did what it should, else what
happened; and null for a page that was stopped.
"""

import contextlib
import importlib
import io
import json
import linecache
import os
import re
import signal
import sys
import time
import traceback
import types
from collections.abc import Callable
from pathlib import Path

SECONDS = 1800  # for a page: Keras 3.3 traces each train_on_batch anew
ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2


def run_cell(source: str, name: str, module: types.ModuleType, expects: str) -> str:
    """Run one cell; return nothing, or what went wrong in one line."""
    lines = ["" if line.startswith(("%", "!")) else line for line in source.splitlines()]
    text = "\n".join(lines)
    # So that inspect, and with it tf.function, finds the source.
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    came, message = "", ""
    try:
        exec(compile(text, name, "exec"), module.__dict__)
    except Exception as error:
        text_of = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # Keras prints its messages bold
        came, message = type(error).__name__, " ".join(text_of.split())[:200]
        if came == "AssertionError":
            message = _assertion(error, text) or message
    if came == expects:
        return ""
    if not came:
        return f"no {expects}"
    return f"{came}: {message}" if message else came


def _assertion(error: BaseException, text: str) -> str:
    """Return the line of a cell whose assert failed."""
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("<cell")
    ]
    lines = text.splitlines()
    return lines[frames[0].lineno - 1].strip() if frames and frames[0].lineno else ""


def run_page(cells: list[dict[str, str]]) -> list[str]:
    """Run the cells of a page from top to bottom, also after one that failed."""
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = module
    results = []
    for number, cell in enumerate(cells):
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            name = f"<cell {number + 1}>"
            results.append(run_cell(cell["source"], name, module, cell["expects"]))
    return results


def prepare(package: Path = ROOT / "src") -> None:
    """Import once what most pages import; no operation of TensorFlow runs before the forks."""
    book = types.ModuleType("myst_nb")
    book.glue = lambda *_, **__: None  # type: ignore[attr-defined]  numbers for the prose
    sys.modules["myst_nb"] = book
    os.environ["MPLBACKEND"] = "agg"
    sys.path.insert(0, str(package))
    for module in ("numpy", "scipy.special", "sklearn.metrics", "matplotlib.pyplot"):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    with contextlib.suppress(ImportError):
        importlib.import_module("tensorflow").keras.layers.Dense  # noqa: B018


def fork(work: Callable[[], object], folder: Path, seconds: int = SECONDS) -> tuple[int, int]:
    """Start ``work`` in a forked process; return its number and where its answer will be read."""
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return child, read
    os.close(read)
    os.chdir(folder)
    signal.alarm(seconds)
    with os.fdopen(write, "w") as answer:
        json.dump(work(), answer)
    os._exit(0)


def answer(child: int, read: int) -> list[str] | None:
    """Wait for a forked process and return its answer; None where it died or took too long."""
    with os.fdopen(read) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return list(json.loads(text)) if text else None


def main(source: str, target: str) -> None:
    """Run all pages, each in a process of its own, a few at a time."""
    job = json.loads(Path(source).read_text("utf-8"))
    pages = job["pages"]
    os.environ.update(job["environment"])
    prepare()
    results: dict[str, object] = {}
    running: list[tuple[str, float, int, int]] = []
    waiting = list(pages)
    while waiting or running:
        while waiting and len(running) < WORKERS:
            page = waiting.pop(0)
            started = fork(lambda cells=pages[page]: run_page(cells), (ROOT / "docs" / page).parent)
            running.append((page, time.perf_counter(), *started))
        page, since, child, read = running.pop(0)
        came = results[page] = answer(child, read)
        outcome = f"{sum(map(bool, came))} cells failed" if came is not None else "was stopped"
        print(f"{page}: {outcome}, {time.perf_counter() - since:.1f} s", flush=True)
    versions = {name: importlib.import_module(name).__version__
                for name in ("tensorflow", "keras", "numpy")}  # fmt: skip
    done = {"pages": results, "versions": versions}
    Path(target).write_text(json.dumps(done, indent=1), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
