"""One card of every kind as people see them, and hypothesis strategies for cards with the nastiest texts."""

from struct import pack
from typing import Literal, get_args

from hypothesis import strategies as st

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
    Verb,
    Working,
)

PERSON = "discord:1201234567890123456"
HEAD = Header(
    job="1M82NB6YV3FN3",
    prompt="a red fox in *deep* snow, “soft light”, <@1> #1",
    person=PERSON,
    name="Mia_L",
    tier="standard",
    tier_title="Imagen 4 Standard",
    ratio="16:9",
    quality="",
    images=4,
    private=False,
)
FILE = File(name="usage-2026-11.csv", data=b"day,person\r\n")
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + pack(">II", 1120, 448)


def button(verb: Verb, label: str, job: str = HEAD.job, index: int = 0) -> Button:
    style: Literal["danger", "normal"] = "danger" if verb == "delete" else "normal"
    return Button(verb=verb, label=label, target=job, index=index, style=style)


def picture(number: int, prompt: str = HEAD.prompt, **changes: object) -> Picture:
    fields = {"key": f"{HEAD.job}-{number}.jpeg", "width": 1408, "height": 768, "format": "jpeg"}
    return Picture(**{**fields, "alt": f"{prompt} ({number} of 4)", **changes})  # type: ignore[arg-type]


