"""From what came back to how a drawing ended, in pictures and in money. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.painters.gateway.errors import Meaning
from bot.painters.gateway.response import ImageResponse
from bot.painters.port import Declined, Drawing, Drawn, NotDrawn, Outcome, PaintOrder, Unknown
from quotas.catalog import IMAGE


def in_doubt(order: PaintOrder, asked: int) -> int:
    """The most that one call for so many pictures can be billed, in micro-dollars."""
    return asked * order.costs[order.quality or IMAGE]


def drawn(order: PaintOrder, asked: int, sheet: ImageResponse, pictures: Sequence[Drawing | None]) -> Outcome:
    """The outcome of one call that was answered; `pictures` are the sheet's, links fetched.

    Every entry that brought a picture is billed, at the quality that the answer names, wanted or usable or
    not. An answer without any is a refusal, which some gateways bill and some do not.
    """
    unit = order.costs.get(sheet.quality, order.costs[order.quality or IMAGE])
    cost = sheet.came * unit
    sound = tuple(picture for picture in pictures if picture)
    if not sheet.came:
        return Declined(words="an answer without pictures", uncertain_micros=in_doubt(order, asked))
    if not sound:
        return NotDrawn(why="broken", words="no usable picture", cost_micros=cost)
    return Drawn(
        drawings=sound,
        filtered=max(0, asked - sheet.came),
        broken=len(pictures) - len(sound),
        cost_micros=cost,
    )


def refused(meant: Meaning, words: str, in_doubt_micros: int) -> Outcome:
    """The outcome of one call that was refused for good; `in_doubt_micros` counts where nobody can know."""
    if meant == "policy":
        return Declined(words=words)
    if meant == "doubt":
        return Unknown(why="server error", words=words, uncertain_micros=in_doubt_micros)
    return NotDrawn(why="request" if meant == "n" else meant, words=words)


def joined(parts: Sequence[tuple[int, Outcome]]) -> Outcome:
    """One outcome of a drawing in several calls, each with how many pictures it asked for.

    Some pictures are a success. None: unknown, where any part is, else declined, else not drawn.
    """
    outcomes = [outcome for _, outcome in parts]
    cost = sum(outcome.cost_micros for outcome in outcomes)
    uncertain = sum(outcome.uncertain_micros for outcome in outcomes)
    calls = tuple(call for outcome in outcomes for call in outcome.calls)
    came = [outcome for outcome in outcomes if isinstance(outcome, Drawn)]
    if not came:
        worst = min(outcomes, key=lambda outcome: _GRAVITY.index(type(outcome)))
        return replace(worst, cost_micros=cost, uncertain_micros=uncertain, calls=calls)
    lost = [(asked, outcome) for asked, outcome in parts if not isinstance(outcome, Drawn)]
    filtered = sum(asked for asked, outcome in lost if isinstance(outcome, Declined))
    broken = sum(
        asked for asked, outcome in lost if isinstance(outcome, NotDrawn) and outcome.why == "broken"
    )
    return Drawn(
        drawings=tuple(drawing for outcome in came for drawing in outcome.drawings),
        filtered=filtered + sum(outcome.filtered for outcome in came),
        broken=broken + sum(outcome.broken for outcome in came),
        failed=sum(asked for asked, _ in lost) - filtered - broken,
        cost_micros=cost,
        uncertain_micros=uncertain,
        calls=calls,
    )


def answered(outcome: Outcome, call: str) -> Outcome:
    """The outcome, with the provider's id of its answer, where that has one."""
    return replace(outcome, calls=(call, *outcome.calls)) if call else outcome


_GRAVITY: list[type[Outcome]] = [Unknown, Declined, NotDrawn]
