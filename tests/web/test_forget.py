"""The page is the chat, and ours: whoever is forgotten is not on it, nor in its store."""

import json

from adapters.web.bodies import MEMBER, SECOND
from tests.fakes.key_value import MemoryKeyValue
from tests.web.conftest import Page, serving


async def test_what_somebody_asked_for_goes_and_the_rest_stays(page: Page, store: MemoryKeyValue) -> None:
    page.core.draws_at_once = True
    await page.say("a purple walrus")
    await page.say("a private walrus --private")
    theirs = (await page.say("a seal", SECOND.id))["message"]
    await page.post("/api/react", {"persona": MEMBER.id, "message": theirs, "emoji": "🗑️", "on": True})
    assert len(await page.messages()) == 3
    await page.adapter.forget(MEMBER.id)
    (left,) = await page.messages()
    assert left["id"] == theirs
    assert left["reactions"] == {"🗑️": []}
    assert [word for word in ("walrus", MEMBER.id, MEMBER.name) if word in json.dumps(store.pairs)] == []


async def test_after_a_restart_too(store: MemoryKeyValue) -> None:
    async with serving(store) as page:
        page.core.draws_at_once = True
        await page.say("a purple walrus")
    async with serving(store) as page:
        await page.adapter.forget(MEMBER.id)
        assert await page.messages() == []
    assert store.pairs == {}
