"""The mask of an edit, as the model wants it: a PNG of the reference's size, transparent where it may change.

Slow: for a thread.
"""

from PIL import Image, ImageChops

from bot import wording
from bot.painters.port import Drawing
from bot.references.check import BadReference, upright, write

SHAPE_TOLERANCE = 0.02  # a mask whose shape differs by more was made for another picture
OPAQUE, CLEAR = 255, 0


def read_mask(name: str, data: bytes, size: tuple[int, int]) -> Drawing | None:
    """Return the mask for a reference of this size; None if it lets everything change. Raises BadReference.

    What is transparent may change. In a mask without transparency, white may change and black stays.
    """
    picture = upright(name, data)
    if abs(picture.width / picture.height / (size[0] / size[1]) - 1) > SHAPE_TOLERANCE:
        raise BadReference(wording.other_mask_shape(name, picture.size, size))
    alpha = picture.getchannel("A") if "A" in picture.getbands() else None
    if alpha is None or alpha.getextrema()[0] == OPAQUE:
        alpha = ImageChops.invert(picture.convert("L"))
    alpha = alpha.resize(size, Image.Resampling.BILINEAR)
    least, most = alpha.getextrema()
    if least == OPAQUE:
        raise BadReference(wording.mask_protects_all(name))
    if most == CLEAR:
        return None
    mask = Image.new("RGBA", size, (0, 0, 0, 0))
    mask.putalpha(alpha)
    return write(mask, "png")
