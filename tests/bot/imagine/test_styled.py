"""A request in a style: its words are sent to be drawn, and nobody is shown them as the prompt."""

import pytest

from bot.port.cards import Delivered, Form, Refused, Report, Working
from bot.port.requests import Address
from quotas.catalog import load_catalog
from quotas.ids import id_text
from quotas.records import Job
from tests.bot.conftest import Build
from tests.bot.running_bot import BOSS, RunningBot

WORDS = "soft light, muted colours"


@pytest.fixture
async def warm(running: RunningBot) -> RunningBot:
    """A bot in whose workspace there are the styles noir and warm-brand."""
    await running.command("styles", f"set warm-brand {WORDS}", BOSS)
    await running.command("styles", "set noir black and white", BOSS)
    return running


def prompts(running: RunningBot) -> list[str]:
    return [order.prompt for order in running.painter.orders]


def choices_of(form: object, name: str) -> tuple[str, list[str]]:
    """Return the chosen value of a form's field, and all its values."""
    assert isinstance(form, Form), form
    (field,) = [field for field in form.fields if field.name == name]
    return field.value, [choice.value for choice in field.choices]


async def drawn(running: RunningBot, verb: str, job: Job, index: int = 0, **options: str) -> str:
    """Press a button of a job, and return the prompt that was sent to be drawn."""
    await running.press(verb, id_text(job.id), index=index, **options)
    await running.finish()
    return prompts(running)[-1]


@pytest.mark.parametrize(
    ("text", "sent", "shown"),
    [
        ("a red fox --style warm-brand", f"a red fox, {WORDS}", "a red fox"),
        ("--style Warm_Brand a red fox.", f"a red fox. {WORDS}", "a red fox."),
        ("a red fox --style none", "a red fox", "a red fox"),
        ("a red fox --style noir --style warm-brand", f"a red fox, {WORDS}", "a red fox"),
    ],
)
async def test_its_words_are_sent_and_the_prompt_is_shown_as_typed(
    warm: RunningBot, text: str, sent: str, shown: str
) -> None:
    answer = await warm.accept(text)
    assert isinstance(answer.card, Working)
    assert ("style warm-brand" in answer.card.summary) == (sent != shown)
    await warm.finish()
    assert prompts(warm) == [sent]
    card = warm.bot.lifecycle.presenter.delivered(await warm.job(answer.job), warm.clock())
    assert isinstance(card, Delivered)
    assert card.header.prompt == shown
    assert ("style warm-brand" in card.caption) == (sent != shown)
    assert WORDS not in repr(card)


@pytest.mark.parametrize("typed", ["warm-brand", "Warm Brand", "WARM_BRAND"])
async def test_a_field_beats_a_flag_and_may_be_typed_as_people_do(warm: RunningBot, typed: str) -> None:
    await warm.draw("a red fox --style noir", style=typed)
    assert prompts(warm) == [f"a red fox, {WORDS}"]


@pytest.mark.parametrize("typed", ["--tier", "**noir**", "@everyone", "n" * 5_000])
async def test_a_field_that_cannot_be_a_name_is_refused(warm: RunningBot, typed: str) -> None:
    refused = await warm.ask("a red fox", style=typed)
    assert isinstance(refused, Refused)
    assert "can't be the name of a style" in refused.sentence
    assert len(refused.sentence) < 300


async def test_details_name_the_style(warm: RunningBot) -> None:
    job = await warm.draw("a red fox --style noir")
    details = await warm.press("details", id_text(job.id))
    assert isinstance(details, Report)
    assert ("Style", "noir") in details.rows


