"""discord.py's client as this bot configures it, and the events that reach the listener."""

import sys
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands

from adapters.discord.gateway.identify_limit import IdentifyLimit
from adapters.discord.inbound.listener import Listener
from adapters.discord.inbound.listener_components import handle_component, handle_modal
from bot.errors import trace

log = structlog.get_logger()

# Seconds: discord.py waits for a shorter rate limit and raises an error for a longer one. It takes no less.
RATE_LIMIT_WAIT = 30.0
# Seconds without another server after which discord.py says that all have come; nothing here waits for them.
GUILD_WAIT = 0.2
# Connections to Discord at once, for the gateway, answers and uploads; discord.py has no bound. First answers
# in a burst take turns of some 100 ms. A connection for each of a thousand would take two seconds of CPU for
# the TLS handshakes, and a quarter of a gigabyte.
CONNECTIONS = 64


class Client(discord.Client):
    """A client without privileged intents and without a cache of people or messages.

    Events go to the listener that `attach` sets.
    `identify_limit`: when the client may identify; None for a client that only uses HTTP.
    """

    def __init__(self, identify_limit: IdentifyLimit | None = None) -> None:
        # The bot uses no voice, so the libraries that voice needs are not missing.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=discord.Intents(guilds=True, guild_reactions=True, dm_reactions=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            guild_ready_timeout=GUILD_WAIT,
            max_ratelimit_timeout=RATE_LIMIT_WAIT,
        )
        self.tree = _Tree(self)
        self._identify_limit = identify_limit
        self._listener: Listener | None = None

    async def login(self, token: str) -> None:
        self.http.connector = aiohttp.TCPConnector(
            limit=CONNECTIONS
        )  # made here, since it wants a running loop
        await super().login(token)

    def set_shard(self, number: int, count: int) -> None:
        """Make this client shard `number` of `count`. Discord recommends a count only after the login."""
        self.shard_id, self.shard_count = number, count
        self._connection.shard_count = count

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for an identify slot; the first one was taken before connecting."""
        self.dispatch("identify")
        await super().before_identify_hook(shard_id, initial=initial)
        if self._identify_limit is None or shard_id is None:
            return
        if not initial:
            await self._identify_limit.acquire(self)
        await self._identify_limit.wait_to_identify(shard_id)

    def attach(self, listener: Listener) -> None:
        """Send every event to this listener from now on; earlier events are dropped."""
        self._listener = listener

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Dispatch an event unless the client is closed.

        A closed discord.py client goes on waiting for servers, and would then dispatch "ready".
        """
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Pass on buttons and forms by their custom ids: those of an earlier process work, too.

        Commands go through the tree.
        """
        if self._listener is None:
            return
        if interaction.type is discord.InteractionType.component:
            await handle_component(self._listener, interaction)
        elif interaction.type is discord.InteractionType.modal_submit:
            await handle_modal(self._listener, interaction)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Pass on a person's reaction to a message that may be ours.

        Discord may leave out the author of a message that a webhook posted, as our answers are.
        """
        own_id = self.user.id if self.user else 0
        is_foreign = event.message_author_id not in (own_id, None)
        is_by_bot = event.user_id == own_id or (event.member is not None and event.member.bot)
        if self._listener and not is_foreign and not is_by_bot:
            await self._listener.react(event, self)

    async def handle_tree_error(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        if self._listener is not None:
            await self._listener.stale_command(interaction, error)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Log an error without its message, which may quote what somebody typed."""
        error = sys.exception()
        log.error("discord.event_broke", event_name=event_method, trace=trace(error) if error else "")


class _Tree(app_commands.CommandTree[Client]):
    async def on_error(
        self, interaction: discord.Interaction[Client], error: app_commands.AppCommandError, /
    ) -> None:
        await self.client.handle_tree_error(interaction, error)
