"""The port's Core: each method hands the request to the room that answers it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import TypeVar

import structlog

from bot import wording
from bot.admin.budget_alerts import BudgetAlerts
from bot.admin.commands import AdminCommands
from bot.admin.drawing_off import DrawingOffAlerts
from bot.admin.notify import AdminNotifier
from bot.admin.raise_requests import RaiseRequests
from bot.compare.comparisons import Comparisons
from bot.core.buttons import Buttons
from bot.core.commands import Commands
from bot.core.helping import Helping
from bot.core.measure import CoreMetrics
from bot.core.redraw import Redraw
from bot.core.suggestions import suggest
from bot.errors import trace
from bot.finding.keeping import Keeping
from bot.finding.library import Library
from bot.finding.lists import Lists
from bot.finding.thumbnails import Thumbnails
from bot.imagine import with_pictures
from bot.imagine.lifecycle import ImagineLifecycle
from bot.imagine.records import emptied
from bot.people.link import Links
from bot.people.names import SeenNames
from bot.port.cards import Accepted, Choice, Form, Notice, PictureList, Refused, Reply, Report
from bot.port.requests import Address, Command, Imagine, MessageRef, Person, Press, Reaction, Search
from bot.port.views import Findings, Home, Narrowings, Setting, Spending, Sums
from bot.privacy.departures import Departures
from bot.privacy.forget import Privacy
from bot.prompts.help import PromptHelp
from bot.reports import allowances
from bot.reports.home import build_home, error_home
from bot.reports.usage import job_spending, total_spending
from bot.services import Services
from bot.storage.pictures import is_shown
from quotas.ids import id_number, id_text, new_id
from quotas.records import ANY
from quotas.records_workspace import Preferences
from quotas.store.errors import LedgerBusy, LedgerUnavailable

log = structlog.get_logger()
Answer = TypeVar("Answer")

CHORE_PAUSE = 1.0  # seconds before a chore that broke starts again
LEDGER_PAUSE = 30.0  # seconds before a chore tries the ledger again: somebody must free a disk
TIDY_EVERY = 600.0  # seconds between erasing expired reply tokens, pictures and prompts
SWEEP_EVERY = 3600.0  # seconds between looks for pictures that nothing leads to: each lists the whole store
AT_ONCE = 100  # jobs whose pictures and prompts are erased together
DAY = 24 * 3600


class Bot:
    """The port's Core. Any adapter may call it; an unexpected error becomes a plain sentence."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.lifecycle = ImagineLifecycle(services)
        links, self._notifier = Links(services), AdminNotifier(services)
        admins = AdminCommands(services, self._notifier)
        self._privacy = Privacy(services, self._is_idle)
        self._departures = Departures(services, self._privacy)
        more = RaiseRequests(services, self._notifier)
        self._comparisons = Comparisons(services, self.lifecycle)
        self._help = PromptHelp(services, self.lifecycle)
        redraw = Redraw(services, self.lifecycle, self._comparisons, self._help)
        lists = Lists(services, self.lifecycle.waiting, Keeping(services))
        helping = Helping(services, self.lifecycle, self._help)
        self._buttons = Buttons(
            services, self.lifecycle, links, admins, more, self._privacy, redraw, lists, helping
        )
        self._commands = Commands(services, lists, links, admins, self._privacy)
        self._library = Library(services, self.lifecycle.presenter, Thumbnails(services.store))
        self._metrics = CoreMetrics(services, self.lifecycle.scheduler)
        self._names = SeenNames(services)
        self._chores: list[asyncio.Task[None]] = []
        self._swept_at = float("-inf")  # loop time

    async def start(self) -> None:
        """Recover what the last process left, then start the chores: moving cards, tidying, alerts."""
        await self._services.store.try_again()
        await self._privacy.finish()
        await self._help.recover()
        await self.lifecycle.recover()
        self._chores = [
            asyncio.create_task(self._repeat(self.lifecycle.tracker.run)),
            asyncio.create_task(self._repeat(self.lifecycle.delivery.run)),
            asyncio.create_task(self._repeat(self._services.store.watch)),
            asyncio.create_task(self._repeat(self._tidy)),
            asyncio.create_task(self._repeat(self._privacy.clean_when_quiet)),
            asyncio.create_task(self._repeat(BudgetAlerts(self._services, self._notifier).run)),
            asyncio.create_task(self._repeat(DrawingOffAlerts(self._services, self._notifier).run)),
        ]

    async def stop(self, grace: float) -> None:
        """Accept nothing more, finish what runs within `grace` seconds, leave the rest to the next start.

        Safe to repeat.
        """
        await asyncio.gather(self.lifecycle.stop(grace), self._help.stop(grace))
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        await self._notifier.drain(grace)

    # --- the port

    async def language(self, workspace: str) -> str:
        return await self._services.language(workspace)

    async def imagine(self, request: Imagine) -> Accepted | Refused:
        accept = {"imagine": self.lifecycle.imagine, "compare": self._comparisons.imagine}[request.command]
        work = self._guarded(request.address.workspace, lambda preferences: accept(request, preferences))
        answer = await self._metrics.time_answer(request.address.platform, work)
        await self._names.record(request)
        return await self.lifecycle.waiting.remind(answer, request.person.id, request.address)

    async def press(self, press: Press) -> Reply:
        workspace = press.address.workspace
        work = self._guarded(
            workspace, lambda preferences: self._buttons.press(press, preferences), press.person.operator
        )
        answer = await self._metrics.time_answer(press.address.platform, work)
        if press.verb == "show":
            return answer
        return await self.lifecycle.waiting.remind(answer, press.person.id, press.address)

    async def form(self, press: Press) -> Form | Refused | Notice:
        workspace = press.address.workspace
        return await self._guarded(workspace, lambda preferences: self._buttons.form(press, preferences))

    async def react(self, reaction: Reaction) -> Reply | None:
        address = reaction.message.address
        work = self._guarded(address.workspace, lambda _: self._buttons.react(reaction))
        answer = await self._metrics.time_answer(address.platform, work)
        return await self.lifecycle.waiting.remind(answer, reaction.person.id, address)

    async def command(self, command: Command) -> Report | PictureList | Notice | Refused:
        await self._names.record(command)
        answer = await self._guarded(
            command.address.workspace, lambda _: self._commands.command(command), command.person.operator
        )
        if command.person.operator:  # a command of a shell: what waits comes with the next drawing
            return answer
        listed = command.name == "recent"
        return await self.lifecycle.waiting.remind(answer, command.person.id, command.address, listed=listed)

    async def suggest(self, command: Command, option: str) -> tuple[Choice, ...]:
        choices = await self._guarded(
            command.address.workspace, lambda _: suggest(self._services, command, option)
        )
        return () if isinstance(choices, Refused) else choices

    async def home(self, person: Person, address: Address) -> Home:
        page = await self._guarded(address.workspace, lambda _: build_home(self._services, person, address))
        return error_home(page.sentence) if isinstance(page, Refused) else page

    async def shown(self, job: str, card: MessageRef) -> None:
        number = id_number(job)
        self.lifecycle.scheduler.shown(number)
        self._metrics.card_shown(job, card.address.platform)
        await self.lifecycle.scheduler.cards_out()
        await self.lifecycle.tracker.shown(number, card)

    async def answered(self, person: str, address: Address) -> None:
        self.lifecycle.waiting.answered(person, address)

    async def withdraw(self, job: str) -> None:
        await self.lifecycle.withdraw(id_number(job))

    async def spending(self, by: str) -> Spending:
        return await total_spending(self._services.ledger, by)

    async def bill(self, job: str) -> Sums:
        return await job_spending(self._services.ledger, job)

    async def workspaces(self) -> list[str]:
        return await self._services.ledger.settings.workspaces()

    async def settings(self, workspace: str) -> tuple[Setting, ...]:
        await self._services.activate_language(workspace)
        return await allowances.list_settings(self._services, workspace)

    async def forget(self, person: str, by: str) -> Notice | Refused:
        return await self._guarded(ANY, lambda _: self._privacy.for_operator(person, by), True)

    async def search(self, search: Search) -> Findings | Refused:
        return await self._guarded(search.workspace, lambda _: self._library.search(search))

    async def narrowings(self, person: Person, workspace: str) -> Narrowings | Refused:
        return await self._guarded(workspace, lambda _: self._library.narrowings(person, workspace))

    async def found_picture(
        self, person: Person, workspace: str, key: str, *, small: bool = False
    ) -> bytes | None:
        try:
            return await self._library.picture(person, workspace, key, small=small)
        except (LedgerBusy, LedgerUnavailable) as error:
            raise OSError(str(error)) from error

    async def joined(self, workspace: str) -> None:
        await self._departures.joined(workspace)
        await self.lifecycle.delivery.try_again(self.lifecycle.waiting.in_workspace(workspace))

    async def left(self, workspace: str) -> None:
        await self._departures.left(workspace)

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        await self._departures.serving(platform, workspaces)

    async def picture(self, key: str) -> bytes | None:
        """Return a drawn picture. What people sent is shown to nobody by its key."""
        return await self._services.store.get(key) if is_shown(key) else None

    # ---

    async def _guarded(
        self,
        workspace: str,
        work: Callable[[Preferences], Awaitable[Answer]],
        by_operator: bool = False,
    ) -> Answer | Refused:
        """Answer in the workspace's language; an error becomes a plain sentence and a log line.

        `by_operator`: they can mend a ledger that does not work, and read what is wrong with it.
        """
        try:
            return await work(await self._services.activate_language(workspace))
        except (LedgerBusy, LedgerUnavailable) as error:
            log.error("request.not_noted", reason=str(error))
            sentence = wording.not_noted(error) if not by_operator else f"Nothing was changed: {error}."
            return Refused(why="unavailable", sentence=sentence)
        except Exception as error:
            incident = id_text(new_id())
            log.error("request.broke", job=incident, trace=trace(error))
            return Refused(why="unavailable", sentence=wording.broke(incident))

    async def _repeat(self, chore: Callable[[], Coroutine[None, None, None]]) -> None:
        while True:
            try:
                await chore()
            except (LedgerBusy, LedgerUnavailable) as error:
                log.error("chore.put_off", reason=str(error), again_in=LEDGER_PAUSE)
                await asyncio.sleep(LEDGER_PAUSE)
            except Exception as error:
                log.error("chore.broke", trace=trace(error))
                await asyncio.sleep(CHORE_PAUSE)

    def _is_idle(self) -> bool:
        scheduler = self.lifecycle.scheduler
        return scheduler.running == scheduler.waiting == 0

    async def _delete_pictures(self, jobs: list[str]) -> bool:
        """Delete what expired; return False if the store does not do it now."""
        try:
            await self._services.store.delete(jobs)
        except OSError as error:
            log.error("pictures.not_deleted", where=self._services.store.where, reason=error.strerror)
            return False
        return True

    async def _sweep(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._swept_at < SWEEP_EVERY:
            return
        try:
            await with_pictures.sweep(self._services)
        except OSError as error:  # the store's guard tells what is wrong with it
            log.warning("sweep.put_off", reason=error.strerror)
        else:
            self._swept_at = now

    async def _tidy(self) -> None:
        ledger, before = self._services.ledger, self._services.clock() - self._services.keep_days * DAY
        await ledger.jobs.erase_reply_tokens()
        while jobs := await ledger.jobs.list_expired(before, limit=AT_ONCE):
            if not await self._delete_pictures([id_text(job.id) for job in jobs]):
                break
            await asyncio.gather(*(ledger.jobs.empty(job.id, emptied(job)) for job in jobs))
        await ledger.pending.delete_old(before)
        await ledger.raise_requests.delete_old(before)
        await ledger.jobs.delete_shares(before)
        await self._sweep()
        try:
            await self._departures.purge()
        except OSError as error:
            log.error("purge.put_off", reason=error.strerror)
        await ledger.privacy.expire_digests()
        await self._privacy.finish()
        await ledger.privacy.clean(idle=False)
        await asyncio.sleep(TIDY_EVERY)
