"""Keeping pictures beyond their time, by a button, a star or in a collection."""

from bot import wording
from bot.port.cards import Form, Notice, Panel, PictureList, Reply, Report
from quotas.ids import id_text
from quotas.records import Job
from tests.bot.running_bot import BOB, RunningBot

DAY = 24 * 3600


async def kept(running: RunningBot, job: Job) -> str | None:
    return await running.ledger.finding.collection_of(job.id)


def report(answer: Reply | None) -> Report:
    assert isinstance(answer, Report), answer
    return answer


def labels(answer: Reply | None) -> list[str]:
    assert isinstance(answer, Panel | Report), answer
    return [button.label for button in answer.buttons]


async def tidy(running: RunningBot) -> None:
    """Start the program anew, which tidies first of all, and wait until nothing is expired."""
    await running.crash()
    await running.open()
    await running.wait_for(lambda: _is_tidy(running))


async def _is_tidy(running: RunningBot) -> bool:
    return await running.ledger.jobs.list_expired(running.clock.now - 90 * DAY, 10) == []


async def test_keep_names_what_it_does_and_offers_a_collection(running: RunningBot) -> None:
    job = await running.draw("a logo")
    answer = report(await running.press("keep", id_text(job.id)))
    assert answer.lines == ("I'll keep these pictures longer than the usual 90 days. /kept shows them.",)
    assert labels(answer) == ["Keep in…", "Don't keep"]
    assert await kept(running, job) == ""
    panel = await running.press("choose", id_text(job.id))
    assert isinstance(panel, Panel)
    assert panel.caption.endswith(" · kept")
    assert labels(panel) == ["Again · $0.24", "Keep in…", "Don't keep", "Download"]


async def test_a_collection_has_one_name_in_any_case(running: RunningBot) -> None:
    logo, fox = await running.draw("a logo"), await running.draw("a fox")
    form = await running.form(id_text(logo.id), verb="collect", index=1)
    assert isinstance(form, Form)
    assert [(field.name, field.value, field.required) for field in form.fields] == [("collection", "", False)]
    answer = report(await running.press("collect", id_text(logo.id), collection=" My  Logos "))
    assert 'in "My Logos"' in answer.lines[0]
    await running.press("collect", id_text(fox.id), collection="“my logos”")
    assert [await kept(running, job) for job in (logo, fox)] == ["My Logos", "My Logos"]
    page = await running.command("kept", "MY LOGOS")
    assert isinstance(page, PictureList)
    assert (page.title, len(page.jobs)) == ('Kept in "My Logos"', 2)
    assert page.jobs[0].facts.endswith("kept in My Logos")
    again = await running.form(id_text(fox.id), verb="collect", index=1)
    assert isinstance(again, Form)
    assert again.fields[0].value == "My Logos"
    await running.press("collect", id_text(fox.id))
    everything = await running.command("kept")
    assert isinstance(everything, PictureList)
    assert everything.lines == ("Collections: My Logos (1), and 1 in none. To see one: /kept and its name.",)
    other = await running.command("kept", "owls")
    assert other == Notice(sentence='You have no collection "owls". Yours: My Logos.')


async def test_keeping_again_leaves_the_collection(running: RunningBot) -> None:
    job = await running.draw("a logo")
    await running.press("collect", id_text(job.id), collection="logos")
    await running.press("keep", id_text(job.id))
    assert await running.react("⭐", running.only_outcome().ref) is None
    assert await kept(running, job) == "logos"


async def test_only_the_person_who_asked_keeps(running: RunningBot) -> None:
    job = await running.draw("a logo")
    name, message = id_text(job.id), running.only_outcome().ref
    not_yours = Notice(sentence=wording.NOT_YOURS_TO_KEEP)
    assert await running.press("keep", name, BOB) == not_yours
    assert await running.form(name, BOB, verb="collect") == not_yours
    assert await running.react("⭐", message, BOB) is None
    assert await kept(running, job) is None
    assert "Keep" not in labels(await running.press("pick", name, BOB, index=1))
    await running.press("keep", name)
    assert await running.press("drop", name, BOB) == not_yours
    assert await running.press("collect", name, BOB, collection="mine") == not_yours
    assert await kept(running, job) == ""


async def test_a_star_keeps_and_answers_nothing(running: RunningBot) -> None:
    job = await running.draw("a logo")
    message = running.only_outcome().ref
    assert await running.react("⭐", message) is None
    assert await running.react("⭐\ufe0f", message) is None
    assert await kept(running, job) == ""


async def test_the_panel_and_the_details_of_a_picture_keep_its_job(running: RunningBot) -> None:
    job, alone = await running.draw("a logo"), await running.draw("an owl -n 1")
    panel = await running.press("pick", id_text(job.id), index=2)
    assert labels(panel)[-2:] == ["Keep", "Download"]
    assert "Keep" in labels(await running.press("details", id_text(alone.id)))
    await running.press("keep", id_text(alone.id), index=1)
    assert await kept(running, alone) == ""


async def test_what_is_kept_survives_the_tidying_until_it_is_dropped(running: RunningBot) -> None:
    logo, fox = await running.draw("a logo -n 1"), await running.draw("a fox -n 1")
    await running.press("keep", id_text(logo.id))
    keys = [f"{id_text(job.id)}-1.png" for job in (logo, fox)]
    running.clock.now += 91 * DAY
    await tidy(running)
    assert [await running.bot.picture(key) is not None for key in keys] == [True, False]
    dropped = report(await running.press("drop", id_text(logo.id)))
    assert dropped.lines == (wording.dropped(0.0),)
    assert labels(dropped) == ["Keep"]
    await tidy(running)
    assert await running.bot.picture(keys[0]) is None
    assert await running.press("keep", id_text(logo.id)) == Notice(sentence=wording.GONE)


async def test_dropping_says_how_long_the_pictures_stay(running: RunningBot) -> None:
    job = await running.draw("a logo")
    await running.press("keep", id_text(job.id))
    running.clock.now += 80 * DAY
    assert report(await running.press("drop", id_text(job.id))).lines == (
        "I don't keep these pictures any longer. They stay for another 10 days.",
    )


async def test_a_deleted_job_is_not_kept(running: RunningBot) -> None:
    job = await running.draw("a logo")
    await running.press("keep", id_text(job.id))
    await running.press("delete", id_text(job.id))
    assert isinstance(await running.command("kept"), Notice)
    assert await running.press("keep", id_text(job.id)) == Notice(sentence=wording.GONE)
