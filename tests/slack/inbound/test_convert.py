"""Slack's bodies as the port's nouns: people, places, rights, and the response_url."""

from typing import Any

import pytest

from adapters.slack.ids import GUESTS
from adapters.slack.inbound import convert
from adapters.slack.inbound.convert import Event
from adapters.slack.render.limits import METADATA_LIMIT
from adapters.slack.render.text import restore_text
from bot.port.requests import Address, Lent, Named, Person

URL = "https://hooks.slack.com/actions/T1/123456789012/" + "x" * 24
PRESS_BODY: dict[str, Any] = {
    "user": {"id": "U1", "team_id": "T1"},
    "trigger_id": "1.2.abc",
    "response_url": URL,
    "channel": {"id": "C1"},
    "container": {"type": "message", "message_ts": "10.1", "channel_id": "C1", "is_ephemeral": False},
}


def user_info(**fields: Any) -> dict[str, Any]:
    """Describe a user as users.info does."""
    profile = {"display_name": "Ann", "real_name": "Ann Lee"}
    return {"id": "U1", "team_id": "T1", "name": "ann", "profile": profile, **fields}


# --- people


def test_a_member_has_no_roles_and_no_rights() -> None:
    assert convert.person(user_info(), "T1") == Person(id="slack:T1:U1", name="Ann")


@pytest.mark.parametrize("right", ["is_admin", "is_owner", "is_primary_owner"])
def test_admins_and_owners_are_admins(right: str) -> None:
    assert convert.person(user_info(**{right: True}), "T1").admin


def test_a_member_of_the_admins_group_is_an_admin() -> None:
    assert convert.person(user_info(), "T1", in_admins_group=True).admin


@pytest.mark.parametrize("name", ["user_id", "channel_id", "trigger_id"])
def test_ids_that_are_no_text_are_refused(name: str) -> None:
    """The work for a request begins after it was answered, and nobody would hear how it ends."""
    body = {"user_id": "U1", "channel_id": "C1", "trigger_id": "1.2", name: True}
    with pytest.raises((ValueError, TypeError)):
        convert.from_command(body, "T1", 0.0)


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
    person = convert.person(user_info(is_admin=True, **fields), "T1", in_admins_group=True)
    assert person.roles == (GUESTS,)
    assert not person.admin


def test_the_id_of_a_person_of_another_workspace_names_that_workspace() -> None:
    assert convert.person(user_info(team_id="T2"), "T1").id == "slack:T2:U1"


def test_a_member_of_several_workspaces_of_one_organization_is_no_guest() -> None:
    user = user_info(team_id="T2", enterprise_user={"teams": ["T1", "T2"]})
    assert convert.person(user, "T1").roles == ()


def test_groups_are_roles_also_of_a_guest() -> None:
    assert convert.person(user_info(), "T1", groups=("S1", "S2")).roles == ("slack:S1", "slack:S2")
    assert convert.person(user_info(is_restricted=True), "T1", groups=("S1",)).roles == ("slack:S1", GUESTS)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (user_info(), "Ann"),
        (user_info(profile={"display_name": "", "real_name": "Ann Lee"}), "Ann Lee"),
        (user_info(profile={}), "ann"),
        ({"id": "U1"}, "U1"),
    ],
)
def test_a_persons_name_is_the_one_that_others_see(user: dict[str, Any], name: str) -> None:
    assert convert.name(user) == name


# --- events and their places


def test_a_command_becomes_an_event_with_its_response_url() -> None:
    body = {"user_id": "U1", "channel_id": "C1", "trigger_id": "1.2.abc", "response_url": URL}
    event = convert.from_command(body, "T1", 1_000.9)
    lent = Lent(token=URL, until=2_740)
    assert event == Event(
        id="slack:T1:1.2.abc", team="T1", user="U1", channel="C1", trigger_id="1.2.abc", lent=lent
    )
    address = convert.address(event)
    assert address == Address(platform="slack", workspace="slack:T1", channel="slack:C1")
    assert address.lent == lent


@pytest.mark.parametrize(
    ("container", "thread", "ephemeral_ts"),
    [
        ({}, "", ""),
        ({"thread_ts": "9.1"}, "9.1", ""),
        ({"thread_ts": "10.1"}, "", ""),
        ({"is_ephemeral": True, "thread_ts": "9.1"}, "9.1", "10.1"),
    ],
)
def test_a_press_on_a_message_becomes_an_event_with_its_thread(
    container: dict[str, Any], thread: str, ephemeral_ts: str
) -> None:
    body = PRESS_BODY | {"container": PRESS_BODY["container"] | container}
    event = convert.from_press(body, "T1", 0.0)
    assert (event.id, event.channel, event.thread, event.ephemeral_ts) == (
        "slack:T1:1.2.abc",
        "C1",
        thread,
        ephemeral_ts,
    )


