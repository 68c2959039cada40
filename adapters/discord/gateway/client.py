"""The connection to Discord: what is asked of the gateway, and who is told of what it says."""

import sys
from typing import Any

import discord
import structlog
from discord import app_commands

from adapters.discord.gateway.identify_limit import IdentifyLimit
from adapters.discord.inbound.listener import Listener
from adapters.discord.inbound.listener_components import pressed, submitted
from bot.errors import trace

log = structlog.get_logger()

LONGEST_WAIT = 30.0  # seconds a rate limit is waited out, discord.py's least; a longer one is an error
LAST_GUILD = 0.2  # seconds without another server until all have come; nothing here waits for them


class Client(discord.Client):
    """A client without privileged intents or a cache of people. `attend` says who listens.

    `starts`: when it may identify; what only asks by HTTP needs none.
    """

    def __init__(self, starts: IdentifyLimit | None = None) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody is to hear anything
        super().__init__(
            intents=discord.Intents(guilds=True, guild_reactions=True, dm_reactions=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            guild_ready_timeout=LAST_GUILD,
            max_ratelimit_timeout=LONGEST_WAIT,
        )
        self.tree = _Tree(self)
        self._starts = starts
        self._listener: Listener | None = None

    def become(self, shard: int, count: int) -> None:
        """Which shard it is, of how many: Discord says how many only to who has logged in."""
        self.shard_id, self.shard_count = shard, count
        self._connection.shard_count = count

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The first time it was allowed to before it connected."""
        self.dispatch("identify")
        await super().before_identify_hook(shard_id, initial=initial)
        if self._starts is None or shard_id is None:
            return
        if not initial:
            await self._starts.take(self)
        await self._starts.step_up(shard_id)

    def attend(self, listener: Listener) -> None:
        """From now on this listener is told of everything; before, nothing is heard."""
        self._listener = listener

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """discord.py goes on waiting for servers after it was closed, and would then say that it is ready."""
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Buttons and forms, by what their ids say, so that those of an earlier process work.

        Commands go through the tree.
        """
        if self._listener is None:
            return
        if interaction.type is discord.InteractionType.component:
            await pressed(self._listener, interaction)
        elif interaction.type is discord.InteractionType.modal_submit:
            await submitted(self._listener, interaction)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """By people, on what may be ours: Discord need not say whose a message is that a webhook posted."""
        me = self.user.id if self.user else 0
        elsewhere = event.message_author_id not in (me, None)
        bot = event.user_id == me or (event.member is not None and event.member.bot)
        if self._listener and not elsewhere and not bot:
            await self._listener.reacted(event, self)

    async def stale(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        if self._listener is not None:
            await self._listener.stale(interaction, error)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Never the error's own words, which may quote what somebody typed."""
        error = sys.exception()
        log.error("discord.event_broke", event_name=event_method, trace=trace(error) if error else "")


class _Tree(app_commands.CommandTree[Client]):
    async def on_error(
        self, interaction: discord.Interaction[Client], error: app_commands.AppCommandError, /
    ) -> None:
        await self.client.stale(interaction, error)
