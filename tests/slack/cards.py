"""One card of every kind as people of a team see them, and strategies for cards with hostile texts."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from bot.port.cards import Card, Delivered, ListedJob, Panel
from tests.discord import cards as discord_cards

PERSON, USER = "slack:T0ACME:U0MIA", "U0MIA"
HEAD = replace(
    discord_cards.HEAD, person=PERSON, prompt="a red fox in *deep* snow, “soft light”, <@U0MIA> & :fox:"
)


def for_slack(card: Card) -> Card:
    """Return the card with a Slack person and prompt."""
    changes: dict[str, Any] = {}
    if hasattr(card, "header"):
        changes["header"] = HEAD
    if isinstance(card, Delivered):
        changes["pictures"] = tuple(
            replace(each, alt=each.alt.replace(discord_cards.HEAD.prompt, HEAD.prompt))
            for each in card.pictures
        )
        changes["mention"] = PERSON if card.mention else ""
    if isinstance(card, Panel):
        changes["picture"] = replace(card.picture, alt=f"{HEAD.prompt} ({card.number} of 4)")
    return replace(card, **changes)


CARDS = {name: for_slack(card) for name, card in discord_cards.CARDS.items()}

# Everything that mrkdwn or Slack's clients show as more than its characters.
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
hostile_text = st.lists(st.sampled_from(TOKENS) | discord_cards.words, max_size=12).map("".join)
mentions = st.sampled_from(("", PERSON, "discord:1", "slack:T1:<!channel>", "slack:T1:U1|x", "slack:U1"))


def _add_token(card: Card, token: str, mention: str) -> Card:
    changes = {name: _append(getattr(card, name), token) for name in card.__dataclass_fields__}
    if isinstance(card, Delivered):
        changes["mention"] = mention
    if hasattr(card, "header"):
        changes["header"] = replace(card.header, prompt=token + card.header.prompt, person=PERSON)
    return replace(card, **changes)


def _append(value: Any, token: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_append(each, token) for each in value)
    if isinstance(value, ListedJob):
        return replace(value, prompt=value.prompt + token, facts=value.facts + token)
    return value + token if isinstance(value, str) and value not in discord_cards.CARDS else value


any_card = st.builds(_add_token, discord_cards.any_card, st.sampled_from(TOKENS), mentions)
