"""`/styles`: set, removed, undone and listed, whoever asks and whatever they type."""

import asyncio

import pytest

from bot.commands.styles import NAME_LIMIT, STYLE_LIMIT
from bot.port.cards import Refused
from bot.port.requests import Address, Command, Person
from quotas.records import ANY
from quotas.settings.styles import MOST_STYLES
from tests.bot.admin.admins import (
    OP,
    OPERATOR,
    newest_entry,
    newest_number,
    posted_changes,
    quotas,
    report,
    sentence,
    set_admin_channel,
)
from tests.bot.conftest import Build
from tests.bot.privacy.test_privacy import forget
from tests.bot.running_bot import ANN, BOSS, RunningBot, at, request_id, until


async def styles(
    running: RunningBot, text: str, person: Person = BOSS, address: Address | None = None
) -> str:
    """Type `/styles` and these words; return the sentence or title of the answer."""
    return sentence(await running.command("styles", text, person, address=address))


async def there(running: RunningBot) -> dict[str, str]:
    return await running.ledger.settings.styles(at().workspace)


async def test_a_style_is_set_with_before_and_after_and_undone(running: RunningBot) -> None:
    answer = await styles(running, "set warm-brand soft light, muted colours --reason brand book")
    assert answer == (
        "Style warm-brand: words not set → soft light, muted colours. "
        f"To take it back: /quotas undo {await newest_number(running)}"
    )
    assert (await newest_entry(running)).reason == "brand book"
    answer = await styles(running, "set Warm_Brand hard light")
    assert answer.startswith("Style warm-brand: words soft light, muted colours → hard light.")
    await quotas(running, f"undo {await newest_number(running)} --confirm")
    assert await there(running) == {"warm-brand": "soft light, muted colours"}
    answer = await styles(running, "remove warm-brand")
    assert answer.startswith("Style warm-brand: words soft light, muted colours → not set.")
    assert await there(running) == {}
    log = report(await quotas(running, "log"))
    assert "style · Style warm-brand: words not set → soft light, muted colours" in [
        row[2] for row in log.rows
    ]


async def test_the_admins_channel_is_told(running: RunningBot) -> None:
    await set_admin_channel(running)
    await styles(running, "set noir black and white")
    await until(lambda: posted_changes(running) != [])
    assert posted_changes(running) == [("Changed by Boss", "Style noir: words not set → black and white.")]


async def test_everybody_sees_the_styles_and_only_admins_change_them(running: RunningBot) -> None:
    assert report(await running.command("styles", "list", ANN)).rows == ()
    await styles(running, "set noir black and white")
    assert report(await running.command("styles", "list", ANN)).rows == (("noir", "black and white"),)
    for text in ("set noir pink", "remove noir"):
        assert await styles(running, text, ANN) == "This is for admins of this workspace."
    assert await there(running) == {"noir": "black and white"}


async def test_a_dry_run_changes_nothing(running: RunningBot) -> None:
    answer = await styles(running, "set noir black and white --dry-run")
    assert answer.startswith("Nothing was changed; this is what it would do. Style noir:")
    assert await there(running) == {}


@pytest.mark.parametrize(
    "text",
    [
        "set",
        "set noir",
        "set --tier red",
        "set **bold** red",
        "set <b>x</b> red",
        "set @everyone red",
        "set <@U1> red",
        "set none red",
        "set - red",
        f"set {'n' * (NAME_LIMIT + 1)} red",
        f"set noir {'x' * 5_000}",
        f"set noir {'x' * (STYLE_LIMIT + 1)}",
        "set noir like chat:ann would",
        "set noir like <@chat:ann> would",
        "set noir red --tier ultra",
        "remove noir",
        "remove",
    ],
)
async def test_what_cannot_be_a_style_is_refused_and_nothing_is_changed(
    running: RunningBot, text: str
) -> None:
    answer = await running.command("styles", text, BOSS)
    assert isinstance(answer, Refused), answer
    assert len(answer.sentence) < 300
    assert await there(running) == {}
    assert await running.ledger.settings.entries(None, 10) == []


async def test_words_are_text_and_no_markup_is_lost(running: RunningBot) -> None:
    """Renderers escape what is shown; what is sent to be drawn is as it was typed."""
    words = "**bold** <b>x</b> [a](https://e.com) `code` \u202e\u200b end"
    await styles(running, f"set noir {words}")
    assert await there(running) == {"noir": "**bold** <b>x</b> [a](https://e.com) `code` end"}


async def test_a_thousand_styles_are_refused_at_the_bound(running: RunningBot) -> None:
    """Two admins at once; the last refusals name the way out."""
    answers = await asyncio.gather(*(styles(running, f"set s{number} red") for number in range(60)))
    assert len(await there(running)) == MOST_STYLES
    full = [answer for answer in answers if "as many as there can be" in answer]
    assert len(full) == 60 - MOST_STYLES
    assert "/styles remove" in full[0]
    assert await running.ledger.verify() == []


async def test_for_all_workspaces_there_are_no_styles(build: Build) -> None:
    running = await build(operators=frozenset((OPERATOR,)))
    everywhere = Address(platform="chat", workspace=ANY, channel="")
    for text in ("set noir red", "remove noir", "list"):
        answer = await styles(running, text, OP, everywhere)
        assert answer == "Say in which workspace: this one is all of them."


async def test_names_are_suggested_to_everybody_and_to_admins(running: RunningBot) -> None:
    await styles(running, "set noir black and white")
    await styles(running, "set warm-brand soft light")

    async def suggest(name: str, option: str, typed: str, person: Person) -> list[tuple[str, str]]:
        command = Command(id=request_id(), person=person, address=at(), name=name, options={option: typed})
        return [(each.value, each.label) for each in await running.bot.suggest(command, option)]

    both = [("noir", "noir: black and white"), ("warm-brand", "warm-brand: soft light")]
    assert await suggest("imagine", "style", "", ANN) == both
    assert await suggest("imagine", "style", "light", ANN) == both[1:]
    assert await suggest("styles remove", "name", "no", BOSS) == both[:1]


async def test_a_style_outlives_the_admin_who_made_it(running: RunningBot) -> None:
    chief = Person(id="chat:U0CHIEFLY7", name="Chief", admin=True)
    await styles(running, "set noir black and white", chief)
    await forget(running, chief)
    assert (await newest_entry(running)).author != chief.id
    assert await there(running) == {"noir": "black and white"}
    assert await running.ledger.verify() == []
