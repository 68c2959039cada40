"""The outcome of a call, in pictures and in money, from the gateway's answer. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.painters.gateway.billing import bill_of
from bot.painters.gateway.errors import Refusal
from bot.painters.gateway.response import Broken, ImageResponse
from bot.painters.port import Declined, Drawing, Drawn, NotDrawn, Outcome, PaintOrder, Unknown


def outcome_of_response(
    order: PaintOrder, images: int, response: ImageResponse, pictures: Sequence[Drawing | Broken]
) -> Outcome:
    """Return the outcome of one call that asked for so many images.

    Every entry that brought a picture is billed, at the quality that the answer names, whether the picture is
    wanted or usable or not (`bill_of`). An answer without any is a refusal.

    `pictures`: the response's, with links downloaded.
    """
    bill = bill_of(order, images, response)
    sound = tuple(picture for picture in pictures if isinstance(picture, Drawing))
    cost, uncertain = bill.cost_micros, bill.uncertain_micros
    if not response.count:
        words = "an answer without pictures"
        return Declined(words=words, cost_micros=cost, uncertain_micros=uncertain)
    if not sound:
        words = broken_words(pictures)
        return NotDrawn(why="broken", words=words, cost_micros=cost, uncertain_micros=uncertain)
    return Drawn(
        drawings=sound,
        filtered=max(0, images - response.count),
        broken=len(pictures) - len(sound),
        charge_micros=bill.charge(len(sound)) if order.rates else None,
        cost_micros=cost,
        uncertain_micros=uncertain,
    )


def broken_words(pictures: Sequence[Drawing | Broken]) -> str:
    """Say why pictures are unusable, each reason once."""
    return "; ".join(dict.fromkeys(each.reason for each in pictures if isinstance(each, Broken)))


def outcome_of_refusal(refusal: Refusal, words: str, doubtful_micros: int) -> Outcome:
    """Return the outcome of one call that was refused for good.

    `doubtful_micros`: the uncertain cost if nobody can know whether the call was carried out. It goes with a
    verdict on the prompt, too: some models draw before their pictures are refused.
    """
    if refusal == "policy":
        return Declined(words=words, uncertain_micros=doubtful_micros)
    if refusal == "doubt":
        return Unknown(why="server error", words=words, uncertain_micros=doubtful_micros)
    return NotDrawn(why="request" if refusal == "n" else refusal, words=words)


def merge(parts: Sequence[tuple[int, Outcome]]) -> Outcome:
    """Merge the outcomes of a drawing in several calls, each with the images that its call asked for.

    Some pictures are a success. Without any, it is unknown if any part is, else declined if any is, else not
    drawn.
    """
    outcomes = [outcome for _, outcome in parts]
    cost = sum(outcome.cost_micros for outcome in outcomes)
    uncertain = sum(outcome.uncertain_micros for outcome in outcomes)
    calls = tuple(call for outcome in outcomes for call in outcome.calls)
    successes = [outcome for outcome in outcomes if isinstance(outcome, Drawn)]
    if not successes:
        worst = min(outcomes, key=lambda outcome: _WORST_FIRST.index(type(outcome)))
        return replace(worst, cost_micros=cost, uncertain_micros=uncertain, calls=calls)
    charges = [outcome.charge_micros for outcome in successes]
    failures = [(images, outcome) for images, outcome in parts if not isinstance(outcome, Drawn)]
    filtered = sum(images for images, outcome in failures if isinstance(outcome, Declined))
    broken = sum(
        images for images, outcome in failures if isinstance(outcome, NotDrawn) and outcome.why == "broken"
    )
    return Drawn(
        drawings=tuple(drawing for outcome in successes for drawing in outcome.drawings),
        filtered=filtered + sum(outcome.filtered for outcome in successes),
        broken=broken + sum(outcome.broken for outcome in successes),
        failed=sum(images for images, _ in failures) - filtered - broken,
        charge_micros=None if None in charges else sum(charge or 0 for charge in charges),
        cost_micros=cost,
        uncertain_micros=uncertain,
        calls=calls,
    )


def with_call_id(outcome: Outcome, call: str) -> Outcome:
    """Add the provider's id of its answer to the outcome; "" if the answer has none."""
    return replace(outcome, calls=(call, *outcome.calls)) if call else outcome


_WORST_FIRST: list[type[Outcome]] = [Unknown, Declined, NotDrawn]
