"""Bolt as it is used here: it knows who calls, from where, and with which token; what was meant is read here.

Everything that passes is acknowledged, also what nobody listens to, which Slack would otherwise repeat. It is
a middleware because Bolt looks for the acknowledgement of its listeners only every ten milliseconds.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.inbound import convert
from adapters.slack.inbound.convert import Body
from adapters.slack.inbound.listener import Listener
from adapters.slack.inbound.response import Ack
from adapters.slack.oauth.installs import Authorize
from adapters.slack.render.action_ids import parsed, submitted
from adapters.slack.render.modal import values
from bot.errors import trace

log = structlog.get_logger()

ACK_AFTER = 1.5  # seconds; half of what Slack waits (docs.slack.dev/interactivity/handling-user-interaction)
SAID = (None, "file_share")  # subtypes of messages that somebody wrote

Removed = Callable[[str, str], Awaitable[None]]  # (team, enterprise or ""): the app may do nothing there more


def make(
    listener: Listener,
    *,
    client: AsyncWebClient,
    authorize: Authorize,
    removed: Removed,
    signing_secret: str = "",
    clock: Callable[[], float] = time.time,
) -> AsyncApp:
    """Bolt's app, for Socket Mode or for HTTP. `client` lends its session and has no token."""
    logger = logging.getLogger("slack_bolt.app")
    logger.setLevel(logging.ERROR)  # below, it tells of choices that were made on purpose
    app = AsyncApp(
        logger=logger, name="slack", client=client, authorize=authorize, signing_secret=signing_secret
    )
    app.middleware(_Hearing(listener, removed, clock))
    return app


def one_workspace(token: str, told: Mapping[str, Any]) -> Authorize:
    """For a token of one workspace alone; `told`: what auth.test answered to it."""
    result = AuthorizeResult.from_auth_test_response(bot_token=token, auth_test_response=told)

    async def authorize() -> AuthorizeResult:
        return result

    return authorize


class _Hearing(AsyncMiddleware):
    """The last of the middleware, which hands everything over and waits for the acknowledgement."""

    def __init__(self, listener: Listener, removed: Removed, clock: Callable[[], float]) -> None:
        self._listener = listener
        self._removed = removed
        self._clock = clock

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        told = req.body.get("event")
        if told and _is_removal(told):
            return await self._forget(req.context)
        try:
            acked = self._heard(req.body, req.context)
        except Exception as error:
            log.error("slack.not_understood", kind=req.body.get("type"), trace=trace(error))
            return BoltResponse(status=200)
        if acked is None:
            return BoltResponse(status=200)
        with self._listener.acks.due():
            await asyncio.wait((acked,), timeout=ACK_AFTER)
        if not acked.done():
            acked.set_result({})
        return BoltResponse(status=200, body=dict(acked.result()) or "")

    async def _forget(self, context: AsyncBoltContext) -> BoltResponse:
        """Without an acknowledgement, Slack will say it again."""
        try:
            await self._removed(context.team_id or "", context.enterprise_id or "")
        except Exception as error:
            log.error("slack.not_forgotten", team=context.team_id, trace=trace(error))
            return BoltResponse(status=500)
        return BoltResponse(status=200)

    def _heard(self, body: Body, context: AsyncBoltContext) -> Ack | None:
        """Raises KeyError or ValueError on a body that Slack does not send."""
        team, now = context.team_id or "", self._clock()
        if "command" in body:
            name, text = body["command"].removeprefix("/"), body.get("text", "")
            return self._listener.command(convert.command(body, team, now), name, text)
        match body.get("type"):
            case "event_callback":
                return self._event(body, team, context.bot_user_id or "")
            case "block_actions":
                heard, action = convert.press(body, team, now), body["actions"][0]
                pressed = parsed(action.get("action_id", ""), action.get("value", ""))
                return self._listener.pressed(heard, *pressed) if pressed else self._listener.unknown(heard)
            case "view_submission":
                heard, view = convert.submission(body, team), body["view"]
                if (form := submitted(view.get("callback_id", ""))) is None:
                    return self._listener.unknown(heard)
                return self._listener.submitted(heard, *form, values(view["state"]["values"]))
            case "message_action":
                heard = convert.shortcut(body, team, now)
                return self._listener.shortcut(heard, body["message"].get("text", ""))
        return None

    def _event(self, body: Body, team: str, bot: str) -> Ack | None:
        """What people did, and no other bot; what they wrote anew is no new wish."""
        told = body["event"]
        if told.get("bot_id") or "edited" in told or "user" not in told:
            return None
        heard = convert.event(body, team)
        match told["type"]:
            case "app_mention":
                return self._listener.said(heard, convert.without(told["text"], bot))
            case "message" if told.get("channel_type") == "im" and told.get("subtype") in SAID:
                return self._listener.said(heard, convert.without(told["text"], bot))
            case "reaction_added" if _is_ours(told, bot):
                return self._listener.reacted(heard, told["item"]["ts"], convert.EMOJI[told["reaction"]])
            case "app_home_opened" if told.get("tab") == "home":
                return self._listener.opened_home(heard)
        return None


def _is_ours(told: Mapping[str, Any], bot: str) -> bool:
    """A reaction that may mean something. Of what came by a response_url Slack does not say whose it is."""
    on = told["item"].get("type")
    return told["reaction"] in convert.EMOJI and on == "message" and told.get("item_user", bot) == bot


def _is_removal(told: Mapping[str, Any]) -> bool:
    """The app was taken out, or the bot's own token was; those of people are of no use here."""
    return told["type"] == "app_uninstalled" or (
        told["type"] == "tokens_revoked" and bool(told.get("tokens", {}).get("bot"))
    )
