"""One card of every kind as people of a team meet them, and cards of any kind with the nastiest words."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from bot.port.cards import Card, Delivered
from tests.discord import cards as known

PERSON, USER = "slack:T0ACME:U0MIA", "U0MIA"
HEAD = replace(known.HEAD, person=PERSON, prompt="a red fox in *deep* snow, “soft light”, <@U0MIA> & :fox:")


def here(card: Card) -> Card:
    """The same card, of this platform."""
    changes: dict[str, Any] = {}
    if hasattr(card, "header"):
        changes["header"] = HEAD
    if isinstance(card, Delivered):
        numbered = enumerate(card.pictures, start=1)
        changes["pictures"] = tuple(replace(each, alt=f"{HEAD.prompt} ({n} of 4)") for n, each in numbered)
        changes["mention"] = PERSON if card.mention else ""
    return replace(card, **changes)


CARDS = {name: here(card) for name, card in known.CARDS.items()}

# All that mrkdwn, and Slack's clients, make more of than characters.
TOKENS = (
    *(
        "<!channel>",
        "<!here>",
        "<!everyone>",
        "<@U0MIA>",
        "<@U0MIA|mia>",
        "<!subteam^S1>",
        "<!subteam^S1|@art>",
    ),
    *("<#C1>", "<#C1|general>", "<http://x.example|y>", "<mailto:a@b.example|me>", "<!date^1^{date}|now>"),
    *("@here", "@channel", "@everyone", "@mia", "#general", "https://x.example/a_b", "a@b.example"),
    *(
        "*bold*",
        "_it_",
        "~s~",
        "`code`",
        "```\ncode\n```",
        "```",
        "`",
        "*",
        "_",
        "~",
        "> ",
        ">>> ",
        "\n> quote",
    ),
    *(":fox:", ":", "&lt;!channel&gt;", "&amp;", "&", "<", ">", "\\", '"', "\n", "• ", "- ", "1. "),
)
nasty = st.lists(st.sampled_from(TOKENS) | known.words, max_size=12).map("".join)
mentions = st.sampled_from(("", PERSON, "discord:1", "slack:T1:<!channel>", "slack:T1:U1|x", "slack:U1"))


def _salted(card: Card, token: str, mention: str) -> Card:
    changes = {name: _with(getattr(card, name), token) for name in card.__dataclass_fields__}
    if isinstance(card, Delivered):
        changes["mention"] = mention
    if hasattr(card, "header"):
        changes["header"] = replace(card.header, prompt=token + card.header.prompt, person=PERSON)
    return replace(card, **changes)


def _with(value: Any, token: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_with(each, token) for each in value)
    return value + token if isinstance(value, str) and value not in known.CARDS else value


any_card = st.builds(_salted, known.any_card, st.sampled_from(TOKENS), mentions)
