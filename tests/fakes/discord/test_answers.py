"""Which answers an interaction takes, and what its token opens, asked without a library between."""

from typing import Any

import pytest

from tests.fakes.discord.errors import NotOffered
from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction
from tests.fakes.discord.town import Town, quiet

__all__ = ["fake_discord", "quiet"]

Json = dict[str, Any]
PROMPT = {"type": 18, "label": "Prompt", "component": {"type": 4, "style": 1, "custom_id": "prompt"}}
FORM = {"type": 9, "data": {"title": "Edit", "custom_id": "m1", "components": [PROMPT]}}
BUTTON = {"type": 2, "style": 2, "label": "Again", "custom_id": "a1"}
SAY = {"type": 4, "data": {"content": "hello"}}
SUGGEST = {"type": 8, "data": {"choices": []}}


async def asked(town: Town, kind: int = COMMAND) -> Interaction:
    """An unanswered interaction of each kind."""
    fake = town.fake
    fake.patience = 0.0
    prompt = {"name": "prompt", "description": "What", "type": 3, "autocomplete": True}
    command = {"name": "imagine", "description": "Draw", "options": [prompt]}
    await town.rest("PUT", f"/applications/{fake.application_id}/commands", [command])
    if kind == AUTOCOMPLETE:
        await fake.autocomplete(town.ann, town.room, "imagine", {"prompt": "a"}, "prompt")
        return list(fake.interactions.values())[-1]
    first = await fake.slash(town.ann, town.room, "imagine", {"prompt": "a"})
    if kind == MODAL_SUBMIT:
        await answer(town, first, FORM)
        return await fake.submit(town.ann, first.modal, {"Prompt": "b"})
    if kind == COMPONENT:
        row = {"type": 1, "components": [BUTTON]}
        await answer(town, first, {"type": 4, "data": {"content": "x", "components": [row]}})
        return await fake.click(town.ann, first.posted, "Again")
    return first


async def answer(town: Town, interaction: Interaction, body: Json) -> int:
    """The code of the refusal, or 0."""
    path = f"/interactions/{interaction.id}/{interaction.token}/callback"
    return int(((await town.rest("POST", path, body))[1] or {}).get("code", 0))


ANSWERS = {
    COMMAND: {4: 0, 5: 0, 6: 50035, 7: 50035, 8: 50035, 9: 0, 10: 50035},
    COMPONENT: {4: 0, 5: 0, 6: 0, 7: 0, 8: 50035, 9: 0},
    MODAL_SUBMIT: {4: 0, 5: 0, 6: 50035, 7: 50035, 8: 50035, 9: 50035},
    AUTOCOMPLETE: {4: 50035, 5: 50035, 8: 0, 9: 50035},
}
BODIES: dict[int, Json] = {4: SAY, 7: {"type": 7, "data": {"content": "changed"}}, 8: SUGGEST, 9: FORM}


@pytest.mark.parametrize(
    ("kind", "given", "code"), [(k, g, c) for k, row in ANSWERS.items() for g, c in row.items()]
)
async def test_which_answers_it_takes(quiet: Town, kind: int, given: int, code: int) -> None:
    interaction = await asked(quiet, kind)
    assert await answer(quiet, interaction, BODIES.get(given, {"type": given})) == code
    assert interaction.answered_with == (0 if code else given)
    quiet.fake.violations.clear()


async def test_an_interaction_that_is_not_known(quiet: Town) -> None:
    interaction = await asked(quiet)
    for number, token in ((interaction.id, "other"), (1, interaction.token)):
        _, body = await quiet.rest("POST", f"/interactions/{number}/{token}/callback", SAY)
        assert body["code"] == 10062
    assert await answer(quiet, interaction, SAY) == 0
    assert await answer(quiet, interaction, SAY) == 40060


async def test_an_answer_that_comes_late(quiet: Town) -> None:
    interaction = await asked(quiet)
    quiet.fake.skip(3.1)
    assert await answer(quiet, interaction, SAY) == 10062


async def test_too_many_suggestions(quiet: Town) -> None:
    interaction = await asked(quiet, AUTOCOMPLETE)
    many = {"type": 8, "data": {"choices": [{"name": str(n), "value": str(n)} for n in range(26)]}}
    assert await answer(quiet, interaction, many) == 50035
    quiet.fake.violations.clear()


async def test_an_update_of_a_message_that_is_gone(quiet: Town) -> None:
    interaction = await asked(quiet, COMPONENT)
    assert interaction.message
    await quiet.fake.erase(interaction.message)
    assert await answer(quiet, interaction, BODIES[7]) == 10008


async def test_what_a_token_opens(quiet: Town) -> None:
    first = await asked(quiet)
    lent = f"/webhooks/{quiet.fake.application_id}/{first.token}"
    other = await asked(quiet)
    await answer(quiet, other, SAY)

    async def code(path: str) -> int:
        return int((await quiet.rest("GET", path))[1].get("code", 0))

    assert await code(f"{lent}/messages/@original") == 10015  # not answered yet
    await answer(quiet, first, FORM)
    assert await code(f"{lent}/messages/@original") == 10008  # a form is no message
    assert await code(f"{lent}/messages/{other.posted.id}") == 10008
    assert await code(f"/webhooks/{quiet.fake.application_id}/other/messages/@original") == 10015
    assert await code(f"/webhooks/1/{first.token}/messages/@original") == 10015
    _, made = await quiet.rest("POST", lent, {"content": "more"})
    assert await code(f"{lent}/messages/{made['id']}") == 0
    first.expired = True
    assert await code(f"{lent}/messages/{made['id']}") == 50027


async def test_what_a_person_cannot_do(quiet: Town) -> None:
    fake, ann = quiet.fake, quiet.ann
    interaction = await asked(quiet, COMPONENT)
    assert interaction.message
    with pytest.raises(LookupError):
        _ = interaction.modal
    with pytest.raises(LookupError):
        _ = interaction.posted
    await answer(quiet, interaction, {"type": 4, "data": {"content": "you alone", "flags": 64}})
    with pytest.raises(NotOffered):
        await fake.react(ann, interaction.posted, "🔁")
    with pytest.raises(NotOffered):
        await fake.unreact(ann, interaction.message, "🔁")
    await fake.erase(interaction.message)
    with pytest.raises(NotOffered):
        await fake.click(ann, interaction.message, "Again")
