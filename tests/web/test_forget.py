"""Forgetting a person removes their messages from the page and from its store, since we keep this chat."""

import json

from adapters.web.bodies import MEMBER, SECOND
from tests.fakes.key_value import MemoryKeyValue
from tests.web.conftest import Page, serving


async def test_the_messages_of_a_forgotten_person_go_and_the_others_stay(
    page: Page, store: MemoryKeyValue
) -> None:
    page.core.draws_at_once = True
    await page.say("a purple walrus")
    await page.say("a private walrus --private")
    theirs = (await page.say("a seal", SECOND.id))["message"]
    await page.post("/api/react", {"persona": MEMBER.id, "message": theirs, "emoji": "🗑️", "on": True})
    assert len(await page.messages()) == 3
    await page.adapter.forget(MEMBER.id)
    (message,) = await page.messages()
    assert message["id"] == theirs
    assert message["reactions"] == {"🗑️": []}
    assert [word for word in ("walrus", MEMBER.id, MEMBER.name) if word in json.dumps(store.pairs)] == []


async def test_messages_from_before_a_restart_go_too(store: MemoryKeyValue) -> None:
    async with serving(store) as page:
        page.core.draws_at_once = True
        await page.say("a purple walrus")
    async with serving(store) as page:
        await page.adapter.forget(MEMBER.id)
        assert await page.messages() == []
    assert store.pairs == {}
