"""What Slack's bodies say, as the port's nouns: who, where, with which rights, and what was lent."""

from typing import Any

import pytest

from adapters.slack.ids import GUESTS
from adapters.slack.inbound import convert
from adapters.slack.inbound.convert import Event
from adapters.slack.render.limits import METADATA_LIMIT
from adapters.slack.render.text import restore_text
from bot.port.requests import Address, Lent, Named, Person

URL = "https://hooks.slack.com/actions/T1/123456789012/" + "x" * 24
PRESSED: dict[str, Any] = {
    "user": {"id": "U1", "team_id": "T1"},
    "trigger_id": "1.2.abc",
    "response_url": URL,
    "channel": {"id": "C1"},
    "container": {"type": "message", "message_ts": "10.1", "channel_id": "C1", "is_ephemeral": False},
}


def somebody(**fields: Any) -> dict[str, Any]:
    """As users.info tells of them."""
    profile = {"display_name": "Ann", "real_name": "Ann Lee"}
    return {"id": "U1", "team_id": "T1", "name": "ann", "profile": profile, **fields}


# --- who


def test_a_member_has_no_roles_and_no_rights() -> None:
    assert convert.person(somebody(), "T1") == Person(id="slack:T1:U1", name="Ann")


@pytest.mark.parametrize("right", ["is_admin", "is_owner", "is_primary_owner"])
def test_admins_and_owners_are_admins(right: str) -> None:
    assert convert.person(somebody(**{right: True}), "T1").admin


def test_who_is_in_the_group_in_charge_is_an_admin() -> None:
    assert convert.person(somebody(), "T1", in_admins_group=True).admin


@pytest.mark.parametrize(
    "fields",
    [
        {"is_restricted": True},
        {"is_restricted": True, "is_ultra_restricted": True},
        {"is_stranger": True},
        {"team_id": "T2"},
        {"team_id": "T2", "enterprise_user": {"teams": ["T2", "T3"]}},
    ],
)
def test_guests_and_strangers_are_guests_and_never_admins(fields: dict[str, Any]) -> None:
    person = convert.person(somebody(is_admin=True, **fields), "T1", in_admins_group=True)
    assert person.roles == (GUESTS,)
    assert not person.admin


def test_somebody_of_another_workspace_keeps_its_name() -> None:
    assert convert.person(somebody(team_id="T2"), "T1").id == "slack:T2:U1"


def test_a_member_of_several_workspaces_of_one_organization_is_no_guest() -> None:
    user = somebody(team_id="T2", enterprise_user={"teams": ["T1", "T2"]})
    assert convert.person(user, "T1").roles == ()


def test_groups_are_roles_a_guests_too() -> None:
    assert convert.person(somebody(), "T1", groups=("S1", "S2")).roles == ("slack:S1", "slack:S2")
    assert convert.person(somebody(is_restricted=True), "T1", groups=("S1",)).roles == ("slack:S1", GUESTS)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (somebody(), "Ann"),
        (somebody(profile={"display_name": "", "real_name": "Ann Lee"}), "Ann Lee"),
        (somebody(profile={}), "ann"),
        ({"id": "U1"}, "U1"),
    ],
)
def test_a_name_is_the_one_that_others_see(user: dict[str, Any], name: str) -> None:
    assert convert.name(user) == name


# --- where


def test_a_command() -> None:
    body = {"user_id": "U1", "channel_id": "C1", "trigger_id": "1.2.abc", "response_url": URL}
    heard = convert.from_command(body, "T1", 1_000.9)
    lent = Lent(token=URL, until=2_740)
    assert heard == Event(
        id="slack:T1:1.2.abc", team="T1", user="U1", channel="C1", trigger_id="1.2.abc", lent=lent
    )
    address = convert.address(heard)
    assert address == Address(platform="slack", workspace="slack:T1", channel="slack:C1")
    assert address.lent == lent


@pytest.mark.parametrize(
    ("container", "thread", "only"),
    [
        ({}, "", ""),
        ({"thread_ts": "9.1"}, "9.1", ""),
        ({"thread_ts": "10.1"}, "", ""),
        ({"is_ephemeral": True, "thread_ts": "9.1"}, "9.1", "10.1"),
    ],
)
def test_a_press_on_a_message(container: dict[str, Any], thread: str, only: str) -> None:
    body = PRESSED | {"container": PRESSED["container"] | container}
    heard = convert.from_press(body, "T1", 0.0)
    assert (heard.id, heard.channel, heard.thread, heard.ephemeral_ts) == (
        "slack:T1:1.2.abc",
        "C1",
        thread,
        only,
    )


