"""The stories of finding pictures again and keeping them, each run on every platform."""

import pytest

from bot.finding import lists
from tests.contract.conftest import Build
from tests.contract.harness import Harness, VisibleMessage
from tests.contract.test_stories import draw, galleries, newest

DAY = 24 * 3600
CHOSEN = ("Again · $0.24", "Share", "Keep", "Download", "1", "2", "3", "4")


async def ask(harness: Harness, command: str, /, **options: str) -> VisibleMessage:
    """Give a command as Ann; return its answer, which she alone sees."""
    before = await harness.messages("bob")
    await harness.command("ann", command, **options)
    answer = await newest(harness)
    assert answer.private
    assert await harness.messages("bob") == before
    return answer


async def choose(harness: Harness, prompt: str) -> VisibleMessage:
    """Open a job of `/recent`."""
    await harness.choose("ann", prompt, await ask(harness, "recent"))
    return await harness.opened("ann")


async def collection(harness: Harness, prompt: str = "a red fox") -> str | None:
    """Return the collection of the newest job with this prompt."""
    ledger, workspace = harness.backend.ledger, harness.address(private=False).workspace
    jobs = await ledger.jobs.list_recent(workspace, ann(harness), 9)
    job = next(job for job in jobs if f'"{prompt}"' in job.request)
    return await ledger.finding.collection_of(job.id)


async def screen(harness: Harness) -> str:
    """Return all that Ann reads."""
    return "\n".join(each.text for each in await harness.messages("ann"))


def ann(harness: Harness) -> str:
    return harness.address(private=True).private_to


@pytest.mark.needs("recent")
async def test_a_list_turns_its_pages(harness: Harness) -> None:
    for number in range(1, 7):
        await draw(harness, f"fox {number}", variants=1)
    first = await ask(harness, "recent")
    assert (first.pictures, first.buttons) == (5, ("Older",))
    assert ["fox 6" in first.text, "fox 1" in first.text] == [True, False]
    await harness.press("ann", "Older", first)
    older = await newest(harness)
    assert (older.pictures, older.buttons, older.private) == (1, ("Newer",), True)
    assert ["fox 6" in older.text, "fox 1" in older.text] == [False, True]
    await harness.press("ann", "Newer", older)
    assert "fox 6" in (await newest(harness)).text
    assert not [each for each in await harness.messages("bob") if "Older" in each.buttons]
    pages = [each for each in await harness.messages("ann") if "Your last pictures" in each.text]
    assert len(pages) == (3 if harness.name == "web" else 1), "the page itself shows one in place of another"


@pytest.mark.needs("recent")
async def test_a_chosen_job_is_opened_for_its_person_alone(harness: Harness) -> None:
    await draw(harness, "a red fox", private=True)
    opened = await choose(harness, "a red fox")
    assert (opened.pictures, opened.private, opened.buttons) == (1, True, CHOSEN)
    assert "standard · 4 pictures, $0.24" in opened.text
    await harness.press("ann", "2", opened)
    picked = await harness.opened("ann")
    assert "Picture 2 of 4" in picked.text
    assert "Keep" in picked.buttons
    await harness.press("ann", "Download", await choose(harness, "a red fox"))
    assert "Picture 1 of 4" in await screen(harness)


@pytest.mark.needs("recent")
async def test_a_chosen_job_is_shared_and_drawn_again(harness: Harness) -> None:
    await draw(harness, "a red fox", private=True)
    await harness.press("ann", "Share", await choose(harness, "a red fox"))
    assert [each.pictures for each in await galleries(harness, "bob")] == [4]
    await harness.press("ann", "Again", await choose(harness, "a red fox"))
    await harness.wait_until_done()
    assert len(harness.backend.painter.orders) == 2
    assert [each.private for each in await galleries(harness)].count(True) == 2


