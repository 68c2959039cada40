"""Cards as the data that the page draws. Adds no sentences and no markup."""

from base64 import b64encode
from struct import unpack
from typing import Any, assert_never
from urllib.parse import quote

from bot.port.cards import (
    Button,
    Card,
    Chart,
    ComparedPicture,
    Delivered,
    Ended,
    File,
    Header,
    ListedJob,
    Notice,
    Panel,
    Picture,
    PictureList,
    Refused,
    Report,
    Working,
)


def render(card: Card) -> dict[str, Any]:
    """Return the card as JSON-able data; `kind` tells the page which card it is."""
    match card:
        case Working():
            return _job("working", card.header, card.buttons) | {
                "stage": card.stage,
                "line": card.line,
                "summary": card.summary,
                "progress": card.progress,
                "notes": list(card.notes),
            }
        case Delivered():
            return _job("delivered", card.header, card.buttons) | {
                "pictures": [_picture(picture) for picture in card.pictures],
                "caption": card.caption,
                "notes": list(card.notes),
                "picks": _buttons(card.picks),
                "compared": [_tier(tier, card) for tier in card.compared],
                "mention": card.header.name if card.mention else "",
            }
        case Panel():
            return _job("panel", card.header, card.buttons) | {
                "pictures": [_picture(card.picture)],
                "number": card.number,
                "caption": card.caption,
                "picks": _buttons(card.picks),
            }
        case PictureList():
            return _list(card)
        case Ended():
            return _job("ended", card.header, card.buttons) | {"why": card.why, "sentence": card.sentence}
        case Refused():
            return {
                "kind": "refused",
                "sentence": card.sentence,
                "hint": card.hint,
                "buttons": _buttons(card.buttons),
            }
        case Report():
            return {
                "kind": "report",
                "title": card.title,
                "lines": list(card.lines),
                "columns": list(card.columns),
                "rows": [list(row) for row in card.rows],
                "buttons": _buttons(card.buttons),
                "chart": _chart(card.chart) if card.chart else None,
                "file": _file(card.file) if card.file else None,
                **({"quote": card.quote} if card.quote else {}),
            }
        case Notice():
            return {"kind": "notice", "sentence": card.sentence, "buttons": []}
        case _:
            assert_never(card)


def _job(kind: str, header: Header, buttons: tuple[Button, ...]) -> dict[str, Any]:
    return {
        "kind": kind,
        "prompt": header.prompt,
        "name": header.name,
        "tier": header.tier,
        "ratio": header.ratio,
        "variants": header.images,
        "quality": header.quality,
        "private": header.private,
        "buttons": _buttons(buttons),
    }


def _buttons(buttons: tuple[Button, ...]) -> list[dict[str, Any]]:
    return [
        {
            "verb": each.verb,
            "label": each.label,
            "job": each.target,
            "index": each.index,
            "style": each.style,
        }
        for each in buttons
    ]


def _list(card: PictureList) -> dict[str, Any]:
    return {
        "kind": "list",
        "title": card.title,
        "lines": list(card.lines),
        "jobs": [_listed(job) for job in card.jobs],
        "menu": card.menu,
        "buttons": _buttons(card.buttons),
    }


def _listed(job: ListedJob) -> dict[str, Any]:
    picture = _picture(job.picture) if job.picture else None
    return {
        "prompt": job.prompt,
        "facts": job.facts,
        "picture": picture,
        "choose": _buttons((job.choose,))[0],
    }


def _picture(picture: Picture) -> dict[str, Any]:
    return {
        "src": f"/pictures/{quote(picture.key, safe='')}",
        "width": picture.width,
        "height": picture.height,
        "format": picture.format,
        "alt": picture.alt,
    }


def _tier(tier: ComparedPicture, card: Delivered) -> dict[str, Any]:
    """Return one tier of a comparison; `picture` is the place of its picture among the card's, or None."""
    places = {picture.key: place for place, picture in enumerate(card.pictures)}
    place = places.get(tier.key) if tier.key else None
    return {"title": tier.title, "facts": tier.facts, "picture": place}


def _chart(chart: Chart) -> dict[str, Any]:
    """Return the chart with its bytes as `data:` URLs, which the page's policy allows for pictures.

    `dark`: "" if the chart has no dark version.
    """
    # The IHDR chunk of every PNG. With the size the page can reserve the space before it draws the chart.
    width, height = unpack(">II", chart.png[16:24])
    dark = _data("image/png", chart.dark) if chart.dark else ""
    shape = {"width": width, "height": height, "format": "png", "alt": chart.alt}
    return {"src": _data("image/png", chart.png), "dark": dark, **shape}


def _file(file: File) -> dict[str, Any]:
    return {"name": file.name, "src": _data("application/octet-stream", file.data)}


def _data(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{b64encode(data).decode()}"
