"""The bill that an answer of the gateway proves, and what the person is charged for it. Pure.

Three ways of pricing meet here: by the picture; by the picture, with reference pictures by token; and all by
token. What is billed by token is proven by the `usage` of the answer alone. Without it, the worst case is
entered as uncertain cost, and the person pays the price that the card named.
"""

from dataclasses import dataclass

from bot.painters.gateway.response import ImageResponse, Usage
from bot.painters.port import PaintOrder
from quotas.prices import IMAGE, Rates, Tokens

# Pictures of one answer that are entered at most, or as many as were asked for: the API's own maximum of `n`
# (https://platform.openai.com/docs/api-reference/images/create). An answer alone must not book any amount.
MOST_BILLED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The money of one answer, in micro-dollars.

    `picture_micros`: what a usable picture is charged. `inputs_micros`: what prompt and references are.
    """

    cost_micros: int = 0
    uncertain_micros: int = 0
    picture_micros: int
    inputs_micros: int = 0

    def charge(self, usable: int) -> int:
        """Return the charge for so many usable pictures."""
        return usable * self.picture_micros + self.inputs_micros


def highest_cost(order: PaintOrder, images: int) -> int:
    """Return the most that one call for so many pictures can be billed, in micro-dollars."""
    return images * _own_price(order) + order.inputs_micros


def answered_cost(order: PaintOrder, response: ImageResponse) -> int:
    """Return the cost of all that an answer brought, in micro-dollars, however much it is."""
    rates = order.rates
    if rates is not None and rates.image_out is not None:
        tokens = _counted(order, response)
        return 0 if tokens is None else rates.cost(tokens)
    return response.count * _answered_price(order, response) + (_proven_inputs(order, response.usage) or 0)


def bill_of(order: PaintOrder, images: int, response: ImageResponse) -> Bill:
    """Return the bill of an answer to a call that asked for so many images.

    An answer without any picture is a refusal, which some gateways bill and some do not: all is uncertain,
    unless its usage proves what it cost.
    """
    rates = order.rates
    if rates is not None and rates.image_out is not None:
        return _by_token(order, images, response, rates)
    own = _own_price(order)
    if not response.count:
        return Bill(uncertain_micros=highest_cost(order, images), picture_micros=own)
    cost = min(response.count, max(images, MOST_BILLED)) * _answered_price(order, response)
    inputs = _proven_inputs(order, response.usage)
    if inputs is None:
        most = order.inputs_micros
        return Bill(cost_micros=cost, uncertain_micros=most, picture_micros=own, inputs_micros=most)
    return Bill(cost_micros=cost + inputs, picture_micros=own, inputs_micros=min(inputs, order.inputs_micros))


def _by_token(order: PaintOrder, images: int, response: ImageResponse, rates: Rates) -> Bill:
    own, tokens, count = _own_price(order), _counted(order, response), response.count
    if tokens is None:
        entered = min(count, max(images, MOST_BILLED)) * _answered_price(order, response)
        uncertain = entered + order.inputs_micros if count else highest_cost(order, images)
        return Bill(uncertain_micros=uncertain, picture_micros=own, inputs_micros=order.inputs_micros)
    bound = max(images, MOST_BILLED) * max(order.costs.values()) + order.inputs_micros
    total = min(rates.cost(tokens), bound)
    # No more than the total, or the rest would be less than nothing.
    drawn = min(rates.cost(Tokens(image_out=tokens.image_out)), total)
    picture = drawn // count if count else 0
    return Bill(cost_micros=total, picture_micros=picture, inputs_micros=total - count * picture)


def _counted(order: PaintOrder, response: ImageResponse) -> Tokens | None:
    """Return the tokens that the answer counts; None if they cannot be what it took.

    Gateways in the middle make up zeros. A count that does not tell pictures from text is of no use beside
    reference pictures.
    """
    usage = response.usage
    if usage is None or not (usage.image_out or (usage.text_in and not response.count)):
        return None
    if order.references and not usage.image_in:
        return None
    return Tokens(text_in=usage.text_in, image_in=usage.image_in or 0, image_out=usage.image_out)


def _proven_inputs(order: PaintOrder, usage: Usage | None) -> int | None:
    """Return what the references cost, where drawn pictures have a price of their own; None: not told."""
    if order.rates is None or not order.references:
        return 0
    return order.rates.cost(Tokens(image_in=usage.image_in)) if usage and usage.image_in else None


def _own_price(order: PaintOrder) -> int:
    return order.costs[order.quality or IMAGE]


def _answered_price(order: PaintOrder, response: ImageResponse) -> int:
    return order.costs.get(response.quality, _own_price(order))
