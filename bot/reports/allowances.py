"""What is set in a workspace, for the page of whoever runs the bot: in words, and as what would set it so."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bot import wording
from bot.port.protocols import OPERATOR
from bot.port.views import Setting
from bot.services import Services
from quotas.money import format_dollars
from quotas.records import UNLIMITED, Kind, Limits

_FIGURES = ("images_per_day", "money_per_day", "money_per_month")


async def settings(services: Services, workspace: str) -> tuple[Setting, ...]:
    """All that is in force, those of persons last. A block stands apart from figures: it has its own end."""
    allowance = await services.ledger.reports.allowance(workspace, OPERATOR.id, ())
    zone = ZoneInfo(allowance.zone)
    found = await services.ledger.settings.list_limits(workspace)
    return tuple(
        each
        for kind, ref, name, limits in found
        for each in _settings(wording.whom(kind, ref, name), _whom(kind, ref), limits, zone)
    )


def _whom(kind: Kind, ref: str) -> Mapping[str, str]:
    """The options that name it."""
    match kind:
        case "person" | "role" | "channel":
            return {kind: ref}
        case "workspace" | "bot":
            return {"whole": kind}
        case "everyone":
            return {}


def _settings(who: str, whom: Mapping[str, str], limits: Limits, zone: ZoneInfo) -> list[Setting]:
    found = []
    if replace(limits, blocked=False, until=None, blocked_until=None) != Limits():
        what, until, figures = wording.figures(limits), wording.ends(limits.until), _typed(limits, zone)
        found.append(
            Setting(who=who, what=what, until=until, whom=whom, figures=figures, taken_back_by="reset")
        )
    if limits.blocked:
        until = wording.ends(limits.blocked_until)
        paused = "whole" in whom
        what = wording.PAUSED_HERE if paused else wording.BLOCKED
        verb: Literal["resume", "unblock"] = "resume" if paused else "unblock"
        found.append(Setting(who=who, what=what, until=until, whom=whom, taken_back_by=verb))
    return found


def _typed(limits: Limits, zone: ZoneInfo) -> dict[str, str]:
    """What is set, as it would be typed."""
    values = {name: getattr(limits, name) for name in _FIGURES}
    typed = {name: _amount(name, value) for name, value in values.items() if value is not None}
    if limits.tiers is not None:
        typed["tiers"] = ",".join(limits.tiers)
    if limits.until is not None:  # the midnight that ends the last day
        typed["until"] = datetime.fromtimestamp(limits.until - 1, zone).date().isoformat()
    return typed


def _amount(name: str, value: int) -> str:
    if value == UNLIMITED:
        return "unlimited"
    return (
        format_dollars(value).removeprefix("$").replace(",", "") if name.startswith("money") else str(value)
    )
