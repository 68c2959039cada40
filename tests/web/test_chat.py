"""The chat: requests through the port, messages, streams and history."""

import asyncio
import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from adapters.web.bodies import ADMIN, MEMBER
from adapters.web.playground import chat
from adapters.web.playground import events as live_events
from bot import wording
from bot.port.cards import Notice
from bot.port.protocols import DeliveryError
from bot.port.requests import Command, Imagine, MessageRef, Press, Reaction
from tests.fakes.core import delivered_card, header, working_card
from tests.fakes.key_value import MemoryKeyValue
from tests.web.conftest import Page, serving


def card_kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["card"]["kind"] for message in messages]


async def test_a_prompt_becomes_a_card_and_then_its_gallery(page: Page) -> None:
    job = (await page.say("  a red fox --ratio 16:9 "))["message"]
    request = page.core.requests[0]
    assert isinstance(request, Imagine)
    assert (request.text, request.person, request.address) == (
        "a red fox --ratio 16:9",
        MEMBER,
        chat.address(),
    )
    assert page.core.message_refs == {job: MessageRef(address=chat.address(), id=job)}
    assert card_kinds(await page.messages()) == ["working"]
    await page.core.deliver(job)
    [message] = await page.messages("web:guest")
    assert message["card"]["kind"] == "delivered"
    for picture in message["card"]["pictures"]:
        async with page.http.get(page.adapter.url + picture["src"]) as answer:
            assert answer.content_type == "image/png"
            assert "immutable" in answer.headers["Cache-Control"]
            assert (await answer.read()).startswith(b"\x89PNG")


async def test_a_picture_that_is_gone_is_404(page: Page) -> None:
    async with page.http.get(page.adapter.url + "/pictures/..%2F..%2Fsecret") as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ("/tiers 100", "tiers", "100"),
        ("/QUOTA", "quota", ""),
        ("/quotas set @ann --images-per-day 5", "quotas", "set @ann --images-per-day 5"),
        ("/nonsense now", "nonsense", "now"),
    ],
)
async def test_a_slash_command_is_answered_to_its_person_alone(
    page: Page, line: str, name: str, text: str
) -> None:
    answer = await page.say(line, "web:admin")
    command = page.core.requests[0]
    assert isinstance(command, Command)
    assert (command.name, command.text, command.person) == (name, text, ADMIN)
    assert answer["reply"]["kind"] in ("report", "notice")
    assert await page.messages("web:admin") == []


@pytest.mark.parametrize(
    ("line", "name"), [("help", "help"), ("Help!", "help"), ("quota", "quota"), ("quotas log", "quotas")]
)
async def test_a_command_without_its_slash_is_not_drawn(page: Page, line: str, name: str) -> None:
    answer = await page.say(line)
    (command,) = page.core.requests
    assert isinstance(command, Command)
    assert command.name == name
    assert "reply" in answer


@pytest.mark.parametrize(
    ("line", "sentence"), [("thanks!", wording.YOU_ARE_WELCOME), ("hello", wording.HELLO)]
)
async def test_small_talk_is_answered_and_not_drawn(page: Page, line: str, sentence: str) -> None:
    assert (await page.say(line))["reply"] == {"kind": "notice", "sentence": sentence, "buttons": []}
    assert page.core.requests == []


@pytest.mark.parametrize(
    ("line", "text"), [("/imagine a fox", "a fox"), ("/imagine\na fox", "a fox"), ("/", "/")]
)
async def test_the_prompt_does_not_contain_the_commands_name(page: Page, line: str, text: str) -> None:
    await page.say(line)
    assert isinstance(page.core.requests[0], Imagine)
    assert page.core.requests[0].text == text


async def test_the_same_line_sent_twice_is_one_request_and_one_message(page: Page) -> None:
    same = str(uuid.uuid4())
    first = await page.say("a red fox", id=same)
    await page.core.deliver(first["message"])
    assert await page.say("a red fox", id=same) == first
    assert {each.id for each in page.core.requests} == {f"web:{same}"}  # type: ignore[union-attr]
    assert card_kinds(await page.messages()) == ["delivered"]


