"""What admins do about who may draw how much: told once, and lived on each platform that has any."""

import re
from typing import Any

import pytest

from tests.contract.conftest import Open
from tests.contract.harness import Harness, Seen, Who
from tests.contract.test_stories import drawn, eventually, newest, used

pytestmark = pytest.mark.needs("admins", "buttons")

DAY = 24 * 3600
NUMBER = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{13}\b")  # of an entry, as people type it


async def says(house: Harness, who: Who, name: str, **options: Any) -> Seen:
    """What a command is answered with: to whoever gave it, and to nobody else."""
    before = {message.id for message in await house.seen(who)}
    others = {other: await house.seen(other) for other in ("ann", "bob", "boss") if other != who}
    await house.command(who, name, **options)
    answer, *_ = [each for each in await house.seen(who) if each.id not in before and each.private]
    for other, seen in others.items():
        assert answer not in await house.seen(other) or answer in seen
    return answer


async def confirmed(house: Harness, name: str, **options: Any) -> Seen:
    """The boss asks for a change that is asked about, and says yes."""
    question = await says(house, "boss", name, **options)
    await house.press("boss", "Confirm", question)
    return await newest(house, "boss")


async def refused(house: Harness, text: str = "a red fox", who: Who = "ann") -> Seen:
    await house.ask(who, text)
    answer = await newest(house, who)
    assert answer.private, answer
    assert not answer.pictures
    return answer


async def test_an_allowance_is_set_reached_raised_and_taken_back(house: Harness) -> None:
    ann = house.person("ann")
    answer = await says(house, "boss", "quotas set", person=ann, images_per_day="4", reason="trial")
    assert "not set → 4" in answer.text
    await drawn(house)
    full = await refused(house)
    assert "Your own allowance allows 4 pictures per day; 0 pictures left" in full.text
    await says(house, "boss", "quotas grant", person=ann, images=4, reason="a good cause")
    await drawn(house)
    assert await used(house, "ann") == 8
    answer = await confirmed(house, "quotas reset", person=ann)
    await drawn(house)
    assert await used(house, "ann") == 12


async def test_the_log_tells_who_changed_what_and_why_and_each_can_be_undone(house: Harness) -> None:
    await says(
        house, "boss", "quotas set", person=house.person("ann"), images_per_day="0", reason="for a bet"
    )
    log = await says(house, "boss", "quotas log")
    for said in (house.names["boss"], house.names["ann"], "for a bet", "not set → 0"):
        assert said in log.text
    await refused(house)
    number = NUMBER.findall(log.text)[-1]
    await confirmed(house, "quotas undo", entry=number, reason="lost it")
    await drawn(house)
    log = await says(house, "boss", "quotas log")
    assert "undo" in log.text
    assert "lost it" in log.text


async def test_a_dry_run_changes_nothing(house: Harness) -> None:
    answer = await says(
        house, "boss", "quotas set", person=house.person("ann"), images_per_day="0", dry_run=True
    )
    assert "not set → 0" in answer.text
    await drawn(house)
    assert "Nothing was changed" in (await says(house, "boss", "quotas log")).text


async def test_drawing_stops_for_all_and_goes_on(house: Harness) -> None:
    question = await says(house, "boss", "quotas pause", reason="an outing")
    assert "Confirm" in question.buttons
    await drawn(house)
    await house.press("boss", "Confirm", question)
    assert "paused" in (await refused(house)).text
    assert "paused" in (await refused(house, who="bob")).text
    await says(house, "boss", "quotas resume")
    await drawn(house)


async def test_one_person_is_blocked_and_everybody(house: Harness) -> None:
    await says(house, "boss", "quotas block", person=house.person("ann"), reason="rest")
    assert "You are blocked" in (await refused(house)).text
    await drawn(house, who="bob")
    await says(house, "boss", "quotas unblock", person=house.person("ann"))
    await drawn(house)
    await confirmed(house, "quotas block", reason="rest for all")
    assert "Everyone is blocked" in (await refused(house, who="bob")).text


