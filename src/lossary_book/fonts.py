"""The font of the formulas: STIX Two Math, cut down to the signs that formulas use.

The PyPI package ziamath brings the font. A system without a math font draws brackets that do not
grow and roots that do not fit; the whole font weighs 1.5 MB.
"""

import hashlib
import importlib.metadata
import importlib.util
from pathlib import Path

from fontTools import subset  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

FILE = "lossary-math.woff2"


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
    | {ord(sign) for sign in "ℒℝℕ𝔼𝟏ℓ∂∇∈∼≈≠≤≥±−×·⋅…⋯∞∑∏√→←⇒⌈⌉⌊⌋‖∥|⊤′ˆ^¯~˜→⃗⃡⏞⏟⟨⟩⁡⁢⁣"}
)


def write(app: Sphinx, exception: Exception | None) -> None:
    """Put the font beside the other static files; it is made once for a version of ziamath."""
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    made_of = f"{importlib.metadata.version('ziamath')} {sorted(SIGNS)}"
    cached = Path(app.doctreedir, f"math-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.woff2")
    if not cached.exists():
        _cut(cached)
    target = Path(app.outdir, "_static", FILE)
    if not target.exists() or target.read_bytes() != cached.read_bytes():
        target.write_bytes(cached.read_bytes())


def _cut(target: Path) -> None:
    package = importlib.util.find_spec("ziamath")  # found, not imported: only its font is wanted
    assert package is not None
    assert package.origin is not None
    source = Path(package.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = []
    options.recalc_timestamp = False
    with subset.load_font(source, options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=SIGNS)
        cutter.subset(font)
        partial = target.with_suffix(".part")  # a build that is stopped leaves no half font
        subset.save_font(font, partial, options)
    partial.replace(target)
