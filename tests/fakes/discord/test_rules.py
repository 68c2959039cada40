"""What this Discord refuses, with the codes that Discord refuses it with."""

from typing import Any

import aiohttp
import pytest

from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.messages import V2, Message
from tests.fakes.discord.places import MIB
from tests.fakes.discord.town import Town, quiet

__all__ = ["fake_discord", "quiet"]

Json = dict[str, Any]


def text(content: str = "hello") -> Json:
    return {"type": 10, "content": content}


def button(**changes: Any) -> Json:
    return {"type": 2, "style": 2, "label": "Again", "custom_id": "a1"} | changes


def row(*inner: Json) -> Json:
    return {"type": 1, "components": list(inner)}


def gallery(*urls: str, alt: str = "") -> Json:
    described = {"description": alt} if alt else {}
    return {"type": 12, "items": [{"media": {"url": url}, **described} for url in urls]}


def v2(*components: Json, **more: Any) -> Json:
    return {"flags": V2, "components": list(components), **more}


BAD_COMPONENTS = {
    "41 components": [text() for _ in range(41)],
    "4001 characters": [text("x" * 2_000), text("y" * 2_001)],
    "11 pictures": [gallery(*["https://example.com/a.png"] * 11)],
    "no picture": [gallery()],
    "a long alt text": [gallery("https://example.com/a.png", alt="x" * 1_025)],
    "six buttons": [row(*(button(custom_id=str(n)) for n in range(6)))],
    "a custom_id twice": [row(button(), button())],
    "a long custom_id": [row(button(custom_id="x" * 101))],
    "an empty custom_id": [row(button(custom_id=""))],
    "a long label": [row(button(label="x" * 81))],
    "no label": [row(button(label=""))],
    "an empty text": [text("")],
    "a container in a container": [{"type": 17, "components": [{"type": 17, "components": [text()]}]}],
    "a button outside a row": [button()],
    "a link without a url": [row(button(style=5, custom_id=None))],
    "a button without a custom_id": [row(button(custom_id=None))],
    "a menu beside a button": [row({"type": 5, "custom_id": "menu"}, button())],
    "a text in a row": [row(text())],
    "an empty container": [{"type": 17, "components": []}],
    "a section of four texts": [{"type": 9, "components": [text()] * 4, "accessory": button()}],
    "an unknown attachment": [gallery("attachment://nothing.png")],
}


@pytest.mark.parametrize("components", BAD_COMPONENTS.values(), ids=BAD_COMPONENTS)
async def test_components_that_are_too_much(quiet: Town, components: list[Json]) -> None:
    path = f"/channels/{quiet.room.id}/messages"
    status, body = await quiet.rest("POST", path, v2(*components))
    assert (status, body["code"]) == (400, 50035)
    assert body["errors"]
    assert quiet.room.messages == []
    quiet.fake.violations.clear()


async def test_components_that_are_just_enough(quiet: Town) -> None:
    path = f"/channels/{quiet.room.id}/messages"
    buttons = [button(custom_id=str(n) * 100, label="x" * 80) for n in range(5)]
    most = [text("x" * 3_966), *(text("y") for _ in range(33)), row(*buttons)]
    assert (await quiet.rest("POST", path, v2(*most)))[0] == 200
    pictures = gallery(*[f"https://example.com/{n}.png" for n in range(10)], alt="x" * 1_024)
    assert (await quiet.rest("POST", path, v2(pictures)))[0] == 200


BAD_MESSAGES: dict[str, tuple[Json, int]] = {
    "nothing": ({}, 50006),
    "V2 without components": (v2(), 50006),
    "content beside V2": (v2(text(), content="hello"), 50035),
    "embeds beside V2": (v2(text(), embeds=[{"title": "x"}]), 50035),
    "V2 without its flag": ({"components": [text()]}, 50035),
    "a long content": ({"content": "x" * 2_001}, 50035),
    "an ephemeral in a channel": ({"content": "x", "flags": 64}, 50035),
    "mentions both ways": ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, 50035),
    "a reply to nothing": ({"content": "x", "message_reference": {"message_id": "1"}}, 50035),
    "six rows": ({"components": [row(button(custom_id=str(n))) for n in range(6)]}, 50035),
    "an attachment without a file": ({"content": "x", "attachments": [{"id": 0}]}, 50035),
}