GALLERY = (
    button("again", "Again"),
    button("edit", "Edit prompt"),
    button("final", "In Ultra · $0.12"),
    button("details", "Details"),
    button("delete", "Delete"),
)
PICKS = tuple(button("pick", str(number), index=number) for number in range(1, 5))
PICTURE_BUTTONS = (
    button("edit", "Edit", index=2),
    button("vary", "Vary", index=2),
    button("final", "Final · $0.1014", index=2),
    button("download", "Download", index=2),
)
COMPARED = tuple(
    ComparedPicture(
        tier=tier,
        title=title,
        facts=facts,
        why=why,
        sentence=sentence,
        key=key,
        seconds=4.0,
        charge_micros=price,
    )
    for tier, title, facts, why, sentence, key, price in (
        ("fast", "Imagen 4 Fast", "4 s · $0.03", "drawn", "", f"{HEAD.job}-2.jpeg", 30_000),
        ("ultra", "Imagen 4 Ultra", "Rejected by its safety filter", "refused", "Rejected.", "", 0),
        ("gpt", "GPT-Image-2", "31 s · $0.063", "drawn", "", f"{HEAD.job}-3.jpeg", 63_000),
    )
)
SHEET_ALT = "Imagen 4 Fast: 4 s · $0.03; Imagen 4 Ultra: rejected; GPT-Image-2: 31 s · $0.063."
LISTED = tuple(
    ListedJob(
        prompt=f"{HEAD.prompt} {number}",
        facts="standard · 4 pictures · today at 14:05",
        picture=None if number == 2 else picture(number),
        choose=button("choose", "Open", f"1M82NB6YV3FN{number}"),
    )
    for number in range(1, 6)
)
SUMMARY = "Imagen 4 Standard · 16:9 · 4 pictures · $0.24"
CARDS: dict[str, Card] = {
    "queued": Working(
        header=HEAD,
        stage="queued",
        line="queued 3rd, about 40 s",
        summary=SUMMARY,
        progress=None,
        buttons=(button("cancel", "Cancel"),),
    ),
    "drawing": Working(
        header=HEAD,
        stage="drawing",
        line="drawing, 12 s of about 20 s",
        summary=SUMMARY,
        progress=0.6,
        notes=("gpt draws readable text better than this tier.",),
    ),
    "delivered": Delivered(
        header=HEAD,
        pictures=tuple(picture(number) for number in range(1, 5)),
        caption="Mia_L · Imagen 4 Standard · 16:9 · 12 s · $0.24",
        buttons=GALLERY,
        picks=PICKS,
    ),
    "comparing": Working(
        header=HEAD,
        stage="drawing",
        line="Fast: done, Ultra: drawing, GPT: waiting",
        summary="3 tiers compared · 16:9 · 3 pictures · $0.213",
        progress=1 / 3,
        buttons=(button("cancel", "Cancel"),),
    ),
    "compared": Delivered(
        header=HEAD,
        pictures=(
            picture(1, alt=f"{SHEET_ALT} {HEAD.prompt}"),
            picture(2, alt="Imagen 4 Fast: 4 s · $0.03"),
            picture(3, alt="GPT-Image-2: 31 s · $0.063"),
        ),
        caption="Mia_L · 3 tiers compared · 16:9 · 31 s · $0.093",
        notes=("Imagen 4 Ultra: Rejected.",),
        buttons=(
            button("again", "More in Fast · $0.12", index=4),
            button("again", "More in GPT · $0.252", "1M82NB6YV3FN5", 4),
            button("again", "Again · $0.213"),
            *GALLERY[3:],
        ),
        compared=COMPARED,
    ),
    "panel": Panel(
        header=HEAD,
        picture=picture(2),
        number=2,
        caption="Picture 2 of 4",
        buttons=PICTURE_BUTTONS,
    ),
    "chosen": Panel(
        header=HEAD,
        picture=picture(1),
        number=1,
        caption="standard · 4 pictures · kept in logos",
        buttons=(button("again", "Again · $0.24"), button("drop", "Don't keep")),
        picks=PICKS,
    ),
    "list": PictureList(
        title="Your last pictures",
        lines=("1–5 of 12",),
        jobs=LISTED,
        menu="Open one",
        buttons=(button("page", "Newer", index=1), button("page", "Older", index=3)),
    ),
    "late": Delivered(
        header=HEAD,
        pictures=(picture(1), picture(2, format="png")),
        caption="Mia_L · Imagen 4 Standard · 16:9 · 75 s · $0.12",
        notes=("2 of 4; 2 were filtered by the model. You pay for 2.",),
        buttons=(*GALLERY[:3], button("missing", "Draw the missing"), *GALLERY[3:]),
        picks=PICKS[:2],
        mention=PERSON,
    ),
    "ended": Ended(
        header=HEAD,
        why="refused",
        sentence="Imagen 4 Standard would not draw this prompt: its safety rules refused it.",
        buttons=(button("edit", "Edit prompt"),),
    ),
    "refused": Refused(
        why="input",
        sentence="There is no --v here: the newest model draws.",
        hint="Style words go into the prompt.",
        buttons=(button("plain", "Draw without them", "1M82NB6YV3FN4"),),
    ),
    "quota": Report(
        title="Your allowance",
        columns=("", "Limit", "Granted", "Used", "Held", "Left"),
        rows=(
            ("Pictures today", "40", "0", "10", "4", "26"),
            ("Money today", "no limit", "$0.00", "$0.60", "$0.24", "no limit"),
        ),
        lines=("Renews in 5 h 12 min, at midnight UTC.",),
    ),
    "details": Report(
        title="Details",
        lines=(HEAD.prompt,),
        rows=(("Job", HEAD.job), ("Price", "$0.04 × 1.5 per picture, since 2026-05-09")),
    ),
    "usage": Report(
        title="You, 2026-11-01 to 2026-11-22: $0.24 for 4 pictures",
        columns=("Tier", "Pictures", "Charged"),
        rows=(("standard", "4", "$0.24"),),
        chart=Chart(png=PNG, alt="You, 2026-11. By day: 2026-11-22 $0.24."),
    ),
    "exported": Report(
        title="Everyone here, 2026-11-01 to 2026-11-22: $0.24 for 4 pictures",
        columns=("Person", "Pictures", "Charged"),
        rows=(("Mia_L", "4", "$0.24"),),
        chart=Chart(png=PNG, alt="Everyone here, 2026-11. By person: Mia_L $0.24."),
        file=FILE,
    ),
    "long": Report(
        title="Every day",
        columns=("Day", "Pictures", "Charged"),
        rows=tuple((f"day {day}", f"{day:,}", "$1,234.50") for day in range(1, 367)),
    ),
    "notice": Notice(sentence="Deleted."),
}

