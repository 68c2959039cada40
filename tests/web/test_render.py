"""Every card gives exactly the data in cards.json."""

import json
from pathlib import Path
from struct import pack
from typing import get_args

from adapters.web.bodies import MEMBER
from adapters.web.render import render
from bot.port.cards import (
    Button,
    Card,
    Chart,
    ComparedPicture,
    Delivered,
    Ended,
    File,
    ListedJob,
    Notice,
    Panel,
    Picture,
    PictureList,
    Refused,
    Report,
    Working,
)
from tests.fakes.core import header

HEAD = header("01HXAMPLE0000", "a <b>fox</b> & “snow”", MEMBER, ratio="16:9", images=2, quality="medium")
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + pack(">II", 640, 320)
AGAIN = Button(verb="again", label="Again", target=HEAD.job)


def tier(title: str, facts: str, key: str) -> ComparedPicture:
    return ComparedPicture(
        tier=title.lower(),
        title=title,
        facts=facts,
        why="",
        sentence="",
        key=key,
        seconds=4.0,
        charge_micros=0,
    )


CARDS: dict[str, Card] = {
    "queued": Working(header=HEAD, stage="queued", line="queued 3rd", summary="$0.12", progress=None),
    "drawing": Working(
        header=HEAD,
        stage="drawing",
        line="drawing, 12 s of about 20 s",
        summary="$0.12",
        progress=0.6,
        notes=("style words work best in English",),
        buttons=(Button(verb="cancel", label="Cancel", target=HEAD.job),),
    ),
    "delivered": Delivered(
        header=HEAD,
        pictures=(
            Picture(key="a/b 1", width=1408, height=768, format="jpeg", alt="a fox (1 of 2)"),
            Picture(key="b", width=1408, height=768, format="png", alt="a fox (2 of 2)"),
        ),
        caption="Mia · 12 s",
        notes=("2 of 4",),
        buttons=(AGAIN, Button(verb="delete", label="Delete", target=HEAD.job, style="danger")),
        picks=(Button(verb="pick", label="1", target=HEAD.job, index=1),),
        mention=MEMBER.id,
    ),
    "compared": Delivered(
        header=HEAD,
        pictures=(
            Picture(key="sheet", width=1328, height=978, format="jpeg", alt="Fast: 4 s; Ultra: rejected"),
            Picture(key="a/b 1", width=1408, height=768, format="jpeg", alt="Fast: 4 s"),
        ),
        caption="Mia · 12 s",
        compared=(tier("Fast", "4 s · $0.03", "a/b 1"), tier("Ultra", "Rejected", "")),
    ),
    "panel": Panel(
        header=HEAD,
        picture=Picture(key="a/b 1", width=1408, height=768, format="jpeg", alt="a fox (1 of 2)"),
        number=1,
        caption="Picture 1 of 2",
        buttons=(Button(verb="vary", label="Vary", target=HEAD.job, index=1),),
    ),
    "list": PictureList(
        title="Found",
        lines=("1–2 of 2",),
        jobs=(
            ListedJob(
                prompt="a fox",
                facts="fast · 1 picture",
                picture=Picture(key="a/b 1", width=1408, height=768, format="jpeg", alt="a fox"),
                choose=Button(verb="choose", label="Open", target=HEAD.job),
            ),
            ListedJob(
                prompt="an owl",
                facts="fast · 1 picture",
                picture=None,
                choose=Button(verb="show", label="Show", target="01HXAMPLE0001"),
            ),
        ),
        menu="Open one",
        buttons=(Button(verb="page", label="Older", target="01HXAMPLE0002", index=2),),
    ),
    "ended": Ended(header=HEAD, why="failed", sentence="It failed.", buttons=(AGAIN,)),
    "refused": Refused(
        why="input",
        sentence="No --v here.",
        hint="Use --tier.",
        buttons=(Button(verb="plain", label="Draw without them", target="01HXAMPLE0000"),),
    ),
    "report": Report(
        title="Recent",
        lines=("One line.",),
        columns=("Prompt", "Cost"),
        rows=(("a fox", "$0.12"),),
        buttons=(Button(verb="share", label="Share", target=HEAD.job, index=1, style="primary"),),
    ),
    "charted": Report(title="Usage", chart=Chart(png=PNG, alt="$0.12 on Sunday")),
    "exported": Report(
        title="Usage",
        chart=Chart(png=PNG, alt="$0.12 on Sunday", dark=PNG),
        file=File(name="usage.csv", data=b"day\r\n"),
    ),
    "notice": Notice(sentence="Deleted."),
}


def test_every_card_is_rendered_as_in_the_golden_file() -> None:
    golden = json.loads(Path(__file__).with_name("cards.json").read_text(encoding="utf-8"))
    assert {name: render(card) for name, card in CARDS.items()} == golden


def test_every_kind_of_card_is_covered() -> None:
    assert {type(card) for card in CARDS.values()} == set(get_args(Card))