async def test_a_repeated_line_does_not_repeat_a_gallery_that_was_a_message_of_its_own(page: Page) -> None:
    same = str(uuid.uuid4())
    job = (await page.say("a red fox", id=same))["message"]
    gallery = delivered_card(page.core.headers[job])
    await page.adapter.post(page.core.message_refs[job].address, gallery, key=f"{job}.late")
    await page.adapter.delete(page.core.message_refs[job])
    page.core.delivered_jobs.add(job)
    assert await page.say("a red fox", id=same) == {"message": job}
    assert [each["id"] for each in await page.messages()] == [f"{job}.late"]


async def test_a_refusal_reaches_its_person_and_nobody_else(page: Page) -> None:
    answer = await page.say("please refuse")
    assert answer["reply"]["kind"] == "refused"
    assert await page.messages() == []


async def test_presses_and_modals_go_through_the_port(page: Page) -> None:
    job = (await page.say("a red fox"))["message"]
    again = (await page.press("again", job, "web:guest"))["message"]
    options = {"prompt": "a blue fox", "tier": "ultra", "ratio": "16:9", "variants": 2}
    edited = (await page.press("edit", job, options=options))["message"]
    assert len({job, again, edited}) == 3
    press = page.core.requests[2]
    assert isinstance(press, Press)
    assert press.options == options
    assert type(press.options["variants"]) is int
    assert (await page.press("details", job))["reply"]["kind"] == "report"
    assert (await page.press("delete", job))["reply"] == {
        "kind": "notice",
        "sentence": "Deleted.",
        "buttons": [],
    }
    assert [message["id"] for message in await page.messages()] == [again, edited]


async def test_a_reaction_toggles_and_reaches_the_core_when_it_is_added(page: Page) -> None:
    job = (await page.say("a red fox"))["message"]
    await page.core.deliver(job)

    async def react(on: bool, emoji: str = "🔁") -> tuple[int, dict[str, Any]]:
        return await page.post(
            "/api/react", {"persona": "web:guest", "message": job, "emoji": emoji, "on": on}
        )

    status, answer = await react(True)
    assert status == 200
    first = (await page.messages())[0]
    assert first["reactions"] == {"🔁": ["web:guest"]}
    assert page.core.headers[answer["message"]].name == "Gale"
    await react(False)
    assert (await page.messages())[0]["reactions"] == {"🔁": []}
    assert await react(True) == (200, answer)
    assert await react(True, "🗑️") == (200, {})
    assert [type(each) for each in page.core.requests] == [Imagine, Reaction, Reaction, Reaction]
    assert (await react(True, "👍"))[0] == 400


async def test_a_reaction_to_an_invisible_message_is_404(page: Page) -> None:
    job = (await page.say("a red fox --private"))["message"]
    for message in (job, "unknown"):
        body = {"persona": "web:guest", "message": message, "emoji": "🔁", "on": True}
        status, _ = await page.post("/api/react", body)
        assert status == 404
    assert len(page.core.requests) == 1


async def test_private_messages_are_seen_by_their_person_alone(page: Page, store: MemoryKeyValue) -> None:
    last = (await page.state())["last"]
    async with page.events("web:member", last) as mine, page.events("web:guest", last) as theirs:
        secret = (await page.say("a private fox --private"))["message"]
        assert page.core.message_refs[secret].address.private_to == "web:member"
        await page.core.deliver(secret)
        public = (await page.say("a public fox"))["message"]
        events = [(await mine.next())[1] for _ in range(4)]
        messages = [each["message"] for each in events if each["type"] == "message"]
        assert [(each["id"], each["private_to"]) for each in messages] == [
            (secret, "web:member"),
            (secret, "web:member"),
            (public, ""),
        ]
        assert (await theirs.next())[1] == {"type": "spent"}  # something was spent, but not what or by whom
        assert (await theirs.next())[1]["message"]["id"] == public
        await page.core.adapter.delete(page.core.message_refs[secret])
        await page.core.adapter.delete(page.core.message_refs[public])
        assert (await theirs.next())[1] == {"type": "gone", "id": public}
    async with page.events("web:guest", last) as late:
        assert secret not in str([await late.next() for _ in range(3)])
    await page.say("another --private")
    assert await page.messages("web:guest") == []
    async with serving(store) as restarted:
        assert await restarted.messages("web:guest") == []
        assert card_kinds(await restarted.messages("web:member")) == ["working"]


