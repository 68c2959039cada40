"""Workspaces that took the bot out: after some days everybody there is forgotten, and what was set there.

Whoever takes it in again before that finds everything as it was. Amounts stay in any case.
"""

from collections.abc import Collection
from dataclasses import dataclass

import structlog

from bot import wording
from bot.port.protocols import OPERATOR
from bot.privacy.forget import Privacy
from bot.services import Services
from quotas.privacy.service import StillOpen
from quotas.records import ANY, Kind, Limits
from quotas.records_workspace import Preferences

log = structlog.get_logger()

DAY = 24 * 3600
_NOTHING = Preferences(
    language="",
    default_tier="",
    default_ratio="",
    default_variants=0,
    alert_channel="",
    admin_channel="",
)


@dataclass(frozen=True, slots=True)
class Departures:
    """Notes who left and who came back, durably; each may be told any number of times."""

    services: Services
    privacy: Privacy

    async def left(self, workspace: str) -> None:
        """The first time counts, until it is back."""
        if await self.services.ledger.privacy.record_departure(workspace):
            log.info("workspace.left", workspace=workspace)

    async def joined(self, workspace: str) -> None:
        if await self.services.ledger.privacy.delete_departure(workspace):
            log.info("workspace.back", workspace=workspace)

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        """These, and no others of that platform, have the bot now."""
        here, ledger = frozenset(workspaces), self.services.ledger
        for workspace, _ in await ledger.privacy.list_departures():
            if workspace in here:
                await self.joined(workspace)
        for workspace in await ledger.settings.workspaces():
            if workspace.startswith(f"{platform}:") and workspace not in here:
                await self.left(workspace)

    async def purge(self) -> None:
        """Forget those whose time is over. Where something is still being drawn, the next time."""
        before = self.services.clock() - self.services.purge_days * DAY
        for workspace, left_at in await self.services.ledger.privacy.list_departures():
            if left_at <= before and await self._purge(workspace, left_at):
                await self.services.ledger.privacy.delete_departure(workspace)
                log.info("workspace.purged", workspace=workspace)

    async def _purge(self, workspace: str, left_at: float) -> bool:
        answers = [
            await self.privacy.forget(person, workspace, by=OPERATOR.id, reason=wording.PURGE_REASON)
            for person in await self.services.ledger.privacy.list_people(
                workspace, workspace.partition(":")[0]
            )
        ]
        await self._unset(workspace, left_at)
        return not any(isinstance(answer, StillOpen) for answer in answers)

    async def _unset(self, workspace: str, left_at: float) -> None:
        """Take back what was set, by entries like any other."""
        ledger, name = self.services.ledger, f"purge:{workspace}:{left_at}"
        by = {"author": OPERATOR.id, "reason": wording.PURGE_REASON}
        for kind, ref, _, setting in await ledger.settings.list_limits(workspace):
            own = f"{name}:{kind}:{ref}"
            if setting.blocked:
                await self._unblock(workspace, kind, ref, f"{own}:unblocked")
            if setting != Limits(blocked=setting.blocked, blocked_until=setting.blocked_until):
                await ledger.settings.reset_limits(
                    workspace=workspace, kind=kind, ref=ref, **by, request_id=own
                )
        if await ledger.settings.preferences(workspace) != Preferences():
            await ledger.settings.set_preferences(
                workspace=workspace, change=_NOTHING, zone=None, **by, request_id=f"{name}:preferences"
            )

    async def _unblock(self, workspace: str, kind: Kind, ref: str, request: str) -> None:
        by = {"author": OPERATOR.id, "reason": wording.PURGE_REASON, "request_id": request}
        if kind in ("person", "everyone"):
            person = ANY if kind == "everyone" else ref
            await self.services.ledger.settings.block(
                workspace=workspace, person=person, blocked=False, until=None, **by
            )
        else:
            await self.services.ledger.settings.pause(workspace=workspace, paused=False, **by)
