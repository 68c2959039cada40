"""A scripted Core at the port: answers by the words of the prompt, draws when told to, remembers all."""

import hashlib
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from PIL import Image, ImageDraw

from bot.port.cards import (
    Accepted,
    Button,
    Chart,
    Choice,
    Delivered,
    Ended,
    Header,
    Notice,
    Picture,
    Refused,
    Reply,
    Report,
    Working,
)
from bot.port.protocols import Adapter
from bot.port.requests import Command, Imagine, MessageRef, Person, Press, Reaction
from bot.port.views import Setting, Spending, Sums

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


def working(head: Header, *, progress: float | None = None, line: str = "queued 1st, about 12 s") -> Working:
    waiting = progress is None
    return Working(
        header=head,
        stage="queued" if waiting else "drawing",
        line=line,
        summary=f"{head.tier_title} · {head.ratio} · {head.images} pictures · $0.24",
        progress=progress,
        buttons=(Button(verb="cancel", label="Cancel", target=head.job),) if waiting else (),
    )


def delivered(head: Header) -> Delivered:
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
    )


@dataclass(slots=True)
class ScriptedCore:
    """`asked`: everything that came through the port, in order. `heads`, `refs`: jobs, and where they show.

    A prompt with "refuse" is refused, with "broken" breaks the core, with "--private" is private. Jobs
    wait until `deliver`, unless `draws_at_once`. `places`: the workspaces there are.
    `moved`: what was told of workspaces, and of which. `spoken`: the language, in every workspace.
    """

    draws_at_once: bool = False
    adapter: Adapter | None = None
    asked: list[Imagine | Press | Reaction | Command] = field(default_factory=list)
    heads: dict[str, Header] = field(default_factory=dict)
    refs: dict[str, MessageRef] = field(default_factory=dict)
    by_request: dict[str, str] = field(default_factory=dict)
    delivered: set[str] = field(default_factory=set)
    places: tuple[str, ...] = ()
    moved: list[tuple[str, ...]] = field(default_factory=list)

    spoken: str = "en"

    async def language(self, workspace: str) -> str:
        return self.spoken

    async def imagine(self, request: Imagine) -> Accepted | Refused:
        self.asked.append(request)
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
        return self._accept(request.id, header("", prompt, request.person, private=private))

    async def press(self, press: Press) -> Reply:
        self.asked.append(press)
        if press.verb == "confirm":
            return Notice(sentence="Done.")
        head = self.heads[press.target]
        if press.verb == "again":
            return self._accept(press.id, replace(head, name=press.person.name))
        if press.verb == "edit":
            changed = {
                {"variants": "images"}.get(name, name): value
                for name, value in press.options.items()
                if name != "transparent"
            }
            return self._accept(press.id, replace(head, **changed))  # type: ignore[arg-type]
        if press.verb in ("delete", "cancel"):
            assert self.adapter
            await self.adapter.delete(self.refs[press.target])
            return Notice(
                sentence="Deleted." if press.verb == "delete" else "Cancelled. Nothing was charged."
            )
        return Report(title="Details", lines=(head.prompt,), rows=(("Job", head.job), ("Charged", "$0.24")))

    async def react(self, reaction: Reaction) -> Reply | None:
        self.asked.append(reaction)
        if reaction.emoji not in ("🔁", "🔄"):
            return None
        head = self.heads[reaction.message.id]
        return self._accept(
            f"{reaction.message.id} {reaction.person.id}", replace(head, name=reaction.person.name)
        )

    async def command(self, command: Command) -> Report | Notice | Refused:
        self.asked.append(command)
        if command.name == "tiers":
            return Report(
                title="Tiers",
                columns=("Tier", "Speed", "Price", "100 a day for a month"),
                rows=(("fast", "3–5 s", "$0.03", "$90.00"), ("standard", "8–15 s", "$0.06", "$180.00")),
            )
        if command.name == "usage":
            chart = Chart(png=_painted("chart", (640, 320)), alt="$0.24 on 22 November")
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
        drawn = [head for job, head in self.heads.items() if job in self.delivered]
        keys = {"tier": "standard", "channel": "web:general", "day": "2026-11-22"}
        parts: dict[tuple[str, str], list[Header]] = {}
        for head in drawn:
            parts.setdefault((keys.get(by) or head.person, "" if by in keys else head.name), []).append(head)
        return Spending(
            totals=_sums(drawn), by=by, rows=tuple((*key, _sums(heads)) for key, heads in parts.items())
        )

    async def suggest(self, command: Command, option: str) -> tuple[Choice, ...]:
        self.asked.append(command)
        return (Choice(value="UTC", label=f"{option} of {command.name}"),)

    async def workspaces(self) -> list[str]:
        return list(self.places)

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

    async def joined(self, workspace: str) -> None:
        self.moved.append(("joined", workspace))

    async def left(self, workspace: str) -> None:
        self.moved.append(("left", workspace))

    async def serving(self, platform: str, workspaces: Collection[str]) -> None:
        self.moved.append(("serving", *sorted(workspaces)))

    async def shown(self, job: str, card: MessageRef) -> None:
        self.refs[job] = card
        if self.draws_at_once:
            await self.deliver(job)

    async def picture(self, key: str) -> bytes | None:
        job, _, number = key.rpartition("-")
        head = self.heads.get(job)
        return _painted(key, SIZES[head.ratio]) if head and number.isdigit() else None

    async def deliver(self, job: str) -> None:
        """The job's card becomes its gallery."""
        assert self.adapter
        self.delivered.add(job)
        await self.adapter.revise(self.refs[job], delivered(self.heads[job]))

    async def move(self, job: str, progress: float) -> None:
        assert self.adapter
        line = f"drawing, {progress * 20:.0f} s of about 20 s"
        await self.adapter.revise(self.refs[job], working(self.heads[job], progress=progress, line=line))

    async def end(self, job: str) -> None:
        """The model would not draw it: the public card goes, its person hears why."""
        assert self.adapter
        head, ref = self.heads[job], self.refs[job]
        card = Ended(
            header=head, why="refused", sentence="The model would not draw this prompt. Nothing was charged."
        )
        await self.adapter.delete(ref)
        await self.adapter.post(replace(ref.address, private_to=head.person), card, key=f"{job} ended")

    def _accept(self, request_id: str, head: Header) -> Accepted:
        fresh = request_id not in self.by_request
        job = self.by_request.setdefault(request_id, f"JOB{len(self.by_request):010}")
        self.heads.setdefault(job, replace(head, job=job))
        head = self.heads[job]
        return Accepted(
            job=job, card=delivered(head) if job in self.delivered else working(head), fresh=fresh
        )


def _sums(heads: Sequence[Header]) -> Sums:
    """$0.0603 a picture: an amount that no report may round."""
    images = sum(head.images for head in heads)
    return Sums(
        jobs=len(heads),
        images=images,
        charge_micros=images * 60_300,
        cost_micros=images * 60_300,
        uncertain_micros=len(heads) * 1,
    )


def _painted(key: str, size: tuple[int, int]) -> bytes:
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
