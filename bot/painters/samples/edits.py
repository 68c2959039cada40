"""Sample edits: the first reference, visibly changed, so that editing can be tried without an account.

It stands alone because it works on pictures that people sent, where the rest of the room draws.
"""

import io

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from bot.painters.port import PaintOrder

_TINT = 0.38  # of the scene over the reference, where nothing says what may change
_INSET = 0.24  # width of each further reference, as a share of the picture's
_EDGE = 0.004  # softness of a mask's edge, as a share of the longer side


def over_references(scene: Image.Image, order: PaintOrder) -> Image.Image:
    """Lay the scene over the first reference: where the mask is clear, or as a tint all over.

    Further references stand along the left edge, as small prints.
    """
    first, *others = [Image.open(io.BytesIO(each.data)).convert("RGB") for each in order.references]
    base = ImageOps.fit(first, scene.size, Image.Resampling.LANCZOS)
    if order.mask is None:
        picture = Image.blend(base, ImageEnhance.Color(scene).enhance(1.4), _TINT)
    else:
        alpha = Image.open(io.BytesIO(order.mask.data)).getchannel("A")
        kept = ImageOps.fit(alpha, scene.size, Image.Resampling.BILINEAR)
        soft = kept.filter(ImageFilter.GaussianBlur(_EDGE * max(scene.size)))
        picture = Image.composite(base, scene, soft)
    width = round(scene.width * _INSET)
    top = margin = max(6, scene.width // 40)
    for other in others:
        small = ImageOps.expand(ImageOps.contain(other, (width, width)), max(3, width // 40), "white")
        picture.paste(small, (margin, top))
        top += small.height + margin
    return picture
