"""The built site, as the tests of this folder read it."""

import json
import os
import shutil
import threading
from functools import cached_property, lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).parents[2]


class Site:
    """The pages of a built site, by their path below its folder."""

    def __init__(self, folder):
        self.folder = folder
        self.page = lru_cache(maxsize=None)(self._read)
        self.ids = lru_cache(maxsize=None)(self._ids)

    @cached_property
    def names(self):
        """Every HTML page, the short links too."""
        files = self.folder.rglob("*.html")
        # What lies in _static belongs to the theme: a fragment, not a page.
        names = (path.relative_to(self.folder).as_posix() for path in files)
        return sorted(name for name in names if not name.startswith("_static/"))

    @cached_property
    def glossary(self):
        return json.loads((self.folder / "glossary.json").read_text(encoding="utf-8"))

    @property
    def entries(self):
        return self.glossary["entries"]

    @cached_property
    def by_slug(self):
        return {entry["slug"]: entry for entry in self.entries}

    def _read(self, name):
        return BeautifulSoup((self.folder / name).read_text(encoding="utf-8"), "html.parser")

    def _ids(self, name):
        return [tag["id"] for tag in self.page(name).find_all(id=True)]

    def find(self, url) -> Tag | None:
        """Return the element that an address below the site's folder leads to."""
        name, anchor = urldefrag(url)
        return self.page(name).find(id=anchor) if (self.folder / name).is_file() else None

    def target(self, page, href):
        """Return where a link of a page leads, as ``topics/dense.html#kernel``; None: outside."""
        if urlsplit(href).scheme or urlsplit(href).netloc:
            return None
        url, anchor = urldefrag(urljoin(f"https://site/{page}", href))
        path = unquote(urlsplit(url).path).removeprefix("/")
        if not path or path.endswith("/"):
            path += "index.html"
        return f"{path}#{unquote(anchor)}" if anchor else path

    def broken(self, page, href):
        """Say what is wrong with a link of a page; nothing if it leads on or out."""
        target = self.target(page, href)
        if target is None:
            return ""
        path, anchor = urldefrag(target)
        if not (self.folder / path).is_file():
            return f"{page}: {href} leads to no file"
        if anchor and path.endswith(".html") and anchor not in self.ids(path):
            return f"{page}: {href} leads to no anchor"
        return ""


@pytest.fixture(scope="session")
def site():
    """The site that ``nox -s docs`` built, or the one in the folder LOSSARY_SITE."""
    folder = Path(os.environ.get("LOSSARY_SITE") or ROOT / "docs" / "_build" / "html")
    if not (folder / "glossary.json").is_file():
        pytest.fail(f"There is no built site in {folder}. Build it first: nox -s docs")
    return Site(folder.resolve())


FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


class Handler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def address(site):
    """Serve the site from this machine."""
    handler = partial(Handler, directory=str(site.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chromium():
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not program:
        pytest.fail("No Chromium found. Install it, or name it in the variable CHROMIUM.")
    from playwright.sync_api import sync_playwright  # for the tests of the browser alone

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
