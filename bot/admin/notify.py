"""Posts to the channels that a workspace set for its admins and for alerts."""

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
    """Posts changes to the admins' channel. A change stands even if its post fails."""

    services: Services
    _posts: Background = field(default_factory=Background)

    def notify(self, workspace: str, card: Report, key: str, source: Address) -> None:
        """Post to the admins' channel in the background, unless the change was made in that channel.

        `source`: where the change was made.
        """
        self._posts.start(self._notify(workspace, card, key, source))

    async def greet(self, workspace: str, channels: Mapping[str, str], key: str) -> bool:
        """Post a greeting to each channel that was just set; return False if one of them refused."""
        posts = [
            self.post(workspace, channel, Report(title=greeting), f"{key}.{channel}")
            for channel, greeting in channels.items()
        ]
        return not any([isinstance(message, DeliveryError) for message in await asyncio.gather(*posts)])

    async def post(
        self, workspace: str, channel: str, card: Report, key: str
    ) -> MessageRef | DeliveryError | None:
        """Post a card; return the message, or the error. None: the workspace's platform does not run here."""
        platform = workspace.partition(":")[0]
        adapter = self.services.adapters.get(platform)
        if adapter is None:
            return None
        if adapter.owns_channel(workspace, channel) is False:  # a shell may have set it while no adapter ran
            error = DeliveryError(f"{channel} is not in {workspace}", retryable=False)
            log.warning("admins.not_told", workspace=workspace, reason=str(error))
            return error
        address = Address(platform=platform, workspace=workspace, channel=channel)
        try:
            return await adapter.post(address, card, key=key)
        except DeliveryError as error:
            log.warning("admins.not_told", workspace=workspace, reason=str(error))
            return error

    async def drain(self, seconds: float) -> None:
        """Wait up to `seconds` for posts under way, and cancel the others."""
        await self._posts.drain(seconds)

    async def _notify(self, workspace: str, card: Report, key: str, source: Address) -> None:
        channel = (await self.services.ledger.settings.preferences(workspace)).admin_channel
        if channel and (workspace, channel) != (source.workspace, source.channel):
            await self.post(workspace, channel, card, key)
