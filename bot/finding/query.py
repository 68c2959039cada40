"""The question behind a list of somebody's own pictures, and its search in the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import TypeAdapter

from bot import wording
from bot.port.cards import Refused
from bot.port.requests import OptionValue
from bot.reports.usage import parse_period
from quotas.jobs.finding import JobSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The question of one command, with every option read. `collection`: of `/kept`; None: all of them."""

    command: Literal["recent", "find", "kept"]
    words: str = ""
    tiers: tuple[str, ...] = ()
    first_day: str | None = None
    last_day: str | None = None
    collection: str | None = None

    def search(self, workspace: str, person: str) -> JobSearch:
        """Return the search for the person's own jobs in a workspace."""
        return JobSearch(
            workspace=workspace,
            person=person,
            words=self.words,
            tiers=self.tiers,
            first_day=self.first_day,
            last_day=self.last_day,
            collection=self.collection,
            kept=self.command == "kept",
        )


_QUERY = TypeAdapter(Query)


def query_text(query: Query) -> str:
    return _QUERY.dump_json(query).decode()


def query_of(text: str) -> Query:
    return _QUERY.validate_json(text)


def read_find(options: Mapping[str, OptionValue], today: str) -> Query | Refused:
    """Read the options of `/find`. `today`: the workspace's, YYYY-MM-DD."""
    words, first, last = str(options.get("words", "")), None, None
    if "period" in options:
        read = _read_period(str(options["period"]), date.fromisoformat(today))
        if read is None:
            return Refused(why="input", sentence=wording.no_period(str(options["period"])))
        span, rest = read
        words, first, last = f"{words} {rest}".strip(), span[0].isoformat(), span[1].isoformat()
    tiers = str(options.get("tiers", ""))
    return Query(
        command="find",
        words=words,
        tiers=tuple(tiers.split(",")) if tiers else (),
        first_day=first,
        last_day=last,
    )


def _read_period(text: str, today: date) -> tuple[tuple[date, date], str] | None:
    """Read a period and the words typed after it, which a flag of text takes, too; None: it is no period."""
    parts = text.split()
    for count in range(len(parts), 0, -1):
        if span := parse_period(" ".join(parts[:count]), today):
            return span, " ".join(parts[count:])
    return None
