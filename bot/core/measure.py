"""Metrics that the core keeps about itself: answers, refusals, cards, the queue and the ledger."""

import time
from collections.abc import Coroutine
from typing import TypeVar

from cachetools import FIFOCache

from bot.imagine.queue import Scheduler
from bot.port.cards import Accepted, Refused, Reply
from bot.services import Services
from bot.telemetry import metrics

MOST = 10_000  # requests whose card is awaited; a platform may never report one

Answer = TypeVar("Answer", bound="Reply | None")


class CoreMetrics:
    """Counts and times what the core does. One per process."""

    def __init__(self, services: Services, scheduler: Scheduler) -> None:
        self._metrics = services.metrics
        self._began: FIFOCache[str, float] = FIFOCache(MOST)  # by job: monotonic time of its request
        self._metrics.watch(metrics.DRAWING_OFF, lambda: int(services.store.off is not None))
        self._metrics.watch(metrics.WAITING, lambda: scheduler.waiting)
        self._metrics.watch(metrics.RUNNING, lambda: scheduler.running)
        self._metrics.watch(metrics.COMMITS, lambda: services.ledger.pulse[0])
        self._metrics.watch(metrics.OPERATIONS, lambda: services.ledger.pulse[1])
        self._metrics.watch(metrics.QUEUED, lambda: services.ledger.pulse[2])

    async def time_answer(self, platform: str, work: Coroutine[None, None, Answer]) -> Answer:
        """Await a request's answer; time it if it was accepted, count it if it was refused."""
        began = time.monotonic()
        answer = await work
        if isinstance(answer, Accepted):
            self._metrics.observe(metrics.ANSWER, platform, seconds=time.monotonic() - began)
            if answer.fresh:
                self._began[answer.job] = began
        elif isinstance(answer, Refused):
            self._metrics.count(metrics.REFUSALS, answer.why)
        return answer

    def card_shown(self, job: str, platform: str) -> None:
        """Time the card of a job that was accepted here."""
        if (began := self._began.pop(job, None)) is not None:
            self._metrics.observe(metrics.CARD, platform, seconds=time.monotonic() - began)
