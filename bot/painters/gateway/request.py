"""The gateway's request for pictures, in its own words. Pure.

It stands alone because every quirk of the request format then has one place.
"""

from typing import Any

from bot.painters.port import PaintOrder


def request_fields(order: PaintOrder, images: int) -> dict[str, Any]:
    """Return the arguments of one call for so many pictures.

    The shape is sent in one way only, and `n` only for several pictures: gateways refuse or ignore the rest.
    """
    tier = order.tier
    fields: dict[str, Any] = {"model": tier.model, "prompt": order.prompt, "output_format": "jpeg"}
    if images > 1:
        fields["n"] = images
    if order.transparent:
        fields |= {"output_format": "png", "background": "transparent"}
    if tier.qualities:
        fields["quality"] = order.quality
    if tier.ratio == "aspect_ratio":
        fields["extra_body"] = {"aspect_ratio": order.ratio}
    elif tier.ratio == "pixels":
        width, height = tier.sizes[order.ratio]
        fields["size"] = f"{width}x{height}"
    else:
        fields["size"] = order.ratio
    return fields