@pytest.mark.parametrize(("body", "code"), BAD_MESSAGES.values(), ids=BAD_MESSAGES)
async def test_messages_that_make_no_sense(quiet: Town, body: Json, code: int) -> None:
    status, answer = await quiet.rest("POST", f"/channels/{quiet.room.id}/messages", body)
    assert (status, answer["code"]) == (400, code)
    assert quiet.room.messages == []


async def posted(town: Town, body: Json, *files: tuple[str, bytes]) -> Message:
    status, answer = await town.rest("POST", f"/channels/{town.room.id}/messages", body, files)
    assert status == 200, answer
    return town.room.messages[-1]


async def test_an_edit_cannot_take_the_v2_flag_away(quiet: Town) -> None:
    message = await posted(quiet, v2(text()))
    path = f"/channels/{quiet.room.id}/messages/{message.id}"
    status, answer = await quiet.rest("PATCH", path, {"flags": 0, "components": [text("b")]})
    assert (status, answer["code"]) == (400, 50035)
    status, answer = await quiet.rest("PATCH", path, {"content": "plain"})
    assert (status, answer["code"]) == (400, 50035)
    assert (await quiet.rest("PATCH", path, {"components": [text("b")]}))[0] == 200
    assert (message.text, message.flags, len(message.history)) == ("b", V2, 1)


async def test_files_that_no_component_shows_are_dropped(quiet: Town) -> None:
    message = await posted(quiet, v2(gallery("attachment://a.png")), ("a.png", b"a"), ("b.png", b"b"))
    assert [a.name for a in message.attachments] == ["a.png"]


async def test_files_too_large(quiet: Town) -> None:
    path = f"/channels/{quiet.room.id}/messages"
    quiet.fake.keep_bytes = False
    one = [("a.png", bytes(10 * MIB + 1))]
    assert (await quiet.rest("POST", path, {}, one))[1]["code"] == 40005
    together = [(f"{n}.png", bytes(9 * MIB)) for n in range(3)]
    status, answer = await quiet.rest("POST", path, {}, together)
    assert (status, answer["code"]) == (413, 40005)
    assert quiet.room.messages == []
    quiet.guild.premium_tier = 2
    message = await posted(quiet, {}, *one)
    assert (message.attachments[0].size, message.attachments[0].data) == (10 * MIB + 1, None)


async def test_files_too_many(quiet: Town) -> None:
    path = f"/channels/{quiet.room.id}/messages"
    status, answer = await quiet.rest("POST", path, {}, [(f"{n}.png", b"x") for n in range(11)])
    assert (status, answer["code"]) == (400, 30015)


async def test_what_is_no_json(quiet: Town) -> None:
    headers = {"Authorization": f"Bot {quiet.fake.token}", "Content-Type": "application/json"}
    url = f"{quiet.fake.base}/channels/{quiet.room.id}/messages"
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, data=b"{") as answer,
    ):
        assert (answer.status, (await answer.json())["code"]) == (400, 50109)


async def test_a_thread_forbids_what_its_channel_does(quiet: Town) -> None:
    thread = quiet.guild.add_thread(quiet.room, "aside")
    path = f"/channels/{thread.id}/messages"
    quiet.room.deny("send_messages")
    assert (await quiet.rest("POST", path, {"content": "x"}))[0] == 200
    quiet.room.deny("send_messages_in_threads")
    assert await code(quiet, "POST", path, {"content": "x"}) == 50013


async def test_a_nonce_gives_the_earlier_message(quiet: Town) -> None:
    body = {"content": "once", "nonce": "job-1", "enforce_nonce": True}
    first = await posted(quiet, body)
    assert await posted(quiet, body) is first
    assert len(quiet.room.messages) == 1
    await posted(quiet, {"content": "once", "nonce": "job-1"})
    assert len(quiet.room.messages) == 2
    quiet.fake.skip(301)
    await posted(quiet, body)
    assert len(quiet.room.messages) == 3