async def test_again_edit_vary_and_final_keep_the_style_as_it_was(warm: RunningBot) -> None:
    """It is changed, then removed; only a new request finds that out."""
    warm.painter.script = []
    job = await warm.draw("a red fox --style warm-brand -n 1")
    await warm.command("styles", "set warm-brand neon", BOSS)
    assert await drawn(warm, "again", job) == f"a red fox, {WORDS}"
    await warm.command("styles", "remove warm-brand", BOSS)
    assert await drawn(warm, "again", job) == f"a red fox, {WORDS}"
    assert await drawn(warm, "final", job) == f"a red fox, {WORDS}"
    form = await warm.form(id_text(job.id))
    assert choices_of(form, "style") == ("warm-brand", ["none", "noir", "warm-brand"])
    assert await drawn(warm, "edit", job, prompt="a blue fox", style="warm-brand") == f"a blue fox, {WORDS}"
    assert await drawn(warm, "edit", job, prompt="a blue fox") == f"a blue fox, {WORDS}"
    assert await drawn(warm, "edit", job, prompt="a blue fox", style="none") == "a blue fox"
    assert await drawn(warm, "edit", job, style="noir") == "a red fox, black and white"
    refused = await warm.ask("a red fox --style warm-brand")
    assert isinstance(refused, Refused)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a red fox --style warm", "There is no style 'warm' here. Did you mean warm-brand?"),
        ("a red fox --style raw", "There is no style 'raw' here. Choose noir, warm-brand."),
    ],
)
async def test_an_unknown_style_is_refused_with_a_button_that_draws_without_it(
    warm: RunningBot, text: str, sentence: str
) -> None:
    refused = await warm.ask(text)
    assert isinstance(refused, Refused)
    assert refused.sentence == f"{sentence} You weren't charged."
    (button,) = refused.buttons
    assert button.label == "Draw without it · $0.24"
    assert prompts(warm) == []
    await warm.press("instead", button.target)
    await warm.finish()
    assert prompts(warm) == ["a red fox"]


async def test_a_style_of_another_workspace_is_unknown(warm: RunningBot) -> None:
    elsewhere = Address(platform="chat", workspace="chat:other", channel="general")
    refused = await warm.ask("a red fox --style noir", address=elsewhere)
    assert isinstance(refused, Refused)
    assert refused.sentence.startswith("This workspace has no styles yet")


async def test_a_request_that_comes_again_is_the_same_though_its_style_was_removed(warm: RunningBot) -> None:
    first = await warm.accept("a red fox --style noir", request="once")
    await warm.command("styles", "remove noir", BOSS)
    again = await warm.accept("a red fox --style noir", request="once")
    assert (again.job, again.fresh) == (first.job, False)
    await warm.finish()
    assert len(prompts(warm)) == 1


async def test_its_words_count_towards_the_longest_prompt(running: RunningBot) -> None:
    """480 tokens are the most of the tier; the prompt alone would fit."""
    prompt = "fox " * 420
    assert isinstance(await running.ask(f"{prompt} --fast -n 1"), object)
    await running.finish()
    assert len(prompts(running)) == 1
    await running.command("styles", f"set long {'light ' * 80}", BOSS)
    refused = await running.ask(f"{prompt} --fast -n 1 --style long")
    assert isinstance(refused, Refused)
    assert "too long for Imagen 4 Fast" in refused.sentence


async def test_its_words_are_in_the_price_of_a_tier_by_token(build: Build) -> None:
    every = load_catalog()
    catalog = every.offering([tier.model for tier in every.undecided.values()])
    running = await build(catalog=catalog)
    await running.command("styles", f"set warm-brand {WORDS}", BOSS)
    day = running.services.today()
    tier = next(each for each in catalog.enabled.values() if catalog.inputs(each, day, "a red fox", 0))
    plain = await running.draw(f"a red fox --tier {tier.name} -n 1")
    job = await running.draw(f"a red fox --tier {tier.name} -n 1 --style warm-brand")
    assert plain.inputs_micros == catalog.inputs(tier, day, "a red fox", 0)
    assert job.inputs_micros == catalog.inputs(tier, day, f"a red fox, {WORDS}", 0) > plain.inputs_micros


async def test_a_blank_form_offers_styles_if_there_are_any(running: RunningBot) -> None:
    form = await running.form("", verb="imagine")
    assert isinstance(form, Form)
    assert "style" not in [field.name for field in form.fields]
    await running.command("styles", "set noir black and white", BOSS)
    form = await running.form("", verb="imagine")
    assert choices_of(form, "style") == ("none", ["none", "noir"])
    values = {field.name: field.value for field in form.fields if field.kind != "picture"}  # type: ignore[union-attr]
    for style, sent in (("none", "a red fox"), ("noir", "a red fox, black and white")):
        await running.press("imagine", "", **{**values, "prompt": "a red fox", "style": style})
        await running.finish()
        assert prompts(running)[-1] == sent
