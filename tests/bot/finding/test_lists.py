"""`/recent`, `/find` and `/kept`: one's own pictures by page, and one of them opened."""

import pytest

from bot import wording
from bot.finding import lists
from bot.port.cards import Notice, Panel, PictureList, Refused, Reply
from quotas.ids import id_text
from quotas.store.errors import LedgerUnavailable
from tests.bot.running_bot import ANN, BOB, RunningBot, at

DAY = 24 * 3600


def listed(answer: Reply | None) -> PictureList:
    assert isinstance(answer, PictureList), answer
    return answer


def prompts(answer: Reply | None) -> list[str]:
    return [job.prompt for job in listed(answer).jobs]


def buttons(answer: Reply | None) -> list[tuple[str, int]]:
    return [(button.label, button.index) for button in listed(answer).buttons]


async def draw(running: RunningBot, count: int, text: str = "fox") -> list[str]:
    """Draw so many jobs, a minute apart; return their names, oldest first."""
    names = []
    for number in range(1, count + 1):
        running.clock.now += 60
        names.append(id_text((await running.draw(f"{text} {number} -n 1")).id))
    return names


async def test_recent_is_the_last_twenty_by_page_newest_first(running: RunningBot) -> None:
    await draw(running, 22)
    await running.draw("not mine", BOB)
    first = listed(await running.command("recent"))
    assert prompts(first) == [f"fox {number}" for number in (22, 21, 20, 19, 18)]
    assert first.jobs[0].facts == "standard · 1 picture, $0.06 · Sun 22 Nov, 12:22"
    assert first.jobs[0].picture is not None
    assert first.lines == ("1–5 of 20",)
    (older,) = first.buttons
    assert (older.label, older.index) == ("Older", 2)
    second = await running.press("page", older.target, index=2)
    assert prompts(second) == [f"fox {number}" for number in (17, 16, 15, 14, 13)]
    assert buttons(second) == [("Newer", 1), ("Older", 3)]
    last = await running.press("page", older.target, index=4)
    assert prompts(last) == [f"fox {number}" for number in (7, 6, 5, 4, 3)]
    assert buttons(last) == [("Newer", 3)]


async def test_a_page_beyond_the_last_is_the_last(running: RunningBot) -> None:
    names = await draw(running, 6)
    (older,) = listed(await running.command("recent")).buttons
    await running.press("delete", names[0])
    only = await running.press("page", older.target, index=2)
    assert prompts(only) == [f"fox {number}" for number in (6, 5, 4, 3, 2)]
    assert listed(only).buttons == ()


async def test_nothing_found_is_a_kind_sentence(running: RunningBot) -> None:
    assert await running.command("recent") == Notice(sentence=wording.NOTHING_YET)
    assert await running.command("kept") == Notice(sentence=wording.NO_KEPT)
    tip = (
        'I found no pictures of yours for "blue whale". Try other words or leave out the tier and the period.'
    )
    assert await running.command("find", "blue whale --tiers fast") == Notice(sentence=tip)
    await running.draw("a red fox")
    assert await running.command("kept", "logos") == Notice(sentence=wording.no_collection("logos", []))


async def test_find_narrows_by_words_tier_and_period(running: RunningBot) -> None:
    await running.draw("a red fox in snow --fast -n 1")
    running.clock.now += 10 * DAY
    await running.draw("a red fox -n 1")
    await running.draw("an owl -n 1")
    assert listed(await running.command("find", "FOX red")).title == '2 results for "FOX red"'
    assert prompts(await running.command("find", "fox --tiers fast")) == ["a red fox in snow"]
    assert prompts(await running.command("find", "--period today fox")) == ["a red fox"]
    assert prompts(await running.command("find", "", words="fox", tiers="standard,gpt")) == ["a red fox"]
    assert prompts(await running.command("find", "", period="2026-11")) == ["a red fox in snow"]
    refused = await running.command("find", "fox --period yesteryear")
    assert refused == Refused(why="input", sentence=wording.no_period("yesteryear"))


