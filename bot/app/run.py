"""The composition root, which alone knows every concrete class; and the life of the process."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import structlog

from adapters.shell.adapter import Shell
from adapters.shell.requests import AnyRequest, Events, Problem
from adapters.shell.socket import serve
from bot.app import descriptors, malloc, platforms
from bot.app.folder import catalog, helps, pictures
from bot.app.ledger import load_bench, own_ledger
from bot.app.platforms import Platforms
from bot.app.workbench import MoodyPainter, MoodyWriter, Workbench
from bot.commands.registry import registry
from bot.config.settings import Settings
from bot.core.bot import Bot
from bot.painters.estimates import Estimates
from bot.painters.port import GatewayError, ListsModels, Painter
from bot.painters.samples.painter import SamplePainter
from bot.painters.timed import TimedPainter
from bot.port.protocols import OPERATOR, Adapter
from bot.services import Services
from bot.storage.guard import GuardedStore, largest_job
from bot.storage.pictures import FolderStore
from bot.telemetry.metrics import Metrics
from bot.writers.port import Writer
from bot.writers.samples import SampleWriter
from quotas.catalog import Catalog
from quotas.ledger import Ledger
from quotas.store.errors import LedgerError

if TYPE_CHECKING:
    from adapters.web.playground.adapter import WebAdapter

log = structlog.get_logger()

STOP_GRACE = 25.0  # seconds for drawings under way; supervisors commonly kill after 30
OFFERS_SECONDS = 3.0  # for the gateway's list of models, which a start waits for
SAMPLE_PACE = 0.1  # of a model's time: what the first sample is expected to take
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
SAMPLE_SPEED = 1.0  # the sample painter's pace: quick, yet slow enough to see the card move


@dataclass(frozen=True, slots=True)
class RunningApp:
    """A running core. The shell is one of its platforms; `platforms` are the others, if it serves any."""

    core: Bot
    shell: Shell
    services: Services
    platforms: Platforms | None

    @property
    def playground(self) -> "WebAdapter | None":
        return self.platforms.playground if self.platforms else None

    async def answer(self, request: AnyRequest) -> Events:
        """Carry out a shell's request."""
        try:
            async with aclosing(self.shell.carry_out(self.core, request)) as events:
                async for event in events:
                    yield event
        except LedgerError as error:
            yield Problem(sentence=str(error))


def make_painter(settings: Settings, metrics: Metrics) -> Painter:
    """Make the painter of the gateway if there is a key for it, else the offline sample painter."""
    if settings.codegateway_api_key is None:
        return SamplePainter(speed=SAMPLE_SPEED)
    # Its client library takes a second to import, and samples need none.
    from bot.painters.gateway.painter import GatewayPainter

    return GatewayPainter(
        settings.codegateway_base_url,
        settings.codegateway_api_key.get_secret_value(),
        in_flight=settings.imagine_max_in_flight,
        watched=metrics,
    )


def make_writer(settings: Settings) -> Writer:
    """Make the writer of the gateway if there is a key for it, else the offline sample writer."""
    if settings.codegateway_api_key is None:
        return SampleWriter()
    from bot.writers.gateway import GatewayWriter

    return GatewayWriter(settings.codegateway_base_url, settings.codegateway_api_key.get_secret_value())


@contextlib.asynccontextmanager
async def open_app(settings: Settings, *, web: bool = False, draws: bool = True) -> AsyncIterator[RunningApp]:
    """Own the data folder, build the core and its adapters on its ledger; stop in order at the end.

    `web`: serve platforms, too. `draws`: take up the jobs that the last process left, and draw new ones;
    without it, the core answers commands alone, and connects to no gateway.
    Raises FolderHeld, LedgerError, CatalogError, CannotRun.
    """
    entries = catalog(settings)
    bench = Workbench()
    async with own_ledger(settings, bench.now, serves=web) as ledger:
        await load_bench(settings, bench, ledger)
        async with _core(settings, entries, ledger, bench, web=web, draws=draws) as app:
            yield app


