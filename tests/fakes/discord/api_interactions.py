"""Answering interactions: the callback, and then @original and follow-ups by the interaction's token."""

from tests.fakes.discord.api_messages import open_thread
from tests.fakes.discord.call import Call
from tests.fakes.discord.errors import ApiError, Json, invalid, refusal
from tests.fakes.discord.interactions import (
    AUTOCOMPLETE,
    CHOICES,
    COMMAND,
    COMPONENT,
    DEFERRED,
    DEFERRED_UPDATE,
    MESSAGE,
    MODAL,
    MODAL_SUBMIT,
    UPDATE,
    Interaction,
    Modal,
    Response,
)
from tests.fakes.discord.message_payloads import message_json
from tests.fakes.discord.messages import EPHEMERAL, Message
from tests.fakes.discord.modals import check_modal
from tests.fakes.discord.posting import add_loading, create, delete, edit
from tests.fakes.discord.state import State

PERSONAL_FOLLOWUPS = 5  # receiving-and-responding: if only a person installed the app
CHOICES_LIMIT = 25


def callback(state: State, call: Call) -> Json | None:
    interaction = state.interactions.get(call.id("interaction_id"))
    if interaction is None or interaction.token != call.ids["interaction_token"]:
        raise refusal(10062)
    if interaction.response is not None:
        raise refusal(40060)
    waited = state.now() - interaction.created
    if waited > state.ack_seconds:
        raise refusal(10062)
    interaction.response = _respond(state, interaction, call)
    interaction.seconds = waited
    interaction.answered.set()
    state.touch()
    return _resource(state, interaction) if call.query.get("with_response") in ("1", "true") else None


def _respond(state: State, interaction: Interaction, call: Call) -> Response:
    """Carry out an answer. Raises ApiError if this kind of interaction takes no such answer."""
    kind, data = call.fields.get("type"), call.fields.get("data") or {}
    if (kind == CHOICES) != (interaction.type == AUTOCOMPLETE):
        raise invalid("type", "This interaction has no such answer.")
    try:
        if kind in (MESSAGE, DEFERRED):
            message = _post_answer(state, interaction, call, is_deferral=kind == DEFERRED)
            return Response(type=kind, message=message)
        if kind in (DEFERRED_UPDATE, UPDATE):
            message = _update(state, interaction, call, is_edit=kind == UPDATE)
            return Response(type=kind, message=message)
        if kind == CHOICES:
            return Response(type=kind, choices=_choices(data))
        if kind == MODAL:
            return Response(type=kind, modal=_modal(interaction, data))
    except ApiError as error:
        raise _inside_data(error) from error
    raise invalid("type", "There is no such type.")


def _inside_data(error: ApiError) -> ApiError:
    """Put an error's place inside `data`: a callback's message is its `data`, and Discord counts it in."""
    errors = error.body.get("errors")
    return ApiError(error.status, error.body | {"errors": {"data": errors}}) if errors else error


def _post_answer(state: State, interaction: Interaction, call: Call, *, is_deferral: bool) -> Message:
    data, user = call.fields.get("data") or {}, interaction.person.user
    is_private = bool((data.get("flags") or 0) & EPHEMERAL)
    if is_deferral:
        message = add_loading(state, interaction.channel, user, interaction.token, private=is_private)
    else:
        message = _new(state, interaction, data, call)
    interaction.original = message
    return message


def _new(state: State, interaction: Interaction, body: Json, call: Call) -> Message:
    user = interaction.person.user
    return create(
        state,
        interaction.channel,
        state.bot,
        body,
        call.uploads,
        limit=interaction.file_limit,
        only_for=user if (body.get("flags") or 0) & EPHEMERAL else None,
        token=interaction.token,
        asker=user,
    )


