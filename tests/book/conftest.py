"""The built site, as the tests of this folder read it."""

import gzip
import json
import os
import re
import shutil
import threading
from collections import defaultdict
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


PATIENCE = 20_000  # milliseconds: a machine that does other things besides takes its time
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip


# What a careful host sends: no script but the site's own files, and no inline script.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'"
)
TEXT = (".html", ".css", ".js", ".json", ".svg", ".txt", ".xml")


class Handler(SimpleHTTPRequestHandler):
    """Serve as hosts do: text packed, a strict policy, 404.html for what is not there.

    What is sent is noted.
    """

    protocol_version = "HTTP/1.1"
    sent: list[tuple[int, str]]  # bytes of the body, name: set by the server's maker

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file()
        path = path if found else Path(self.directory, "404.html")
        body = path.read_bytes()
        self.send_response(200 if found else 404)
        if path.suffix in TEXT:
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.sent.append((len(body), path.name))

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def sent():
    """What the server has sent: bytes and name of each file."""
    return []


@pytest.fixture(scope="module")
def address(site, sent):
    """Serve the site from this machine."""
    noting = type("Noting", (Handler,), {"sent": sent})
    handler = partial(noting, directory=str(site.folder))
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
    # for the tests of the browser alone
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


# What a reader sees as text, without code.
VISIBLE_TEXT = """() => {
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!parent.closest("pre, code, script, style, template") && parent.checkVisibility())
            texts.push(walker.currentNode.textContent);
    }
    return texts.join("");
}"""
RAW_TEX = re.compile(r"\\[A-Za-z]{2,}|\\[()\[\]]|\$\$|[_^]\{")
OVERFLOW = """() => [
    document.documentElement.scrollWidth, document.documentElement.clientWidth
]"""


class Reader:
    """A browser window that notes what a page does while it is open."""

    def __init__(self, chromium, address, **options):
        self.address = address
        self.context = chromium.new_context(**options)
        self.context.set_default_timeout(PATIENCE)
        self.context.route(lambda url: not self.inside(url), lambda route: route.abort())
        self.page = self.context.new_page()
        self.noted = defaultdict(list)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._note("page error", error.message))
        self.page.on("request", self._request)

    def inside(self, url):
        return url.startswith((self.address, "data:", "blob:"))

    def _note(self, kind, text):
        self.noted[kind].append(f"{self.page.url.removeprefix(self.address)}: {text}")

    def _console(self, message):
        if message.type == "error":
            self._note("console", f"{message.text} ({message.location.get('url')})")

    def _request(self, request):
        if not self.inside(request.url):
            self._note("request", request.url)

    def open(self, name):
        self.page.goto(self.address + name, wait_until="load")

    def forget_files(self):
        """Let the browser fetch every file anew for every page, as on a first visit."""
        devtools = self.context.new_cdp_session(self.page)
        devtools.send("Network.enable")
        devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def look(self):
        """Note what can be seen to be wrong with the page that is open."""
        self.page.evaluate("document.fonts.ready.then(() => null)")
        for found in RAW_TEX.findall(self.page.evaluate(VISIBLE_TEXT)):
            self._note("TeX", found)
        content, window = self.page.evaluate(OVERFLOW)
        if content > window:
            self._note("sideways", f"{content} > {window}")


@pytest.fixture(scope="module")
def window(chromium, address):
    """Return what opens a window of a width, which is closed after the tests of the file."""
    readers = []

    def opened(width, **options):
        viewport = {"width": width, "height": 740 if width < 600 else 800}
        readers.append(Reader(chromium, address, viewport=viewport, **options))
        return readers[-1]

    yield opened
    for reader in readers:
        reader.context.close()


@pytest.fixture
def reader(chromium, address):
    """A window for one test, of the size of a phone."""
    reader = Reader(chromium, address, viewport={"width": 360, "height": 740})
    yield reader
    reader.context.close()
