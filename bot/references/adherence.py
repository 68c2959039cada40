"""A drawn picture compared with the one it was made from, where a mask protects that. Slow: for a thread.

Gateways may ignore a mask and answer 200, and models change more than they were asked to. So what should
have stayed is measured, and put back.
"""

import io
from dataclasses import dataclass
from functools import reduce

from PIL import Image, ImageChops, ImageFilter

from bot.painters.port import Drawing
from bot.references.check import write

# A model draws even what stays anew, and JPEG alone moves colours by some levels: below so many of 255,
# nobody sees a difference.
SEEN = 24
MOST_CHANGED = 0.02  # share of the protected pixels that may look different
SOFT_EDGE = 0.006  # radius of the edge between both, as a share of the longer side


@dataclass(frozen=True, slots=True)
class Checked:
    """A drawn picture after the comparison. `changed`: the share of protected pixels that differed."""

    drawing: Drawing
    changed: float
    restored: bool


def keep_protected(drawing: Drawing, original: Drawing, mask: Drawing) -> Checked:
    """Return the drawing, with the original put back outside the mask if too much changed there.

    A restored picture has the original's size; its edge is soft, and lies inside what may change.
    """
    mode = "RGBA" if drawing.format == "png" else "RGB"
    reference = _open(original).convert(mode)
    drawn = _open(drawing).convert(mode).resize(reference.size, Image.Resampling.LANCZOS)
    protected = _open(mask).getchannel("A").point(lambda value: 255 if value > 127 else 0)
    changed = _share_changed(drawn, reference, protected)
    if changed <= MOST_CHANGED:
        return Checked(drawing, changed, restored=False)
    radius = max(1, round(SOFT_EDGE * max(reference.size)))
    # Blurred after it grew by as much, so that the whole of what is protected stays fully opaque. It grows by
    # a blur, too: MaxFilter takes seconds, in which no other thread runs, not even the loop's.
    grown = protected.filter(ImageFilter.BoxBlur(radius)).point(lambda value: 255 if value else 0)
    soft = ImageChops.lighter(grown.filter(ImageFilter.BoxBlur(radius)), protected)
    drawn.paste(reference, (0, 0), soft)
    return Checked(write(drawn, "png" if drawing.format == "png" else "jpeg"), changed, restored=True)


def _share_changed(drawn: Image.Image, reference: Image.Image, protected: Image.Image) -> float:
    """Return the share of protected pixels of which any colour differs by more than SEEN levels."""
    total = protected.histogram()[255]
    if not total:
        return 0.0
    bands = ImageChops.difference(drawn, reference).split()
    furthest = reduce(ImageChops.lighter, bands)
    return sum(furthest.histogram(protected)[SEEN + 1 :]) / total


def _open(picture: Drawing) -> Image.Image:
    return Image.open(io.BytesIO(picture.data))
