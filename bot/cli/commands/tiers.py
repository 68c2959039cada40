"""`imagine tiers`: compare tiers and their prices. Light: it reads the settings and the catalog alone."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from bot import wording
from bot.app.folder import catalog
from bot.cli.context import settings_or_exit
from bot.cli.exits import Exit, fail
from bot.cli.options import AsJson, whole
from bot.cli.output import print_json, print_table
from quotas.catalog import Catalog, CatalogError, Quote, Tier, monthly


def tiers(
    per_day: Annotated[
        int,
        typer.Option(
            parser=whole(1, 100_000), metavar="NUMBER", help="Pictures a day, for the monthly cost."
        ),
    ] = 100,
    as_json: AsJson = False,
) -> None:
    """Compare tiers and their prices. For each: speed, what it is for and cannot do, the cost of a month."""
    settings = settings_or_exit(as_json=as_json)
    try:
        entries = catalog(settings)
    except CatalogError as error:
        fail(Exit.INPUT, f"The catalog cannot be used: {error}", as_json=as_json)
    print_tiers(entries, per_day, datetime.now(UTC).date(), as_json)


def print_tiers(catalog: Catalog, per_day: int, today: date, as_json: bool) -> None:
    quoted = [
        (tier, quality, quote)
        for tier in catalog.enabled.values()
        for quality in tier.qualities or ("",)
        if (quote := catalog.quote(tier, quality, today)) is not None
    ]
    if not as_json:
        rows = [
            wording.tier_row(tier, name, quote, monthly(quote.unit_micros, per_day))
            for tier, name, quote in quoted
        ]
        print_table(wording.tier_columns(per_day), rows, wording.tier_columns(per_day)[3:])
        for line in (*map(wording.tier_line, catalog.enabled.values()), wording.ratios(catalog.ratios)):
            typer.echo(line)
        return
    entries = []
    for tier in catalog.enabled.values():
        own = {name: _priced(quote, per_day) for other, name, quote in quoted if other is tier}
        if own:
            entries.append(_tier(tier, own))
    print_json({"per_day": per_day, "days": 30, "multiplier": str(catalog.multiplier), "tiers": entries})


def _tier(tier: Tier, prices: dict[str, dict[str, Any]]) -> dict[str, Any]:
    default = prices.get(tier.default_quality) or next(iter(prices.values()))
    return {
        "tier": tier.name,
        "model": tier.model,
        "title": tier.title,
        "for": tier.use,
        "cannot": wording.cannot_do(tier),
        "speed_seconds": list(tier.speed),
        "quality": tier.default_quality,
        **default,
        **({"qualities": prices} if tier.qualities else {}),
    }


def _priced(quote: Quote, per_day: int) -> dict[str, Any]:
    total = monthly(quote.unit_micros, per_day)
    return {
        "official_micros": quote.official_micros,
        "price_micros": quote.unit_micros,
        "since": quote.since,
        "monthly_micros": total,
        "monthly": wording.dollars(total),
    }
