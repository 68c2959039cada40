"""Posts for the admins of the workspaces that feel it, if drawing goes off, and when it is on again."""

import asyncio
from dataclasses import dataclass, field

from bot import wording
from bot.admin.notify import AdminNotifier
from bot.port.cards import Report
from bot.services import Services
from quotas.ids import id_text, new_id

LOOK_EVERY = 5.0  # seconds between looks


@dataclass(slots=True)
class DrawingOffAlerts:
    """The chore that tells admins. The cause and its fix are the operator's, and stand in the log.

    A workspace feels it if a request of its waits or was refused meanwhile. `told`: those that know.
    """

    services: Services
    notifier: AdminNotifier
    told: set[str] = field(default_factory=set)
    _outage: str = ""  # a part of the key of its posts, so that each outage has its own

    async def run(self) -> None:
        """Tell those who do not know yet, then wait until the next look."""
        store = self.services.store
        if store.off is None:
            for workspace in list(self.told):
                await self._post(workspace, "on")
            self.told.clear()
            self._outage = ""
        else:
            self._outage = self._outage or id_text(new_id())
            waiting = {job.workspace for job in await self.services.ledger.jobs.list_open()}
            for workspace in (waiting | store.refused) - self.told:
                self.told.add(workspace)
                await self._post(workspace, "off")
        await asyncio.sleep(LOOK_EVERY)

    async def _post(self, workspace: str, state: str) -> None:
        channel = (await self.services.activate_language(workspace)).admin_channel
        if channel:
            card = (
                Report(title=wording.DRAWING_IS_OFF, lines=(wording.DRAWING_IS_OFF_LINE,))
                if state == "off"
                else Report(title=wording.DRAWING_IS_ON)
            )
            await self.notifier.post(workspace, channel, card, f"{self._outage}.{state}.{workspace}")
