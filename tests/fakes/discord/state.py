"""Everything that this Discord knows, its clock, and the events that it sends to its gateway sessions."""

import asyncio
import base64
import contextlib
import time
from collections.abc import Callable

from tests.fakes.discord import place_payloads
from tests.fakes.discord.errors import Json, refusal
from tests.fakes.discord.gateway import Gateway
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.message_payloads import message_event, reaction_json
from tests.fakes.discord.messages import Attachment, Message
from tests.fakes.discord.places import DM, EVERYONE, GROUP, THREAD, Channel, Guild, Role, User
from tests.fakes.discord.snowflakes import Snowflakes

GUILDS, GUILD_MESSAGES, GUILD_REACTIONS = 1 << 0, 1 << 9, 1 << 10  # topics/gateway, "List of Intents"
DIRECT_MESSAGES, DIRECT_REACTIONS = 1 << 12, 1 << 13

POLL_SECONDS = 0.02


class State:
    """The state and its builders. All times are by `now()`, which `skip` moves on.

    `ack_seconds`: how long an interaction may wait for its answer.
    `token_seconds`: how long an interaction's token works.
    """

    ack_seconds = 3.0  # interactions/receiving-and-responding, "Interaction Callback"
    token_seconds = 900.0

    def __init__(self, *, keep_bytes: bool = True) -> None:
        self.keep_bytes = keep_bytes
        self._skipped = 0.0
        self.ids = Snowflakes(self.now)
        self.origin = ""  # scheme, host and port; "" until the server listens
        self.application_id = self.ids()
        self.users: dict[int, User] = {}
        self.bot = self._user("imagine", bot=True)
        self.token = _token(self.application_id)
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.direct: dict[int, Channel] = {}
        self.every_message: dict[int, Message] = {}
        self.files: dict[int, Attachment] = {}  # what people uploaded, and can delete
        self.interactions: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self.commands: dict[int, list[Json]] = {0: []}  # by guild; 0: global
        self.creates = 0
        self.gateway = Gateway(self)
        self._waiters: set[asyncio.Event] = set()

    def now(self) -> float:
        return time.time() + self._skipped

    def skip(self, seconds: float) -> None:
        """Let time pass, such as the 3 seconds of an answer or the 15 minutes of a token."""
        self._skipped += seconds

    def expire(self, interaction: Interaction) -> None:
        """End the interaction's token."""
        interaction.expired = True

    def add_user(
        self, name: str, *, installed: bool = False, accepts_dms: bool = True, file_limit: int | None = None
    ) -> User:
        """Add a user who is in no guild. `installed`: the user installed the app for themselves."""
        user = self._user(name)
        user.installed, user.accepts_dms = installed, accepts_dms
        user.file_limit = file_limit or user.file_limit
        return user

    def _user(self, name: str, bot: bool = False) -> User:
        user = User(self.application_id if bot else self.ids(), name, bot)
        self.users[user.id] = user
        return user

    def add_guild(
        self,
        name: str,
        *,
        owner: User | None = None,
        premium_tier: int = 0,
        has_bot: bool = True,
        everyone: int = EVERYONE,
        shard: tuple[int, int] = (0, 1),
    ) -> Guild:
        """Add a server.

        `has_bot`: the bot is in it.
        `everyone`: the permission bits of all members.
        `shard`: the shard it is on, as (number, count).
        """
        guild = Guild(self.ids.on_shard(*shard), name, self, premium_tier, has_bot)
        guild.roles.append(Role(guild.id, "@everyone", everyone, 0))
        guild.owner = guild.add_member(owner or f"owner of {name}")
        if has_bot:
            guild.add_member(self.bot)
        self.guilds[guild.id] = guild
        self.tell_guild("GUILD_CREATE", guild, guild)
        return guild

    def remove_bot(self, guild: Guild) -> None:
        """Remove the bot from a server."""
        self.tell_guild("GUILD_DELETE", guild, guild)
        guild.has_bot = False
        guild.members.pop(self.bot.id, None)

    def remove_channel(self, channel: Channel) -> None:
        """Delete a channel of a server, with its threads and messages."""
        guild = channel.guild
        assert guild is not None
        for thread in [each for each in guild.channels if each.parent is channel]:
            self.remove_channel(thread)
        event = "THREAD_DELETE" if channel.kind == THREAD else "CHANNEL_DELETE"
        self.tell_guild(event, guild, channel)
        guild.channels.remove(channel)
        del self.channels[channel.id]
        for message in channel.messages:
            del self.every_message[message.id]
        channel.gone += channel.messages
        channel.messages.clear()

    def dm(self, user: User) -> Channel:
        """Return the direct channel of a user and the bot; make it first if there is none."""
        if user.id not in self.direct:
            self.direct[user.id] = self._channel(DM, (user, self.bot))
        return self.direct[user.id]

    def add_private_channel(self, *users: User) -> Channel:
        """Add a conversation without the bot; only a personal install works there."""
        return self._channel(GROUP, users)

    def _channel(self, kind: int, recipients: tuple[User, ...]) -> Channel:
        channel = Channel(self.ids(), kind, recipients=recipients)
        self.channels[channel.id] = channel
        return channel

    @property
    def gateway_url(self) -> str:
        return self.origin.replace("http", "ws", 1) + "/gateway/"

    def guild_of(self, number: int) -> Guild:
        """Return a guild that the bot is in. Raises ApiError."""
        guild = self.guilds.get(number)
        if guild is None or not guild.has_bot:
            raise refusal(50001 if guild else 10004)
        return guild

    def bot_guilds(self) -> list[Guild]:
        return [guild for guild in self.guilds.values() if guild.has_bot]

    def shares_guild(self, user: User) -> bool:
        return any(user.id in guild.members for guild in self.bot_guilds())

    def tell_guild(self, event: str, guild: Guild, subject: Guild | Channel | Role) -> None:
        """Send an event about a guild, if the bot is in it."""
        if guild.has_bot and guild.id in self.guilds:
            data = place_payloads.event_json(self, event, guild, subject)
            self.gateway.dispatch(event, data, GUILDS, guild)

    def tell_message(self, event: str, message: Message) -> None:
        """Send an event about a message, unless it is ephemeral or the bot cannot read its channel."""
        channel = message.channel
        if message.only_for is None and self.bot_reads(channel):
            data = message_event(self, event, message)
            intent = GUILD_MESSAGES if channel.guild else DIRECT_MESSAGES
            self.gateway.dispatch(event, data, intent, channel.guild)
        self.touch()

    def tell_reaction(self, event: str, message: Message, user: User, emoji: str) -> None:
        channel = message.channel
        if self.bot_reads(channel):
            data = reaction_json(message, user, emoji)
            if event == "MESSAGE_REACTION_REMOVE":
                data.pop("member", None)
            intent = GUILD_REACTIONS if channel.guild else DIRECT_REACTIONS
            self.gateway.dispatch(event, data, intent, channel.guild)
        self.touch()

    def bot_reads(self, channel: Channel) -> bool:
        if channel.guild is None:
            return channel.kind == DM
        return bool(channel.guild.has_bot and channel.permissions_of(self.bot) & place_payloads.VIEW)

    def reset_token(self) -> None:
        """Change the bot's token, as Discord does if a bot identifies too often in a day."""
        self.token = _token(self.ids())

    def touch(self) -> None:
        """Note a change: every `until` checks its condition again."""
        for event in self._waiters:
            event.set()

    async def until(self, condition: Callable[[], object], seconds: float = 10.0) -> None:
        """Wait until a condition holds. Raises TimeoutError.

        It is checked whenever anything changes here, and every POLL_SECONDS for changes elsewhere.
        """
        event = asyncio.Event()
        self._waiters.add(event)
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    event.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(event.wait(), POLL_SECONDS)
        finally:
            self._waiters.discard(event)


def _token(application_id: int) -> str:
    """Make a token in the form of bot tokens: the id in base64, a time, a signature."""
    return base64.b64encode(str(application_id).encode()).decode().rstrip("=") + ".Gfake0." + "x" * 38
