"""`imagine check`: settings, catalog, database, pictures and keys, each with its fix."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from bot.app import folder as data_folder
from bot.app import installers, platforms
from bot.app.ledger import read_ledger
from bot.cli.exits import Exit
from bot.cli.options import AsJson
from bot.cli.output import print_json
from bot.config.settings import Settings, SettingsError, load_settings, warnings
from bot.config.validators import secret_text
from bot.painters.port import Drawing, GatewayError
from bot.port.protocols import CannotRun
from bot.reports.calendar import load_calendar
from bot.storage.guard import GuardedStore, largest_job
from bot.storage.pictures import FolderStore, StoreProblem, explain
from quotas.catalog import Catalog, CatalogError
from quotas.ids import id_text, new_id
from quotas.prompt_models import missing
from quotas.records import ANY
from quotas.store.errors import LedgerError

WAL_RESET_MENDED = (3, 51, 3)  # before: corruption when one connection checkpoints while another writes
LOOK_AT_DISK = "look at the disk and the system log"
KEY_TIMEOUT = 10.0  # seconds to ask whether a key or a token is accepted


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report. `fix`: the way to mend a failure. `doubtful`: no failure, but likely a slip."""

    name: str
    ok: bool
    sentence: str
    fix: str = ""
    doubtful: bool = False


def check(as_json: AsJson = False) -> None:
    """Check settings, catalog, database, pictures and keys. Each failure comes with its fix."""
    lines = asyncio.run(checks(os.environ, Path.cwd()))
    print_checks(lines, as_json)
    raise typer.Exit(Exit.DONE if all(line.ok for line in lines) else Exit.FAILED)


async def checks(environ: Mapping[str, str], folder: Path) -> list[Check]:
    """Make every check that is possible; without sound settings, only theirs and the catalog's."""
    doubts = [Check("settings", True, warning, doubtful=True) for warning in warnings(environ, folder)]
    try:
        settings = load_settings(environ, folder)
    except SettingsError as error:
        split = (problem.partition("; ") for problem in error.problems)  # a fix may hold another
        wrong = [Check("settings", False, problem, fix) for problem, _, fix in split]
        problem = data_folder.catalog_problem(error)
        return [*wrong, *doubts, *([_bad_catalog(*problem)] if problem else [])]
    lines = [Check("settings", True, "understood"), *doubts]
    return lines + [line async for line in _other_checks(settings)]


async def _other_checks(settings: Settings) -> AsyncIterator[Check]:
    catalog: Catalog | None = None
    try:
        catalog = data_folder.catalog(settings)
        yield Check("catalog", True, f"{len(catalog.enabled)} tiers, {len(catalog.ratios)} ratios")
    except CatalogError as error:
        yield _bad_catalog(str(error), settings.imagine_data / data_folder.CATALOG)
    yield await _database(settings)
    yield await _pictures(settings, catalog)
    yield _web(settings)
    yield await gateway(settings, catalog)
    if settings.imagine_prompt_model and catalog is not None:
        yield _prompt_model(settings.imagine_prompt_model, catalog, settings)
    if settings.discord_token is not None:
        yield await _account("discord", installers.discord_account(secret_text(settings.discord_token)))
    if settings.slack_bot_token is not None:
        tokens = secret_text(settings.slack_bot_token), secret_text(settings.slack_app_token)
        yield await _account("slack", installers.slack_account(*tokens))


def _bad_catalog(problem: str, own: Path) -> Check:
    return Check("catalog", False, problem, f"Correct {own}, or remove it.")


def _web(settings: Settings) -> Check:
    """Check that the pages that are asked for are open to somebody, but not to everybody."""
    problem, _, fix = platforms.shut_pages(settings).partition("; ")
    if not problem:
        whom = "whoever has IMAGINE_WEB_TOKEN" if settings.imagine_web_token else "this machine alone"
        return Check("web", True, f"the pages are open to {whom}")
    return Check("web", not settings.has_playground, problem, f"{fix[:1].upper()}{fix[1:]}")


async def _account(platform: str, query: Coroutine[Any, Any, str]) -> Check:
    try:
        async with asyncio.timeout(KEY_TIMEOUT):
            account = await query
    except CannotRun as problem:
        what, _, fix = str(problem).partition(". ")
        return Check(platform, False, what, fix)
    except TimeoutError:
        return Check(platform, False, "no answer in time", "Check the network.")
    return Check(platform, True, f"the token is accepted, as {account}")


