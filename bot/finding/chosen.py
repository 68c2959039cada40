"""One job of a list, opened: its first picture, and what can be done with it."""

from datetime import date

from bot import wording
from bot.imagine.cards import first_picture, gallery_of, picks_of
from bot.imagine.records import header_of, result_of, spec_of
from bot.imagine.request import most_of, repeat_price
from bot.port.cards import Button, Panel
from quotas.catalog import Catalog
from quotas.ids import id_text
from quotas.records import Job


def chosen_panel(
    job: Job, facts: str, catalog: Catalog, day: date, keeping: tuple[Button, ...]
) -> Panel | None:
    """Make the panel of a whole job, for the person who asked for it; None if it has no picture.

    `facts`: the line about it. `keeping`: the buttons that keep it.
    """
    header, result, picture = header_of(job, catalog), result_of(job), first_picture(job)
    if picture is None:
        return None
    price, name = _price_again(job, catalog, day), id_text(job.id)
    again = wording.AGAIN if price is None else wording.again_for(price)
    buttons = [Button(verb="again", label=again, target=name)]
    if result.compared:  # its pictures have no numbers
        buttons.append(Button(verb="show", label=wording.SHOW, target=name))
    if header.private:
        buttons.append(Button(verb="share", label=wording.SHARE, target=name))
    download = Button(verb="download", label=wording.DOWNLOAD, target=name, index=1)
    return Panel(
        header=header,
        picture=picture,
        number=1,
        caption=facts,
        buttons=(*buttons, *keeping, download),
        picks=picks_of(header, 0 if result.compared else len(result.pictures)),
        message=gallery_of(job),
    )


def _price_again(job: Job, catalog: Catalog, day: date) -> int | None:
    """Return what drawing a job again costs at most: of a comparison, every tier that is still on."""
    spec, compared, enabled = spec_of(job), result_of(job).compared, catalog.enabled
    tiers = [enabled[each.tier] for each in compared if each.tier in enabled]
    prices = [most_of(tier, spec.prompt, spec.ratio, 1, catalog, day) for tier in tiers]
    prices = prices if compared else [repeat_price(spec, catalog, day)]
    known = [price for price in prices if price is not None]
    return sum(known) if known and len(known) == len(prices) else None
