"""A scripted core: it answers by the words of the prompt, draws on request, and records every call."""

import hashlib
import io
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from PIL import Image, ImageDraw

from bot.port.cards import (
    Accepted,
    Button,
    Chart,
    Choice,
    ComparedPicture,
    Delivered,
    Ended,
    Header,
    Notice,
    Panel,
    Picture,
    PictureList,
    Refused,
    Reply,
    Report,
    Verb,
    Working,
)
from bot.port.protocols import Adapter
from bot.port.requests import Address, Command, Imagine, MessageRef, Person, Press, Reaction, Search
from bot.port.views import Findings, Narrowings, Setting, Spending, Sums

MOST_BYTES = 25 * 1024 * 1024  # of a file, as the core takes
SIZES = {"1:1": (512, 512), "16:9": (704, 384), "9:16": (384, 704), "3:2": (624, 416)}


def header(job: str, prompt: str, person: Person, **changes: object) -> Header:
    base = Header(
        job=job,
        prompt=prompt,
        person=person.id,
        name=person.name,
        tier="standard",
        tier_title="Imagen 4 Standard",
        ratio="1:1",
        quality="",
        images=4,
        private=False,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def working_card(
    head: Header, *, progress: float | None = None, line: str = "queued 1st, about 12 s"
) -> Working:
    waiting = progress is None
    return Working(
        header=head,
        stage="queued" if waiting else "drawing",
        line=line,
        summary=f"{head.tier_title} · {head.ratio} · {head.images} pictures · $0.24",
        progress=progress,
        buttons=(Button(verb="cancel", label="Cancel", target=head.job),) if waiting else (),
    )


def delivered_card(head: Header) -> Delivered:
    width, height = SIZES[head.ratio]
    return Delivered(
        header=head,
        pictures=tuple(
            Picture(
                key=f"{head.job}-{number}",
                width=width,
                height=height,
                format="png",
                alt=f"{head.prompt} ({number} of {head.images})",
            )
            for number in range(1, head.images + 1)
        ),
        caption=f"{head.name} · {head.tier_title} · {head.ratio} · 12 s · $0.24",
        buttons=(
            Button(verb="again", label="Again", target=head.job),
            Button(verb="edit", label="Edit prompt", target=head.job),
            Button(verb="final", label="In Ultra · $0.12", target=head.job),
            Button(verb="details", label="Details", target=head.job),
            Button(verb="delete", label="Delete", target=head.job, style="danger"),
        ),
        picks=tuple(
            Button(verb="pick", label=str(number), target=head.job, index=number)
            for number in range(1, head.images + 1)
            if head.images > 1
        ),
    )


def compared_card(head: Header) -> Delivered:
    """Make the gallery of four tiers, of which the third drew nothing: their sheet, and three originals."""
    titles = ("Imagen 4 Fast", "Imagen 4 Standard", "Imagen 4 Ultra", "GPT-Image-2")
    failed = titles[2]
    card = delivered_card(head)
    keys = iter(picture.key for picture in card.pictures[1:])
    tiers = tuple(
        ComparedPicture(
            tier=title,
            title=title,
            facts="Rejected by its safety filter" if title == failed else f"{place + 3} s · $0.0{place + 3}",
            why="refused" if title == failed else "drawn",
            sentence="",
            key="" if title == failed else next(keys),
            seconds=4.0,
            charge_micros=0,
        )
        for place, title in enumerate(titles)
    )
    alts = ("; ".join(titles), *(f"{tier.title}: {tier.facts}" for tier in tiers if tier.key))
    pictures = tuple(replace(each, alt=alt) for each, alt in zip(card.pictures, alts, strict=True))
    return replace(card, pictures=pictures, picks=(), compared=tiers)


def panel_card(head: Header, number: int) -> Panel:
    buttons: tuple[tuple[Verb, str], ...] = (
        ("edit", "Edit"),
        ("vary", "Vary"),
        ("final", "Final · $0.1014"),
        ("download", "Download"),
    )
    return Panel(
        header=head,
        picture=delivered_card(head).pictures[number - 1],
        number=number,
        caption=f"Picture {number} of {head.images}",
        buttons=tuple(
            Button(verb=verb, label=label, target=head.job, index=number) for verb, label in buttons
        ),
    )


@dataclass(slots=True)
class ScriptedCore:
    """The core of the port, as far as the tests of adapters call it.

    A prompt with "refuse" is refused, one with "broken" raises, one with "--private" is private. A job waits
    until `deliver` is called, unless `draws_at_once`.

    `requests`: every request in order. `headers`, `message_refs`: by job. `by_request`: request ids to jobs.
    `files`: names and contents of the pictures that came with requests, the mask last. `accepting`: called
    while a request is accepted, with its files still open.
    `answered_people`: the calls of `answered`.
    `withdrawn`: jobs whose request another process answers.
    `workspace_ids`: the answer of `workspaces`. `presence_calls`: the calls of Presence with workspaces.
    `language_code`: the language of every workspace.
    """

    draws_at_once: bool = False
    adapter: Adapter | None = None
    requests: list[Imagine | Press | Reaction | Command] = field(default_factory=list)
    headers: dict[str, Header] = field(default_factory=dict)
    message_refs: dict[str, MessageRef] = field(default_factory=dict)
    answered_people: list[tuple[str, Address]] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    by_request: dict[str, str] = field(default_factory=dict)
    delivered_jobs: set[str] = field(default_factory=set)
    workspace_ids: tuple[str, ...] = ()
    presence_calls: list[tuple[str, ...]] = field(default_factory=list)
    language_code: str = "en"
    files: list[tuple[str, bytes]] = field(default_factory=list)
    accepting: Callable[[], Awaitable[object]] | None = None

    async def language(self, workspace: str) -> str:
        return self.language_code

    async def imagine(self, request: Imagine) -> Accepted | Refused:
        self.requests.append(request)
        await self._read_files(request)
        if self.accepting is not None:
            await self.accepting()
        if "broken" in request.text:
            raise RuntimeError(f"unplanned: {request.text}")
        if "refuse" in request.text:
            return Refused(
                why="allowance",
                sentence="Your own allowance allows 40 pictures per day; 2 left, and this asks for 4.",
                hint="It renews in 5 h 12 min.",
            )
        private = "--private" in request.text
        prompt = request.text.replace("--private", "").strip()
        head = header("", prompt, request.person, private=private)
        if request.command == "compare":
            head = replace(head, tier="compare", ratio=str(request.options.get("ratio", "1:1")))
        return self._accept(request.id, head)

    async def _read_files(self, request: Imagine | Press) -> None:
        for file in (*request.references, *([request.mask] if request.mask else [])):
            self.files.append((file.name, await file.read(MOST_BYTES + 1)))

    async def press(self, press: Press) -> Reply:
        self.requests.append(press)
        await self._read_files(press)
        if press.verb == "confirm":
            return Notice(sentence="Done.")
        head = self.headers[press.target]
        if press.verb == "pick":
            return panel_card(head, press.index)
        if press.verb in ("again", "vary"):
            return self._accept(press.id, replace(head, name=press.person.name))
        if press.verb == "edit":
            changes = {
                {"variants": "images"}.get(name, name): value
                for name, value in press.options.items()
                if name != "transparent"
            }
            return self._accept(press.id, replace(head, **changes))  # type: ignore[arg-type]
        if press.verb in ("delete", "cancel"):
            assert self.adapter
            await self.adapter.delete(self.message_refs[press.target])
            return Notice(
                sentence="Deleted." if press.verb == "delete" else "Cancelled. Nothing was charged."
            )
        return Report(title="Details", lines=(head.prompt,), rows=(("Job", head.job), ("Charged", "$0.24")))

    async def react(self, reaction: Reaction) -> Reply | None:
        self.requests.append(reaction)
        if reaction.emoji not in ("🔁", "🔄"):
            return None
        head = self.headers[reaction.message.id]
        return self._accept(
            f"{reaction.message.id} {reaction.person.id}", replace(head, name=reaction.person.name)
        )

    async def command(self, command: Command) -> Report | PictureList | Notice | Refused:
        self.requests.append(command)
        if command.name == "tiers":
            return Report(
                title="Tiers",
                columns=("Tier", "Speed", "Price", "100 a day for a month"),
                rows=(("fast", "3–5 s", "$0.03", "$90.00"), ("standard", "8–15 s", "$0.06", "$180.00")),
            )
        if command.name == "usage":
            chart = Chart(png=_paint("chart", (640, 320)), alt="$0.24 on 22 November")
            return Report(
                title="You, 2026-11: $0.24",
                columns=("Tier", "Charged"),
                rows=(("fast", "$0.24"),),
                chart=chart,
            )
        return Notice(sentence=f"{command.name}: {command.text}")

    async def spending(self, by: str) -> Spending:
        if by not in ("tier", "person", "channel", "day"):
            raise ValueError(f"{by!r} is not a breakdown")
        heads = [head for job, head in self.headers.items() if job in self.delivered_jobs]
        keys = {"tier": "standard", "channel": "web:general", "day": "2026-11-22"}
        parts: dict[tuple[str, str], list[Header]] = {}
        for head in heads:
            parts.setdefault((keys.get(by) or head.person, "" if by in keys else head.name), []).append(head)
        return Spending(
            totals=_sums(heads), by=by, rows=tuple((*key, _sums(heads)) for key, heads in parts.items())
        )

    async def suggest(self, command: Command, option: str) -> tuple[Choice, ...]:
        self.requests.append(command)
        return (Choice(value="UTC", label=f"{option} of {command.name}"),)

    async def workspaces(self) -> list[str]:
        return list(self.workspace_ids)

    async def settings(self, workspace: str) -> tuple[Setting, ...]:
        return (
            Setting(
                who=f"everyone in {workspace}",
                what="images per day 5",
                until="",
                whom={},
                figures={"images_per_day": "5"},
                taken_back_by="reset",
            ),
        )

    async def search(self, search: Search) -> Findings | Refused:
        return Findings(found=(), count=0)

    async def narrowings(self, person: Person, workspace: str) -> Narrowings | Refused:
        return Narrowings()

    async def found_picture(
        self, person: Person, workspace: str, key: str, *, small: bool = False
    ) -> bytes | None:
        return None

    async def joined(self, workspace: str) -> None:
        self.presence_calls.append(("joined", workspace))

    async def left(self, workspace: str) -> None:
        self.presence_calls.append(("left", workspace))

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        self.presence_calls.append(("serving", *sorted(workspaces)))

    async def shown(self, job: str, card: MessageRef) -> None:
        self.message_refs[job] = card
        if self.draws_at_once:
            await self.deliver(job)

    async def answered(self, person: str, address: Address) -> None:
        self.answered_people.append((person, address))

    async def withdraw(self, job: str) -> None:
        self.withdrawn.append(job)

    async def picture(self, key: str) -> bytes | None:
        job, _, number = key.rpartition("-")
        head = self.headers.get(job)
        return _paint(key, SIZES[head.ratio]) if head and number.isdigit() else None

    async def deliver(self, job: str) -> None:
        """Replace the job's card by its gallery."""
        assert self.adapter
        self.delivered_jobs.add(job)
        head = self.headers[job]
        gallery = compared_card(head) if head.tier == "compare" else delivered_card(head)
        await self.adapter.revise(self.message_refs[job], gallery)

    async def move(self, job: str, progress: float) -> None:
        """Show the job's progress, from 0 to 1."""
        assert self.adapter
        line = f"drawing, {progress * 20:.0f} s of about 20 s"
        await self.adapter.revise(
            self.message_refs[job], working_card(self.headers[job], progress=progress, line=line)
        )

    async def end(self, job: str) -> None:
        """End the job as refused by the model: delete its card, post the reason to its person."""
        assert self.adapter
        head, ref = self.headers[job], self.message_refs[job]
        card = Ended(
            header=head, why="refused", sentence="The model would not draw this prompt. Nothing was charged."
        )
        await self.adapter.delete(ref)
        await self.adapter.post(replace(ref.address, private_to=head.person), card, key=f"{job} ended")

    def _accept(self, request_id: str, head: Header) -> Accepted:
        fresh = request_id not in self.by_request
        job = self.by_request.setdefault(request_id, f"JOB{len(self.by_request):010}")
        self.headers.setdefault(job, replace(head, job=job))
        head = self.headers[job]
        return Accepted(
            job=job,
            card=delivered_card(head) if job in self.delivered_jobs else working_card(head),
            fresh=fresh,
        )


def _sums(heads: Sequence[Header]) -> Sums:
    """Sum up jobs at $0.0603 a picture, an amount that no report may round."""
    images = sum(head.images for head in heads)
    return Sums(
        jobs=len(heads),
        images=images,
        charge_micros=images * 60_300,
        cost_micros=images * 60_300,
        uncertain_micros=len(heads) * 1,
    )


def _paint(key: str, size: tuple[int, int]) -> bytes:
    digest = hashlib.sha256(key.encode()).digest()
    image = Image.new("RGB", size, (digest[0], digest[1], digest[2]))
    brush = ImageDraw.Draw(image)
    for number in range(6):
        left, top = digest[number] / 256 * size[0], digest[number + 6] / 256 * size[1]
        brush.ellipse(
            (left, top, left + size[0] / 3, top + size[1] / 3), fill=tuple(digest[number + 12 : number + 15])
        )
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()