async def test_a_private_message_can_be_dismissed_by_its_person(page: Page) -> None:
    job = (await page.say("a red fox"))["message"]
    await page.core.end(job)
    [ended] = await page.messages()
    assert ended["card"]["kind"] == "ended"
    assert await page.messages("web:admin") == []
    await page.post("/api/dismiss", {"persona": "web:admin", "message": ended["id"]})
    assert await page.messages() == [ended]
    await page.post("/api/dismiss", {"persona": "web:member", "message": ended["id"]})
    assert await page.messages() == []


async def test_public_messages_cannot_be_dismissed(page: Page) -> None:
    job = (await page.say("a red fox"))["message"]
    await page.post("/api/dismiss", {"persona": "web:member", "message": job})
    assert len(await page.messages()) == 1


async def test_a_restart_keeps_the_history_in_its_order_with_reactions(store: MemoryKeyValue) -> None:
    async with serving(store) as page:
        jobs = [(await page.say(f"fox {number}"))["message"] for number in range(3)]
        await page.core.deliver(jobs[2])
        await page.core.deliver(jobs[0])
        body = {"persona": "web:guest", "message": jobs[0], "emoji": "🗑️", "on": True}
        await page.post("/api/react", body)
        before = await page.messages()
        heads = page.core.headers
        refs = page.core.message_refs
    async with serving(store) as page:
        assert await page.messages() == before
        page.core.headers, page.core.message_refs = heads, refs
        await page.core.deliver(jobs[1])
        assert card_kinds(await page.messages()) == ["delivered"] * 3


async def test_a_stored_message_names_whose_it_is_and_who_reacted(page: Page, store: MemoryKeyValue) -> None:
    job = (await page.say("a red fox"))["message"]
    assert store.people[f"message:{job}"] == {MEMBER.id}
    await page.core.deliver(job)
    reaction = {"persona": "web:guest", "message": job, "emoji": "🗑️"}
    await page.post("/api/react", {**reaction, "on": True})
    assert store.people[f"message:{job}"] == {MEMBER.id, "web:guest"}
    await page.post("/api/react", {**reaction, "on": False})
    assert store.people[f"message:{job}"] == {MEMBER.id}


async def test_a_card_is_stored_when_new_and_when_done_but_not_in_between(
    page: Page, store: MemoryKeyValue
) -> None:
    job = (await page.say("a red fox"))["message"]
    new = dict(store.pairs)
    await page.core.move(job, 0.5)
    assert store.pairs == new
    assert (await page.messages())[0]["card"]["progress"] == 0.5
    await page.core.deliver(job)
    assert json.loads(store.pairs[f"message:{job}"])["card"]["caption"]
    await page.press("delete", job)
    assert store.pairs == {}


async def test_only_the_last_hundred_messages_stay(page: Page, store: MemoryKeyValue) -> None:
    for number in range(103):
        await page.adapter.post(chat.address(), Notice(sentence=str(number)), key=f"key {number}")
    sentences = [message["card"]["sentence"] for message in await page.messages()]
    assert sentences == [str(number) for number in range(3, 103)]
    assert len(store.pairs) == 100


async def test_the_same_key_is_the_same_message(page: Page) -> None:
    one = await page.adapter.post(chat.address(), Notice(sentence="one"), key="k")
    await page.adapter.post(chat.address(), Notice(sentence="between"), key="l")
    assert await page.adapter.post(chat.address(), Notice(sentence="two"), key="k") == one
    assert [message["card"]["sentence"] for message in await page.messages()] == ["two", "between"]


async def test_deleting_twice_is_no_error_and_revising_a_deleted_message_is_a_final_one(page: Page) -> None:
    ref = await page.adapter.post(chat.address(), Notice(sentence="one"), key="k")
    await page.adapter.delete(ref)
    await page.adapter.delete(ref)
    with pytest.raises(DeliveryError) as failed:
        await page.adapter.revise(ref, Notice(sentence="two"))
    assert not failed.value.retryable
    assert await page.messages() == []


