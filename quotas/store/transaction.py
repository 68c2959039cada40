"""The transaction that every SQL function takes, in the words that SQLite and PostgreSQL share."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Parameters = Sequence[Any] | Mapping[str, Any]


class Cursor(Protocol):
    """The rows of one statement, or the number of rows that it changed."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Transaction(Protocol):
    """An open transaction. Parameters are positional (`?`) or named (`:name`)."""

    def execute(self, sql: str, parameters: Parameters = ..., /) -> Cursor: ...

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor: ...


@dataclass(frozen=True, slots=True)
class Refusal(Generic[T_co]):
    """An operation returns this to be undone: the caller gets `answer`, the ledger keeps nothing."""

    answer: T_co


Work = Callable[[Transaction], T]
Operation = Callable[[Transaction], T | Refusal[T]]