@pytest.mark.parametrize("lent", [None, Lent(token=URL, until=1_740)])
def test_a_view_carries_where_it_was_opened(lent: Lent | None) -> None:
    opened = Event(
        id="slack:T1:1",
        team="T1",
        user="U1",
        channel="C1",
        thread="9.1",
        trigger_id="1",
        ephemeral_ts="3",
        lent=lent,
    )
    carried = convert.view_metadata(opened)
    assert len(carried) < METADATA_LIMIT / 4
    view = {"id": "V1", "hash": "1.f", "private_metadata": carried}
    sent = convert.from_submission({"user": {"id": "U1"}, "view": view}, "T1")
    assert sent == Event(id="slack:T1:V1:1.f", team="T1", user="U1", channel="C1", thread="9.1", lent=lent)
    on_page = convert.from_press({"user": {"id": "U1"}, "view": view, "trigger_id": "2"}, "T1", 0.0)
    assert (on_page.channel, on_page.thread, on_page.lent) == ("C1", "9.1", lent)


@pytest.mark.parametrize("metadata", ["", "{}", "[]", "no json"])
def test_a_view_that_carries_nothing_of_ours_is_refused(metadata: str) -> None:
    view = {"id": "V1", "hash": "1.f", "private_metadata": metadata}
    with pytest.raises(ValueError):
        convert.from_submission({"user": {"id": "U1"}, "view": view}, "T1")


@pytest.mark.parametrize(
    ("event", "channel", "thread"),
    [
        ({"type": "app_mention", "channel": "C1", "ts": "5.1"}, "C1", "5.1"),
        ({"type": "app_mention", "channel": "C1", "ts": "5.1", "thread_ts": "4.1"}, "C1", "4.1"),
        ({"type": "message", "channel": "D1", "ts": "5.1"}, "D1", ""),
        ({"type": "message", "channel": "D1", "ts": "5.1", "thread_ts": "4.1"}, "D1", "4.1"),
        ({"type": "reaction_added", "item": {"channel": "C1", "ts": "5.1"}}, "C1", ""),
    ],
)
def test_an_event(event: dict[str, Any], channel: str, thread: str) -> None:
    heard = convert.from_event({"event_id": "Ev1", "event": event | {"user": "U1"}}, "T1")
    assert heard == Event(id="slack:T1:Ev1", team="T1", user="U1", channel=channel, thread=thread)


# --- words


def test_the_bots_name_is_no_part_of_a_prompt() -> None:
    assert convert.strip_mention("<@UBOT> a fox", "UBOT") == "a fox"
    assert convert.strip_mention("a fox <@UBOT|imagine>", "UBOT") == "a fox"
    assert convert.strip_mention("<@UBOT2> a fox", "UBOT") == "<@UBOT2> a fox"


def test_names_are_looked_up_once_and_cannot_be_markup() -> None:
    text = "<@U1> and <@U2|bob> and <@U1> and <@U3>"
    assert convert.unlabelled_users(text) == ["U1", "U3"]
    spelled = convert.label_users(text, {"U1": "a<n>|n & co"})
    assert restore_text(spelled) == "@ann  co and @bob and @ann  co and @U3"


def test_people_channels_and_groups_in_a_command_are_told_by_id() -> None:
    text = "set <@U1|ann lee> <@W2> <#C1|general> <#G1> <!subteam^S1|@x> <!subteam^S2> <!here> <@U1>"
    assert convert.user_ids(text) == ["U1", "W2"]
    assert convert.qualify_tokens(text, "T1", {"W2": Person(id="slack:T2:W2", name="wes")}) == (
        "set slack:T1:U1 slack:T2:W2 slack:C1 slack:G1 slack:S1 slack:S2 <!here> slack:T1:U1"
    )
    here = Event(id="1", team="T1", user="U1", channel="C1", channel_name="general")
    assert convert.display_names(here, text, {"W2": Person(id="slack:T2:W2", name="wes")}) == (
        Named("channel", "slack:C1", "general"),
        Named("person", "slack:T1:U1", "ann lee"),
        Named("person", "slack:T2:W2", "wes"),
        Named("role", "slack:S1", "x"),
    )


@pytest.mark.parametrize(
    ("told", "place"), [("general", "general"), ("directmessage", ""), ("privategroup", "")]
)
def test_what_is_private_is_called_nothing(told: str, place: str) -> None:
    body = {"trigger_id": "1", "user_id": "U1", "channel_id": "C1", "channel_name": told}
    heard = convert.from_command(body, "T1", 0.0)
    assert heard.channel_name == place
    assert bool(convert.display_names(heard, "", {})) is bool(place)
