"""The operator's view of refusals: a warning for each, and an alert if a model refuses the same in a row."""

from dataclasses import dataclass

import structlog

from bot.painters.gateway.errors import ApiError
from bot.painters.port import Declined, Drawn, NotDrawn, Outcome, PaintOrder, Unknown

IN_A_ROW = 5  # jobs of one model: two or three may be a bad minute of the gateway's

_ADDRESS_STATUSES = {301, 302, 303, 307, 308, 404, 405, 410}
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Streak:
    """The same refusal of one model in a row. `job`: the last one that met it."""

    refusal: tuple[str, int, str]
    job: str
    times: int = 1


class RefusalLog:
    """Writes a line for each call without pictures, and counts the same refusal of a model in a row.

    A key or model that was switched off is an alert of its own, and a verdict on a prompt is none: these two
    are only written down.
    """

    def __init__(self) -> None:
        self._streaks: dict[str, _Streak] = {}
        self._alerts: set[str] = set()  # models

    @property
    def alerts(self) -> int:
        """The number of models whose last drawings were all refused in the same way."""
        return len(self._alerts)

    def note(
        self, order: PaintOrder, outcome: Outcome, *, status: int = 0, error: ApiError | None = None
    ) -> None:
        """Write down the outcome of a call for good. `status`: of the answer; 0 if none came."""
        model = order.tier.model
        if isinstance(outcome, Drawn):
            self._streaks.pop(model, None)
            if model in self._alerts:
                self._alerts.remove(model)
                _log.info("the gateway draws again", model=model, job=order.job)
            return
        fields = {
            "model": model,
            "outcome": _kind(outcome),
            "status": status,
            "code": (error.code or error.type) if error else "",
            "parameter": error.param if error else "",
            "words": outcome.words,
        }
        fields = {name: value for name, value in fields.items() if value}
        _log.warning("not drawn", job=order.job, **fields)
        if _counts(outcome, error) and self._count(order, (_kind(outcome), status, str(fields.get("code")))):
            self._alerts.add(model)
            fix = _fix(order, outcome, status)
            _log.error("the gateway refuses the same in a row", times=IN_A_ROW, fix=fix, **fields)

    def _count(self, order: PaintOrder, refusal: tuple[str, int, str]) -> bool:
        """Count a refusal once for each job; return True if it was met just often enough for an alert."""
        streak = self._streaks.get(order.tier.model)
        if streak is None or streak.refusal != refusal:
            self._streaks[order.tier.model] = _Streak(refusal, order.job)
            return False
        if streak.job == order.job:
            return False
        streak.job = order.job
        streak.times += 1
        return streak.times == IN_A_ROW


def _kind(outcome: Outcome) -> str:
    return outcome.why if isinstance(outcome, NotDrawn | Unknown) else type(outcome).__name__.lower()


def _counts(outcome: Outcome, error: ApiError | None) -> bool:
    if isinstance(outcome, Declined):
        return error is None  # an empty answer: the words of a prompt are its person's
    return _kind(outcome) not in ("key", "model")


def _fix(order: PaintOrder, outcome: Outcome, status: int) -> str:
    entry = f"[tiers.{order.tier.name}] in catalog.toml"
    hide = f"hide the tier: enabled = false under {entry}"
    if status in _ADDRESS_STATUSES:
        where = "check CODEGATEWAY_BASE_URL: it ends in /v1, and the gateway answers there without a redirect"
        return f"{where}; or the model under {entry}"
    return {
        "request": f"compare {entry} with what the gateway accepts: ratio, sizes, per_call, limits",
        "busy": f"lower IMAGINE_MAX_IN_FLIGHT, or in_flight under {entry}, or have the account's rate raised",
        "unreachable": "check CODEGATEWAY_BASE_URL and the network",
        "broken": "let this machine fetch https links of the hosts named here, or ask the gateway about them",
        "declined": f"the gateway answers without pictures; ask it why, or {hide}",
        "deadline": f"raise deadline under {entry}, or look at the gateway's status page",
        "cut off": "look for a proxy with a time limit between here and the gateway",
        "server error": f"look at the gateway's status page, and meanwhile {hide}",
        "unreadable answer": "check CODEGATEWAY_BASE_URL: what answers there may be no image API",
    }[_kind(outcome)]
