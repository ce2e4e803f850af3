"""Files of the site that take long to make: made once, and kept beside the doctrees."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx


def made(app: Sphinx, name: str, of: bytes, make: Callable[[], bytes]) -> bytes:
    """Return a file's content; it is made anew when what it is made of has changed.

    A change of this extension counts too.
    """
    digest = hashlib.sha256(app.config.lossary_digest.encode() + of).hexdigest()[:16]
    path = Path(app.doctreedir, f"{digest}-{name}")
    if path.exists():
        return path.read_bytes()
    content = make()
    for other in path.parent.glob(f"*-{name}"):
        other.unlink(missing_ok=True)
    part = path.with_suffix(".part")  # a build that is stopped leaves no half file
    part.write_bytes(content)
    part.replace(path)
    return content
