"""The stories of admins who change allowances, each run on every platform with admins."""

import re
from typing import Any

import pytest

from tests.contract.conftest import Build
from tests.contract.harness import Actor, Harness, VisibleMessage
from tests.contract.test_stories import draw, images_charged, newest, wait_for_messages

DAY = 24 * 3600
NUMBER = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{13}\b")  # the number of an entry, as people type it


async def run_command(harness: Harness, who: Actor, name: str, /, **options: Any) -> VisibleMessage:
    """Give a command and return its answer; check that nobody else sees the answer."""
    before = {message.id for message in await harness.messages(who)}
    others = {other: await harness.messages(other) for other in ("ann", "bob", "boss") if other != who}
    await harness.command(who, name, **options)
    answer, *_ = [each for each in await harness.messages(who) if each.id not in before and each.private]
    for other, messages in others.items():
        assert answer not in await harness.messages(other) or answer in messages
    return answer


async def confirm_command(harness: Harness, name: str, /, **options: Any) -> VisibleMessage:
    """Let the boss give a command that must be confirmed, and confirm it; beforehand, without buttons."""
    if "buttons" in harness.unsupported:
        return await run_command(harness, "boss", name, confirm=True, **options)
    question = await run_command(harness, "boss", name, **options)
    await harness.press("boss", "Confirm", question)
    return await newest(harness, "boss")


async def ask_in_vain(harness: Harness, text: str = "a red fox", who: Actor = "ann") -> VisibleMessage:
    """Ask for a picture, check that the request is refused, and return the refusal."""
    await harness.ask(who, text)
    answer = await newest(harness, who)
    assert answer.private, answer
    assert not answer.pictures
    return answer


async def test_an_allowance_is_set_reached_raised_and_reset(harness: Harness) -> None:
    ann = harness.person("ann")
    answer = await run_command(harness, "boss", "quotas set", person=ann, images_per_day="4", reason="trial")
    assert "not set → 4" in answer.text
    await draw(harness)
    full = await ask_in_vain(harness)
    assert "Your own allowance allows 4 pictures per day; 0 pictures left" in full.text
    await run_command(harness, "boss", "quotas grant", person=ann, images=4, reason="a good cause")
    await draw(harness)
    assert await images_charged(harness, "ann") == 8
    answer = await confirm_command(harness, "quotas reset", person=ann)
    await draw(harness)
    assert await images_charged(harness, "ann") == 12


async def test_the_log_shows_who_changed_what_and_why_and_an_entry_can_be_undone(harness: Harness) -> None:
    await run_command(
        harness, "boss", "quotas set", person=harness.person("ann"), images_per_day="0", reason="for a bet"
    )
    log = await run_command(harness, "boss", "quotas log")
    for text in (harness.names["boss"], harness.names["ann"], "for a bet", "not set → 0"):
        assert text in log.text
    await ask_in_vain(harness)
    number = NUMBER.findall(log.text)[-1]
    await confirm_command(harness, "quotas undo", entry=number, reason="lost it")
    await draw(harness)
    log = await run_command(harness, "boss", "quotas log")
    assert "undo" in log.text
    assert "lost it" in log.text


async def test_a_dry_run_changes_nothing(harness: Harness) -> None:
    answer = await run_command(
        harness, "boss", "quotas set", person=harness.person("ann"), images_per_day="0", dry_run=True
    )
    assert "not set → 0" in answer.text
    await draw(harness)
    assert "Nothing was changed" in (await run_command(harness, "boss", "quotas log")).text


@pytest.mark.needs("buttons")
async def test_drawing_can_be_paused_and_resumed_for_all(harness: Harness) -> None:
    question = await run_command(harness, "boss", "quotas pause", reason="an outing")
    assert "Confirm" in question.buttons
    await draw(harness)
    await harness.press("boss", "Confirm", question)
    assert "paused" in (await ask_in_vain(harness)).text
    assert "paused" in (await ask_in_vain(harness, who="bob")).text
    await run_command(harness, "boss", "quotas resume")
    await draw(harness)


async def test_one_person_or_everyone_can_be_blocked(harness: Harness) -> None:
    await run_command(harness, "boss", "quotas block", person=harness.person("ann"), reason="rest")
    assert "You are blocked" in (await ask_in_vain(harness)).text
    await draw(harness, who="bob")
    await run_command(harness, "boss", "quotas unblock", person=harness.person("ann"))
    await draw(harness)
    await confirm_command(harness, "quotas block", reason="rest for all")
    assert "Everyone is blocked" in (await ask_in_vain(harness, who="bob")).text


