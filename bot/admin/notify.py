"""Posting to the channels that a workspace set for its admins and for alerts."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from bot.port.cards import Report
from bot.port.protocols import DeliveryError
from bot.port.requests import Address, MessageRef
from bot.services import Services
from bot.tasks import Background

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AdminNotifier:
    """Tells of changes. What was changed stays changed, whether or not it could be told."""

    services: Services
    _telling: Background = field(default_factory=Background)

    def tell(self, workspace: str, card: Report, key: str, said_in: Address) -> None:
        """Tell the admins' channel soon, but where it was said in that very channel."""
        self._telling.start(self._tell(workspace, card, key, said_in))

    async def greet(self, workspace: str, channels: Mapping[str, str], key: str) -> bool:
        """Post to channels that were just set, to each its greeting. False: one of them takes nothing."""
        posts = [
            self.post(workspace, channel, Report(title=greeting), f"{key}.{channel}")
            for channel, greeting in channels.items()
        ]
        return not any([isinstance(posted, DeliveryError) for posted in await asyncio.gather(*posts)])

    async def post(
        self, workspace: str, channel: str, card: Report, key: str
    ) -> MessageRef | DeliveryError | None:
        """Where it stands now, or why not; None: the workspace's platform does not run here."""
        platform = workspace.partition(":")[0]
        adapter = self.services.adapters.get(platform)
        if adapter is None:
            return None
        address = Address(platform=platform, workspace=workspace, channel=channel)
        try:
            return await adapter.post(address, card, key=key)
        except DeliveryError as error:
            log.warning("admins.not_told", workspace=workspace, reason=str(error))
            return error

    async def rest(self, seconds: float) -> None:
        """Wait up to `seconds` for posts under way, and give up the rest."""
        await self._telling.drain(seconds)

    async def _tell(self, workspace: str, card: Report, key: str, said_in: Address) -> None:
        channel = (await self.services.ledger.settings.preferences(workspace)).admin_channel
        if channel and (workspace, channel) != (said_in.workspace, said_in.channel):
            await self.post(workspace, channel, card, key)