async def test_what_the_bot_may_not_do(quiet: Town) -> None:
    path = f"/channels/{quiet.room.id}/messages"
    message = await posted(quiet, {"content": "mine"})
    theirs = await quiet.fake.say(quiet.bob, quiet.room, "theirs")
    assert await code(quiet, "PATCH", f"{path}/{theirs.id}", {"content": "x"}) == 50005
    assert await code(quiet, "DELETE", f"{path}/{theirs.id}") == 50013
    assert await code(quiet, "GET", f"{path}/1") == 10008
    assert await code(quiet, "GET", "/channels/1/messages/1") == 10003
    quiet.room.deny("read_message_history")
    reply = {"content": "x", "message_reference": {"message_id": str(theirs.id)}}
    assert await code(quiet, "POST", path, reply) == 160002
    assert await code(quiet, "GET", f"{path}/{theirs.id}") == 50013
    quiet.room.deny("attach_files")
    assert (await quiet.rest("POST", path, {}, [("a.png", b"a")]))[1]["code"] == 50013
    quiet.room.deny("send_messages")
    assert await code(quiet, "POST", path, {"content": "x"}) == 50013
    quiet.room.deny("view_channel")
    assert await code(quiet, "PATCH", f"{path}/{message.id}", {"content": "x"}) == 50001


async def code(town: Town, method: str, path: str, body: Any = None) -> int:
    answer = (await town.rest(method, path, body))[1]
    assert isinstance(answer["code"], int)
    return int(answer["code"])


async def test_direct_messages_only_to_those_who_let_the_bot(quiet: Town) -> None:
    stranger = quiet.fake.add_user("Stranger")
    silent = quiet.fake.add_user("Silent", installed=True, accepts_dms=False)
    friend = quiet.fake.add_user("Friend", installed=True)
    for user, expected in ((stranger, 50007), (silent, 50007), (friend, 0), (quiet.bob.user, 0)):
        status, channel = await quiet.rest("POST", "/users/@me/channels", {"recipient_id": user.id})
        assert status == 200
        path = f"/channels/{channel['id']}/messages"
        status, answer = await quiet.rest("POST", path, {"content": "hello"})
        assert answer.get("code", 0) == expected
    assert [m.text for m in quiet.fake.dms(quiet.bob)] == ["hello"]
    assert await code(quiet, "POST", "/users/@me/channels", {"recipient_id": "1"}) == 10013
    itself = {"recipient_id": str(quiet.fake.bot.id)}
    assert await code(quiet, "POST", "/users/@me/channels", itself) == 50007


PINGS: dict[str, tuple[Json, set[str]]] = {
    "by default": ({}, {"Ann", "Bob", "Eve"}),
    "nobody": ({"allowed_mentions": {"parse": []}}, set()),
    "one": ({"allowed_mentions": {"users": ["{bob}"]}}, {"Bob"}),
    "users": ({"allowed_mentions": {"parse": ["users"]}}, {"Ann", "Bob"}),
    "roles": ({"allowed_mentions": {"parse": ["roles"]}}, {"Eve"}),
}


@pytest.mark.parametrize(("body", "expected"), PINGS.values(), ids=PINGS)
@pytest.mark.parametrize("where", ["content", "components"])
async def test_who_is_pinged(quiet: Town, body: Json, expected: set[str], where: str) -> None:
    crew = quiet.guild.add_role("crew", mentionable=True)
    quiet.guild.add_member("Eve", roles=[crew])
    said = f"{quiet.ann.user.mention} <@!{quiet.bob.id}> <@&{crew.id}> @everyone"
    allowed = body.get("allowed_mentions", {})
    if "users" in allowed:
        body = {"allowed_mentions": {"users": [str(quiet.bob.id)]}}
    message = await posted(quiet, {"content": said, **body} if where == "content" else v2(text(said), **body))
    assert {user.name for user in message.pings} == expected