async def test_only_ones_own_are_found_and_only_here(running: RunningBot) -> None:
    await running.draw("bob's fox", BOB)
    await running.draw("a fox elsewhere", address=at("chat:other"))
    assert isinstance(await running.command("find", "fox"), Notice)
    assert prompts(await running.command("find", "fox", address=at("chat:other"))) == ["a fox elsewhere"]


async def test_a_page_button_is_its_persons_its_workspaces_and_expires(running: RunningBot) -> None:
    await draw(running, 6)
    (older,) = listed(await running.command("find", "fox")).buttons
    over = Notice(sentence=wording.LIST_OVER)
    assert await running.press("page", older.target, BOB, index=2) == over
    assert await running.press("page", older.target, address=at("chat:other"), index=2) == over
    assert await running.press("page", "NOSUCH", index=2) == over
    assert prompts(await running.press("page", older.target, index=2)) == ["fox 1"]
    assert prompts(await running.press("page", older.target, index=99)) == ["fox 1"]
    assert len(prompts(await running.press("page", older.target))) == lists.PAGE
    running.clock.now += lists.PATIENCE + 1
    assert await running.press("page", older.target, index=2) == over


async def test_a_ledger_that_takes_nothing_still_shows_the_first_page(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await draw(running, 6)

    async def full(*_: object) -> str:
        raise LedgerUnavailable("the disk is full")

    monkeypatch.setattr(running.ledger.pending, "put", full)
    page = listed(await running.command("recent"))
    assert (len(page.jobs), page.buttons) == (lists.PAGE, ())


async def test_a_chosen_job_has_its_price_and_its_pictures(running: RunningBot) -> None:
    job = await running.draw("a red fox --private")
    name = id_text(job.id)
    panel = await running.press("choose", name)
    assert isinstance(panel, Panel)
    assert panel.caption == "standard · 4 pictures, $0.24 · Sun 22 Nov, 12:00"
    assert [button.label for button in panel.buttons] == ["Again · $0.24", "Share", "Keep", "Download"]
    assert [(pick.label, pick.index) for pick in panel.picks] == [("1", 1), ("2", 2), ("3", 3), ("4", 4)]
    assert panel.message is not None
    download = next(button for button in panel.buttons if button.verb == "download")
    assert (download.target, download.index) == (name, 1)
    alone = await running.press("choose", id_text((await running.draw("an owl -n 1")).id))
    assert isinstance(alone, Panel)
    assert [button.label for button in alone.buttons] == ["Again · $0.06", "Keep", "Download"]
    assert alone.picks == ()


async def test_somebody_elses_job_is_not_opened(running: RunningBot) -> None:
    job = id_text((await running.draw("a red fox")).id)
    assert await running.press("choose", job, BOB) == Notice(sentence=wording.NO_SUCH_JOB)


async def test_a_picture_that_is_gone_is_said_to_be(
    running: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = id_text((await running.draw("a red fox")).id)
    await running.services.store.delete([job])
    assert prompts(await running.command("recent")) == ["a red fox"]
    assert await running.press("choose", job) == Notice(sentence=wording.GONE)
    monkeypatch.setattr(running.disk, "get", _broken)
    assert await running.press("choose", job) == Notice(sentence=wording.NOT_READ)


async def test_a_forgotten_person_finds_nothing(running: RunningBot) -> None:
    job = id_text((await running.draw("a red fox")).id)
    await running.press("keep", job)
    await running.bot.forget(ANN.id, "chat:boss")
    for command in ("recent", "find", "kept"):
        assert isinstance(await running.command(command), Notice)
    assert await running.press("choose", job) == Notice(sentence=wording.NO_SUCH_JOB)


async def _broken(_: str) -> bytes:
    raise OSError("the disk is gone")
