"""Bolt's app: Bolt knows who calls, from which workspace and with which token; this module reads the request.

It acknowledges every request, also one that no code handles: otherwise Slack would repeat it. It is a
middleware because Bolt checks only every ten milliseconds if one of its listeners has acknowledged.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from traceback import extract_tb
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.common.seldom import Seldom
from adapters.slack.inbound import convert
from adapters.slack.inbound.convert import Body
from adapters.slack.inbound.listener import Listener
from adapters.slack.inbound.response import Ack
from adapters.slack.oauth.installs import Authorize
from adapters.slack.oauth.manifest import DESCRIBE_THIS, EDIT_THIS
from adapters.slack.render.action_ids import MENU, parse_action, parse_choice, parse_form
from adapters.slack.render.modal import uploads, values
from bot.errors import trace
from bot.port.cards import Verb

log = structlog.get_logger()

ACK_AFTER = 1.5  # seconds; half of what Slack waits (docs.slack.dev/interactivity/handling-user-interaction)
MESSAGE_SUBTYPES = (None, "file_share")  # of messages that a person wrote

OnRemoval = Callable[[str, str], Awaitable[None]]  # called with (team, enterprise or "") that removed the app


def make(
    listener: Listener,
    *,
    client: AsyncWebClient,
    authorize: Authorize,
    on_removal: OnRemoval,
    signing_secret: str = "",
    clock: Callable[[], float] = time.time,
) -> AsyncApp:
    """Make Bolt's app, for Socket Mode or for HTTP. `client`: it lends its session, and has no token."""
    logger = logging.getLogger("slack_bolt.app")
    logger.setLevel(logging.ERROR)  # its warnings are about choices that were made on purpose
    app = AsyncApp(
        logger=logger, name="slack", client=client, authorize=authorize, signing_secret=signing_secret
    )
    app.middleware(_Dispatcher(listener, on_removal, clock))
    return app


def one_workspace(token: str, identity: Mapping[str, Any]) -> Authorize:
    """Make Bolt's authorize function for the token of one workspace.

    `identity`: Slack's answer to auth.test.
    """
    result = AuthorizeResult.from_auth_test_response(bot_token=token, auth_test_response=identity)

    async def authorize() -> AuthorizeResult:
        return result

    return authorize


class _Dispatcher(AsyncMiddleware):
    """The last middleware: it hands each request to the listener, and waits for the acknowledgement."""

    def __init__(self, listener: Listener, on_removal: OnRemoval, clock: Callable[[], float]) -> None:
        self._listener = listener
        self._on_removal = on_removal
        self._clock = clock
        self._not_understood = Seldom("slack.not_understood")

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        event = req.body.get("event")
        if event and _is_removal(event):
            return await self._remove(req.context)
        try:
            acknowledgement = self._dispatch(req.body, req.context)
        except Exception as error:
            last = extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} in {last.name}, line {last.lineno}"
            self._not_understood.warn(kind=req.body.get("type"), where=where)
            return BoltResponse(status=200)
        if acknowledgement is None:
            return BoltResponse(status=200)
        with self._listener.burst.acknowledging():
            await asyncio.wait((acknowledgement,), timeout=ACK_AFTER)
        if not acknowledgement.done():
            acknowledgement.set_result({})
        return BoltResponse(status=200, body=dict(acknowledgement.result()) or "")

    async def _remove(self, context: AsyncBoltContext) -> BoltResponse:
        """Handle a removal of the app. After an error do not acknowledge it: Slack then sends it again."""
        try:
            await self._on_removal(context.team_id or "", context.enterprise_id or "")
        except Exception as error:
            log.error("slack.not_forgotten", team=context.team_id, trace=trace(error))
            return BoltResponse(status=500)
        return BoltResponse(status=200)

    def _dispatch(self, body: Body, context: AsyncBoltContext) -> Ack | None:
        """Hand a request to the listener; return None if it means nothing to the bot.

        Raises KeyError or ValueError on a body that Slack does not send.
        """
        team, now = context.team_id or "", self._clock()
        if "command" in body:
            name, text = body["command"].removeprefix("/"), body.get("text", "")
            return self._listener.on_command(convert.from_command(body, team, now), name, text)
        match body.get("type"):
            case "event_callback":
                return self._dispatch_event(body, team, context.bot_user_id or "")
            case "block_actions":
                event, action = convert.from_press(body, team, now), body["actions"][0]
                press = _read_press(action)
                return self._listener.on_press(event, *press) if press else self._listener.on_unknown(event)
            case "view_submission":
                event, view = convert.from_submission(body, team), body["view"]
                if (form := parse_form(view.get("callback_id", ""))) is None:
                    return self._listener.on_unknown(event)
                state = view["state"]["values"]
                return self._listener.on_submission(event, *form, values(state), uploads(state))
            case "message_action" if body.get("callback_id") == EDIT_THIS:
                return self._listener.on_edit_shortcut(convert.from_edit_shortcut(body, team, now))
            case "message_action" if body.get("callback_id") == DESCRIBE_THIS:
                return self._listener.on_describe_shortcut(convert.from_edit_shortcut(body, team, now))
            case "message_action":
                event = convert.from_shortcut(body, team, now)
                return self._listener.on_shortcut(event, body["message"].get("text", ""))
        return None

    def _dispatch_event(self, body: Body, team: str, bot: str) -> Ack | None:
        """Hand over an event that a person caused; ignore other bots, and edited messages."""
        payload = body["event"]
        if payload.get("bot_id") or "edited" in payload or "user" not in payload:
            return None
        event = convert.from_event(body, team)
        match payload["type"]:
            case "app_mention":
                return self._listener.on_message(event, convert.strip_mention(payload["text"], bot))
            case "message" if _is_direct_message(payload):
                return self._listener.on_message(event, convert.strip_mention(payload["text"], bot))
            case "reaction_added" if _is_for_bot(payload, bot):
                emoji = convert.EMOJI[payload["reaction"]]
                return self._listener.on_reaction(event, payload["item"]["ts"], emoji)
            case "app_home_opened" if payload.get("tab") == "home":
                return self._listener.on_home_opened(event)
        return None


def _read_press(action: Mapping[str, Any]) -> tuple[Verb, str, int] | None:
    """Read a pressed button, or a choice of a menu; None if it is another app's."""
    if action.get("action_id") != MENU:
        return parse_action(action.get("action_id", ""), action.get("value", ""))
    return parse_choice((action.get("selected_option") or {}).get("value", ""))


def _is_direct_message(event: Mapping[str, Any]) -> bool:
    return event.get("channel_type") == "im" and event.get("subtype") in MESSAGE_SUBTYPES


def _is_for_bot(event: Mapping[str, Any], bot: str) -> bool:
    """Return whether a reaction is one that the bot knows, on a message that may be the bot's.

    Slack does not tell who posted a message that came through a response_url.
    """
    item = event["item"].get("type")
    return event["reaction"] in convert.EMOJI and item == "message" and event.get("item_user", bot) == bot


def _is_removal(event: Mapping[str, Any]) -> bool:
    """Return whether the app was uninstalled or the bot's token revoked; people's tokens do not count."""
    return event["type"] == "app_uninstalled" or (
        event["type"] == "tokens_revoked" and bool(event.get("tokens", {}).get("bot"))
    )
