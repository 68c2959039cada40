"""Workspaces that removed the bot: after `purge_days`, their people are forgotten and their settings reset.

A workspace that adds the bot again before that finds everything as it was. Amounts stay in any case.
"""

from collections.abc import Collection
from dataclasses import dataclass

import structlog

from bot import wording
from bot.port.protocols import OPERATOR
from bot.privacy.forget import Privacy
from bot.services import Services
from quotas.privacy.forget import StillOpen
from quotas.records import ANY, Kind, Limits
from quotas.records_workspace import Preferences

log = structlog.get_logger()

DAY = 24 * 3600
_CLEARED = Preferences(
    language="",
    default_tier="",
    default_ratio="",
    default_variants=0,
    alert_channel="",
    admin_channel="",
)


@dataclass(frozen=True, slots=True)
class Departures:
    """Records which workspaces removed the bot and which added it again. Every method is safe to repeat."""

    services: Services
    privacy: Privacy

    async def left(self, workspace: str) -> None:
        """Record that a workspace removed the bot. The first report counts, until the bot is back."""
        if await self.services.ledger.privacy.record_departure(workspace):
            log.info("workspace.left", workspace=workspace)

    async def joined(self, workspace: str) -> None:
        if await self.services.ledger.privacy.delete_departure(workspace):
            log.info("workspace.back", workspace=workspace)

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        """Record that these workspaces, and no others of the platform, have the bot now."""
        here, ledger = frozenset(workspaces), self.services.ledger
        for workspace, _ in await ledger.privacy.list_departures():
            if workspace in here:
                await self.joined(workspace)
        for workspace in await ledger.settings.workspaces():
            if workspace.startswith(f"{platform}:") and workspace not in here:
                await self.left(workspace)

    async def purge(self) -> None:
        """Forget the workspaces whose time is over. One with an open job waits for the next purge."""
        before = self.services.clock() - self.services.purge_days * DAY
        for workspace, left_at in await self.services.ledger.privacy.list_departures():
            if left_at <= before and await self._purge(workspace, left_at):
                await self.services.ledger.privacy.delete_departure(workspace)
                log.info("workspace.purged", workspace=workspace)

    async def _purge(self, workspace: str, left_at: float) -> bool:
        """Forget everybody in a workspace. Return False if somebody has an open job."""
        answers = [
            await self.privacy.forget(person, workspace, by=OPERATOR.id, reason=wording.PURGE_REASON)
            for person in await self.services.ledger.privacy.list_people(
                workspace, workspace.partition(":")[0]
            )
        ]
        await self._reset_settings(workspace, left_at)
        return not any(isinstance(answer, StillOpen) for answer in answers)

    async def _reset_settings(self, workspace: str, left_at: float) -> None:
        """Reset limits, blocks, pauses, styles and preferences, with log entries like those of any change."""
        ledger, purge_id = self.services.ledger, f"purge:{workspace}:{left_at}"
        by = {"author": OPERATOR.id, "reason": wording.PURGE_REASON}
        for kind, ref, _, limits in await ledger.settings.list_limits(workspace):
            request_id = f"{purge_id}:{kind}:{ref}"
            if limits.blocked:
                await self._unblock(workspace, kind, ref, f"{request_id}:unblocked")
            if limits != Limits(blocked=limits.blocked, blocked_until=limits.blocked_until):
                await ledger.settings.reset_limits(
                    workspace=workspace, kind=kind, ref=ref, **by, request_id=request_id
                )
        for name in await ledger.settings.styles(workspace):
            await ledger.settings.set_style(
                workspace=workspace, name=name, words=None, **by, request_id=f"{purge_id}:style:{name}"
            )
        if await ledger.settings.preferences(workspace) != Preferences():
            await ledger.settings.set_preferences(
                workspace=workspace, change=_CLEARED, zone=None, **by, request_id=f"{purge_id}:preferences"
            )

    async def _unblock(self, workspace: str, kind: Kind, ref: str, request_id: str) -> None:
        by = {"author": OPERATOR.id, "reason": wording.PURGE_REASON, "request_id": request_id}
        if kind in ("person", "everyone"):
            person = ANY if kind == "everyone" else ref
            await self.services.ledger.settings.block(
                workspace=workspace, person=person, blocked=False, until=None, **by
            )
        else:
            await self.services.ledger.settings.pause(workspace=workspace, paused=False, **by)
