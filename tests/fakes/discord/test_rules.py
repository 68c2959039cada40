"""This Discord refuses what Discord refuses, with Discord's codes."""

from typing import Any

import aiohttp
import pytest

from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.messages import V2, Message
from tests.fakes.discord.places import MIB
from tests.fakes.discord.scene import Scene, empty_scene

__all__ = ["empty_scene", "fake_discord"]

Json = dict[str, Any]


def text(content: str = "hello") -> Json:
    return {"type": 10, "content": content}


def button(**changes: Any) -> Json:
    return {"type": 2, "style": 2, "label": "Again", "custom_id": "a1"} | changes


def row(*inner: Json) -> Json:
    return {"type": 1, "components": list(inner)}


def gallery(*urls: str, alt: str = "") -> Json:
    description = {"description": alt} if alt else {}
    return {"type": 12, "items": [{"media": {"url": url}, **description} for url in urls]}


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
async def test_components_over_a_limit_are_refused(empty_scene: Scene, components: list[Json]) -> None:
    path = f"/channels/{empty_scene.room.id}/messages"
    status, body = await empty_scene.request("POST", path, v2(*components))
    assert (status, body["code"]) == (400, 50035)
    assert body["errors"]
    assert empty_scene.room.messages == []
    empty_scene.fake.violations.clear()


async def test_components_at_the_limits_are_accepted(empty_scene: Scene) -> None:
    path = f"/channels/{empty_scene.room.id}/messages"
    buttons = [button(custom_id=str(n) * 100, label="x" * 80) for n in range(5)]
    most = [text("x" * 3_966), *(text("y") for _ in range(33)), row(*buttons)]
    assert (await empty_scene.request("POST", path, v2(*most)))[0] == 200
    pictures = gallery(*[f"https://example.com/{n}.png" for n in range(10)], alt="x" * 1_024)
    assert (await empty_scene.request("POST", path, v2(pictures)))[0] == 200


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
async def test_invalid_messages_are_refused(empty_scene: Scene, body: Json, code: int) -> None:
    status, answer = await empty_scene.request("POST", f"/channels/{empty_scene.room.id}/messages", body)
    assert (status, answer["code"]) == (400, code)
    assert empty_scene.room.messages == []


async def post(scene: Scene, body: Json, *files: tuple[str, bytes]) -> Message:
    status, answer = await scene.request("POST", f"/channels/{scene.room.id}/messages", body, files)
    assert status == 200, answer
    return scene.room.messages[-1]


async def test_an_edit_cannot_remove_the_v2_flag(empty_scene: Scene) -> None:
    message = await post(empty_scene, v2(text()))
    path = f"/channels/{empty_scene.room.id}/messages/{message.id}"
    status, answer = await empty_scene.request("PATCH", path, {"flags": 0, "components": [text("b")]})
    assert (status, answer["code"]) == (400, 50035)
    status, answer = await empty_scene.request("PATCH", path, {"content": "plain"})
    assert (status, answer["code"]) == (400, 50035)
    assert (await empty_scene.request("PATCH", path, {"components": [text("b")]}))[0] == 200
    assert (message.text, message.flags, len(message.history)) == ("b", V2, 1)


async def test_files_that_no_component_shows_are_dropped(empty_scene: Scene) -> None:
    message = await post(empty_scene, v2(gallery("attachment://a.png")), ("a.png", b"a"), ("b.png", b"b"))
    assert [a.name for a in message.attachments] == ["a.png"]


async def test_files_that_are_too_large_are_refused(empty_scene: Scene) -> None:
    path = f"/channels/{empty_scene.room.id}/messages"
    empty_scene.fake.keep_bytes = False
    one = [("a.png", bytes(10 * MIB + 1))]
    assert (await empty_scene.request("POST", path, {}, one))[1]["code"] == 40005
    together = [(f"{n}.png", bytes(9 * MIB)) for n in range(3)]
    status, answer = await empty_scene.request("POST", path, {}, together)
    assert (status, answer["code"]) == (413, 40005)
    assert empty_scene.room.messages == []
    empty_scene.guild.premium_tier = 2
    message = await post(empty_scene, {}, *one)
    assert (message.attachments[0].size, message.attachments[0].data) == (10 * MIB + 1, None)


async def test_too_many_files_are_refused(empty_scene: Scene) -> None:
    path = f"/channels/{empty_scene.room.id}/messages"
    status, answer = await empty_scene.request("POST", path, {}, [(f"{n}.png", b"x") for n in range(11)])
    assert (status, answer["code"]) == (400, 30015)


async def test_a_body_that_is_no_json_is_refused(empty_scene: Scene) -> None:
    headers = {"Authorization": f"Bot {empty_scene.fake.token}", "Content-Type": "application/json"}
    url = f"{empty_scene.fake.base}/channels/{empty_scene.room.id}/messages"
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, data=b"{") as answer,
    ):
        assert (answer.status, (await answer.json())["code"]) == (400, 50109)


