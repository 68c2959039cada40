"""Pictures that were drawn before a program starts: delivered jobs in its ledger, and files in its store."""

import asyncio
import hashlib
import io
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw

from bot.imagine.records import ImageSpec, drawn, result_text, spec_text
from bot.painters.port import Drawing, Drawn
from bot.storage.pictures import FolderStore, keys_of
from quotas.ids import id_number, id_text
from quotas.ledger import Ledger
from quotas.records import Close, Defaults, Reservation, Reserved

DATA = "imagine-data"  # in the folder of a Program
SIZES = {"1:1": (512, 512), "16:9": (704, 396), "9:16": (396, 704), "3:2": (624, 416)}
PRICE = 60_000


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request that was drawn. `at`: unix seconds; `kept`: the collection; None: it is not kept."""

    prompt: str
    person: str = "web:member"
    name: str = "Mia"
    tier: str = "standard"
    ratio: str = "1:1"
    images: int = 1
    private: bool = False
    at: float = field(default_factory=time.time)
    workspace: str = "web:playground"
    channel: str = "web:general"
    kept: str | None = None
    grain: bool = False  # its files are then as large as those of a photo
    files: list[bytes] = field(default_factory=list)  # its pictures: given, or painted when it is drawn


async def seed(folder: Path, requests: Iterable[Request]) -> dict[str, Request]:
    """Draw and deliver requests in the order of their times; return them by the names of their jobs."""
    data = folder / DATA
    data.mkdir(mode=0o700, exist_ok=True)
    now = [0.0]
    ledger = await Ledger.open(data, Defaults(images_per_day=100_000), clock=lambda: now[0])
    store = FolderStore(data / "pictures")
    jobs: dict[str, Request] = {}
    for now[0], group in groupby(sorted(requests, key=lambda each: each.at), key=lambda each: each.at):
        batch = list(group)
        reserving = (_reserve(ledger, request, f"seed {len(jobs)} {n}") for n, request in enumerate(batch))
        new = dict(zip(await asyncio.gather(*reserving), batch, strict=True))
        await asyncio.gather(*(_draw(ledger, store, name, request) for name, request in new.items()))
        jobs |= new
    await ledger.close()
    return jobs


async def _reserve(ledger: Ledger, request: Request, request_id: str) -> str:
    spec = ImageSpec(
        prompt=request.prompt,
        tier=request.tier,
        ratio=request.ratio,
        images=request.images,
        quality="",
        private=request.private,
    )
    answer = await ledger.jobs.reserve(
        Reservation(
            request_id=request_id,
            workspace=request.workspace,
            channel=request.channel,
            person=request.person,
            name=request.name,
            tier=request.tier,
            model="sample",
            quality="",
            ratio=request.ratio,
            images=request.images,
            official_micros=40_000,
            unit_micros=PRICE,
            multiplier="1.5",
            price_since="2026-01-01",
            origin="imagine",
            request=spec_text(spec),
            platform="web",
            address="{}",
            words=request.prompt,
            private=request.private,
        )
    )
    assert isinstance(answer, Reserved), answer
    return id_text(answer.job.id)


async def _draw(ledger: Ledger, store: FolderStore, name: str, request: Request) -> None:
    job, size = id_number(name), SIZES[request.ratio]
    for number in range(len(request.files), request.images):
        request.files.append(paint(f"{name} {number}", size, grain=request.grain))
    files = request.files[: request.images]
    drawings = tuple(Drawing(data=data, format="png", width=size[0], height=size[1]) for data in files)
    keys = keys_of(name, drawings)
    for key, data in zip(keys, files, strict=True):
        path = store.path(key)
        assert path is not None
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(data)  # without the store's flush, of which thousands take long
    await ledger.jobs.start(job)
    outcome = result_text(drawn(Drawn(drawings=drawings, cost_micros=0), keys))
    amounts = {"images": request.images, "charge_micros": request.images * PRICE}
    await ledger.jobs.settle(job, Close(**amounts, cost_micros=0, outcome=outcome))
    await ledger.jobs.deliver(job, "web", request.channel, name, "{}")
    if request.kept is not None:
        await ledger.finding.keep(job, request.kept)


def paint(seed: str, size: tuple[int, int], *, grain: bool = False) -> bytes:
    """Paint a few coloured discs, other ones for each seed."""
    digest = hashlib.sha256(seed.encode()).digest()
    image = Image.new("RGB", size, (digest[0], digest[1], digest[2]))
    brush = ImageDraw.Draw(image)
    for number in range(6):
        left, top = digest[number] / 256 * size[0], digest[number + 6] / 256 * size[1]
        corner = left + size[0] / 3, top + size[1] / 3
        brush.ellipse((left, top, *corner), fill=tuple(digest[number + 12 : number + 15]))
    if grain:
        image = Image.blend(image, Image.effect_noise(size, 90).convert("RGB"), 0.3)
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()
