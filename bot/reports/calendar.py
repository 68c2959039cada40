"""The calendar of a workspace: its time zone, and today's date in it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from quotas.ledger import Ledger


@dataclass(frozen=True, slots=True)
class WorkspaceCalendar:
    """One workspace's calendar. `zone`: the name of its time zone. `today`: YYYY-MM-DD."""

    zone: str
    today: str

    def end_of(self, day: str) -> int:
        """Return when a day (YYYY-MM-DD) ends, in unix seconds."""
        after = date.fromisoformat(day) + timedelta(days=1)
        return int(datetime.combine(after, time(), ZoneInfo(self.zone)).timestamp())

    def days_until(self, day: str) -> int:
        """Count the days from today to a day (YYYY-MM-DD), both included; 0 or less if it is over."""
        return (date.fromisoformat(day) - date.fromisoformat(self.today)).days + 1


async def load_calendar(ledger: Ledger, workspace: str) -> WorkspaceCalendar:
    """Load the calendar in force in a workspace."""
    allowance = await ledger.reports.allowance(workspace, "", ())
    return WorkspaceCalendar(allowance.zone, allowance.day)
