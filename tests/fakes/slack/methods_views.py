"""views.*: modals and the home tab (docs.slack.dev/reference/methods/views.open and the next pages)."""

import json
import secrets
from typing import TYPE_CHECKING

from tests.fakes.slack import posting
from tests.fakes.slack.blockkit import VIEW_BYTES, view_errors
from tests.fakes.slack.call import Call, Method
from tests.fakes.slack.deliveries import Interaction
from tests.fakes.slack.errors import ApiError, Json, invalid_content
from tests.fakes.slack.messages import View
from tests.fakes.slack.payloads import view_json
from tests.fakes.slack.places import Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.server import Server

MOST_VIEWS = 3  # in one stack (surfaces/modals)


def check_view(server: "Server", team: Team, payload: object, where: str, kind: str) -> Json:
    """Check a view; return it with ids added. Raises ApiError if Slack would not show it."""
    if not isinstance(payload, dict):
        raise ApiError("invalid_arguments")
    if len(json.dumps(payload)) > VIEW_BYTES:
        raise ApiError("view_too_large")
    if server.check:
        errors = view_errors(payload)
        server.complain(where, errors)
        if errors:
            raise invalid_content("invalid_arguments", errors)
    if payload.get("type") != kind:
        raise ApiError("invalid_arguments")
    posting.find_files(server, team, payload["blocks"])
    posting.add_ids(payload["blocks"])
    return payload


def make_view(server: "Server", user: User, team: Team, payload: Json, previous: View | None = None) -> View:
    view = View(
        id=server.new_id("V"), user=user, team=team, payload=payload, hash=_hash(server), previous=previous
    )
    view.root = (previous.root or previous) if previous else None
    server.views[view.id] = view
    return view


def change_view(server: "Server", view: View, payload: Json) -> None:
    view.history.append(view.payload)
    view.payload, view.hash, view.errors = payload, _hash(server), {}
    server.touch()


def _hash(server: "Server") -> str:
    return f"{int(server.now())}.{secrets.token_hex(4)}"


def _find_interaction(call: Call) -> Interaction:
    """Return the interaction of a trigger_id. Raises ApiError if that was used before, or is too old."""
    trigger = call.need("trigger_id")
    interaction = call.server.triggers.get(trigger)
    if interaction is None or interaction.user.team.state is not call.server:
        raise ApiError("invalid_trigger_id")
    if interaction.is_trigger_used:
        raise ApiError("exchanged_trigger_id")
    is_late = call.server.now() - interaction.created > call.server.trigger_seconds
    if is_late or interaction.is_trigger_expired:
        raise ApiError("expired_trigger_id")
    return interaction


def _show(call: Call, previous: View | None, interaction: Interaction) -> Json:
    payload = check_view(call.server, call.team, call.args.get("view"), call.method, "modal")
    external_id = payload.get("external_id")
    if external_id and any(v.payload.get("external_id") == external_id for v in call.server.views.values()):
        raise ApiError("duplicate_external_id")
    interaction.is_trigger_used = True
    view = make_view(call.server, interaction.user, call.team, payload, previous)
    stack = call.server.modals.setdefault(interaction.user, [])
    if previous is None:
        stack.clear()
    stack.append(view)
    interaction.modal = view
    call.server.touch()
    return {"view": view_json(call.server, view)}


def open_(call: Call) -> Json:
    return _show(call, None, _find_interaction(call))


def push(call: Call) -> Json:
    interaction = _find_interaction(call)
    stack = call.server.modals.get(interaction.user)
    if not stack:
        raise ApiError("not_found")
    if len(stack) >= MOST_VIEWS:
        raise ApiError("push_limit_reached")
    return _show(call, stack[-1], interaction)


def update(call: Call) -> Json:
    id_, external_id = call.text("view_id"), call.text("external_id")
    stacks = (view for stack in call.server.modals.values() for view in stack)
    views = [*stacks, *call.server.homes.values()]
    matches = (
        v for v in views if v.id == id_ or (external_id and v.payload.get("external_id") == external_id)
    )
    view = next(matches, None)
    if view is None or view.team is not call.team:
        raise ApiError("not_found")
    _check_hash(call, view)
    change_view(call.server, view, _check(call, str(view.payload["type"])))
    return {"view": view_json(call.server, view)}


def _check(call: Call, kind: str) -> Json:
    return check_view(call.server, call.team, call.args.get("view"), call.method, kind)


def _check_hash(call: Call, view: View) -> None:
    if call.text("hash") and call.text("hash") != view.hash:
        raise ApiError("hash_conflict")


def publish(call: Call) -> Json:
    user, payload = call.user("user_id"), _check(call, "home")
    view = call.server.homes.get(user)
    if view is None:
        view = call.server.homes[user] = make_view(call.server, user, call.team, payload)
        call.server.touch()
    else:
        _check_hash(call, view)
        change_view(call.server, view, payload)
    return {"view": view_json(call.server, view)}


METHODS = {
    "views.open": Method(open_, tier=4),
    "views.push": Method(push, tier=4),
    "views.update": Method(update, tier=4),
    "views.publish": Method(publish, tier=4),
}
