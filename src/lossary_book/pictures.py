"""The picture that a forum shows beside a link: a term, its definition, its shape and example.

Drawn with Pillow, in the book's fonts; that of its formulas has the letters of mathematics. A
picture holds a digest of what it shows, so that only a changed one is drawn again.
"""

import hashlib
import importlib.util
import io
import multiprocessing
import re
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import astuple, dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

import PIL
from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFont, PngImagePlugin

from lossary_book import addresses, launch

SIZE = (1200, 630)
MARGIN = 72
WIDTH = SIZE[0] - 2 * MARGIN
PAPER = "#ffffff"
INKS = {"ink": "#1f2933", "muted": "#52606d", "accent": "#0b6570"}
SHADES = 12  # between paper and an ink: smooth edges of letters, and a small file
Family = tuple[str, str]  # package, file in it
TITLE = ("font_source_serif_pro", "files/SourceSerifPro-Semibold.ttf")  # the book's headwords
TEXT = ("ziamath", "fonts/STIXTwoMath-Regular.ttf")
CODE = ("matplotlib", "mpl-data/fonts/ttf/DejaVuSansMono.ttf")

Pens = dict[str, ImageDraw.ImageDraw]  # one for each ink
Line = tuple[str, str, float]  # ink, text, gap before it in lines


@dataclass(frozen=True)
class Picture:
    """What a picture shows."""

    title: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()  # (name, value), a line each
    code: bool = False  # whether the title is a name from an API
    site: str = "Lossary"


class Drawer:
    """Draws pictures in a process beside the build, which writes pages meanwhile."""

    def __init__(self) -> None:
        """Have nothing to draw."""
        self._pool: Executor | None = None
        self._drawn: dict[Path, Future[bytes]] = {}

    def draw(self, path: Path, picture: Picture) -> bool:
        """Begin to draw a picture, unless it is there already; return whether it is drawn."""
        digest = _digest(picture)
        if _is_there(path, digest):
            return False
        self._pool = self._pool or _pool()
        self._drawn[path] = self._pool.submit(_png, picture, digest)
        return True

    def finish(self) -> None:
        """Leave in the site what was drawn."""
        for path, drawn in self._drawn.items():
            addresses.leave(path, drawn.result())
        self.stop()

    def stop(self) -> None:
        """Draw nothing more."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None


def _pool() -> Executor:
    if "fork" not in multiprocessing.get_all_start_methods():
        return ThreadPoolExecutor(1)  # as fast as to draw one after the other
    fork = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(1, mp_context=fork, initializer=launch.end_with_the_build)


def _digest(picture: Picture) -> str:
    return hashlib.sha256(repr((astuple(picture), _drawing())).encode()).hexdigest()


def _is_there(path: Path, digest: str) -> bool:
    if not path.is_file():
        return False
    with Image.open(path) as found:
        return bool(found.info.get("Source") == digest)


@cache
def _drawing() -> str:
    """Return a digest of what decides how a picture looks besides what it shows."""
    return hashlib.sha256(Path(__file__).read_bytes() + PIL.__version__.encode()).hexdigest()


def _png(picture: Picture, digest: str) -> bytes:
    noted = PngImagePlugin.PngInfo()
    noted.add_text("Source", digest)
    file = io.BytesIO()
    draw(picture).save(file, "PNG", pnginfo=noted)
    return file.getvalue()


def draw(picture: Picture) -> Image.Image:
    """Return the picture: the title as large as it fits, the text, the facts, the book's name."""
    layers = {ink: Image.new("L", SIZE) for ink in INKS}
    pens = {ink: ImageDraw.Draw(layer) for ink, layer in layers.items()}
    pens["accent"].rectangle((0, 0, 20, SIZE[1]), fill=255)
    floor = _sign(pens["accent"], picture.site)
    top = _title(pens["ink"], picture)
    _paragraphs(pens, top, floor, picture)
    return _printed(layers)


def _printed(layers: dict[str, Image.Image]) -> Image.Image:
    """Lay the inks over each other, each in its shades. No place has two inks."""
    whole = Image.new("L", SIZE)
    palette = list(ImageColor.getrgb(PAPER))
    for number, (ink, layer) in enumerate(layers.items()):
        steps = [round(darkness / 255 * SHADES) for darkness in range(256)]
        shaded = layer.point([step and number * SHADES + step for step in steps])
        whole = ImageChops.lighter(whole, shaded)
        for step in range(1, SHADES + 1):
            palette += [
                round(paper + (full - paper) * step / SHADES)
                for paper, full in zip(
                    ImageColor.getrgb(PAPER), ImageColor.getrgb(INKS[ink]), strict=True
                )
            ]
    whole.putpalette(palette)
    return whole


