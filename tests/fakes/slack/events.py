"""The Events API: events go to the app, again and again until it acknowledges them.

docs.slack.dev/apis/events-api
"""

from typing import TYPE_CHECKING

from tests.fakes.slack.deliveries import Event, Retry
from tests.fakes.slack.errors import Json
from tests.fakes.slack.messages import Message
from tests.fakes.slack.payloads import message_json
from tests.fakes.slack.places import Channel, Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.server import Server

# The scope that each event needs, by docs.slack.dev/reference/events.
SCOPES = {
    "app_mention": "app_mentions:read",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "file_shared": "files:read",
}


class Events:
    """All events. `deliveries`: every event that was sent, in order."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self.deliveries: list[Event] = []

    def is_wanted(self, name: str, team: Team) -> bool:
        """Return whether the app asks for such events, and has the scope."""
        scope = SCOPES.get(name)
        has_scope = scope is None or scope in team.scopes
        return name in self._server.subscribed and has_scope

    async def send(self, name: str, team: Team, event: Json, actor: User | None = None) -> Event:
        """Send an event, if the app wants it; return after its acknowledgement, or when that is too late.

        In the latter case it is sent again in the background.
        """
        delivery = Event(kind="events_api", payload=self._payload(team, event, actor))
        if not self.is_wanted(name, team):
            return delivery
        self.deliveries.append(delivery)
        await self._try(delivery, None)
        if not delivery.acked:
            self._server.spawn(self._repeat(delivery))
        return delivery

    def send_in_background(self, name: str, team: Team, event: Json) -> None:
        if self.is_wanted(name, team):
            self._server.spawn(self._send(name, team, event))

    async def _send(self, name: str, team: Team, event: Json) -> None:
        await self.send(name, team, event)

    async def _try(self, event: Event, retry: Retry | None) -> None:
        event.acks.append(await self._server.send(event.kind, event.payload, retry))
        self._server.touch()

    async def _repeat(self, event: Event) -> None:
        for number, delay in enumerate(self._server.retry_delays, start=1):
            await self._server.sleep(delay)
            await self._try(event, Retry(number=number, reason=event.acks[-1].why))
            if event.acked:
                return

    def _payload(self, team: Team, event: Json, actor: User | None) -> Json:
        is_outsider = actor is not None and actor.team is not team
        return {
            "token": self._server.verification_token,
            "team_id": team.id,
            "context_team_id": team.id,
            "context_enterprise_id": None,
            "api_app_id": self._server.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": self._server.new_id("Ev"),
            "event_time": int(self._server.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team.id,
                    "user_id": team.bot.id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": is_outsider,
            "event_context": self._server.new_id("4-"),
        }

    def message(self, message: Message, subtype: str = "") -> None:
        """Send an event about a message of the bot in a direct conversation, as Slack does."""
        channel = message.channel
        if channel.kind != "im" or message.only_for is not None:
            return
        event = self.message_event(message, subtype)
        if message.author.bot:
            self.send_in_background("message.im", channel.team, event)

    def message_event(self, message: Message, subtype: str = "") -> Json:
        channel, body = message.channel, message_json(self._server, message)
        place: Json = {"channel": channel.id, "channel_type": "im", "event_ts": self._server.new_ts()}
        if not subtype:
            return body | place
        shell: Json = {"type": "message", "subtype": subtype, "hidden": True, "ts": place["event_ts"]}
        if subtype == "message_deleted":
            return shell | place | {"deleted_ts": message.ts, "previous_message": body}
        return shell | place | {"message": body}

    async def reaction(self, name: str, user: User, message: Message, emoji: str) -> Event:
        event: Json = {
            "type": name,
            "user": user.id,
            "reaction": emoji,
            "item": {"type": "message", "channel": message.channel.id, "ts": message.ts},
            "event_ts": self._server.new_ts(),
        }
        # No item_user for messages through a webhook (reference/events/reaction_added).
        if not message.via_response_url:
            event["item_user"] = message.author.id
        return await self.send(name, message.channel.team, event, user)

    def file_shared(self, channel: Channel, file_id: str) -> None:
        event = {"type": "file_shared", "file_id": file_id, "file": {"id": file_id}, "channel_id": channel.id}
        more = {"user_id": channel.team.bot.id, "event_ts": self._server.new_ts()}
        self.send_in_background("file_shared", channel.team, event | more)
