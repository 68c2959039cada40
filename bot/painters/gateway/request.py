"""What is asked of a gateway, in its own words."""

from typing import Any

from bot.painters.port import PaintOrder


def fields(order: PaintOrder, asked: int) -> dict[str, Any]:
    """The arguments of one call for so many pictures.

    The shape is told in one way only, and one picture without `n`: gateways refuse, or ignore, the rest.
    """
    tier = order.tier
    asks: dict[str, Any] = {"model": tier.model, "prompt": order.prompt, "output_format": "jpeg"}
    if asked > 1:
        asks["n"] = asked
    if order.transparent:
        asks |= {"output_format": "png", "background": "transparent"}
    if tier.qualities:
        asks["quality"] = order.quality
    if tier.ratio == "aspect_ratio":
        asks["extra_body"] = {"aspect_ratio": order.ratio}
    elif tier.ratio == "pixels":
        width, height = tier.sizes[order.ratio]
        asks["size"] = f"{width}x{height}"
    else:
        asks["size"] = order.ratio
    return asks
