"""Telling of budgets that are running out: each line that was crossed, once, to the channel set for it."""

import asyncio
from dataclasses import dataclass, field

from bot import wording
from bot.admin.notify import AdminNotifier
from bot.port.cards import Report
from bot.port.protocols import DeliveryError
from bot.services import Services
from quotas.records_workspace import Alert

LOOK_EVERY = 10.0  # seconds between looks: soon enough for whoever is to stop a month's spending


@dataclass(frozen=True, slots=True)
class Alerts:
    """A chore. `_closed`: alerts with the channel that will not take them, until another one is set."""

    services: Services
    teller: AdminNotifier
    _closed: dict[Alert, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Tell what is due, and wait for the next look."""
        for alert in await self.services.ledger.settings.due_alerts():
            await self._tell(alert)
        await asyncio.sleep(LOOK_EVERY)

    async def _tell(self, alert: Alert) -> None:
        """What finds no channel waits for one, as long as its month lasts."""
        ledger = self.services.ledger
        await self.services.activate_language(alert.workspace)
        preferences = await ledger.settings.preferences(alert.workspace)
        channel = preferences.alert_channel or preferences.admin_channel or ""
        state = await ledger.settings.budget(alert.workspace)
        if channel and self._closed.get(alert) != channel:
            card = Report(title=wording.alert(alert), lines=wording.alert_lines(alert, state))
            key = f"{alert.workspace}.{alert.month}.{alert.percent}.{alert.amount}"
            posted = await self.teller.post(alert.workspace, channel, card, key)
            if isinstance(posted, DeliveryError):
                if not posted.retryable:
                    self._closed[alert] = channel
            elif posted is not None:
                await ledger.settings.finish_alert(alert)
                return
        if state.month > alert.month:
            await ledger.settings.finish_alert(alert)
            self._closed.pop(alert, None)
