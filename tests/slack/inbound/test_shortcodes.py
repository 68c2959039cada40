"""Slack's shortcodes become the emoji that people saw; a workspace's own stay."""

from pathlib import Path

import pytest

from adapters.slack.inbound.shortcodes import to_emoji
from bot.imagine.records import spec_of
from tests.slack.app import App, running_app


@pytest.mark.parametrize(
    ("text", "restored"),
    [
        ("a :fox_face: in snow", "a 🦊 in snow"),
        (":fox_face::fox_face:", "🦊🦊"),
        (":wave::skin-tone-3:", "👋🏼"),
        (":+1: and :thumbsup:", "👍 and 👍"),
        ("赤い:fox_face:が", "赤い🦊が"),
        (":flag-de: :us:", "🇩🇪 🇺🇸"),
        (":rainbow-flag:", "🏳️\u200d🌈"),
        (":male-technologist: :female-astronaut: :woman-running:", "👨\u200d💻 👩\u200d🚀 🏃\u200d♀️"),
        (":man-woman-girl-boy: :woman-heart-woman:", "👨\u200d👩\u200d👧\u200d👦 👩\u200d❤️\u200d👩"),
        (":male-doctor: :large_red_square:", "👨\u200d⚕️ 🟥"),
        (":simple_smile: :egg: :satellite: :the_horns: :keycap_star:", "🙂 🥚 🛰️ 🤘 *\ufe0f\u20e3"),
        (":1234: :100:", "🔢 💯"),
    ],
)
def test_standard_shortcodes_become_emoji(text: str, restored: str) -> None:
    assert to_emoji(text) == restored


@pytest.mark.parametrize(
    "text",
    [
        ":party_parrot: and :acme-logo:",
        "--ar 16:9",
        "at 10:30:45",
        "<@slack:de:x>",
        "a:fox_face:",
        ": fox :",
        "::",
        ":Fox_Face:",
        "a fox",
        "",
    ],
)
def test_other_words_stay(text: str) -> None:
    assert to_emoji(text) == text


async def prompt_of_ann(app: App) -> str:
    await app.wait_for_calls("shown")
    await app.backend.done()
    (job,) = await app.backend.ledger.jobs.list_recent(f"slack:{app.fake.team.id}", app.id_of(app.ann), 20)
    return spec_of(job).prompt


@pytest.mark.parametrize("way", ["command", "mention", "direct message", "shortcut", "form"])
async def test_the_model_gets_emoji_whatever_way_a_prompt_comes(tmp_path: Path, way: str) -> None:
    prompt = "a :fox_face: with :party_parrot:"
    async with running_app(tmp_path) as app:
        match way:
            case "command":
                await app.imagine(prompt)
            case "mention":
                await app.fake.mention(app.ann, app.room, prompt)
            case "direct message":
                await app.fake.direct(app.ann, prompt)
            case "shortcut":
                message = app.fake.say(app.bob, app.room, prompt)
                await app.fake.shortcut(app.ann, message, "imagine_this")
            case "form":
                await app.fake.slash(app.ann, app.room, "/imagine")
                await app.fake.submit(app.ann, await app.wait_for_form(app.ann), {"Prompt": prompt})
        assert await prompt_of_ann(app) == "a 🦊 with :party_parrot:"