@pytest.mark.needs("recent")
async def test_a_job_is_kept_in_a_collection_and_let_go(harness: Harness) -> None:
    await draw(harness, "a red fox")
    assert "You aren't keeping any pictures yet." in (await ask(harness, "kept")).text
    await harness.press("ann", "Keep", await choose(harness, "a red fox"))
    assert await collection(harness) == ""
    assert "longer than the usual 90 days" in (await newest(harness)).text
    first = await harness.fill("ann", "Keep in", await newest(harness), collection="Fox Logos")
    assert first == {"collection": ""}
    assert await collection(harness) == "Fox Logos"
    page = await ask(harness, "kept", name="fox logos")
    assert ["a red fox" in page.text, "kept in Fox Logos" in page.text] == [True, True]
    await harness.skip(91 * DAY)
    assert "a red fox" in (await ask(harness, "kept")).text
    await harness.choose("ann", "a red fox", await newest(harness))
    await harness.press("ann", "Don't keep", await harness.opened("ann"))
    assert await collection(harness) is None
    assert (await newest(harness)).buttons == ("Keep",)


@pytest.mark.needs("reactions")
async def test_a_star_of_its_person_keeps(harness: Harness) -> None:
    gallery = await draw(harness, "a red fox")
    (seen,) = await galleries(harness, "bob")
    await harness.react("bob", "⭐", seen)
    assert await collection(harness) is None
    before = await harness.messages("ann")
    await harness.react("ann", "⭐", gallery)
    await harness.unreact("ann", "⭐", gallery)
    assert await collection(harness) == ""
    assert len(await harness.messages("ann")) == len(before)


@pytest.mark.needs("recent")
async def test_nothing_found_is_a_sentence(harness: Harness) -> None:
    await draw(harness, "a red fox")
    assert (
        'I found no pictures of yours for "blue whale".'
        in (await ask(harness, "find", words="blue whale")).text
    )
    found = await ask(harness, "find", words="FOX red")
    assert ["1 result" in found.text, found.pictures] == [True, 1]
    await harness.command("bob", "find", words="fox")
    assert "I found no pictures of yours" in (await newest(harness, "bob")).text


@pytest.mark.needs("recent")
async def test_an_expired_list_says_so(harness: Harness) -> None:
    for number in range(1, 7):
        await draw(harness, f"fox {number}", variants=1)
    first = await ask(harness, "recent")
    await harness.skip(lists.PATIENCE + 1)
    await harness.press("ann", "Older", first)
    assert "This list has expired." in (await newest(harness)).text
    assert first in await harness.messages("ann"), "its jobs can still be chosen"


@pytest.mark.needs("recent")
async def test_only_its_person_keeps_a_job(harness: Harness) -> None:
    await draw(harness, "a red fox")
    (gallery,) = await galleries(harness, "bob")
    await harness.press("bob", "1", gallery)
    assert "Keep" not in (await harness.opened("bob")).buttons


@pytest.mark.needs("recent")
async def test_a_picture_that_is_gone_is_left_out_and_said_to_be(harness: Harness) -> None:
    await draw(harness, "a red fox")
    for file in (harness.backend.folder / "pictures").rglob("*-*"):
        file.unlink()
    page = await ask(harness, "recent")
    assert page.pictures <= (1 if harness.name.startswith("slack") else 0), "Slack has files of its own"
    await harness.choose("ann", "a red fox", page)
    assert "no longer kept" in (await newest(harness)).text


@pytest.mark.needs("recent")
async def test_a_list_survives_a_restart_and_its_person_is_forgotten(build: Build) -> None:
    harness = await build()
    for number in range(1, 7):
        await draw(harness, f"fox {number}", variants=1)
    first = await ask(harness, "recent")
    await harness.restart()
    await harness.press("ann", "Older", first)
    older = await newest(harness)
    assert "fox 1" in older.text
    await harness.backend.core.forget(ann(harness), "chat:boss")
    await harness.choose("ann", "fox 1", older)
    assert "I no longer know this picture" in (await newest(harness)).text
    await harness.press("ann", "Newer", older)
    assert "This list has expired." in await screen(harness)
    assert "There are no pictures of yours here." in (await ask(harness, "recent")).text
