"""A key-value store in memory. It outlives the adapters of a test, as the real one outlives the process."""

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(slots=True)
class MemoryKeyValue:
    """The KeyValue of the port. `pairs`: its content; `fails`: every call raises OSError."""

    pairs: dict[str, str] = field(default_factory=dict)
    fails: bool = False
    people: dict[str, frozenset[str]] = field(default_factory=dict)

    async def get(self, key: str) -> str | None:
        self._check()
        return self.pairs.get(key)

    async def put(self, key: str, value: str, people: Collection[str] = ()) -> None:
        self._check()
        self.pairs.pop(key, None)
        self.pairs[key] = value
        self.people[key] = frozenset(people)

    async def delete(self, key: str) -> None:
        self._check()
        self.pairs.pop(key, None)
        self.people.pop(key, None)

    async def items(self, prefix: str, limit: int) -> list[tuple[str, str]]:
        self._check()
        return [(key, value) for key, value in self.pairs.items() if key.startswith(prefix)][-limit:]

    def _check(self) -> None:
        if self.fails:
            raise OSError("the disk is full")
