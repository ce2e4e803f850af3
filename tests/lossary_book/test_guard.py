"""A build that cannot have its folder, or cannot write, ends in a sentence; Ctrl-C ends it too."""

import errno
import os
from pathlib import Path

import pytest
from filelock import FileLock
from sphinx.errors import ExtensionError, SphinxError, SphinxParallelError

from lossary_book import guard


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a book of one page without cells."""
    (tmp_path / "conf.py").write_text(
        'extensions = ["myst_nb", "lossary_book"]\nhtml_math_renderer = "mathml"\n'
    )
    (tmp_path / "index.md").write_text("# A page\n")
    return tmp_path


def test_build_says_so_when_another_does_not_end(
    build, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "LONGEST", 0.1)
    out = tmp_path / "_build"
    out.mkdir()
    with FileLock(out / guard.LOCK), pytest.raises(SphinxError, match="another build still works"):
        build(book, out)
    assert build(book, out) == []


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a.html")


SENTENCE = "the build cannot use a.html: No space left on device. Make room and build again."


def test_handler_that_cannot_write_says_it_in_a_sentence() -> None:
    with pytest.raises(SphinxError) as raised:
        guard.plainly(full)(None)
    assert str(raised.value) == SENTENCE


@pytest.mark.parametrize("wrapped", [True, False])
def test_build_that_cannot_write_says_it_in_a_sentence(wrapped: bool) -> None:
    error: Exception = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a.html")
    if wrapped:
        error = ExtensionError("Handler for event failed", error)
    with pytest.raises(SphinxError) as raised:
        guard.explain(None, error)  # type: ignore[arg-type]
    assert str(raised.value) == SENTENCE


def test_ctrl_c_that_a_reading_process_passes_on_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt):
        guard.explain(None, SphinxParallelError("KeyboardInterrupt", ""))  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [None, ValueError("x"), SphinxParallelError("ValueError", "")])
def test_other_errors_are_left_to_sphinx(error: Exception | None) -> None:
    guard.explain(None, error)  # type: ignore[arg-type]
