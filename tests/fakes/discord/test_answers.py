"""The answers that an interaction takes, and the messages that its token opens, without a library between."""

from typing import Any

import pytest

from tests.fakes.discord.errors import NotOffered
from tests.fakes.discord.fixtures import fake_discord
from tests.fakes.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction
from tests.fakes.discord.scene import Scene, empty_scene

__all__ = ["empty_scene", "fake_discord"]

Json = dict[str, Any]
PROMPT = {"type": 18, "label": "Prompt", "component": {"type": 4, "style": 1, "custom_id": "prompt"}}
FORM = {"type": 9, "data": {"title": "Edit", "custom_id": "m1", "components": [PROMPT]}}
BUTTON = {"type": 2, "style": 2, "label": "Again", "custom_id": "a1"}
SAY = {"type": 4, "data": {"content": "hello"}}
SUGGEST = {"type": 8, "data": {"choices": []}}


async def unanswered_interaction(scene: Scene, kind: int = COMMAND) -> Interaction:
    """Make an interaction of this kind that has no answer yet."""
    fake = scene.fake
    fake.patience = 0.0
    prompt = {"name": "prompt", "description": "What", "type": 3, "autocomplete": True}
    command = {"name": "imagine", "description": "Draw", "options": [prompt]}
    await scene.request("PUT", f"/applications/{fake.application_id}/commands", [command])
    if kind == AUTOCOMPLETE:
        await fake.autocomplete(scene.ann, scene.room, "imagine", {"prompt": "a"}, "prompt")
        return list(fake.interactions.values())[-1]
    first = await fake.slash(scene.ann, scene.room, "imagine", {"prompt": "a"})
    if kind == MODAL_SUBMIT:
        await answer(scene, first, FORM)
        return await fake.submit(scene.ann, first.modal, {"Prompt": "b"})
    if kind == COMPONENT:
        row = {"type": 1, "components": [BUTTON]}
        await answer(scene, first, {"type": 4, "data": {"content": "x", "components": [row]}})
        return await fake.click(scene.ann, first.posted, "Again")
    return first


async def answer(scene: Scene, interaction: Interaction, body: Json) -> int:
    """Answer an interaction; return the code of the refusal, or 0."""
    path = f"/interactions/{interaction.id}/{interaction.token}/callback"
    return int(((await scene.request("POST", path, body))[1] or {}).get("code", 0))


ANSWERS = {
    COMMAND: {4: 0, 5: 0, 6: 50035, 7: 50035, 8: 50035, 9: 0, 10: 50035},
    COMPONENT: {4: 0, 5: 0, 6: 0, 7: 0, 8: 50035, 9: 0},
    MODAL_SUBMIT: {4: 0, 5: 0, 6: 50035, 7: 50035, 8: 50035, 9: 50035},
    AUTOCOMPLETE: {4: 50035, 5: 50035, 8: 0, 9: 50035},
}
BODIES: dict[int, Json] = {4: SAY, 7: {"type": 7, "data": {"content": "changed"}}, 8: SUGGEST, 9: FORM}


@pytest.mark.parametrize(
    ("kind", "type_", "code"), [(k, t, c) for k, row in ANSWERS.items() for t, c in row.items()]
)
async def test_each_kind_of_interaction_takes_its_own_types_of_answer(
    empty_scene: Scene, kind: int, type_: int, code: int
) -> None:
    interaction = await unanswered_interaction(empty_scene, kind)
    assert await answer(empty_scene, interaction, BODIES.get(type_, {"type": type_})) == code
    assert interaction.answered_with == (0 if code else type_)
    empty_scene.fake.violations.clear()


async def test_unknown_and_answered_interactions_take_no_answer(empty_scene: Scene) -> None:
    interaction = await unanswered_interaction(empty_scene)
    for number, token in ((interaction.id, "other"), (1, interaction.token)):
        _, body = await empty_scene.request("POST", f"/interactions/{number}/{token}/callback", SAY)
        assert body["code"] == 10062
    assert await answer(empty_scene, interaction, SAY) == 0
    assert await answer(empty_scene, interaction, SAY) == 40060


async def test_an_answer_after_three_seconds_is_refused(empty_scene: Scene) -> None:
    interaction = await unanswered_interaction(empty_scene)
    empty_scene.fake.skip(3.1)
    assert await answer(empty_scene, interaction, SAY) == 10062


async def test_too_many_suggestions_are_refused(empty_scene: Scene) -> None:
    interaction = await unanswered_interaction(empty_scene, AUTOCOMPLETE)
    many = {"type": 8, "data": {"choices": [{"name": str(n), "value": str(n)} for n in range(26)]}}
    assert await answer(empty_scene, interaction, many) == 50035
    empty_scene.fake.violations.clear()


async def test_an_update_of_a_deleted_message_is_refused(empty_scene: Scene) -> None:
    interaction = await unanswered_interaction(empty_scene, COMPONENT)
    assert interaction.message
    await empty_scene.fake.erase(interaction.message)
    assert await answer(empty_scene, interaction, BODIES[7]) == 10008


async def test_a_token_opens_the_messages_of_its_interaction_alone(empty_scene: Scene) -> None:
    first = await unanswered_interaction(empty_scene)
    webhook = f"/webhooks/{empty_scene.fake.application_id}/{first.token}"
    other = await unanswered_interaction(empty_scene)
    await answer(empty_scene, other, SAY)

    async def code(path: str) -> int:
        return int((await empty_scene.request("GET", path))[1].get("code", 0))

    assert await code(f"{webhook}/messages/@original") == 10015  # not answered yet
    await answer(empty_scene, first, FORM)
    assert await code(f"{webhook}/messages/@original") == 10008  # a form is no message
    assert await code(f"{webhook}/messages/{other.posted.id}") == 10008
    assert await code(f"/webhooks/{empty_scene.fake.application_id}/other/messages/@original") == 10015
    assert await code(f"/webhooks/1/{first.token}/messages/@original") == 10015
    _, message = await empty_scene.request("POST", webhook, {"content": "more"})
    assert await code(f"{webhook}/messages/{message['id']}") == 0
    first.expired = True
    assert await code(f"{webhook}/messages/{message['id']}") == 50027


async def test_people_cannot_react_to_or_press_messages_that_they_do_not_see(empty_scene: Scene) -> None:
    fake, ann = empty_scene.fake, empty_scene.ann
    interaction = await unanswered_interaction(empty_scene, COMPONENT)
    assert interaction.message
    with pytest.raises(LookupError):
        _ = interaction.modal
    with pytest.raises(LookupError):
        _ = interaction.posted
    await answer(empty_scene, interaction, {"type": 4, "data": {"content": "you alone", "flags": 64}})
    with pytest.raises(NotOffered):
        await fake.react(ann, interaction.posted, "🔁")
    with pytest.raises(NotOffered):
        await fake.unreact(ann, interaction.message, "🔁")
    await fake.erase(interaction.message)
    with pytest.raises(NotOffered):
        await fake.click(ann, interaction.message, "Again")
