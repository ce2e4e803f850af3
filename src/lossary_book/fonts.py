"""The book's fonts, cut down to the signs that it uses: STIX Two Math, Source Serif.

A system without a math font draws brackets that do not grow and roots that do not fit; the whole
font weighs 1.5 MB. The PyPI package ziamath brings it, font-source-serif-pro that of the headwords.
"""

import importlib.metadata
import importlib.util
import io
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from lossary_book.made import made


def _letters(first: int) -> set[int]:
    """Return 52 mathematical letters, A to Z and a to z, that begin at a code point."""
    return set(range(first, first + 52))


SIGNS = (
    set(range(0x20, 0x7F))  # Latin letters, digits, brackets
    | set(range(0x391, 0x3CA))  # Greek
    | _letters(0x1D400)  # bold
    | _letters(0x1D434)  # italic; its h is the Planck constant's
    | {0x210E}
    | set(range(0x1D6E2, 0x1D71C))  # Greek italic
    | set(range(0x1D7CE, 0x1D7D8))  # bold digits
    | {ord(sign) for sign in "ℒℝℕ𝔼𝟏ℓ∂∇∈∼≈≠≤≥±−×·⋅…⋯∞∑∏√→←⇒⌈⌉⌊⌋‖∥|⊤′ˆ^¯~˜→⃗⃡⏞⏟⟨⟩⁡⁢⁣"}
)


LATIN = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100)) | {ord(sign) for sign in "–—‘’“”…−ŷα"}


@dataclass(frozen=True)
class Font:
    """A font of the book: where a package keeps it, and what is kept of it."""

    distribution: str
    package: str
    path: str
    signs: frozenset[int]
    features: tuple[str, ...] = ()  # of its layout


_SERIF = ("font-source-serif-pro", "font_source_serif_pro")
FONTS = {
    "lossary-math": Font("ziamath", "ziamath", "fonts/STIXTwoMath-Regular.ttf", frozenset(SIGNS)),
    "lossary-serif": Font(
        *_SERIF, "files/SourceSerifPro-Regular.ttf", frozenset(LATIN), ("kern", "liga")
    ),
    "lossary-serif-semibold": Font(
        *_SERIF, "files/SourceSerifPro-Semibold.ttf", frozenset(LATIN), ("kern", "liga")
    ),
}


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the fonts beside the other static files; each is cut once from each version."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    for name, font in FONTS.items():
        version = importlib.metadata.version(font.distribution)
        content = made(app, f"{name}.woff2", version.encode(), partial(_cut, font))
        target = Path(app.outdir, "_static", f"{name}.woff2")
        if not target.exists() or target.read_bytes() != content:
            target.write_bytes(content)


def _cut(font: Font) -> bytes:
    package = importlib.util.find_spec(font.package)  # found, not imported: only its font is wanted
    assert package is not None
    assert package.origin is not None
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = list(font.features)
    options.recalc_timestamp = False
    content = io.BytesIO()
    with subset.load_font(Path(package.origin).parent / font.path, options) as whole:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=font.signs)
        cutter.subset(whole)
        if "MATH" in whole:
            _narrow_roots(whole)
        subset.save_font(whole, content, options)
    return content.getvalue()


def _narrow_roots(font: TTFont) -> None:
    """Make the tall signs of a root as narrow as the small one.

    Chromium leaves room for the widest of them behind every root. TeX's are all of one width.
    """
    variants = font["MATH"].table.MathVariants
    sign = font.getBestCmap()[ord("√")]
    construction = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(sign)]
    records = construction.MathGlyphVariantRecord
    parts = construction.GlyphAssembly.PartRecords
    width = font["hmtx"][sign][0]
    taller = [record.VariantGlyph for record in records if record.VariantGlyph != sign]
    # The parts of an assembled sign stay in line if all are narrowed alike.
    assembled = max(font["hmtx"][part.glyph][0] for part in parts)
    factors = {name: width / font["hmtx"][name][0] for name in taller}
    factors |= {part.glyph: width / assembled for part in parts}
    for name, factor in factors.items():
        advance, bearing = font["hmtx"][name]
        glyph = font["glyf"][name]
        glyph.coordinates.scale((factor, 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (round(advance * factor), round(bearing * factor))
