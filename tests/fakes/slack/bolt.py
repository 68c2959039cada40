"""A small bot made with an unmodified slack-bolt, to test this Slack in both modes."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext, AsyncRespond
from slack_bolt.authorization.async_authorize import AsyncInstallationStoreAuthorize
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store.file import FileInstallationStore
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes.slack.errors import Json
from tests.fakes.slack.places import SCOPES
from tests.fakes.slack.world import FakeSlack

EVENTS = (
    "app_mention",
    "message",
    "reaction_added",
    "app_home_opened",
    "app_uninstalled",
    "tokens_revoked",
    "file_shared",
)
MODAL: Json = {
    "type": "modal",
    "callback_id": "ask",
    "title": {"type": "plain_text", "text": "Draw"},
    "submit": {"type": "plain_text", "text": "Draw it"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "prompt",
            "label": {"type": "plain_text", "text": "Prompt"},
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 100},
        },
        {
            "type": "input",
            "block_id": "tier",
            "optional": True,
            "label": {"type": "plain_text", "text": "Tier"},
            "element": {
                "type": "static_select",
                "action_id": "value",
                "options": [
                    {"text": {"type": "plain_text", "text": "Fast"}, "value": "fast"},
                    {"text": {"type": "plain_text", "text": "Ultra"}, "value": "ultra"},
                ],
            },
        },
    ],
}


def button(label: str, value: str = "1") -> Json:
    """Make an actions block with one button."""
    element = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": label}}
    return {"type": "actions", "elements": [element | {"value": value}]}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, **more}}


class Bot:
    """The bot. `requests`: the kind and body of every request that reached a listener, in order."""

    def __init__(self, fake: FakeSlack, session: aiohttp.ClientSession) -> None:
        self.client = AsyncWebClient(token=fake.team.token, base_url=fake.base_url, session=session)
        self.app = AsyncApp(client=self.client, signing_secret=fake.signing_secret, logger=_quiet())
        self.requests: list[tuple[str, Json]] = []
        self.app.command("/imagine")(self.imagine)
        self.app.action("press")(self.press)
        self.app.view("ask")(self.submit)
        self.app.view_closed("ask")(self.close)
        self.app.shortcut("reimagine")(self.shortcut)
        for name in EVENTS:
            self.app.event(name)(self.event)

    async def imagine(self, ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        self.requests.append(("command", body))
        if body["text"] == "now":
            await ack(text="at once", response_type="in_channel")
            return
        await ack()
        if body["text"]:
            await respond(text=f"drawing {body['text']}", blocks=[section("drawing"), button("Cancel")])
        else:
            await self.client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    async def press(self, ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        self.requests.append(("press", body))
        await ack()
        if "response_url" in body:
            await respond(text="done", replace_original=True)

    async def submit(self, ack: AsyncAck, body: Json) -> None:
        self.requests.append(("submit", body))
        prompt = body["view"]["state"]["values"]["prompt"]["text"]["value"]
        if prompt == "bad":
            await ack(response_action="errors", errors={"prompt": "not this"})
        elif prompt in ("update", "push"):
            changed = MODAL | {"title": {"type": "plain_text", "text": prompt}}
            await ack(response_action=prompt, view=changed)
        elif prompt == "clear":
            await ack(response_action="clear")
        else:
            await ack()

    async def close(self, ack: AsyncAck, body: Json) -> None:
        self.requests.append(("close", body))
        await ack()

    async def shortcut(self, ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        self.requests.append(("shortcut", body))
        await ack()
        await respond(text="again")

    async def event(self, body: Json) -> None:
        self.requests.append((body["event"]["type"], body))


@asynccontextmanager
async def serving(fake: FakeSlack, *, ping_interval: float = 10) -> AsyncIterator[Bot]:
    """Run the bot in the mode of `fake`.

    `ping_interval`: seconds between pings, by which it notices a lost websocket. If the process is busy for
    four of them, it takes the websocket for lost, too.
    """
    async with aiohttp.ClientSession() as session:
        bot = Bot(fake, session)
        if fake.mode == "socket":
            handler = AsyncSocketModeHandler(
                bot.app, fake.tokens.app, logger=bot.app.logger, ping_interval=ping_interval
            )
            await handler.connect_async()  # type: ignore[no-untyped-call]
            await fake.connected()
            try:
                yield bot
            finally:
                await handler.close_async()  # type: ignore[no-untyped-call]
            return
        async with _listening(fake, bot.app):
            yield bot


@asynccontextmanager
async def _listening(fake: FakeSlack, app: AsyncApp) -> AsyncIterator[str]:
    """Run the app's own web server; yield its origin."""
    runner = web.AppRunner(app.web_app("/slack/events"), shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    fake.app_url, fake.redirect_uri = f"{origin}/slack/events", f"{origin}/slack/oauth_redirect"
    try:
        yield origin
    finally:
        await runner.cleanup()


@asynccontextmanager
async def installing(fake: FakeSlack, client: AsyncWebClient, folder: Path) -> AsyncIterator[str]:
    """Run an app that teams install by bolt's own OAuth pages; yield its origin.

    Its `/imagine` answers with the token that bolt uses for the team. Bolt renews that token every time.

    `folder`: for bolt's installation store.
    """
    settings = AsyncOAuthSettings(
        client_id=fake.tokens.client_id,
        client_secret=fake.tokens.client_secret,
        scopes=sorted(SCOPES),
        installation_store=FileInstallationStore(base_dir=str(folder)),
        authorization_url=f"{fake.origin}/oauth/v2/authorize",
        install_page_rendering_enabled=False,
        state_validation_enabled=False,  # its cookie works only over https
        token_rotation_expiration_minutes=13 * 60,  # longer than a token lasts
        logger=_quiet(),
    )
    assert isinstance(settings.authorize, AsyncInstallationStoreAuthorize)
    assert settings.authorize.token_rotator is not None
    settings.authorize.token_rotator.client = client  # bolt makes one of its own, for slack.com
    app = AsyncApp(
        client=client, signing_secret=fake.signing_secret, oauth_settings=settings, logger=_quiet()
    )

    @app.command("/imagine")
    async def imagine(ack: AsyncAck, context: AsyncBoltContext) -> None:
        await ack(text=context.bot_token or "")

    async with _listening(fake, app) as origin:
        yield origin


def _quiet() -> logging.Logger:
    logger = logging.getLogger("tests.fakes.slack.bolt")
    logger.setLevel(logging.CRITICAL)
    return logger
