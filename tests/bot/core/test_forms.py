"""The blank form of `/imagine`, and any form with both flags and fields."""

from dataclasses import replace

import pytest

from bot import wording
from bot.port.cards import Accepted, Form, Refused
from quotas.ids import id_text
from tests.bot.running_bot import ANN, RunningBot


async def blank(running: RunningBot) -> dict[str, str]:
    form = await running.form("", verb="imagine")
    assert isinstance(form, Form)
    assert (form.verb, form.target, form.submit) == ("imagine", "", wording.DRAW)
    return {field.name: field.value for field in form.fields}


async def draw(running: RunningBot, **fields: str) -> str:
    answer = await running.press("imagine", "", **fields)
    assert isinstance(answer, Accepted), answer
    await running.finish()
    return answer.job


async def test_the_blank_form_shows_the_usual_options(running: RunningBot) -> None:
    form = await running.form("", verb="imagine")
    assert isinstance(form, Form)
    assert await blank(running) == {
        "prompt": "",
        "tier": "standard",
        "ratio": "1:1",
        "variants": "4",
        "private": "no",
        "reference": "",
        "mask": "",
    }
    prompt, *_, private, reference, mask = form.fields
    assert [(each.kind, each.longest) for each in (reference, mask)] == [("picture", 4), ("picture", 1)]
    assert (prompt.required, prompt.longest) == (True, 2_000)
    assert [(choice.value, choice.label) for choice in private.choices] == [
        ("no", "Everyone here"),
        ("yes", "Only me"),
    ]
    assert all(field.value in [choice.value for choice in field.choices] for field in form.fields[1:-2])


async def test_the_fields_of_the_form_are_drawn(running: RunningBot) -> None:
    values = await blank(running)
    job = await running.job(
        await draw(running, **{**values, "prompt": "a fox", "tier": "fast", "variants": "2"})
    )
    order = running.painter.orders[0]
    assert (order.prompt, order.tier.name, order.ratio, order.images) == ("a fox", "fast", "1:1", 2)
    assert job.origin == "imagine"
    assert not running.only_outcome().ref.address.private_to


async def test_the_field_only_me_makes_the_job_private(running: RunningBot) -> None:
    await draw(running, prompt="a fox", private="yes")
    assert running.only_outcome().ref.address.private_to == ANN.id


async def test_flags_in_the_prompt_beat_fields_that_were_not_changed(running: RunningBot) -> None:
    values = await blank(running)
    await draw(running, **{**values, "prompt": "a fox --ultra --ar 3:2 -n 1 --private", "ratio": "16:9"})
    order = running.painter.orders[0]
    assert (order.prompt, order.tier.name, order.ratio, order.images) == ("a fox", "ultra", "16:9", 1)
    assert running.only_outcome().ref.address.private_to == ANN.id


async def test_flags_beat_unchanged_fields_in_the_edit_form_too(running: RunningBot) -> None:
    first = await running.draw("a fox --ar 3:2 -n 2")
    form = await running.form(id_text(first.id))
    assert isinstance(form, Form)
    values = {field.name: field.value for field in form.fields}
    await running.press(
        "edit", id_text(first.id), **{**values, "prompt": "a wolf --ultra -n 1", "ratio": "16:9"}
    )
    await running.finish()
    order = running.painter.orders[1]
    assert (order.tier.name, order.ratio, order.images) == ("ultra", "16:9", 1)


async def test_an_edit_form_that_is_sent_unchanged_changes_nothing(running: RunningBot) -> None:
    """Its prompt was parsed before, and some of its quotes were taken off."""
    first = await running.draw('--fast -n 2 "“«‹fox›»”"')
    form = await running.form(id_text(first.id))
    assert isinstance(form, Form)
    values = {field.name: field.value for field in form.fields}
    assert isinstance(await running.press("edit", id_text(first.id), **values), Accepted)
    await running.finish()
    one, two = running.painter.orders
    assert one.prompt == "«‹fox›»"
    assert replace(two, job=one.job) == one


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"prompt": ""}, "Say what to draw"),
        ({}, "Say what to draw"),
        ({"prompt": "a fox", "tier": "best"}, "--tier"),
        ({"prompt": "a fox", "variants": "many"}, "a whole number from 1 to 4"),
        ({"prompt": "a fox", "private": "here"}, "--private"),
        ({"prompt": "a fox --teir fast"}, "did you mean --tier"),
    ],
)
async def test_impossible_fields_are_refused_and_nothing_is_charged(
    running: RunningBot, fields: dict[str, str], expected: str
) -> None:
    answer = await running.press("imagine", "", **fields)
    assert isinstance(answer, Refused)
    assert answer.why == "input"
    assert expected in answer.sentence
    assert await running.usage_today() == (0, 0)


async def test_the_same_press_is_one_request(running: RunningBot) -> None:
    for fresh in (True, False):
        answer = await running.press("imagine", "", prompt="a fox", request="view:1")
        assert isinstance(answer, Accepted)
        assert answer.fresh == fresh
    await running.finish()


@pytest.mark.parametrize(
    ("prompt", "name"),
    [("/quota", "quota"), ("/quotas log", "quotas"), ("help", "help"), ("/imagine help", "help")],
)
async def test_a_commands_name_in_place_of_a_prompt_is_refused(
    running: RunningBot, prompt: str, name: str
) -> None:
    refused = Refused(why="input", sentence=wording.is_command(name))
    assert await running.ask(prompt) == refused
    assert await running.press("imagine", "", prompt=prompt) == refused
    job = await running.draw("a fox -n 1")
    assert await running.press("edit", id_text(job.id), prompt=prompt) == refused
    assert len(running.painter.orders) == 1


async def test_the_name_of_imagine_before_a_prompt_is_dropped(running: RunningBot) -> None:
    await running.draw("/imagine prompt: a boat -n 1")
    await draw(running, prompt="/imagine a boat", variants="1")
    assert [order.prompt for order in running.painter.orders] == ["a boat", "a boat"]