@pytest.mark.parametrize("lent", [None, Lent(token=URL, until=1_740)])
def test_a_view_carries_the_place_where_it_was_opened(lent: Lent | None) -> None:
    opening = Event(
        id="slack:T1:1",
        team="T1",
        user="U1",
        channel="C1",
        thread="9.1",
        trigger_id="1",
        ephemeral_ts="3",
        lent=lent,
    )
    metadata = convert.view_metadata(opening)
    assert len(metadata) < METADATA_LIMIT / 4
    view = {"id": "V1", "hash": "1.f", "private_metadata": metadata}
    submission = convert.from_submission({"user": {"id": "U1"}, "view": view}, "T1")
    assert submission == Event(
        id="slack:T1:V1:1.f", team="T1", user="U1", channel="C1", thread="9.1", lent=lent
    )
    press = convert.from_press({"user": {"id": "U1"}, "view": view, "trigger_id": "2"}, "T1", 0.0)
    assert (press.channel, press.thread, press.lent) == ("C1", "9.1", lent)


@pytest.mark.parametrize("metadata", ["", "{}", "[]", "no json"])
def test_a_view_without_a_place_is_refused(metadata: str) -> None:
    view = {"id": "V1", "hash": "1.f", "private_metadata": metadata}
    with pytest.raises(ValueError):
        convert.from_submission({"user": {"id": "U1"}, "view": view}, "T1")


@pytest.mark.parametrize(
    ("payload", "id_", "channel", "thread"),
    [
        ({"type": "app_mention", "channel": "C1", "ts": "5.1"}, "C1:5.1", "C1", "5.1"),
        ({"type": "app_mention", "channel": "C1", "ts": "5.1", "thread_ts": "4.1"}, "C1:5.1", "C1", "4.1"),
        ({"type": "message", "channel": "D1", "ts": "5.1"}, "D1:5.1", "D1", ""),
        ({"type": "message", "channel": "D1", "ts": "5.1", "thread_ts": "4.1"}, "D1:5.1", "D1", "4.1"),
        (
            {
                "type": "reaction_added",
                "item": {"channel": "C1", "ts": "5.1"},
                "reaction": "repeat",
                "event_ts": "6.1",
            },
            "C1:5.1:U1:repeat:6.1",
            "C1",
            "",
        ),
        ({"type": "app_home_opened", "channel": "D1", "tab": "home"}, "Ev1", "D1", ""),
    ],
)
def test_an_event_of_the_events_api_has_an_id_a_channel_and_a_thread(
    payload: dict[str, Any], id_: str, channel: str, thread: str
) -> None:
    event = convert.from_event({"event_id": "Ev1", "event": payload | {"user": "U1"}}, "T1")
    assert event == Event(id=f"slack:T1:{id_}", team="T1", user="U1", channel=channel, thread=thread)


# --- tokens in texts


def test_the_bots_mention_is_removed_from_a_prompt() -> None:
    assert convert.strip_mention("<@UBOT> a fox", "UBOT") == "a fox"
    assert convert.strip_mention("a fox <@UBOT|imagine>", "UBOT") == "a fox"
    assert convert.strip_mention("<@UBOT2> a fox", "UBOT") == "<@UBOT2> a fox"


def test_names_in_tokens_lose_their_markup() -> None:
    text = "<@U1> and <@U2|bob> and <@U1> and <@U3>"
    assert convert.unlabelled_users(text) == ["U1", "U3"]
    labelled = convert.label_users(text, {"U1": "a<n>|n & co"})
    assert restore_text(labelled) == "@ann  co and @bob and @ann  co and @U3"


def test_people_channels_and_groups_in_a_command_get_whole_ids_and_names() -> None:
    text = "set <@U1|ann lee> <@W2> <#C1|general> <#G1> <!subteam^S1|@x> <!subteam^S2> <!here> <@U1>"
    assert convert.user_ids(text) == ["U1", "W2"]
    assert convert.qualify_tokens(text, "T1", {"W2": Person(id="slack:T2:W2", name="wes")}) == (
        "set <@slack:T1:U1> <@slack:T2:W2> <#slack:C1> <#slack:G1> <!subteam^slack:S1> <!subteam^slack:S2>"
        " <!here> <@slack:T1:U1>"
    )
    here = Event(id="1", team="T1", user="U1", channel="C1", channel_name="general")
    assert convert.display_names(here, text, {"W2": Person(id="slack:T2:W2", name="wes")}) == (
        Named("channel", "slack:C1", "general"),
        Named("person", "slack:T1:U1", "ann lee"),
        Named("person", "slack:T2:W2", "wes"),
        Named("role", "slack:S1", "x"),
    )


@pytest.mark.parametrize(
    ("slack_name", "name"), [("general", "general"), ("directmessage", ""), ("privategroup", "")]
)
def test_a_private_channel_has_no_name(slack_name: str, name: str) -> None:
    body = {"trigger_id": "1", "user_id": "U1", "channel_id": "C1", "channel_name": slack_name}
    event = convert.from_command(body, "T1", 0.0)
    assert event.channel_name == name
    assert bool(convert.display_names(event, "", {})) is bool(name)
