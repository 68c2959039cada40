"""The outcome of a call, in pictures and in money, from the gateway's answer. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.painters.gateway.errors import Refusal
from bot.painters.gateway.response import Broken, ImageResponse
from bot.painters.port import Declined, Drawing, Drawn, NotDrawn, Outcome, PaintOrder, Unknown
from quotas.catalog import IMAGE

# Pictures of one answer that are entered at most, or as many as were asked for: the API's own maximum of `n`
# (https://platform.openai.com/docs/api-reference/images/create). An answer alone must not book any amount.
MOST_BILLED = 10


def highest_cost(order: PaintOrder, images: int) -> int:
    """Return the most that one call for so many pictures can be billed, in micro-dollars."""
    return images * order.costs[order.quality or IMAGE]


def answered_cost(order: PaintOrder, response: ImageResponse) -> int:
    """Return the cost of all that an answer brought, in micro-dollars, however much it is."""
    return response.count * _unit_cost(order, response)


def outcome_of_response(
    order: PaintOrder, images: int, response: ImageResponse, pictures: Sequence[Drawing | Broken]
) -> Outcome:
    """Return the outcome of one call that asked for so many images.

    Every entry that brought a picture is billed, at the quality that the answer names, whether the picture is
    wanted or usable or not, but at most MOST_BILLED entries. An answer without any is a refusal, which some
    gateways bill and some do not.

    `pictures`: the response's, with links downloaded.
    """
    cost = min(response.count, max(images, MOST_BILLED)) * _unit_cost(order, response)
    sound = tuple(picture for picture in pictures if isinstance(picture, Drawing))
    if not response.count:
        return Declined(words="an answer without pictures", uncertain_micros=highest_cost(order, images))
    if not sound:
        return NotDrawn(why="broken", words=broken_words(pictures), cost_micros=cost)
    return Drawn(
        drawings=sound,
        filtered=max(0, images - response.count),
        broken=len(pictures) - len(sound),
        cost_micros=cost,
    )


def broken_words(pictures: Sequence[Drawing | Broken]) -> str:
    """Say why pictures are unusable, each reason once."""
    return "; ".join(dict.fromkeys(each.reason for each in pictures if isinstance(each, Broken)))


def _unit_cost(order: PaintOrder, response: ImageResponse) -> int:
    return order.costs.get(response.quality, order.costs[order.quality or IMAGE])


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
        cost_micros=cost,
        uncertain_micros=uncertain,
        calls=calls,
    )


def with_call_id(outcome: Outcome, call: str) -> Outcome:
    """Add the provider's id of its answer to the outcome; "" if the answer has none."""
    return replace(outcome, calls=(call, *outcome.calls)) if call else outcome


_WORST_FIRST: list[type[Outcome]] = [Unknown, Declined, NotDrawn]
