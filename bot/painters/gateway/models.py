"""The list of models that the gateway offers, for the catalog and for `imagine check`.

It stands alone because it asks for a list, not for pictures, and its problems are the operator's.
"""

import asyncio

from bot.painters.gateway.errors import classify, find_error, parse_json
from bot.painters.gateway.http import HttpExchange, Reply
from bot.painters.port import GatewayError

SECONDS = 20.0  # a list, not a drawing


async def list_models(exchange: HttpExchange) -> set[str]:
    """Return the ids of the models. Raises GatewayError."""
    reply = await exchange.models(asyncio.get_running_loop().time() + SECONDS)
    if not isinstance(reply, Reply):
        raise GatewayError(f"No answer from the gateway ({reply.words}); check CODEGATEWAY_BASE_URL.")
    answer = parse_json(reply.body)
    if reply.status != 200:
        error = find_error(answer, "")
        if classify(reply.status, error) == "key":
            raise GatewayError("The gateway refuses the key; check CODEGATEWAY_API_KEY and its balance.")
        words = error.words if error else "no reason given"
        raise GatewayError(f"The gateway answered {reply.status} ({words}) when asked for its models.")
    entries = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        raise GatewayError(
            "The gateway's list of models is unreadable; does CODEGATEWAY_BASE_URL end in /v1?"
        )
    return {str(entry["id"]) for entry in entries if isinstance(entry, dict) and entry.get("id")}
