"""The Home tab: its blocks, published with the unmodified client, and within the limits of a view."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.render.action_ids import parse_action
from adapters.slack.render.home import home
from adapters.slack.render.limits import VIEW_BLOCKS_LIMIT
from bot.port.cards import Button
from bot.port.views import Home, Past, Table
from tests.fakes.slack.blockkit import VIEW_BYTES, view_errors
from tests.fakes.slack.world import FakeSlack
from tests.slack.blocks import errors_in, of_type, text_of
from tests.slack.cards import HEAD, TOKENS, hostile_text

AGAIN = Button(verb="again", label="Again", target=HEAD.job)
SHARE = Button(verb="share", label="Share", target=HEAD.job)
IMAGINE = Button(verb="imagine", label="Imagine", target="", style="primary")
PAST = Past(
    prompt=HEAD.prompt,
    tier="standard",
    when="22 Nov 14:05",
    paid="4 pictures, $0.24",
    buttons=(AGAIN, SHARE),
)
HOME = Home(
    title="Your allowance",
    lines=("$0.24 this month.", "Renews in 5 h 12 min, at midnight UTC."),
    allowance=Table(columns=("", "Limit", "Left"), rows=(("Pictures today", "40", "26"),)),
    past_title="Your last pictures",
    past=(PAST, PAST),
    settings=Table(title="Allowances here", columns=("Who", "Limit"), rows=(("everyone", "40"),)),
    buttons=(IMAGINE,),
)

# Short texts; one test below has long ones.
short_text = st.sampled_from(("", *TOKENS))
_buttons = st.lists(
    st.builds(Button, verb=st.just("again"), label=short_text, target=st.just(HEAD.job)), max_size=7
)
_tables = st.builds(
    Table,
    title=hostile_text,
    columns=st.lists(short_text, max_size=5).map(tuple),
    rows=st.lists(st.lists(short_text, max_size=5).map(tuple), max_size=12).map(tuple),
)
any_home = st.builds(
    Home,
    title=hostile_text,
    lines=st.lists(hostile_text, max_size=9).map(tuple),
    allowance=_tables,
    past_title=hostile_text,
    past=st.lists(
        st.builds(
            Past,
            prompt=hostile_text,
            tier=short_text,
            when=short_text,
            paid=short_text,
            buttons=_buttons.map(tuple),
        ),
        max_size=9,
    ).map(tuple),
    settings=st.none() | _tables,
    buttons=_buttons.map(tuple),
)


@given(any_home)
@settings(max_examples=15, deadline=None)
def test_every_page_keeps_within_the_limits_of_a_view(card: Home) -> None:
    view = home(card)
    assert view_errors(view) == []
    assert errors_in({"blocks": view["blocks"][:50]}) == errors_in({"blocks": view["blocks"][50:]}) == []
    assert of_type("mrkdwn", view) == of_type("user", view) == []


def test_the_fullest_page_keeps_its_settings_and_its_newest_pictures() -> None:
    long = "*🏳️‍🌈&" * 200
    past = Past(prompt=long, tier=long, when=long, paid=long, buttons=(AGAIN, SHARE))
    rows = Table(title=long, columns=(long, long), rows=((long, long),) * 99)
    many = Home(
        title=long, lines=(long,) * 9, allowance=rows, past_title=long, past=(past,) * 99, settings=rows
    )
    view = home(many)
    assert view_errors(view) == []
    assert VIEW_BLOCKS_LIMIT - 3 < len(view["blocks"]) <= VIEW_BLOCKS_LIMIT
    assert len(json.dumps(view)) < VIEW_BYTES
    assert len(of_type("rich_text_quote", view)) > 25
    assert text_of(view["blocks"][-1]).startswith("and ")


def test_a_page_has_its_parts_in_order() -> None:
    kinds = [block["type"] for block in home(HOME)["blocks"]]
    past = ["rich_text", "context", "actions"]
    assert kinds == [
        *("header", "rich_text", "rich_text", "actions", "divider", "header", *past, *past),
        *("divider", "header", "rich_text"),
    ]


def test_a_page_of_somebody_new_is_short() -> None:
    view = home(Home(title="Your allowance", lines=()))
    assert [block["type"] for block in view["blocks"]] == ["header"]


async def test_a_page_can_be_published_and_its_buttons_parsed() -> None:
    async with FakeSlack("http") as fake:
        ann = fake.add_user("ann")
        client = AsyncWebClient(token=fake.team.token, base_url=fake.base_url)
        hostile_past = Past(prompt=" ".join(TOKENS), tier="fast", when="now", paid="", buttons=(AGAIN,))
        for card in (HOME, Home(title="x", lines=TOKENS, past=(hostile_past,))):
            await client.views_publish(user_id=ann.id, view=home(card))
        assert fake.violations == []
        page = home(HOME)
        actions = [parse_action(button["action_id"], button["value"]) for button in of_type("button", page)]
        assert actions == [("imagine", "", 0), *[("again", HEAD.job, 0), ("share", HEAD.job, 0)] * 2]
