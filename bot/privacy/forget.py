"""`/forget`: give a person a copy of all data about them, or erase it; also used to purge a workspace.

Posted messages belong to the people who see them, and stay. What is begun is finished: if the process is
killed in between, by the next one. The last bytes in the database file go when nobody needs it.
"""

import asyncio
from collections.abc import Callable, Collection
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
from quotas.privacy.forget import Forgotten, StillOpen
from quotas.privacy.service import Erase

log = structlog.get_logger()

PATIENCE = 600.0  # seconds to confirm: long enough to read what goes, too short to be found by others
CLEAN_EVERY = 5.0  # seconds between looks at whether it is quiet, and of the quiet itself
LATEST = 24 * 3600.0  # seconds after which the last bytes go even if it is never quiet


@dataclass(frozen=True, slots=True)
class Privacy:
    """Carries out `/forget`, its button, and what operators and departures need of it.

    `is_idle`: returns True while nothing is drawn or waits for it.
    """

    services: Services
    is_idle: Callable[[], bool]

    async def command(self, command: Command, what: str) -> Report | Refused:
        """Carry out `/forget`. `what`: "me" asks for a confirmation, "copy" returns a file."""
        if what == "copy":
            return await self._copy(command.person)
        if open_jobs := await self.services.ledger.privacy.count_open(command.person.id, None):
            return Refused(why="unavailable", sentence=wording.still_open(open_jobs))
        action = PendingAction(person=command.person.id, until=self.services.clock() + PATIENCE)
        action_id = await self.services.ledger.pending.put("forget", action)
        button = Button(verb="confirm", label=wording.FORGET, target=action_id, style="danger")
        lines = (
            wording.GOES,
            wording.STAYS,
            wording.POSTED,
            wording.UNLINKED,
            wording.confirm_within(PATIENCE),
        )
        return Report(title=wording.FORGET_ME, lines=lines, buttons=(button,))

    async def confirm(self, press: Press) -> Notice | Refused | None:
        """Carry out *Forget me*. Return None if the button confirms something else."""
        pending = self.services.ledger.pending
        if await pending.get("forget", press.person.id, press.target) is None:
            return None
        person = press.person.id
        try:
            answer = await self.forget(person, None, by=person, reason=wording.FORGET_REASON)
        except OSError as error:
            return self._not_forgotten(error)
        if isinstance(answer, StillOpen):
            return Refused(why="unavailable", sentence=wording.still_open(answer.jobs))
        await pending.delete(press.target)
        return Notice(sentence=wording.FORGOTTEN)

    async def for_operator(self, person: str, by: str) -> Notice | Refused:
        """Forget a person everywhere, for an operator who was asked to. `by`: the operator's id."""
        try:
            answer = await self.forget(person, None, by=by, reason=wording.FORGET_REASON)
        except OSError as error:
            return self._not_forgotten(error)
        if isinstance(answer, StillOpen):
            return Refused(why="policy", sentence=wording.still_open(answer.jobs))
        if answer is None:
            return Notice(sentence=wording.NOTHING_KEPT)
        await self.clean()  # there may be no process to do it later
        return Notice(sentence=wording.forgotten(answer.pseudonym, answer.jobs))

    async def forget(
        self, person: str, workspace: str | None, *, by: str, reason: str
    ) -> Forgotten | StillOpen | None:
        """Forget a person in one workspace (None: everywhere).

        Return StillOpen if an open job prevents it, None if no workspace had anything of the person.
        Raises OSError if the pictures cannot be deleted: then nothing is changed yet, or `finish` goes on.
        """
        ledger = self.services.ledger
        if open_jobs := await ledger.privacy.count_open(person, workspace):
            return StillOpen(open_jobs)
        drawn = [id_text(job) for job in await ledger.privacy.list_jobs(person, workspace)]
        await self.services.store.delete([*drawn, *await ledger.pending.list_requests(person)])
        if workspace is None:
            for adapter in self.services.adapters.values():
                await adapter.forget(person)
        answer = await ledger.privacy.forget(person, workspace, author=by, reason=reason, erase=self._erase)
        if isinstance(answer, Forgotten):
            log.info("privacy.forgotten", jobs=answer.jobs, workspaces=len(answer.workspaces))
        return answer

    async def finish(self) -> None:
        """Finish what the last process, or a failure, left of a forgetting."""
        try:
            await self.services.ledger.privacy.finish(self._erase)
        except OSError as error:
            log.error("pictures.not_deleted", where=self.services.store.where, reason=error.strerror)

    async def clean(self) -> None:
        """Empty the database's log and, if nothing is drawn, erase the last bytes of who was forgotten."""
        if not await self.services.ledger.privacy.clean(idle=self.is_idle()):
            log.info("privacy.cleaned_later")

    def _not_forgotten(self, error: OSError) -> Refused:
        log.error("pictures.not_deleted", where=self.services.store.where, reason=error.strerror)
        return Refused(why="unavailable", sentence=wording.NOT_FORGOTTEN)

    async def clean_when_quiet(self) -> None:
        """Erase the last bytes once nothing is drawn or written for a moment, or after a day at the latest.

        Nobody can write while the file is written anew.
        """
        ledger, writes = self.services.ledger, -1
        while True:
            await asyncio.sleep(CLEAN_EVERY)
            before, writes = writes, ledger.pulse[1]
            since = await ledger.privacy.due()
            if since is None:
                continue
            is_quiet = self.is_idle() and writes == before
            if is_quiet or self.services.clock() - since >= LATEST:
                await ledger.privacy.clean(idle=True)

    @property
    def _erase(self) -> Erase:
        return Erase(strip_outcome=bare, pictures=self._delete_pictures)

    async def _delete_pictures(self, jobs: Collection[int]) -> None:
        await self.services.store.delete([id_text(job) for job in jobs])

    async def _copy(self, person: Person) -> Report | Refused:
        report = await self.services.copies.share(
            person.id, wording.get_language(), lambda: self._build_copy(person)
        )
        return report or Refused(why="unavailable", sentence=wording.MANY_COPIES)

    async def _build_copy(self, person: Person) -> Report:
        about = await self.services.ledger.privacy.collect(person.id, export.MOST_JOBS)
        copy = await asyncio.to_thread(export.build_copy, about, self.services.clock(), export.MOST_BYTES)
        count = sum(here.count for here in about.workspaces)
        lines = wording.copied(count, copy.jobs)
        return Report(title=wording.COPY, lines=lines, file=File(name=export.NAME, data=copy.data))
