"""The pictures that a request draws from: taken in before it is reserved, read before it is drawn."""

import contextlib
from dataclasses import replace

import structlog

from bot import wording
from bot.imagine.parse import fitting_ratio
from bot.imagine.records import ImageSpec, StoredPicture
from bot.imagine.request import ImageRequest
from bot.painters.port import Drawing, Drawn, Outcome, PaintOrder
from bot.port.cards import Refused
from bot.port.requests import FileUnavailable, SentFile
from bot.references.check import BadReference
from bot.references.intake import Intake, Kept, keep_all_protected
from bot.services import Services
from quotas.catalog import Catalog
from quotas.ids import id_at, id_number, id_text, new_id

log = structlog.get_logger()

# Longer than any request takes to be accepted: each of its files has a minute once it is its turn, and
# hundreds may wait before it.
SAFE_SECONDS = 24 * 3600.0
SWEPT_AT_ONCE = 500  # ids of one look into the ledger


class MissingReference(Exception):
    """A picture that a job draws from is no longer in the store."""


async def take_in(request: ImageRequest, services: Services, intake: Intake) -> ImageRequest | Refused:
    """Check and keep the pictures of a request under a new job's id, and return the request with both.

    Files that were sent replace the pictures that the spec names; else those are copied, so that each job's
    own go when it is deleted.
    """
    spec = request.spec
    if request.mask is not None and not request.references:
        return Refused(why="input", sentence=wording.MASK_ALONE)
    if not request.references and not spec.references:
        return request
    job = new_id()
    name = id_text(job)
    try:
        if request.references:
            references, mask = await intake.take(name, request.references, request.mask)
        else:
            numbered = enumerate(spec.references, start=1)
            references = [await _copy(each, name, f"r{number}", services) for number, each in numbered]
            mask = await _copy(spec.mask, name, "m", services) if spec.mask else None
    except BadReference as error:
        await discard(services, name)
        return Refused(why="input", sentence=str(error))
    except MissingReference:
        await discard(services, name)
        return Refused(why="input", sentence=wording.REFERENCES_GONE)
    except OSError:  # the store's guard tells the operators
        await discard(services, name)
        return Refused(why="unavailable", sentence=wording.DRAWING_OFF)
    drawn_from = replace(
        _shaped(spec, references[0].drawing, mask is not None, services.catalog),
        references=tuple(_stored(each) for each in references),
        mask=_stored(mask) if mask else None,
    )
    return replace(request, job=job, spec=drawn_from, references=(), mask=None)


def _shaped(spec: ImageSpec, first: Drawing, is_masked: bool, catalog: Catalog) -> ImageSpec:
    """Return the spec with a ratio: the first reference's, unless another was asked for.

    With a mask it is that in any case, and a note says so: what stays has its place in the reference.
    """
    own = fitting_ratio(catalog, first.width, first.height)
    if not spec.ratio:
        return replace(spec, ratio=own)
    if not is_masked or spec.ratio == own:
        return spec
    return replace(spec, ratio=own, hints=(*spec.hints, wording.mask_keeps_shape(own)))


def as_sent(picture: StoredPicture, name: str, services: Services) -> SentFile:
    """Make a drawn picture a file to draw from, so that it is checked and brought to size like every one."""

    async def read(_: int) -> bytes:
        try:
            data = await services.store.get(picture.key)
        except OSError as error:
            raise FileUnavailable(wording.NOT_READ) from error
        if data is None:
            raise FileUnavailable(wording.GONE)
        return data

    return SentFile(name=name, read=read)


async def discard(services: Services, *jobs: str) -> None:
    """Delete the pictures of requests that were not accepted."""
    if jobs:
        with contextlib.suppress(OSError):  # the store's guard tries again
            await services.store.delete(jobs)


async def sweep(services: Services) -> None:
    """Delete pictures that were sent, but that neither a job nor a refused request's button draws from.

    A process that is killed before the reservation leaves them, and so does a button that is over. They are
    younger than SAFE_SECONDS while their request may still be on its way. Raises OSError.
    """
    before = id_at(services.clock() - SAFE_SECONDS)
    names = await services.store.list_sent(id_text(before))
    for start in range(0, len(names), SWEPT_AT_ONCE):
        some = names[start : start + SWEPT_AT_ONCE]
        jobs = await services.ledger.jobs.are_there([id_number(name) for name in some])
        buttons = await services.ledger.pending.are_there(some)
        orphans = [name for name in some if id_number(name) not in jobs and name not in buttons]
        if orphans:
            await services.store.delete(orphans)
            log.info("references.swept", requests=len(orphans))


async def load(order: PaintOrder, spec: ImageSpec, services: Services) -> PaintOrder:
    """Return the order with the pictures that it draws from. Raises MissingReference."""
    if not spec.references:
        return order
    references = [await _read(each, services) for each in spec.references]
    mask = await _read(spec.mask, services) if spec.mask else None
    return replace(order, references=tuple(references), mask=mask)


async def put_back(order: PaintOrder, outcome: Outcome, *, billed: bool) -> tuple[Outcome, float]:
    """Put the first reference back where its mask protects it, if too much changed there.

    Return the outcome, and the share of what is protected that had changed; 0 if nothing was put back. The
    samples keep to the mask, but for their label.
    """
    if order.mask is None or not isinstance(outcome, Drawn) or not billed:
        return outcome, 0.0
    drawings, share = await keep_all_protected(outcome.drawings, order.references[0], order.mask)
    return replace(outcome, drawings=drawings), share


async def _copy(picture: StoredPicture, job: str, name: str, services: Services) -> Kept:
    drawing = await _read(picture, services)
    return Kept(await services.store.put_reference(job, name, drawing), drawing)


async def _read(picture: StoredPicture, services: Services) -> Drawing:
    data = await services.store.get(picture.key)
    if data is None:
        raise MissingReference
    return Drawing(data=data, format=picture.format, width=picture.width, height=picture.height)


def _stored(kept: Kept) -> StoredPicture:
    drawing = kept.drawing
    return StoredPicture(key=kept.key, width=drawing.width, height=drawing.height, format=drawing.format)
