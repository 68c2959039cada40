"""Cards of jobs: the one place that decides what a job's card says and which buttons it has."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot import wording
from bot.imagine.queue import Scheduler
from bot.imagine.records import (
    FEWEST_TIERS,
    ComparedTier,
    Result,
    StoredPicture,
    header_of,
    known_as,
    message_of,
    result_of,
    spec_of,
)
from bot.imagine.request import best_price, final_price, most_of
from bot.imagine.slowdown import Slowdown
from bot.port.cards import (
    Accepted,
    Button,
    ComparedPicture,
    Delivered,
    Ended,
    Header,
    Panel,
    Picture,
    Report,
    Verb,
    Working,
)
from bot.port.requests import MessageRef
from bot.services import Services
from quotas.catalog import MAX_VARIANTS, Tier
from quotas.ids import id_text
from quotas.records import Job

SHAPE_TOLERANCE = 0.08  # the caption mentions a ratio that is off by more; nothing is cropped
LONG_JOB_SECONDS = 60  # a job slower than this arrives as a new message that names its requester


class Presenter:
    """Makes cards from jobs, the queue and the measured times; changes nothing."""

    def __init__(self, services: Services, scheduler: Scheduler, slowdown: Slowdown) -> None:
        self._catalog = services.catalog
        self._store = services.store
        self._scheduler = scheduler
        self._estimates = services.estimates
        self._slots = services.in_flight
        self._slowdown = slowdown

    def accepted(self, job: Job, now: float, *, fresh: bool) -> Accepted:
        card: Working | Delivered | Ended
        if job.state in ("reserved", "running"):
            card = self.working(job, now)
        elif job.state == "settled":
            card = self.delivered(job, now)
        else:
            card = self.ended(job)
        return Accepted(job=card.header.job, card=card, fresh=fresh)

    def working(self, job: Job, now: float, comparison: Sequence[Job] = ()) -> Working:
        """`comparison`: the jobs of the comparison whose card this is."""
        if comparison:
            return self._comparing(job, comparison)
        typical = self._estimates.seconds(job.tier, job.quality)
        header = header_of(job, self._catalog)
        progress = None
        if job.started_at is None:
            line = wording.PAUSED_LINE if self._store.off else self._queued(job, typical)
        else:
            elapsed = max(0.0, now - job.started_at)  # the clock may have been set back
            line = wording.drawing(elapsed, typical)
            progress = min(0.95, elapsed / typical) if typical else 0.95
        waiting = job.started_at is None
        return Working(
            header=header,
            stage="queued" if waiting else "drawing",
            line=line,
            summary=wording.summary(
                header.tier_title,
                job.quality,
                job.ratio,
                job.images,
                job.hold_micros,
                spec_of(job).style_name,
            ),
            progress=progress,
            notes=spec_of(job).hints,
            buttons=(_button("cancel", wording.CANCEL, header),) if waiting else (),
        )

    def _comparing(self, job: Job, jobs: Sequence[Job]) -> Working:
        """Make the card of a comparison, whose line tells the state of each tier."""
        header = self._header(job, len(jobs))
        states = [_state(each) for each in jobs]
        closed = sum(each.closed_at is not None for each in jobs)
        waiting = "waiting" in states
        price = sum(each.hold_micros for each in jobs)
        line = ", ".join(
            wording.tier_state(each.tier, state) for each, state in zip(jobs, states, strict=True)
        )
        return Working(
            header=header,
            stage="queued" if all(state == "waiting" for state in states) else "drawing",
            line=wording.PAUSED_LINE if self._store.off and waiting else line,
            summary=wording.summary(header.tier_title, "", job.ratio, len(jobs), price),
            progress=closed / len(jobs) if set(states) != {"waiting"} else None,
            notes=(*_left_out(spec_of(job).left_out), *spec_of(job).hints),
            buttons=(_button("cancel", wording.CANCEL, header),) if waiting else (),
        )

    def _header(self, job: Job, tiers: int) -> Header:
        """Return the header of a comparison's cards."""
        header = header_of(job, self._catalog)
        return replace(
            header, job=known_as(job), tier_title=wording.compared(tiers), quality="", images=tiers
        )

    def _queued(self, job: Job, typical: float) -> str:
        """Say when a waiting job starts. `typical`: seconds that drawing it takes."""
        place = self._scheduler.place(job.id)
        seconds = self._estimates.wait(place, self._slots, job.tier, job.quality) + typical
        if pause := self._scheduler.held_back(job.person):
            return wording.slowed(self._slowdown.in_a_row(job.person), pause + seconds)
        return wording.queued(place, seconds)

    def delivered(self, job: Job, now: float) -> Delivered:
        if result_of(job).compared:
            return self._compared(job, now)
        header = header_of(job, self._catalog)
        result = result_of(job)
        pictures = _pictures(header, result)
        seconds = drawn_in(job)
        return Delivered(
            header=header,
            pictures=pictures,
            caption=wording.caption(
                job.name,
                header.tier_title,
                job.quality,
                job.ratio,
                seconds,
                job.charge_micros or 0,
                spec_of(job).style_name,
            ),
            notes=_notes(job, result),
            buttons=self._gallery_buttons(job, header, now),
            picks=picks_of(header, len(pictures)),
            mention=job.person if is_long(job) and not header.private else "",
        )

    def _compared(self, job: Job, now: float) -> Delivered:
        """Make the gallery of a comparison: its sheet, then the originals."""
        result = result_of(job)
        tiles, header = result.compared, self._header(job, len(result.compared))
        lines = _tile_lines(tiles)
        pictures = [
            _picture(tile.picture, line) for tile, line in zip(tiles, lines, strict=True) if tile.picture
        ]
        if result.sheet is not None:
            pictures.insert(0, _picture(result.sheet, wording.sheet_alt(header.prompt, lines)))
        seconds = max(tile.seconds for tile in tiles)
        charge = sum(tile.charge_micros for tile in tiles)
        notes = _left_out(tiles) if result.kept else (*_left_out(tiles), wording.NOT_STORED)
        return Delivered(
            header=header,
            pictures=tuple(pictures),
            caption=wording.caption(job.name, header.tier_title, "", job.ratio, seconds, charge),
            notes=(*notes, *spec_of(job).hints),
            buttons=self._comparison_buttons(header, tiles, now),
            mention=job.person if is_long(job) and not header.private else "",
            compared=tiles_of(tiles),
        )

    def _comparison_buttons(
        self, header: Header, tiles: Sequence[ComparedTier], now: float
    ) -> tuple[Button, ...]:
        tiers = [tier for tile in tiles if (tier := self._catalog.enabled.get(tile.tier)) is not None]
        more = {tier.name: self._price(tier, header, now, MAX_VARIANTS) for tier in tiers}
        buttons = [
            Button(verb="again", label=wording.more_in(tile.tier, price), target=tile.job, index=MAX_VARIANTS)
            for tile in tiles
            if tile.picture and (price := more.get(tile.tier)) is not None
        ]
        once = [price for tier in tiers if (price := self._price(tier, header, now, 1)) is not None]
        if len(once) >= FEWEST_TIERS:
            buttons.append(_button("again", wording.compare_again(sum(once)), header))
        if header.private:
            buttons.append(_button("share", wording.SHARE, header))
        buttons += [
            _button("details", wording.DETAILS, header),
            Button(verb="delete", label=wording.DELETE, target=header.job, style="danger"),
        ]
        return tuple(buttons)

    def _price(self, tier: Tier, header: Header, now: float, images: int) -> int | None:
        day = datetime.fromtimestamp(now, UTC).date()
        return most_of(tier, header.prompt, header.ratio, images, self._catalog, day)

    def shared(self, job: Job, now: float) -> Delivered:
        """Make the public gallery of a private job that its requester shares."""
        card = self.delivered(job, now)
        kept = tuple(button for button in card.buttons if button.verb not in ("share", "missing"))
        notes = tuple(note for note in card.notes if note != wording.NOT_STORED)
        return replace(card, header=replace(card.header, private=False), notes=notes, buttons=kept)

    def outcome(self, job: Job, now: float, *, why: str) -> Delivered | Ended:
        """Make the card that tells the requester alone. `why`: the channel's refusal, in words."""
        if job.state == "released":
            return self.ended(job)
        card = self.delivered(job, now)
        return card if card.header.private or not why else replace(card, notes=(why, *card.notes))

    def ended(self, job: Job) -> Ended:
        header = header_of(job, self._catalog)
        result = result_of(job)
        why = "failed" if result.why == "drawn" else result.why
        edit: Verb = "edit"
        if result.compared:
            header, edit = self._header(job, len(result.compared)), "compare"
        buttons = (_button(edit, wording.EDIT, header), _button("again", wording.AGAIN, header))
        return Ended(
            header=header,
            why=why,
            sentence=result.sentence,
            buttons=buttons if why != "refused" else buttons[:1],
        )

    def panel(self, job: Job, number: int, now: float, keeping: tuple[Button, ...] = ()) -> Panel:
        """Make the panel of one picture, by its number from 1. `keeping`: the buttons that keep its job."""
        header, result = header_of(job, self._catalog), result_of(job)
        pictures = _pictures(header, result)
        return Panel(
            header=header,
            picture=pictures[number - 1],
            number=number,
            caption=wording.picked(number, len(pictures)),
            buttons=self._picture_buttons(job, header, number, now, keeping),
            message=gallery_of(job),
        )

    def details(self, job: Job, now: float, keeping: tuple[Button, ...] = ()) -> Report:
        """Report what anybody may know about a job, with exact money.

        A picture that is alone in its gallery has its own buttons here. `keeping`: as in `panel`.
        """
        header = header_of(job, self._catalog)
        when = datetime.fromtimestamp(job.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        rows = wording.details(job, header, when, drawn_in(job))
        if name := spec_of(job).style_name:
            rows = (*rows, (wording.STYLE, name))
        if compared := result_of(job).compared:  # who asked, and when; then each tier
            rows = (*rows[:2], *((tile.title, tile_facts(tile)) for tile in compared))
        is_alone = len(result_of(job).pictures) == 1 and not compared
        buttons = self._picture_buttons(job, header, 1, now, keeping) if is_alone else ()
        return Report(title=wording.DETAILS, lines=(header.prompt,), rows=rows, buttons=buttons)

    def _gallery_buttons(self, job: Job, header: Header, now: float) -> tuple[Button, ...]:
        buttons = [_button("again", wording.AGAIN, header), _button("edit", wording.EDIT, header)]
        best, day = self._catalog.best, datetime.fromtimestamp(now, UTC).date()
        price = best_price(spec_of(job), self._catalog, day)
        if best is not None and price is not None:
            buttons.append(_button("final", wording.final(best, price), header))
        result = result_of(job)
        if len(result.pictures) < job.images:
            buttons.append(_button("missing", wording.MISSING, header))
        if header.private:
            buttons.append(_button("share", wording.SHARE, header))
        buttons += [
            _button("details", wording.DETAILS, header),
            Button(verb="delete", label=wording.DELETE, target=header.job, style="danger"),
        ]
        return tuple(buttons)

    def _picture_buttons(
        self, job: Job, header: Header, number: int, now: float, keeping: tuple[Button, ...]
    ) -> tuple[Button, ...]:
        """Make the buttons for what is done with one picture."""
        buttons = [
            _button("edit", wording.EDIT_PICTURE, header, number),
            _button("vary", wording.VARY, header, number),
        ]
        price = final_price(spec_of(job), self._catalog, datetime.fromtimestamp(now, UTC).date())
        if price is not None:
            buttons.append(_button("final", wording.final_of(price), header, number))
        return (*buttons, *keeping, _button("download", wording.DOWNLOAD, header, number))


def drawn_in(job: Job) -> float:
    """Return the seconds from the start of drawing to the settled result."""
    if job.started_at is None or job.closed_at is None:
        return 0.0
    return max(0.0, job.closed_at - job.started_at)


def is_long(job: Job) -> bool:
    """Return whether the job took so long that its requester has looked away."""
    if job.closed_at is None:
        return False
    waited = result_of(job).waited if job.comparison is not None else job.closed_at - job.created_at
    return waited > LONG_JOB_SECONDS


def tile_facts(tile: ComparedTier) -> str:
    """Say how long a tier drew and what it cost, or why it has no picture."""
    if tile.picture is None:
        return wording.tile_reason(tile.why)
    return wording.tile_facts(tile.seconds, tile.charge_micros)


def tiles_of(tiers: Sequence[ComparedTier]) -> tuple[ComparedPicture, ...]:
    return tuple(
        ComparedPicture(
            tier=each.tier,
            title=each.title,
            facts=tile_facts(each),
            why=each.why,
            sentence=each.sentence,
            key=each.picture.key if each.picture else "",
            seconds=each.seconds,
            charge_micros=each.charge_micros,
        )
        for each in tiers
    )


def _left_out(tiers: Sequence[ComparedTier]) -> tuple[str, ...]:
    return tuple(each.explained for each in tiers if each.why != "drawn")


def _state(job: Job) -> str:
    if job.closed_at is not None:
        return "drawn" if job.state == "settled" else "failed"
    return "waiting" if job.started_at is None else "drawing"


def _picture(stored: StoredPicture, alt: str) -> Picture:
    return Picture(key=stored.key, width=stored.width, height=stored.height, format=stored.format, alt=alt)


def recent_buttons(job: Job, *, named: bool = False) -> tuple[Button, ...]:
    """Make the buttons of an earlier job. `named`: each names its job, as it does not stand beside it."""
    spec, name = spec_of(job), id_text(job.id)
    verbs: list[tuple[Verb, str]] = [("show", wording.SHOW), ("again", wording.AGAIN)]
    if spec.private or job.delivered_at is None:
        verbs.append(("share", wording.SHARE))
    return tuple(
        Button(verb=verb, label=wording.labelled(label, spec.prompt) if named else label, target=name)
        for verb, label in verbs
    )


def first_picture(job: Job) -> Picture | None:
    """Return the picture that stands for a job: its first or, of a comparison, the sheet if it was kept."""
    result, prompt = result_of(job), spec_of(job).prompt
    if result.sheet is not None:
        return _picture(result.sheet, wording.sheet_alt(prompt, _tile_lines(result.compared)))
    pictures = result.originals
    return _picture(pictures[0], wording.alt(prompt, 1, len(pictures))) if pictures else None


def _tile_lines(tiles: Sequence[ComparedTier]) -> list[str]:
    return [wording.tile_alt(tile.title, tile_facts(tile)) for tile in tiles]


def gallery_of(job: Job) -> MessageRef | None:
    """Return the message that shows a delivered job's pictures; None if none is known."""
    message = message_of(job.card) if job.card and job.delivered_at is not None else None
    return message if message and message.id else None


def picks_of(header: Header, count: int) -> tuple[Button, ...]:
    """Make a button for each of several pictures; one alone has none."""
    numbers = range(1, count + 1) if count > 1 else ()
    return tuple(_button("pick", str(number), header, number) for number in numbers)


def _button(verb: Verb, label: str, header: Header, number: int = 0) -> Button:
    return Button(verb=verb, label=label, target=header.job, index=number)


def _pictures(header: Header, result: Result) -> tuple[Picture, ...]:
    count = len(result.pictures)
    return tuple(
        _picture(kept, wording.alt(header.prompt, number, count))
        for number, kept in enumerate(result.pictures, start=1)
    )


def _notes(job: Job, result: Result) -> tuple[str, ...]:
    notes = []
    count = len(result.pictures)
    if count < job.images:
        notes.append(wording.fewer(count, job.images, result.filtered, result.broken, result.failed))
    if not result.kept:
        notes.append(wording.NOT_STORED)
    width, height = (int(part) for part in job.ratio.split(":"))
    for kept in result.pictures:
        if abs(kept.width / kept.height / (width / height) - 1) > SHAPE_TOLERANCE:
            notes.append(wording.other_shape(job.ratio, kept.width, kept.height))
            break
    if result.put_back:
        notes.append(wording.put_back(result.put_back))
    return (*notes, *spec_of(job).hints)