async def test_what_is_spent_in_a_month_is_bounded_and_told_once(house: Harness) -> None:
    """Two drawings of four are 48 cents."""
    await says(house, "boss", "quotas settings", alert_channel=house.channel())
    await says(house, "boss", "quotas budget", money_per_month="0.50")
    before = {message.id for message in await house.seen("bob")}
    await drawn(house)
    await drawn(house)
    await house.ask("ann", "a red fox")  # an alert may be told after the refusal
    stopped = "This workspace's limit allows $0.50 per month"
    await eventually(house, "ann", lambda seen: any(each.private and stopped in each.text for each in seen))

    def alerts(seen: list[Seen]) -> list[str]:
        return [each.text for each in seen if each.id not in before and "$0.50" in each.text]

    await eventually(house, "bob", lambda seen: len(alerts(seen)) >= 2)
    state = await says(house, "boss", "quotas budget")
    assert "$0.48" in state.text
    assert "$0.50" in state.text


async def test_a_budget_that_is_short_draws_in_a_cheaper_tier_and_says_so(build: Open) -> None:
    house = await build()
    await says(house, "boss", "quotas budget", money_per_month="0.30", at_end="cheaper")
    gallery = await drawn(house, "a red fox", tier="ultra")
    assert "Standard" in gallery.text
    assert "budget" in gallery.text
    assert await used(house, "ann") == 4


async def test_who_is_refused_asks_for_more_and_an_admin_gives_it(house: Harness) -> None:
    await says(house, "boss", "quotas settings", admin_channel=house.channel())
    await says(house, "boss", "quotas set", person=house.person("ann"), images_per_day="0")
    full = await refused(house)
    assert "Ask for more" in full.buttons
    await house.press("ann", "Ask for more", full)
    await eventually(house, "boss", lambda seen: "Approve" in seen[-1].buttons)
    card = await newest(house, "boss")
    assert house.names["ann"] in card.text
    await house.press("bob", "Deny", await newest(house, "bob"))
    filled = await house.fill("boss", "Approve", card, images="8")
    assert filled["images"] == "4"
    await eventually(house, "ann", lambda seen: any("8 pictures" in each.text for each in seen))
    await drawn(house)
    await drawn(house)
    assert await used(house, "ann") == 8
    log = await says(house, "boss", "quotas log")
    assert "grant" in log.text


async def test_asking_for_more_can_be_denied(house: Harness) -> None:
    await says(house, "boss", "quotas settings", admin_channel=house.channel())
    await says(house, "boss", "quotas set", person=house.person("ann"), images_per_day="0")
    await house.press("ann", "Ask for more", await refused(house))
    await eventually(house, "boss", lambda seen: "Deny" in seen[-1].buttons)
    await house.press("boss", "Deny", await newest(house, "boss"))
    await eventually(house, "ann", lambda seen: any("said no" in each.text for each in seen if each.private))
    await refused(house)


async def test_figures_of_others_are_for_admins_and_come_as_a_file(house: Harness) -> None:
    await drawn(house)
    who = await says(house, "ann", "usage", workspace=True)
    assert "admin" in who.text
    report = await says(house, "boss", "usage", workspace=True, by="person")
    assert house.names["ann"] in report.text
    assert "$0.24" in report.text
    await says(house, "boss", "quotas export")

    def files(seen: list[Seen]) -> list[str]:
        return [name for each in seen if each.private for name in each.files]

    await eventually(house, "boss", lambda seen: len(files(seen)) == 1)
    assert files(await house.seen("boss"))[0].endswith(".csv")


async def test_defaults_are_the_workspaces_own(house: Harness) -> None:
    await says(
        house, "boss", "quotas settings", default_tier="fast", default_ratio="16:9", default_variants=1
    )
    gallery = await drawn(house)
    for said in ("Imagen 4 Fast", "16:9", "$0.03"):
        assert said in gallery.text
    assert gallery.pictures == 1


async def test_what_is_set_outlives_the_process(house: Harness) -> None:
    await says(house, "boss", "quotas set", person=house.person("ann"), images_per_day="0")
    question = await says(house, "boss", "quotas pause")
    await house.restart()
    await refused(house)
    await house.press("boss", "Confirm", question)
    assert "paused" in (await refused(house, who="bob")).text


async def test_who_is_forgotten_leaves_amounts_and_nothing_else(house: Harness) -> None:
    await drawn(house, "a very secret fox")
    question = await says(house, "ann", "forget", what="me")
    await house.press("ann", "Forget me", question)
    report = await says(house, "boss", "usage", workspace=True, by="person")
    assert house.names["ann"] not in report.text
    assert "$0.24" in report.text
