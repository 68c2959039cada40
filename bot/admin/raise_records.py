"""What a person asks the admins for, in drawers of the ledger, under the name that the buttons carry.

The name says nothing by itself.
"""

from bot.imagine.refusals import RaiseRequest, read_request, request_text
from quotas.ledger import Ledger

REQUESTS = "requests"  # name -> what is asked, and how it was answered
LATEST = "latest request"  # "workspace/person" -> the name of the latest
DRAWERS = (REQUESTS, LATEST)


async def find(ledger: Ledger, name: str) -> RaiseRequest | None:
    """What is asked under that name."""
    return read_request(await ledger.kept.get(REQUESTS, name))


async def latest(ledger: Ledger, request: RaiseRequest) -> RaiseRequest | None:
    """What the same person asked for last in the same workspace."""
    name = await ledger.kept.get(LATEST, _whose(request))
    return await find(ledger, name) if name else None


async def begin(ledger: Ledger, name: str, request: RaiseRequest) -> None:
    """From now on this is what they asked for last."""
    await keep(ledger, name, request)
    await ledger.kept.put(LATEST, _whose(request), name)


async def keep(ledger: Ledger, name: str, request: RaiseRequest) -> None:
    await ledger.kept.put(REQUESTS, name, request_text(request))


def _whose(request: RaiseRequest) -> str:
    return f"{request.workspace}/{request.person}"
