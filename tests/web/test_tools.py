"""The tools beside the chat: workbench, ledger, inspector and transcript; and the stored messages."""

import asyncio
import json
import time
from typing import Any

import pytest

from adapters.web.playground import chat
from adapters.web.playground.transcript import MAX_BYTES, MAX_ENTRIES
from bot.app.workbench import Workbench
from tests.fakes.key_value import MemoryKeyValue
from tests.fakes.workbench import DAY, FakeWorkbench
from tests.web.conftest import COMMANDS, Page, serving
from tests.web.test_render import CARDS

SKIP = {"skip_day": True, "id": "7b0c4f0e-0d4f-4c8c-9a53-0f8a6d8a1c11"}


async def get(page: Page, path: str, **query: str) -> tuple[int, dict[str, Any]]:
    async with page.http.get(page.adapter.url + path, params=query) as answer:
        return answer.status, await answer.json()


# --- the workbench


async def test_a_skipped_day_reaches_every_page_and_dates_later_messages(store: MemoryKeyValue) -> None:
    bench = FakeWorkbench()
    async with serving(store, workbench=bench) as page:
        await page.say("a fox of today")
        state = await page.state()
        assert state["bench"]["moods"] == dict(bench.moods)
        async with page.events("web:guest", state["last"]) as events:
            status, answer = await page.post("/api/workbench", SKIP)
            assert status == 200
            event = (await events.next())[1]
            assert event["type"] == "bench"
            for now in (answer["now"], event["bench"]["now"], (await page.state())["bench"]["now"]):
                assert DAY <= now - state["bench"]["now"] < DAY + 60
        await page.say("a fox of tomorrow")
        before, after = await page.messages()
        assert DAY <= after["at"] - before["at"] < DAY + 60
        assert DAY <= (await page.say("/tiers"))["at"] - before["at"] < DAY + 60


async def test_a_day_that_is_sent_again_is_skipped_once(store: MemoryKeyValue) -> None:
    bench = Workbench()
    await bench.load(store)
    start = bench.now()
    async with serving(store, workbench=bench) as page:
        sent = [page.post("/api/workbench", SKIP) for _ in range(5)]
        assert {status for status, _ in await asyncio.gather(*sent)} == {200}
        assert DAY <= bench.now() - start < DAY + 60
        assert len((await get(page, "/api/transcript"))[1]["steps"]) == 1
    again = Workbench()  # after a restart
    await again.load(store)
    assert not await again.skip_day(SKIP["id"])
    assert await again.skip_day("another")
    assert 2 * DAY <= again.now() - start < 2 * DAY + 60


async def test_the_clock_of_an_older_version_goes_on(store: MemoryKeyValue) -> None:
    store.pairs["skipped"] = str(3 * DAY)
    bench, before = Workbench(), time.time()
    await bench.load(store)
    assert 0 <= bench.now() - before - 3 * DAY < 60


async def test_the_gateways_mood_is_set_and_an_unknown_one_is_refused(store: MemoryKeyValue) -> None:
    bench = FakeWorkbench()
    async with serving(store, workbench=bench) as page:
        assert (await page.post("/api/workbench", {"mood": "slow"}))[1]["mood"] == "slow"
        assert bench.mood == "slow"
        status, answer = await page.post("/api/workbench", {"mood": "jolly"})
        assert (status, bench.mood) == (400, "slow")
        assert "'jolly' is not one of slow, 500" in answer["error"]
        assert (await page.post("/api/workbench", {"mood": ""}))[1]["mood"] == ""
        for body in (
            {},
            {"skip_day": False},
            {"mood": "x" * 201},
            {"days": 2},
            {**SKIP, "x": 1},
            {"skip_day": True},
            {**SKIP, "mood": "slow"},
            {**SKIP, "id": "1"},
        ):
            assert (await page.post("/api/workbench", body))[0] == 400, body
        assert (await page.post("/api/workbench", {"mood": "x" * 300_000}))[0] == 413
        assert bench.days == 0


