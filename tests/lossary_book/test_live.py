"""`nox -s live`: what is saved shows in the open page, an error too, and the next save recovers."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import lossary_book

ROOT = Path(__file__).parent / "roots" / "cells"
SOURCES = Path(lossary_book.__file__).parents[1]
PATIENCE = 300  # seconds; the machine may be busy, and the first build loads everything


class Open:
    """A page as a browser has it open: it hears the news of the server."""

    def __init__(self, port: int, page: str) -> None:
        self.port, self.page = port, page
        self.states: list[dict[str, str]] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        address = f"http://127.0.0.1:{self.port}/-/news?page=/{self.page}"
        while True:
            try:
                with urllib.request.urlopen(address) as news:
                    for line in news:
                        if line.startswith(b"data: "):
                            self.states.append(json.loads(line[6:]))
            except OSError:
                time.sleep(0.1)  # as a browser does, which asks again

    def text(self) -> str:
        address = f"http://127.0.0.1:{self.port}/{self.page}"
        try:
            with urllib.request.urlopen(address) as page:
                return page.read().decode()
        except OSError:
            return ""

    def wait(self, holds: Callable[[dict[str, str], str], bool]) -> float:
        """Wait until the newest state and the page's text are as wanted; return the seconds."""
        start = time.monotonic()
        while time.monotonic() - start < PATIENCE:
            if self.states and holds(self.states[-1], self.text()):
                return time.monotonic() - start
            time.sleep(0.05)
        raise AssertionError((self.states[-1:], self.text()[-3000:]))


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path / "docs"))


@pytest.fixture
def src(tmp_path: Path) -> Path:
    """Return a copy of the sources, which a test may change."""
    skip = shutil.ignore_patterns("__pycache__")
    for package in ("lossary", "lossary_book"):
        shutil.copytree(SOURCES / package, tmp_path / "src" / package, ignore=skip)
    return tmp_path / "src"


@pytest.fixture
def page(docs: Path, src: Path) -> Iterator[Open]:
    """Serve the book, and open a page."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = [docs, docs / "_build" / "html", docs / "_build" / "doctrees"]
    command = [sys.executable, "-m", "lossary_book.live", *folders, "--port", str(port)]
    environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(src)}
    server = subprocess.Popen(list(map(str, command)), env=environment)
    try:
        page = Open(port, "relu.html")
        page.wait(lambda state, text: "relu 0.0 2.5" in text and not state["problems"])
        yield page
    finally:
        server.terminate()
        assert server.wait(PATIENCE) is not None


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_saved_shows_and_an_error_too_until_the_next_save(docs: Path, page: Open) -> None:
    relu = docs / "relu.md"
    took = {}

    before = page.states[-1]["written"]
    edit(relu, "A sentence.", "Another sentence.")
    took["sentence"] = page.wait(
        lambda state, text: "Another sentence." in text and state["written"] != before
    )

    edit(relu, "2.5", "3.5")
    took["cell"] = page.wait(lambda _, text: "relu 0.0 3.5" in text)

    edit(relu, "lossary.relu(3.5)", "lossary.relu(nothing)")
    took["error"] = page.wait(
        lambda state, text: "NameError" in state["problems"] and "NameError" in text
    )

    edit(relu, "lossary.relu(nothing)", "lossary.relu(4.5)")
    took["mended"] = page.wait(lambda state, text: "relu 0.0 4.5" in text and not state["problems"])

    edit(docs / "conf.py", "import os", "import os, nothing")
    took["conf.py broken"] = page.wait(lambda state, _: "nothing" in state["problems"])
    edit(docs / "conf.py", "import os, nothing", "import os")
    took["conf.py mended"] = page.wait(lambda state, _: not state["problems"])

    edit(docs / "losses.md", "# Losses", "# All losses")
    took["title elsewhere"] = page.wait(lambda _, text: "All losses" in text)
    print(took)


def test_server_whose_own_source_was_saved_starts_anew(src: Path, page: Open) -> None:
    edit(src / "lossary_book" / "live.py", "text + script", 'text + "<p>Anew.</p>" + script')
    page.wait(lambda state, text: "<p>Anew.</p>" in text and not state["problems"])


def test_browser_keeps_no_page_and_asks_for_each_other_file(page: Open) -> None:
    for name, kept in (("relu.html", "no-store"), ("_static/basic.css", "no-cache")):
        with urllib.request.urlopen(f"http://127.0.0.1:{page.port}/{name}") as answer:
            assert answer.headers["Cache-Control"] == kept


def test_page_outside_the_site_is_not_served(page: Open) -> None:
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{page.port}/%2e%2e/%2e%2e/conf.py")