TOKENS = (
    *("@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "</cmd:1>", "<t:1:R>", "<id:guide>", ":fox:"),
    *("<:fox:1>", "<a:fox:1>", "[a](https://b.example)", "[a](<https://b.example>)", "<https://b.example>"),
    *("https://b.example/a_b", "```py\n", "``", "`", "> ", ">>> ", "# ", "### ", "-# ", "- ", "* ", "+ "),
    *("1. ", "||", "**", "__", "_", "~~", "\\", "\\\\", "\n", "\n> ", "\u202e", "\u2066", "\u2069", "\u200b"),
    *("\u200d", "\ufeff", "\u2028", "\x00", "\ud800", "\U000e0041", "\u3164", "e\u0301", "\u0300" * 9),
    *("🏳️\u200d🌈", "👩🏽\u200d🚀", "🇫🇷", "狐", "שלום", "¯\\_(ツ)_/¯"),
)

words = st.lists(st.sampled_from(TOKENS) | st.text(max_size=12), max_size=60).map("".join)
prompts = words | st.builds(
    lambda token, times: (token * times)[:2_000], st.sampled_from(TOKENS), st.integers(1, 2_000)
)
ids = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=13, max_size=13)
_buttons = st.lists(
    st.builds(
        Button,
        verb=st.sampled_from(get_args(Verb)),
        label=words,
        target=ids,
        index=st.integers(0, 3),
        style=st.sampled_from(("normal", "primary", "danger")),
    ),
    max_size=30,
).map(tuple)
_headers = st.builds(
    Header,
    job=ids,
    prompt=prompts,
    person=st.just(PERSON),
    name=words,
    tier=st.just("fast"),
    tier_title=words,
    ratio=st.just("1:1"),
    quality=st.just(""),
    images=st.just(4),
    private=st.booleans(),
)
_picture = st.builds(
    Picture,
    key=st.just("key"),
    width=st.just(1),
    height=st.just(1),
    format=st.sampled_from(("jpeg", "png", "webp")),
    alt=prompts,
)
_pictures = st.lists(_picture, max_size=12).map(tuple)
_listed = st.builds(
    ListedJob,
    prompt=prompts,
    facts=prompts,
    picture=st.none() | _picture,
    choose=st.builds(Button, verb=st.just("choose"), label=words, target=ids),
)
_lines = st.lists(prompts, max_size=12).map(tuple)
_rows = st.lists(st.lists(words, min_size=1, max_size=6).map(tuple), max_size=60).map(tuple)
any_card: st.SearchStrategy[Card] = st.one_of(
    st.builds(
        Working,
        header=_headers,
        stage=st.just("drawing"),
        line=prompts,
        summary=prompts,
        progress=st.none() | st.floats(-1, 2),
        notes=_lines,
        buttons=_buttons,
    ),
    st.builds(
        Delivered,
        header=_headers,
        pictures=_pictures,
        caption=prompts,
        notes=_lines,
        buttons=_buttons,
        picks=_buttons,
        mention=st.sampled_from(("", PERSON, "slack:U1", "discord:@everyone")),
        compared=st.sampled_from(((), COMPARED)),
    ),
    st.builds(
        Panel,
        header=_headers,
        picture=_picture,
        number=st.just(1),
        caption=prompts,
        buttons=_buttons,
        picks=_buttons,
    ),
    st.builds(
        PictureList,
        title=prompts,
        lines=_lines,
        jobs=st.lists(_listed, max_size=5, unique_by=lambda job: job.choose.target).map(tuple),
        menu=words,
        buttons=_buttons,
    ),
    st.builds(Ended, header=_headers, why=st.just("failed"), sentence=prompts, buttons=_buttons),
    st.builds(Refused, why=st.just("input"), sentence=prompts, hint=prompts, buttons=_buttons),
    st.builds(
        Report,
        title=prompts,
        lines=_lines,
        columns=st.just(()) | st.lists(words, min_size=6, max_size=6).map(tuple),
        rows=_rows,
        buttons=_buttons,
        chart=st.none() | st.builds(Chart, png=st.just(PNG), alt=prompts),
        file=st.none() | st.just(FILE),
    ),
    st.builds(Notice, sentence=prompts),
)