def _title(pen: ImageDraw.ImageDraw, picture: Picture) -> int:
    """Write the title, and return where the text may begin."""
    family = CODE if picture.code else TITLE
    for size in (112, 96, 80, 68, 56):
        lines = wrap(picture.title, family, size)
        if len(lines) == 1:
            break
    height = MARGIN + round(0.85 * size)
    for _, line, _ in _cut([("ink", line, 0.0) for line in lines], 2):
        pen.text((MARGIN, height), line, 255, font(family, size), "ls")
        height += round(1.1 * size)
    return height - round(0.35 * size)


def _paragraphs(pens: Pens, top: int, floor: int, picture: Picture) -> None:
    """Write the text as large as it fits between two heights, and the facts that fit below it."""
    for size, lines in _settings(picture):
        heights = list(accumulate(1.28 * size * (1 + gap) for _, _, gap in lines))
        fitting = sum(height <= floor - top for height in heights)
        if fitting == len(lines):
            break
    for height, (ink, line, _) in zip(heights, _cut(lines, fitting), strict=False):
        pens[ink].text((MARGIN, round(top + height)), line, 255, font(TEXT, size), "ls")


def _settings(picture: Picture) -> Iterator[tuple[int, list[Line]]]:
    """Yield sizes, with the lines that each gives: first with all facts, then with fewer."""
    facts = [f"{name}: {value}" for name, value in picture.facts]
    for kept in range(len(facts), -1, -1):
        for size in (52, 47, 42) if kept else (52, 47, 42, 38):
            lines = [("ink", line, 0.0) for line in wrap(picture.text, TEXT, size)]
            for fact in facts[:kept]:
                first, *rest = wrap(fact, TEXT, size)
                lines += [("muted", first, 0.4), *(("muted", line, 0.0) for line in rest)]
            yield size, lines


def _cut(lines: list[Line], count: int) -> list[Line]:
    """Return the first lines, with a sign that there is more."""
    if len(lines) <= count:
        return lines
    ink, line, gap = lines[count - 1]
    return [*lines[: count - 1], (ink, line.rstrip(" ,;:") + " …", gap)]


def _sign(pen: ImageDraw.ImageDraw, site: str) -> int:
    """Draw the book's mark and name at the foot; return how far down the text may reach."""
    left, top = MARGIN, SIZE[1] - 80
    pen.rounded_rectangle((left, top, left + 52, top + 52), 10, fill=255)
    # The curve of the favicon: a loss that falls and levels out.
    curve = [_falling(step / 40) for step in range(41)]
    pen.line([(left + 52 * x / 32, top + 52 * y / 32) for x, y in curve], 0, 5, "curve")
    pen.text((left + 70, top + 41), site, 255, font(TITLE, 42), "ls")
    return top - 26


def _falling(t: float) -> tuple[float, float]:
    """Return a point of the favicon's Bézier curve, in its square of 32."""
    ends = ((7, 7), (9, 22), (15, 24), (25, 25))
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x, y = (sum(w * end[axis] for w, end in zip(weights, ends, strict=True)) for axis in (0, 1))
    return x, y


def wrap(text: str, family: Family, size: int) -> list[str]:
    """Break a text into lines that fit; break a word only where it alone is too long."""
    lines = [""]
    for word in _pieces(text, family, size):
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, family) * size <= WIDTH:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _pieces(text: str, family: Family, size: int) -> Iterator[str]:
    for word in text.split():
        while _width(word, family) * size > WIDTH:
            fits = sum(width * size <= WIDTH for width in accumulate(_widths(word, family)))
            # A name breaks where its own words do: Categorical-Crossentropy, from_-logits.
            ends = [end.end() for end in re.finditer(r"[._]|[^A-Z](?=[A-Z])", word)]
            fits = max((end for end in ends if end <= fits), default=fits)
            yield word[:fits]
            word = word[fits:]
        yield word


def _width(text: str, family: Family) -> float:
    """Return how wide a text of size 1 is. Pillow's own measure takes 500 times as long."""
    return sum(_widths(text, family))


def _widths(text: str, family: Family) -> list[float]:
    return [_letter(letter, family) for letter in text]


@cache
def _letter(letter: str, family: Family) -> float:
    return font(family, 200).getlength(letter) / 200


@cache
def font(family: Family, size: int) -> ImageFont.FreeTypeFont:
    """Return a font that an installed package brings."""
    package, path = family
    found = importlib.util.find_spec(package)  # found, not imported: only its font is wanted
    assert found is not None
    assert found.origin is not None
    # Raqm, where there is one, would set letters otherwise than where there is none.
    return ImageFont.truetype(
        Path(found.origin).parent / path, size, layout_engine=ImageFont.Layout.BASIC
    )
