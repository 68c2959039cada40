"""Alerts of budgets that run out: one post for each line that was crossed, in the workspace's channel."""

import asyncio
from dataclasses import dataclass, field

from bot import wording
from bot.admin.notify import AdminNotifier
from bot.port.cards import Report
from bot.port.protocols import DeliveryError
from bot.services import Services
from quotas.records_workspace import Alert

LOOK_EVERY = 10.0  # seconds between looks: soon enough for people who watch a month's spending


@dataclass(frozen=True, slots=True)
class BudgetAlerts:
    """The chore that posts due alerts.

    `_refusing_channels`: alerts with the channel that refused them. They wait until another channel is set.
    """

    services: Services
    notifier: AdminNotifier
    _refusing_channels: dict[Alert, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Post the due alerts, then wait until the next look."""
        for alert in await self.services.ledger.settings.due_alerts():
            await self._post(alert)
        await asyncio.sleep(LOOK_EVERY)

    async def _post(self, alert: Alert) -> None:
        """Post the alert, or keep it until a channel is set or its month ends."""
        ledger = self.services.ledger
        await self.services.activate_language(alert.workspace)
        preferences = await ledger.settings.preferences(alert.workspace)
        channel = preferences.alert_channel or preferences.admin_channel or ""
        state = await ledger.settings.budget(alert.workspace)
        if channel and self._refusing_channels.get(alert) != channel:
            card = Report(title=wording.alert(alert), lines=wording.alert_lines(alert, state))
            key = f"{alert.workspace}.{alert.month}.{alert.percent}.{alert.amount}"
            message = await self.notifier.post(alert.workspace, channel, card, key)
            if isinstance(message, DeliveryError):
                if not message.retryable:
                    self._refusing_channels[alert] = channel
            elif message is not None:
                await ledger.settings.finish_alert(alert)
                return
        if state.month > alert.month:
            await ledger.settings.finish_alert(alert)
            self._refusing_channels.pop(alert, None)