async def test_without_a_workbench_its_route_is_404(page: Page) -> None:
    assert (await page.state())["bench"] is None
    assert (await page.post("/api/workbench", SKIP))[0] == 404


# --- the ledger


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        ("tier", [("standard", "")]),
        ("person", [("web:member", "Mia"), ("web:guest", "Gale")]),
        ("channel", [("web:general", "")]),
        ("day", [("2026-11-22", "")]),
    ],
)
async def test_the_figures_equal_the_cores_to_the_micro_dollar(
    page: Page, by: str, keys: list[tuple[str, str]]
) -> None:
    for person in ("web:member", "web:guest"):
        await page.core.deliver((await page.say("a red fox", person))["message"])
    status, books = await get(page, "/api/books", by=by)
    assert status == 200
    assert books["by"] == by
    totals = {
        "jobs": 2,
        "images": 8,
        "charge_micros": 482_400,
        "cost_micros": 482_400,
        "uncertain_micros": 2,
        "beyond_micros": 0,
    }
    assert books["totals"] == totals
    assert [(row["key"], row["name"]) for row in books["rows"]] == keys
    assert {name: sum(row[name] for row in books["rows"]) for name in totals} == totals


async def test_an_unknown_breakdown_is_400_and_the_default_is_by_tier(page: Page) -> None:
    assert (await get(page, "/api/books", by="colour"))[0] == 400
    assert (await get(page, "/api/books"))[1]["by"] == "tier"


# --- the inspector


async def test_a_card_is_shown_as_data_with_the_payload_of_each_platform(store: MemoryKeyValue) -> None:
    previews = {
        "discord": lambda card: {"content": card.caption},
        "slack": lambda card: [type(card).__name__],
    }
    async with serving(store, previews=previews) as page:
        job = (await page.say("a <b>fox</b>"))["message"]
        await page.core.deliver(job)
        status, data = await get(page, "/api/inspect", persona="web:guest", message=job)
        assert status == 200
        assert data["card"]["card"] == "Delivered"
        assert data["card"]["header"]["prompt"] == "a <b>fox</b>"
        assert data["previews"] == {"discord": {"content": data["card"]["caption"]}, "slack": ["Delivered"]}


async def test_only_its_person_can_inspect_a_reply_and_a_charts_bytes_are_counted(page: Page) -> None:
    reply = await page.say("/usage")
    status, data = await get(page, "/api/inspect", persona="web:member", message=reply["id"])
    assert status == 200
    assert data["card"]["chart"]["png"].endswith(" bytes")
    assert data["card"]["chart"]["alt"] == "$0.24 on 22 November"
    assert (await get(page, "/api/inspect", persona="web:admin", message=reply["id"]))[0] == 404
    secret = (await page.say("a secret fox --private"))["message"]
    assert (await get(page, "/api/inspect", persona="web:admin", message=secret))[0] == 404
    assert (await get(page, "/api/inspect", persona="web:nobody", message=secret))[0] == 400


async def test_a_message_can_still_be_inspected_after_a_restart(store: MemoryKeyValue) -> None:
    async with serving(store) as page:
        job = (await page.say("a red fox"))["message"]
        before = await get(page, "/api/inspect", persona="web:member", message=job)
    async with serving(store) as page:
        assert await get(page, "/api/inspect", persona="web:member", message=job) == before
        assert before[0] == 200


# --- the transcript


