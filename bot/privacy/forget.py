"""`/forget`: a copy of all that is kept about a person, or its end; and the end of it for a whole workspace.

Whatever was posted belongs to those who see it, and stays. Pictures go before the ledger forgets whose they
were: a process that is killed in between is asked again, and nothing is left that nobody could find.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot import wording
from bot.imagine.records import bare
from bot.port.cards import Button, File, Notice, Refused, Report
from bot.port.requests import Command, Person, Press
from bot.privacy import export
from bot.services import Services
from quotas.ids import id_text
from quotas.people.pending import PendingAction
from quotas.privacy.service import Forgotten, StillOpen

log = structlog.get_logger()

PATIENCE = 600.0  # seconds to confirm: long enough to read what goes, too short to be found by others


@dataclass(frozen=True, slots=True)
class Privacy:
    """`idle`: whether nothing is being drawn, so that a large file may be written anew."""

    services: Services
    idle: Callable[[], bool]

    async def command(self, command: Command, what: str) -> Report | Refused:
        """`what`: "me" asks first, "copy" gives a file."""
        if what == "copy":
            return await self._copy(command.person)
        if open_jobs := await self.services.ledger.privacy.count_open(command.person.id, None):
            return Refused(why="unavailable", sentence=wording.still_open(open_jobs))
        action = PendingAction(person=command.person.id, until=self.services.clock() + PATIENCE)
        name = await self.services.ledger.pending.put("forget", action)
        button = Button(verb="confirm", label=wording.FORGET, target=name, style="danger")
        lines = (
            wording.GOES,
            wording.STAYS,
            wording.POSTED,
            wording.UNLINKED,
            wording.confirm_within(PATIENCE),
        )
        return Report(title=wording.FORGET_ME, lines=lines, buttons=(button,))

    async def confirm(self, press: Press) -> Notice | Refused | None:
        """None: it is not this that the button confirms."""
        pending = self.services.ledger.pending
        if await pending.get("forget", press.person.id, press.target) is None:
            return None
        person = press.person.id
        answer = await self.forget(person, None, by=person, reason=wording.FORGET_REASON)
        if isinstance(answer, StillOpen):
            return Refused(why="unavailable", sentence=wording.still_open(answer.jobs))
        await pending.delete(press.target)
        await self.clean()
        return Notice(sentence=wording.FORGOTTEN)

    async def for_operator(self, person: str, by: str) -> Notice | Refused:
        """As whoever runs the bot wishes, and was asked to."""
        answer = await self.forget(person, None, by=by, reason=wording.FORGET_REASON)
        if isinstance(answer, StillOpen):
            return Refused(why="policy", sentence=wording.still_open(answer.jobs))
        if answer is None:
            return Notice(sentence=wording.NOTHING_KEPT)
        await self.clean()
        return Notice(sentence=wording.forgotten(answer.pseudonym, answer.jobs))

    async def forget(
        self, person: str, workspace: str | None, *, by: str, reason: str
    ) -> Forgotten | StillOpen | None:
        """Forget a person in one workspace, or everywhere; `clean` then takes the last bytes away."""
        ledger = self.services.ledger
        if open_jobs := await ledger.privacy.count_open(person, workspace):
            return StillOpen(open_jobs)
        found = await ledger.privacy.traces(person, workspace)
        await self.services.store.delete([id_text(job) for job in found.jobs])
        if workspace is None:
            for adapter in self.services.adapters.values():
                await adapter.forget(person)
        answer = await ledger.privacy.forget(person, workspace, author=by, reason=reason, bare=bare)
        if isinstance(answer, Forgotten):
            log.info("privacy.forgotten", jobs=answer.jobs, workspaces=len(answer.workspaces))
        return answer

    async def clean(self) -> None:
        """What cannot be done now is done by the next tidying."""
        if not await self.services.ledger.privacy.clean(idle=self.idle()):
            log.info("privacy.cleaned_later")

    async def _copy(self, person: Person) -> Report:
        about = await self.services.ledger.privacy.about(person.id, export.MOST_JOBS)
        made = await asyncio.to_thread(export.build_copy, about, self.services.clock(), export.MOST_BYTES)
        count = sum(here.count for here in about.here)
        lines = wording.copied(count, made.jobs)
        return Report(title=wording.COPY, lines=lines, file=File(name=export.NAME, data=made.data))