async def _database(settings: Settings) -> Check:
    try:
        async with read_ledger(settings) as ledger:
            differences = await ledger.verify()
            zone = (await load_calendar(ledger, ANY)).zone
    except LedgerError as error:
        problem, _, fix = str(error).partition("; ")  # most say how to mend it
        fix = (
            f"{fix[:1].upper()}{fix[1:]}."
            if fix
            else "Set IMAGINE_DATA to a folder that this account may write."
        )
        return Check("database", False, problem, fix)
    if differences:
        return Check(
            "database",
            False,
            f"{len(differences)} balances differ from their entries",
            "See `imagine verify`.",
        )
    notes = f"{_sqlite()}{_zone(settings, zone)}"
    return Check("database", True, f"in {settings.imagine_data}, every balance exact{notes}")


def _zone(settings: Settings, zone: str) -> str:
    """Return a note if days are not counted in the zone of the settings: a serving process changes that."""
    if zone == settings.imagine_timezone:
        return ""
    return f"; days are in {zone}, and in {settings.imagine_timezone} from the midnight after `imagine run`"


async def _pictures(settings: Settings, catalog: Catalog | None) -> Check:
    """Write, read and delete one file in the store of the pictures, and look how much more fits."""
    store = FolderStore(data_folder.pictures(settings))
    job, trial = (
        id_text(new_id()),
        Drawing(data=b"a trial of `imagine check`", format="png", width=1, height=1),
    )
    try:
        problem = await GuardedStore(store, job_bytes=largest_job(catalog) if catalog else 0).problem()
        if problem is None:
            (key,) = await store.put(job, (trial,))
            is_same = await store.get(key) == trial.data
            await store.delete([job])
            if is_same:
                return Check("pictures", True, f"in {store.where}, a file was written, read and deleted")
            problem = StoreProblem(
                where=store.where, cause="a file reads other than written", fix=LOOK_AT_DISK
            )
    except OSError as error:
        problem = explain(store.where, error)
    fix = f"{problem.fix[:1].upper()}{problem.fix[1:]}."
    return Check("pictures", False, f"they cannot be stored in {problem.where}: {problem.cause}", fix)


def _sqlite() -> str:
    """Return a note on an old SQLite: it is sound with one writing connection, as here, but not with two."""
    if sqlite3.sqlite_version_info >= WAL_RESET_MENDED:
        return ""
    return f"; SQLite {sqlite3.sqlite_version} is sound as used here, but not beside Litestream"


async def gateway(settings: Settings, catalog: Catalog | None) -> Check:
    """Check that the gateway accepts the key, and lists the model of every enabled tier."""
    if settings.codegateway_api_key is None:
        return Check(
            "gateway", True, "no key, so pictures are samples; set CODEGATEWAY_API_KEY for real ones"
        )
    from bot.painters.gateway.painter import GatewayPainter

    painter = GatewayPainter(
        settings.codegateway_base_url, settings.codegateway_api_key.get_secret_value(), in_flight=1
    )
    try:
        async with asyncio.timeout(KEY_TIMEOUT):
            models = await painter.models()
    except GatewayError as problem:
        return Check("gateway", False, str(problem), "Check CODEGATEWAY_API_KEY and CODEGATEWAY_BASE_URL.")
    except TimeoutError:
        return Check("gateway", False, "no answer in time", "Check CODEGATEWAY_BASE_URL and the network.")
    finally:
        await painter.close()
    missing = [
        f"{tier.name} ({tier.model})"
        for tier in (catalog.enabled.values() if catalog else ())
        if tier.model not in models
    ]
    if missing:
        own = settings.imagine_data / data_folder.CATALOG
        fix = f"Name another model for it in {own}, or switch it off there with enabled = false."
        return Check("gateway", False, f"the gateway does not list the model of {', '.join(missing)}", fix)
    return Check("gateway", True, f"the key is accepted, {len(models)} models")


def _prompt_model(name: str, catalog: Catalog, settings: Settings) -> Check:
    """Check that the catalog knows what the language model costs: without that, it is never asked."""
    problem, _, fix = missing(name, catalog.prompt_models).partition("; ")
    if not problem:
        can = "improves prompts" + (" and describes pictures" if catalog.prompt_models[name].sees else "")
        return Check("prompts", True, f"{name} {can}")
    own = settings.imagine_data / data_folder.CATALOG
    fix = f"In {own}, {fix}." if fix else f"Remove that from {own}, or unset IMAGINE_PROMPT_MODEL."
    return Check("prompts", False, f"IMAGINE_PROMPT_MODEL={name} is not asked: {problem}", fix)


def print_checks(lines: Sequence[Check], as_json: bool) -> None:
    if as_json:
        print_json({"ok": all(line.ok for line in lines), "checks": [asdict(line) for line in lines]})
        return
    for line in lines:
        mark = "FAIL" if not line.ok else "note" if line.doubtful else "ok  "
        typer.echo(f"{mark}  {line.name}: {line.sentence}")
        if line.fix:
            typer.echo(f"      → {line.fix}")