async def test_a_failing_store_is_a_retryable_delivery_error(store: MemoryKeyValue) -> None:
    async with serving(store) as page:
        ref = await page.adapter.post(chat.address(), Notice(sentence="one"), key="k")
        store.fails = True
        for call in (
            page.adapter.post(chat.address(), Notice(sentence="two"), key="l"),
            page.adapter.revise(ref, Notice(sentence="two")),
            page.adapter.delete(ref),
        ):
            with pytest.raises(DeliveryError) as failed:
                await call
            assert failed.value.retryable
            assert isinstance(failed.value.__cause__, OSError)


async def test_a_stream_continues_where_it_stopped(page: Page) -> None:
    last = (await page.state())["last"]
    async with page.events(after=last) as events:
        await page.say("first")
        last_id, _ = await events.next()
    second = (await page.say("second"))["message"]
    async with page.events(after=last, **{"Last-Event-ID": last_id}) as events:
        event_id, event = await events.next()
        assert event["message"]["id"] == second
        third = (await page.say("third"))["message"]
        assert (await events.next())[1]["message"]["id"] == third
        assert event_id != last_id


@pytest.mark.parametrize(
    "after", ["", "0", "other-1", "{boot}-999", "{boot}--1", "{boot}-", "{boot}-²", "{boot}-0"]
)
async def test_a_stream_that_missed_too_much_must_reload(page: Page, after: str) -> None:
    for number in range(live_events.REPLAY + 1):
        await page.adapter.post(chat.address(), Notice(sentence=str(number)), key="k")
    last = (await page.state())["last"]
    boot = last.partition("-")[0]
    async with page.events(after=after.format(boot=boot)) as events:
        assert await events.next() == (last, {"type": "reload"})


async def test_a_silent_stream_is_pinged(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_events, "PING_SECONDS", 0.01)
    async with page.events(after=(await page.state())["last"]) as events:
        assert await events.line() == ": ping"


async def test_a_page_that_does_not_read_is_disconnected_and_the_others_miss_nothing(page: Page) -> None:
    last = (await page.state())["last"]
    reading, writing = await asyncio.open_connection("127.0.0.1", page.adapter.port, limit=1024)
    host = page.adapter.url.removeprefix("http://")
    writing.write(f"GET /api/events?persona=web:guest&after={last} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert b"200 OK" in await reading.readline()
    head = header("J", "x" * 200_000, MEMBER)
    ref = await page.adapter.post(chat.address(), working_card(head), key="J")
    async with page.events(after=last) as events:
        await events.next()
        for number in range(200):
            await page.adapter.revise(ref, working_card(head, progress=number / 200))
            assert (await events.next())[1]["message"]["card"]["progress"] == number / 200
    async with asyncio.timeout(10):
        assert (await reading.read()).count(b"id: ") < 200
    writing.close()
    await writing.wait_closed()


async def test_one_page_too_many_is_503(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_events, "STREAMS", 1)
    url = f"{page.adapter.url}/api/events?persona=web:guest"
    async with page.events(after=(await page.state())["last"]), page.http.get(url) as answer:
        assert answer.status == 503


async def test_a_long_job_names_its_requester(page: Page) -> None:
    card = replace(delivered_card(header("J", "a fox", MEMBER)), mention=MEMBER.id)
    await page.adapter.post(chat.address(), card, key="J")
    assert (await page.messages())[0]["card"]["mention"] == "Mia"


def test_large_events_leave_the_replay_before_they_fill_the_memory() -> None:
    feed = live_events.EventFeed()
    first = feed.last_id
    for number in range(20):
        feed.send({"type": "message", "message": "x" * 1_000_000, "number": number}, "")
        last = feed.last_id
    with feed.subscribe("web:member", first, lambda: None) as subscriber:
        assert b'"reload"' in subscriber.missed[0]
    with feed.subscribe("web:member", last, lambda: None) as subscriber:
        assert subscriber.missed == ()
    assert sum(len(event.chunk) for event in feed._recent) <= live_events.REPLAY_BYTES
    feed.send({"type": "message", "message": "x" * live_events.REPLAY_BYTES}, "")
    with feed.subscribe("web:member", last, lambda: None) as subscriber:
        assert b'"reload"' in subscriber.missed[0]
