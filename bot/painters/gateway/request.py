"""The gateway's request for pictures, in its own words. Pure.

It stands alone because every quirk of the request format then has one place.
"""

from typing import Any

from bot.painters.port import Drawing, PaintOrder


def request_fields(order: PaintOrder, images: int) -> dict[str, Any]:
    """Return the arguments of one call for so many pictures.

    The shape is sent in one way only, and `n` only for several pictures: gateways refuse or ignore the rest.
    Each file has a name and a type: a file without them is refused as "application/octet-stream".
    `input_fidelity` is never sent, because gpt-image-2 refuses it; its fidelity is always high.
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
    files = [_file(f"reference-{number}", each) for number, each in enumerate(order.references, start=1)]
    if files:
        fields["image"] = files if len(files) > 1 else files[0]
    if order.mask is not None:
        fields["mask"] = _file("mask", order.mask)
    return fields


def _file(name: str, picture: Drawing) -> tuple[str, bytes, str]:
    return f"{name}.{picture.format}", picture.data, f"image/{picture.format}"
