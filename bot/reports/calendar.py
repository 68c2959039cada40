"""The calendar of a workspace, as admins read it and write days by it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from quotas.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Days:
    """`zone`: the name of the time zone in force; `today`: YYYY-MM-DD."""

    zone: str
    today: str

    def end_of(self, day: str) -> int:
        """The instant at which that day is over, in unix seconds."""
        after = date.fromisoformat(day) + timedelta(days=1)
        return int(datetime.combine(after, time(), ZoneInfo(self.zone)).timestamp())

    def until(self, day: str) -> int:
        """How many days there are from today to that one, both counted; none or fewer: it is over."""
        return (date.fromisoformat(day) - date.fromisoformat(self.today)).days + 1


async def days(ledger: Ledger, workspace: str) -> Days:
    """The calendar in force there."""
    allowance = await ledger.reports.allowance(workspace, "", ())
    return Days(allowance.zone, allowance.day)