def _update(state: State, interaction: Interaction, call: Call, *, is_edit: bool) -> Message:
    message = interaction.message
    if message is None or interaction.type not in (COMPONENT, MODAL_SUBMIT):
        raise invalid("type", "There is no message to update.")
    if message.id not in state.every_message:
        raise refusal(10008)
    if is_edit:
        data = call.fields.get("data") or {}
        edit(state, message, data, call.uploads, limit=interaction.file_limit)
    interaction.original = message
    return message


def _choices(data: Json) -> tuple[Json, ...]:
    choices = data.get("choices") or []
    if len(choices) > CHOICES_LIMIT:
        raise invalid("choices", f"Must be {CHOICES_LIMIT} or fewer in length.")
    return tuple(choices)


def _modal(interaction: Interaction, data: Json) -> Modal:
    if interaction.type not in (COMMAND, COMPONENT):
        raise invalid("type", "A modal cannot answer a modal.")
    check_modal(data)
    return Modal(
        custom_id=data["custom_id"],
        title=data["title"],
        components=data["components"],
        interaction=interaction,
    )


def _resource(state: State, interaction: Interaction) -> Json:
    response = interaction.response
    assert response
    summary: Json = {"id": str(interaction.id), "type": interaction.type}
    resource: Json = {"type": response.type}
    if response.message is not None:
        summary |= {
            "response_message_id": str(response.message.id),
            "response_message_loading": response.message.loading,
            "response_message_ephemeral": response.message.only_for is not None,
        }
        resource["message"] = message_json(state, response.message)
    return {"interaction": summary, "resource": resource}


def _interaction(state: State, call: Call) -> Interaction:
    """Return the interaction of a path's token. Raises ApiError if it is unanswered or the token ended."""
    interaction = state.by_token.get(call.ids["webhook_token"])
    if interaction is None or call.id("webhook_id") != state.application_id or interaction.response is None:
        raise refusal(10015)
    if interaction.expired or state.now() - interaction.created > state.token_seconds:
        raise refusal(50027)
    if interaction.channel.id not in state.channels:
        raise refusal(10003)
    return interaction


def _message(state: State, interaction: Interaction, call: Call) -> Message:
    """Return a message of this interaction: its answer, the message that was pressed, or a follow-up."""
    if call.ids.get("message_id", "@original") == "@original":
        message = interaction.original
    else:
        message = state.every_message.get(call.id("message_id"))
    if message is None or message.id not in state.every_message:
        raise refusal(10008)
    if message is not interaction.original and message.token != interaction.token:
        raise refusal(10008)
    return message


def follow_up(state: State, call: Call) -> Json:
    interaction = _interaction(state, call)
    original = interaction.original
    if original is not None and original.loading and original.id in state.every_message:
        edit(state, original, call.fields, call.uploads, limit=interaction.file_limit)
        return message_json(state, original)
    open_thread(state, interaction.channel)
    if interaction.personal and interaction.followups_made >= PERSONAL_FOLLOWUPS:
        raise refusal(40094)
    message = _new(state, interaction, call.fields, call)
    interaction.followups_made += 1
    interaction.followups.append(message)
    state.touch()
    return message_json(state, message)


def get(state: State, call: Call) -> Json:
    return message_json(state, _message(state, _interaction(state, call), call))


def patch(state: State, call: Call) -> Json:
    interaction = _interaction(state, call)
    message = _message(state, interaction, call)
    if interaction.channel.archived:
        raise refusal(50083)
    edit(state, message, call.fields, call.uploads, limit=interaction.file_limit)
    return message_json(state, message)


def remove(state: State, call: Call) -> None:
    delete(state, _message(state, _interaction(state, call), call))


_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
ROUTES = [
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", callback),
    ("POST", _WEBHOOK, follow_up),
    *(
        route
        for message_id in ("@original", "{message_id}")
        for route in (
            ("GET", f"{_WEBHOOK}/messages/{message_id}", get),
            ("PATCH", f"{_WEBHOOK}/messages/{message_id}", patch),
            ("DELETE", f"{_WEBHOOK}/messages/{message_id}", remove),
        )
    ),
]