@pytest.mark.needs("channel")
async def test_a_budget_limits_a_month_and_alerts_once(harness: Harness) -> None:
    """Two galleries of four pictures cost 48 cents."""
    await run_command(harness, "boss", "quotas settings", alert_channel=harness.channel())
    await run_command(harness, "boss", "quotas budget", money_per_month="0.50")
    before = {message.id for message in await harness.messages("bob")}
    await draw(harness)
    await draw(harness)
    await harness.ask("ann", "a red fox")  # refused; an alert may come after the refusal
    sentence = "This workspace's limit allows $0.50 per month"
    await wait_for_messages(
        harness, "ann", lambda messages: any(each.private and sentence in each.text for each in messages)
    )

    def alerts(messages: list[VisibleMessage]) -> list[str]:
        return [each.text for each in messages if each.id not in before and "$0.50" in each.text]

    await wait_for_messages(harness, "bob", lambda messages: len(alerts(messages)) >= 2)
    state = await run_command(harness, "boss", "quotas budget")
    assert "$0.48" in state.text
    assert "$0.50" in state.text


async def test_at_the_end_of_a_budget_a_cheaper_tier_is_drawn_and_named(build: Build) -> None:
    harness = await build()
    await run_command(harness, "boss", "quotas budget", money_per_month="0.30", at_end="cheaper")
    gallery = await draw(harness, "a red fox", tier="ultra")
    assert "Standard" in gallery.text
    assert "budget" in gallery.text
    assert await images_charged(harness, "ann") == 4


@pytest.mark.needs("channel", "buttons")
async def test_a_refused_person_asks_for_more_and_an_admin_approves(harness: Harness) -> None:
    await run_command(harness, "boss", "quotas settings", admin_channel=harness.channel())
    await run_command(harness, "boss", "quotas set", person=harness.person("ann"), images_per_day="0")
    full = await ask_in_vain(harness)
    assert "Ask for more" in full.buttons
    await harness.press("ann", "Ask for more", full)
    await wait_for_messages(harness, "boss", lambda messages: "Approve" in messages[-1].buttons)
    card = await newest(harness, "boss")
    assert harness.names["ann"] in card.text
    await harness.press("bob", "Deny", await newest(harness, "bob"))
    filled = await harness.fill("boss", "Approve", card, images="8")
    assert filled["images"] == "4"
    await wait_for_messages(
        harness, "ann", lambda messages: any("8 pictures" in each.text for each in messages)
    )
    await draw(harness)
    await draw(harness)
    assert await images_charged(harness, "ann") == 8
    log = await run_command(harness, "boss", "quotas log")
    assert "grant" in log.text


@pytest.mark.needs("channel", "buttons")
async def test_a_request_for_more_can_be_denied(harness: Harness) -> None:
    await run_command(harness, "boss", "quotas settings", admin_channel=harness.channel())
    await run_command(harness, "boss", "quotas set", person=harness.person("ann"), images_per_day="0")
    await harness.press("ann", "Ask for more", await ask_in_vain(harness))
    await wait_for_messages(harness, "boss", lambda messages: "Deny" in messages[-1].buttons)
    await harness.press("boss", "Deny", await newest(harness, "boss"))
    await wait_for_messages(
        harness, "ann", lambda messages: any("said no" in each.text for each in messages if each.private)
    )
    await ask_in_vain(harness)


@pytest.mark.needs("admins")
async def test_only_admins_see_the_figures_of_others_and_can_export_them(harness: Harness) -> None:
    await draw(harness)
    refusal = await run_command(harness, "ann", "usage", workspace=True)
    assert "admin" in refusal.text
    report = await run_command(harness, "boss", "usage", workspace=True, by="person")
    assert harness.names["ann"] in report.text
    assert "$0.24" in report.text
    await run_command(harness, "boss", "quotas export")

    def files(messages: list[VisibleMessage]) -> list[str]:
        return [name for each in messages if each.private for name in each.files]

    await wait_for_messages(harness, "boss", lambda messages: len(files(messages)) == 1)
    assert files(await harness.messages("boss"))[0].endswith(".csv")


async def test_a_workspace_has_its_own_defaults(harness: Harness) -> None:
    await run_command(
        harness, "boss", "quotas settings", default_tier="fast", default_ratio="16:9", default_variants=1
    )
    gallery = await draw(harness)
    for text in ("Imagen 4 Fast", "16:9", "$0.03"):
        assert text in gallery.text
    assert gallery.pictures == 1


@pytest.mark.needs("buttons")
async def test_settings_survive_a_restart(harness: Harness) -> None:
    await run_command(harness, "boss", "quotas set", person=harness.person("ann"), images_per_day="0")
    question = await run_command(harness, "boss", "quotas pause")
    await harness.restart()
    await ask_in_vain(harness)
    await harness.press("boss", "Confirm", question)
    assert "paused" in (await ask_in_vain(harness, who="bob")).text


@pytest.mark.needs("admins", "buttons")
async def test_a_forgotten_person_leaves_amounts_and_nothing_else(harness: Harness) -> None:
    await draw(harness, "a very secret fox")
    question = await run_command(harness, "ann", "forget", what="me")
    await harness.press("ann", "Forget me", question)
    report = await run_command(harness, "boss", "usage", workspace=True, by="person")
    assert harness.names["ann"] not in report.text
    assert "$0.24" in report.text
