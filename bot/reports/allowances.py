"""Limits that are set in a workspace: in words, and as the options of `/quotas` that set them again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bot import wording
from bot.port.protocols import OPERATOR
from bot.port.views import Setting
from bot.services import Services
from quotas.money import plain_dollars
from quotas.records import UNLIMITED, Kind, Limits

_FIGURES = ("images_per_day", "money_per_day", "money_per_month")


async def list_settings(services: Services, workspace: str) -> tuple[Setting, ...]:
    """List every limit in force, those of single people last.

    A block is a setting of its own beside the figures of the same target, because it has its own end.
    """
    allowance = await services.ledger.reports.allowance(workspace, OPERATOR.id, ())
    zone = ZoneInfo(allowance.zone)
    rows = await services.ledger.settings.list_limits(workspace)
    return tuple(
        setting
        for kind, ref, name, limits in rows
        for setting in _describe(wording.whom(kind, ref, name), _target_options(kind, ref), limits, zone)
    )


def _target_options(kind: Kind, ref: str) -> Mapping[str, str]:
    """Return the options of `/quotas` that name a target."""
    match kind:
        case "person" | "role" | "channel":
            return {kind: ref}
        case "workspace" | "bot":
            return {"whole": kind}
        case "everyone" | "style":  # a style has no limits
            return {}


def _describe(who: str, whom: Mapping[str, str], limits: Limits, zone: ZoneInfo) -> list[Setting]:
    settings = []
    if replace(limits, blocked=False, until=None, blocked_until=None) != Limits():
        what, until = wording.figures(limits), wording.ends(limits.until)
        figures = _limit_options(limits, zone)
        settings.append(
            Setting(who=who, what=what, until=until, whom=whom, figures=figures, taken_back_by="reset")
        )
    if limits.blocked:
        until = wording.ends(limits.blocked_until)
        is_pause = "whole" in whom
        what = wording.PAUSED_HERE if is_pause else wording.BLOCKED
        verb: Literal["resume", "unblock"] = "resume" if is_pause else "unblock"
        settings.append(Setting(who=who, what=what, until=until, whom=whom, taken_back_by=verb))
    return settings


def _limit_options(limits: Limits, zone: ZoneInfo) -> dict[str, str]:
    """Return the options that set these limits, as a person types them."""
    values = {name: getattr(limits, name) for name in _FIGURES}
    options = {name: _amount(name, value) for name, value in values.items() if value is not None}
    if limits.tiers is not None:
        options["tiers"] = ",".join(limits.tiers)
    if limits.until is not None:  # the midnight that ends the last day
        options["until"] = datetime.fromtimestamp(limits.until - 1, zone).date().isoformat()
    return options


def _amount(name: str, value: int) -> str:
    if value == UNLIMITED:
        return "unlimited"
    return plain_dollars(value) if name.startswith("money") else str(value)
