"""The pictures of links: readable, the same bytes for the same text, drawn only when changed."""

import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from PIL import Image
from sphinx.errors import ExtensionError

from lossary_book import pictures
from lossary_book.pictures import Picture

GOOD = Path(__file__).parent / "roots" / "good"
KERNEL = Picture("kernel", "The matrix of weights.", (("shape", "(d0, units)"),), code=True)
WORD = "one of thirty words "


def ink(image: Image.Image) -> tuple[int, int, int, int]:
    """Return the box of all that is drawn right of the bar at the edge."""
    box = image.convert("L").point(lambda light: light < 250 and 255).crop((21, 0, *pictures.SIZE))
    found = box.getbbox()
    assert found is not None
    return found


def write(path: Path, picture: Picture) -> bool:
    """Draw a picture; return whether that was due."""
    drawer = pictures.Drawer()
    due = drawer.draw(path, picture)
    drawer.finish()
    return due


def test_same_text_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        assert write(tmp_path / name, KERNEL)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_only_a_changed_picture_is_drawn_again(tmp_path: Path) -> None:
    path = tmp_path / "t" / "kernel" / "preview.png"
    assert write(path, KERNEL)
    assert not write(path, KERNEL)
    assert write(path, Picture("kernel", "Another definition.", code=True))


def test_a_picture_made_by_other_code_is_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.png", KERNEL)
    monkeypatch.setattr(pictures, "_drawing", lambda: "another Pillow")
    assert write(tmp_path / "a.png", KERNEL)


@pytest.mark.parametrize("methods", [multiprocessing.get_all_start_methods(), ["spawn"]])
def test_pictures_are_drawn_beside_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, methods: list[str]
) -> None:
    """A process draws, or where none can be forked a thread."""
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: methods)
    drawer = pictures.Drawer()
    assert drawer.draw(tmp_path / "t" / "a.png", KERNEL)
    assert bool(multiprocessing.active_children()) == ("fork" in methods)
    assert not (tmp_path / "t").exists()
    drawer.finish()
    assert (tmp_path / "t" / "a.png").is_file()
    assert not multiprocessing.active_children()


def test_no_process_starts_for_pictures_that_are_there(tmp_path: Path) -> None:
    write(tmp_path / "a.png", KERNEL)
    drawer = pictures.Drawer()
    drawer.draw(tmp_path / "a.png", KERNEL)
    assert not multiprocessing.active_children()
    drawer.finish()


def test_a_build_that_fails_leaves_no_process_and_no_picture(tmp_path: Path) -> None:
    drawer = pictures.Drawer()
    for number in range(50):
        drawer.draw(tmp_path / f"{number}.png", Picture(f"m{number}", WORD))
    drawer.stop()
    assert not multiprocessing.active_children()
    assert not list(tmp_path.iterdir())


def test_a_site_that_cannot_be_written_stops_the_drawing(build, tmp_path: Path) -> None:
    book = Path(shutil.copytree(GOOD, tmp_path / "book"))
    with (book / "conf.py").open("a") as conf:
        conf.write("\n\ndef setup(app):\n    app.connect('html-page-context', lambda *_: 1 / 0)\n")
    with pytest.raises(ExtensionError, match="division by zero"):
        build(book, tmp_path / "out", "html")
    assert not multiprocessing.active_children()
    assert not list((tmp_path / "out").rglob("t/*"))


def test_a_picture_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("a file where a folder is wanted")
    drawer = pictures.Drawer()
    drawer.draw(tmp_path / "t" / "a.png", KERNEL)
    with pytest.raises(OSError, match="t"):
        drawer.finish()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no other process")
def test_the_process_ends_with_a_build_that_is_killed(tmp_path: Path) -> None:
    build = """
import multiprocessing, sys, time
from pathlib import Path
from lossary_book import pictures
drawer = pictures.Drawer()
drawer.draw(Path("a.png"), pictures.Picture("m", "x"))
print(multiprocessing.active_children()[0].pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", build], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        other = psutil.Process(int(process.stdout.readline()))
        process.kill()
    gone, _ = psutil.wait_procs([other], timeout=10)
    assert gone


@pytest.mark.parametrize("count", [1, 8, 20, 60])
@pytest.mark.parametrize(
    "title", ["m", "symmetry breaking", "CategoricalGeneralizedCrossEntropy.q"]
)
def test_everything_stays_inside_the_margins(title: str, count: int) -> None:
    facts = (("shape", "(batch, N) in, (batch, N) out"), ("example", WORD * 6))
    left, top, right, bottom = ink(pictures.draw(Picture(title, WORD * count, facts)))
    assert left >= pictures.MARGIN - 30
    assert top >= 20
    assert right <= pictures.SIZE[0] - 21 - 40
    assert bottom <= pictures.SIZE[1] - 20


def test_the_curve_stays_on_the_mark_and_the_text_above_it() -> None:
    without = pictures.draw(Picture("m", "x"))
    whole = pictures.draw(Picture("m", WORD * 60))
    foot = (21, pictures.SIZE[1] - 85, *pictures.SIZE)
    assert whole.crop(foot).tobytes() == without.crop(foot).tobytes()


def test_long_text_is_cut_with_a_sign() -> None:
    lines = [("ink", line, 0.0) for line in pictures.wrap(WORD * 60, pictures.TEXT, 40)]
    shown = pictures._cut(lines, 3)
    assert len(shown) == 3
    assert shown[-1][1].endswith(" …")
    assert pictures._cut(lines[:2], 3) == lines[:2]


@pytest.mark.parametrize("size", [38, 52, 112])
def test_lines_fit_and_keep_every_word(size: int) -> None:
    text = "Σ of β_1, ŷ and 𝐱: " + WORD * 5
    lines = pictures.wrap(text, pictures.TEXT, size)
    assert " ".join(lines) == " ".join(text.split())
    face = pictures.font(pictures.TEXT, size)
    assert max(face.getlength(line) for line in lines) <= pictures.WIDTH + 40


def test_a_name_breaks_where_its_words_do() -> None:
    name = "CategoricalGeneralizedCrossEntropy.q"
    first, second = pictures.wrap(name, pictures.CODE, 56)
    assert (first, second) == ("CategoricalGeneralizedCross", "Entropy.q")
    assert "".join(pictures.wrap("x" * 200, pictures.CODE, 56)) == "x" * 200


def test_the_mark_has_the_color_of_the_icon() -> None:
    icon = Path(__file__).parents[2] / "docs" / "_static" / "favicon.svg"
    assert f'fill="{pictures.INKS["accent"]}"' in icon.read_text()