async def test_a_transcript_names_jobs_and_drops_times(store: MemoryKeyValue) -> None:
    async with serving(store, workbench=FakeWorkbench()) as page:
        job = (await page.say("a red fox for 5 s", options={"tier": "fast"}))["message"]
        await page.core.move(job, 0.5)
        await page.core.deliver(job)
        await page.post("/api/workbench", {"mood": "slow"})
        again = (await page.press("again", job, "web:guest"))["message"]
        await page.press("delete", job)
        _, transcript = await get(page, "/api/transcript")
    first, mood, second, third = transcript["steps"]
    assert (first["say"], first["options"], first["answer"]) == (
        "a red fox for 5 s",
        {"tier": "fast"},
        {"message": "job 1"},
    )
    [event] = first["then"]
    assert event["message"] == "job 1"
    assert event["card"]["caption"] == "Mia · Imagen 4 Standard · 1:1 · some time · $0.24"
    assert "src" not in event["card"]["pictures"][0]
    assert mood["mood"] == "slow"
    assert (second["press"], second["job"], second["answer"]) == ("again", "job 1", {"message": "job 2"})
    assert third["answer"]["reply"]["sentence"] == "Deleted."
    assert third["then"] == [{"message": "job 1", "card": None}]
    assert not {job, again} & set(json.dumps(transcript).split('"'))


async def test_a_transcript_stops_growing_at_its_limit(page: Page) -> None:
    for number in range(MAX_ENTRIES + 2):
        page.adapter.transcript.end_step(page.adapter.transcript.begin_step({"say": str(number)}), {})
    steps = page.adapter.transcript.steps()
    assert (len(steps), steps[0]["say"]) == (MAX_ENTRIES, "0")


async def test_a_transcript_holds_no_more_than_its_bytes_of_large_posts(page: Page) -> None:
    options = {f"option {number}": "x" * 8_000 for number in range(16)}
    for _ in range(100):
        await page.say("please refuse", options=options)
    _, transcript = await get(page, "/api/transcript")
    assert 10 < len(transcript["steps"]) < 100
    assert len(json.dumps(transcript)) <= MAX_BYTES


@pytest.mark.parametrize("value", ["x" * 8_001, 10**10, -(10**10), 1.5, None, ["a"], {"a": "b"}])
async def test_an_option_of_the_form_is_short(page: Page, value: Any) -> None:
    body = {"persona": "web:member", "id": SKIP["id"], "text": "a fox", "options": {"tier": value}}
    press = {
        "persona": "web:member",
        "id": SKIP["id"],
        "verb": "again",
        "job": "x",
        "options": {"tier": value},
    }
    for path, each in (("/api/say", body), ("/api/press", press), ("/api/form", press)):
        assert (await page.post(path, each))[0] == 400, path
    assert page.core.requests == []


# --- the form, the hints and the stored messages


async def test_the_options_of_the_form_reach_the_core_only_with_a_prompt(page: Page) -> None:
    await page.say("a red fox", options={"tier": "fast", "variants": 2, "private": True})
    assert page.core.requests[-1].options == {"tier": "fast", "variants": 2, "private": True}
    assert [type(value) for value in page.core.requests[-1].options.values()] == [str, int, bool]
    await page.say("/tiers", options={"tier": "fast"})
    assert page.core.requests[-1].options == {}


async def test_the_page_gets_the_commands(store: MemoryKeyValue) -> None:
    async with serving(store, commands=COMMANDS) as page:
        assert (await page.state())["commands"] == json.loads(json.dumps(COMMANDS))


@pytest.mark.parametrize("name", CARDS)
async def test_every_card_survives_a_restart(name: str, store: MemoryKeyValue) -> None:
    async with serving(store) as page:
        await page.adapter.post(chat.address(), CARDS[name], key="k")
        before = await page.messages(), await get(page, "/api/inspect", persona="web:member", message="k")
    async with serving(store) as page:
        after = await page.messages(), await get(page, "/api/inspect", persona="web:member", message="k")
        assert after == before


async def test_a_message_in_another_versions_shape_leaves_the_page_and_the_store(
    store: MemoryKeyValue,
) -> None:
    async with serving(store) as page:
        await page.say("a red fox")
    good = dict(store.pairs)
    for number, value in enumerate(('{"id": "x"}', '{"id": "x", "at": 1, "card": {"kind": "odd"}}', "[]")):
        store.pairs[f"message:{number}"] = value
    async with serving(store) as page:
        assert len(await page.messages()) == 1
        assert store.pairs == good