async def test_a_thread_has_its_own_permission_to_send(empty_scene: Scene) -> None:
    thread = empty_scene.guild.add_thread(empty_scene.room, "aside")
    path = f"/channels/{thread.id}/messages"
    empty_scene.room.deny("send_messages")
    assert (await empty_scene.request("POST", path, {"content": "x"}))[0] == 200
    empty_scene.room.deny("send_messages_in_threads")
    assert await code(empty_scene, "POST", path, {"content": "x"}) == 50013


async def test_an_enforced_nonce_returns_the_earlier_message(empty_scene: Scene) -> None:
    body = {"content": "once", "nonce": "job-1", "enforce_nonce": True}
    first = await post(empty_scene, body)
    assert await post(empty_scene, body) is first
    assert len(empty_scene.room.messages) == 1
    await post(empty_scene, {"content": "once", "nonce": "job-1"})
    assert len(empty_scene.room.messages) == 2
    empty_scene.fake.skip(301)
    await post(empty_scene, body)
    assert len(empty_scene.room.messages) == 3


async def test_calls_without_a_permission_are_refused(empty_scene: Scene) -> None:
    path = f"/channels/{empty_scene.room.id}/messages"
    message = await post(empty_scene, {"content": "mine"})
    theirs = await empty_scene.fake.say(empty_scene.bob, empty_scene.room, "theirs")
    assert await code(empty_scene, "PATCH", f"{path}/{theirs.id}", {"content": "x"}) == 50005
    assert await code(empty_scene, "DELETE", f"{path}/{theirs.id}") == 50013
    assert await code(empty_scene, "GET", f"{path}/1") == 10008
    assert await code(empty_scene, "GET", "/channels/1/messages/1") == 10003
    empty_scene.room.deny("read_message_history")
    reply = {"content": "x", "message_reference": {"message_id": str(theirs.id)}}
    assert await code(empty_scene, "POST", path, reply) == 160002
    assert await code(empty_scene, "GET", f"{path}/{theirs.id}") == 50013
    empty_scene.room.deny("attach_files")
    assert (await empty_scene.request("POST", path, {}, [("a.png", b"a")]))[1]["code"] == 50013
    empty_scene.room.deny("send_messages")
    assert await code(empty_scene, "POST", path, {"content": "x"}) == 50013
    empty_scene.room.deny("view_channel")
    assert await code(empty_scene, "PATCH", f"{path}/{message.id}", {"content": "x"}) == 50001


async def code(scene: Scene, method: str, path: str, body: Any = None) -> int:
    answer = (await scene.request(method, path, body))[1]
    assert isinstance(answer["code"], int)
    return int(answer["code"])


async def test_direct_messages_reach_only_people_who_accept_them(empty_scene: Scene) -> None:
    stranger = empty_scene.fake.add_user("Stranger")
    silent = empty_scene.fake.add_user("Silent", installed=True, accepts_dms=False)
    friend = empty_scene.fake.add_user("Friend", installed=True)
    for user, expected in ((stranger, 50007), (silent, 50007), (friend, 0), (empty_scene.bob.user, 0)):
        status, channel = await empty_scene.request("POST", "/users/@me/channels", {"recipient_id": user.id})
        assert status == 200
        path = f"/channels/{channel['id']}/messages"
        status, answer = await empty_scene.request("POST", path, {"content": "hello"})
        assert answer.get("code", 0) == expected
    assert [m.text for m in empty_scene.fake.dms(empty_scene.bob)] == ["hello"]
    assert await code(empty_scene, "POST", "/users/@me/channels", {"recipient_id": "1"}) == 10013
    itself = {"recipient_id": str(empty_scene.fake.bot.id)}
    assert await code(empty_scene, "POST", "/users/@me/channels", itself) == 50007


PINGS: dict[str, tuple[Json, set[str]]] = {
    "by default": ({}, {"Ann", "Bob", "Eve"}),
    "nobody": ({"allowed_mentions": {"parse": []}}, set()),
    "one": ({"allowed_mentions": {"users": ["{bob}"]}}, {"Bob"}),
    "users": ({"allowed_mentions": {"parse": ["users"]}}, {"Ann", "Bob"}),
    "roles": ({"allowed_mentions": {"parse": ["roles"]}}, {"Eve"}),
}


@pytest.mark.parametrize(("body", "expected"), PINGS.values(), ids=PINGS)
@pytest.mark.parametrize("where", ["content", "components"])
async def test_allowed_mentions_decide_who_is_notified(
    empty_scene: Scene, body: Json, expected: set[str], where: str
) -> None:
    crew = empty_scene.guild.add_role("crew", mentionable=True)
    empty_scene.guild.add_member("Eve", roles=[crew])
    mentions = f"{empty_scene.ann.user.mention} <@!{empty_scene.bob.id}> <@&{crew.id}> @everyone"
    allowed = body.get("allowed_mentions", {})
    if "users" in allowed:
        body = {"allowed_mentions": {"users": [str(empty_scene.bob.id)]}}
    message = await post(
        empty_scene, {"content": mentions, **body} if where == "content" else v2(text(mentions), **body)
    )
    assert {user.name for user in message.pings} == expected
