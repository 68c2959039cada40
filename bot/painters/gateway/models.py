"""The start-up question: which models does the gateway offer?"""

import asyncio

from bot.painters.gateway.errors import complaint, meaning, parsed
from bot.painters.gateway.http import HttpExchange, Reply

SECONDS = 20.0  # a list, not a drawing


class GatewayError(Exception):
    """The gateway could not be asked what it offers; the message says why, and what to do."""


async def offered(wire: HttpExchange) -> set[str]:
    """The ids of the models. Raises GatewayError."""
    reply = await wire.models(asyncio.get_running_loop().time() + SECONDS)
    if not isinstance(reply, Reply):
        raise GatewayError(f"No answer from the gateway ({reply.words}); check CODEGATEWAY_BASE_URL.")
    answer = parsed(reply.body)
    if reply.status != 200:
        said = complaint(answer, "")
        if meaning(reply.status, said) == "key":
            raise GatewayError("The gateway refuses the key; check CODEGATEWAY_API_KEY and its balance.")
        words = said.words if said else "no reason given"
        raise GatewayError(f"The gateway answered {reply.status} ({words}) when asked for its models.")
    entries = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        raise GatewayError(
            "The gateway's list of models is unreadable; does CODEGATEWAY_BASE_URL end in /v1?"
        )
    return {str(entry["id"]) for entry in entries if isinstance(entry, dict) and entry.get("id")}
