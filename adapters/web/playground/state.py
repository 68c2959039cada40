"""What the page's handlers share."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.web.playground.events import Feed
from adapters.web.playground.messages import Board
from adapters.web.playground.transcript import Transcript
from bot.port.protocols import OperatorCore, Preview, Workbench
from bot.port.requests import MessageRef

Post = Callable[..., Awaitable[MessageRef]]


@dataclass(slots=True, kw_only=True)
class Room:
    """`core` is there from `run` on. `commands`: the registry as plain data, for hints and forms."""

    board: Board
    feed: Feed
    transcript: Transcript
    post: Post
    commands: Sequence[Mapping[str, Any]]
    previews: Mapping[str, Preview]
    workbench: Workbench | None
    core: OperatorCore = field(init=False)

    def bench(self) -> dict[str, Any] | None:
        """The workbench as the page shows it; None where there is none."""
        bench = self.workbench
        return None if bench is None else {"now": bench.now(), "mood": bench.mood, "moods": dict(bench.moods)}