@contextlib.asynccontextmanager
async def _core(
    settings: Settings, entries: Catalog, ledger: Ledger, bench: Workbench, *, web: bool, draws: bool
) -> AsyncIterator[RunningApp]:
    shell = Shell()
    metrics = Metrics()
    real = make_painter(settings, metrics) if draws else SamplePainter()
    entries = await _decide_offers(entries, real)
    given = helps(settings, entries)
    commands = registry(entries, helps=given)
    store = GuardedStore(FolderStore(pictures(settings)), job_bytes=largest_job(entries))
    serving = (
        platforms.make_platforms(settings, commands, ledger, bench, metrics.text, store) if web else None
    )
    adapters: list[Adapter] = [shell, *(serving.adapters if serving else ())]
    drawing = TimedPainter(MoodyPainter(real, bench), metrics)
    writer = MoodyWriter(make_writer(settings), bench) if draws and given.improves else None
    services = Services(
        ledger=ledger,
        catalog=entries,
        painter=drawing,
        store=store,
        commands=commands,
        adapters={adapter.name: adapter for adapter in adapters},
        estimates=Estimates(entries, 1.0 if drawing.billed else SAMPLE_PACE),
        in_flight=settings.imagine_max_in_flight,
        per_person=settings.imagine_max_in_flight_per_person,
        operators=frozenset((OPERATOR.id, *settings.imagine_operators)),
        keep_days=settings.imagine_keep_days,
        purge_days=settings.imagine_purge_days,
        usual_language=settings.imagine_language,
        writer=writer,
        prompt_model=settings.imagine_prompt_model or "",
        metrics=metrics,
        clock=bench.now,
    )
    core = Bot(services)
    if draws:
        await core.start()
    try:
        yield RunningApp(core, shell, services, serving)
    finally:
        await core.stop(STOP_GRACE)
        await services.painter.close()
        if writer is not None:
            await writer.close()


async def _decide_offers(entries: Catalog, painter: Painter) -> Catalog:
    """Turn tiers that wait for the gateway to list their models on or off."""
    models: set[str] = set()
    if entries.undecided and isinstance(painter, ListsModels):
        try:
            async with asyncio.timeout(OFFERS_SECONDS):
                models = await painter.models()
        except (GatewayError, TimeoutError) as error:
            log.info("offers.unknown", reason=str(error) or "no answer in time", off=list(entries.undecided))
    return entries.offering(models)


async def run(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or Ctrl-C, then stop in order. `say` prints the lines that tell where it serves.

    Raises FolderHeld, LedgerError, CatalogError, CannotRun.
    """
    malloc.give_back()
    descriptors.raise_limit()
    descriptors.quiet_accepts(asyncio.get_running_loop())
    stop = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    gc.disable()  # imports leave hardly any garbage, and the collector would take a tenth of their time
    try:
        async with open_app(settings, web=True) as app, serve(settings.imagine_data, app.answer):
            if app.services.painter.billed:
                anyio.current_time()  # else the gateway's client loads this part at the first drawing
            # What was imported stays, so later collections need not look at it. To collect first would free
            # 2,000 of 78,000 objects, and delay the start by 40 ms.
            gc.freeze()
            gc.enable()
            await _serve(app, stop, say)
    finally:
        gc.enable()


async def _serve(app: RunningApp, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Run the adapters until the stop signal, or until one of them fails."""
    assert app.platforms is not None
    runs = [app.shell.run(app.core), *app.platforms.runs(app.core)]
    adapters: list[asyncio.Task[Any]] = [asyncio.create_task(each) for each in runs]
    waits: list[asyncio.Task[Any]] = [
        asyncio.create_task(stop.wait()),
        asyncio.create_task(app.platforms.announce(say, samples=not app.services.painter.billed)),
    ]
    try:
        await _wait_for_first([*adapters, waits[0]])
    finally:
        await _finish(app.core, say)
        for task in (*adapters, *waits):
            task.cancel()
        await asyncio.gather(*adapters, *waits, return_exceptions=True)


async def _finish(core: Bot, say: Callable[[str], None]) -> None:
    """Finish what is being drawn and deliver it, while the adapters run. A second signal ends the process."""
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().remove_signal_handler(number)
    running = core.lifecycle.scheduler.running
    log.info("stopping", running=running, grace=STOP_GRACE)
    if running:
        say(f"Stopping: what is being drawn is finished first, for up to {STOP_GRACE:.0f} s. Again: at once.")
    await core.stop(STOP_GRACE)


async def _wait_for_first(tasks: list["asyncio.Task[Any]"]) -> None:
    """Wait for the first task. An adapter that ends by itself has failed: its error ends the process."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
