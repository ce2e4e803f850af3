"""Where the site stands: one setting, ``html_baseurl``, which conf.py takes from LOSSARY_URL.

With it, what other sites read (previews, sitemap, linked data) has absolute addresses. Without it
all links are relative, so that the site works from any folder, also one that no server serves.
"""

from pathlib import Path
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError
from sphinx.util.osutil import relative_uri

from lossary_book.model import Entry

WHOLE = "glossary"  # the page that lists all entries


def check(app: Sphinx, config: Config) -> None:
    """Let the address of the site end in a slash, or say what is wrong with a setting."""
    if config.html_baseurl:
        what = "LOSSARY_URL (html_baseurl): expected the address of the site's folder"
        _address(config.html_baseurl, f"{what}, such as https://example.org/lossary/")
        config.html_baseurl = config.html_baseurl.rstrip("/") + "/"
    if config.lossary_repository:
        what = "LOSSARY_REPOSITORY (lossary_repository): expected the address of the repository"
        _address(config.lossary_repository, f"{what}, such as https://github.com/owner/name")
        config.lossary_repository = config.lossary_repository.rstrip("/").removesuffix(".git")


def _address(text: str, expected: str) -> None:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ConfigError(f"{expected}, got {text!r}.")


def absolute(config: Config, path: str) -> str:
    """Return the full address of a place in the site; empty where the site has none."""
    return f"{config.html_baseurl}{path}" if config.html_baseurl else ""


def link(config: Config, page: str, path: str) -> str:
    """Return how a page names a place in the site: in full where the site has an address."""
    return absolute(config, path) or relative(page, path)


def relative(page: str, path: str) -> str:
    """Return how a page names a place in the site, from where it stands itself."""
    place, sign, anchor = path.partition("#")
    return relative_uri(page, place) + sign + anchor


def of_entry(app: Sphinx, entry: Entry) -> str:
    """Return where an entry stands in the site."""
    return f"{app.builder.get_target_uri(entry.docname)}#{entry.slug}"


def short(entry: Entry) -> str:
    """Return the short link of an entry, in the site."""
    return f"t/{entry.slug}/"


def leave(path: Path, content: bytes) -> None:
    """Write a file of the site, unless it says so already."""
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
