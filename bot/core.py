"""The core as the port describes it: each method hands over to the room that does the work."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

import structlog

from bot import misread, wording
from bot.answers import Answers
from bot.books import books
from bot.buttons import Buttons
from bot.cards import Accepted, Books, Choice, Form, Home, Notice, Refused, Reply, Report, Setting
from bot.home import home, without
from bot.imagine import Imagining
from bot.jobs import result_of
from bot.links import Links
from bot.messages import Address, Command, Imagine, MessageRef, Person, Press, Reaction
from bot.parts import Parts
from bot.set_here import set_here
from bot.store import KEPT_DAYS
from bot.suggest import suggest
from bot.unplanned import trace
from quotas.ids import id_number, id_text, new_id

log = structlog.get_logger()
Answer = TypeVar("Answer")

CHORE_PAUSE = 1.0  # seconds after a chore broke
TIDY_EVERY = 600.0  # seconds between erasing expired reply tokens and pictures whose time is over
DAY = 24 * 3600


class Bot:
    """The Core of the port. Safe to call from any adapter; unknown errors become a plain sentence."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.imagining = Imagining(parts)
        links = Links(parts)
        self._buttons = Buttons(parts, self.imagining, links)
        self._answers = Answers(parts, links)
        self._chores: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Recover what the last process left, then keep cards moving and the house tidy."""
        await self.imagining.recover()
        self._chores = [
            asyncio.create_task(self._for_ever(self.imagining.delivery.run)),
            asyncio.create_task(self._for_ever(self._tidy)),
        ]

    async def stop(self, grace: float) -> None:
        """Take no more; finish what runs within `grace` seconds; the rest is the next start's. Safe twice."""
        await self.imagining.stop(grace)
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)

    # --- the port

    async def imagine(self, request: Imagine) -> Accepted | Refused:
        return await self._guarded(self.imagining.imagine(request))

    async def press(self, press: Press) -> Reply:
        return await self._guarded(self._buttons.press(press))

    async def form(self, press: Press) -> Form | Refused | Notice:
        return await self._guarded(self._buttons.form(press))

    async def react(self, reaction: Reaction) -> Reply | None:
        return await self._guarded(self._buttons.react(reaction))

    async def command(self, command: Command) -> Report | Notice | Refused:
        return await self._guarded(self._answers.command(command))

    async def suggest(self, command: Command, option: str) -> tuple[Choice, ...]:
        found = await self._guarded(suggest(self._parts, command, option))
        return () if isinstance(found, Refused) else found

    async def home(self, person: Person, address: Address) -> Home:
        page = await self._guarded(home(self._parts, person, address))
        return without(page.sentence) if isinstance(page, Refused) else page

    async def shown(self, job: str, card: MessageRef) -> None:
        self.imagining.scheduler.shown(id_number(job))
        row = await self._parts.ledger.job(id_number(job))
        if row is not None:
            await self.imagining.delivery.shown(row, card)

    async def books(self, by: str) -> Books:
        return await books(self._parts.ledger, by)

    async def workspaces(self) -> list[str]:
        return await self._parts.ledger.workspaces()

    async def set_here(self, workspace: str) -> tuple[Setting, ...]:
        return await set_here(self._parts, workspace)

    async def picture(self, key: str) -> bytes | None:
        return await self._parts.store.get(key)

    # ---

    async def _guarded(self, work: Coroutine[None, None, Answer]) -> Answer | Refused:
        """Nobody ever sees a traceback, or silence."""
        try:
            return await work
        except Exception as error:
            incident = id_text(new_id())
            log.error("request.broke", job=incident, trace=trace(error))
            return Refused(why="unavailable", sentence=wording.broke(incident))

    async def _for_ever(self, chore: Callable[[], Coroutine[None, None, None]]) -> None:
        while True:
            try:
                await chore()
            except Exception as error:
                log.error("chore.broke", trace=trace(error))
                await asyncio.sleep(CHORE_PAUSE)

    async def _tidy(self) -> None:
        await self._parts.ledger.forget_lent()
        for job in await self._parts.ledger.expired(self._parts.clock() - KEPT_DAYS * DAY, limit=100):
            await self._parts.store.drop([kept.key for kept in result_of(job).pictures])
            await self._parts.ledger.emptied(job.id)
        await self._parts.ledger.drop_old(misread.DRAWER, self._parts.clock() - KEPT_DAYS * DAY)
        await asyncio.sleep(TIDY_EVERY)
