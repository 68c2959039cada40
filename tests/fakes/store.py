"""A picture store whose disk fails as a test says."""

import errno
import os
from collections.abc import Collection
from dataclasses import dataclass

from bot.painters.port import Drawing
from bot.storage.pictures import PictureStore, Room, StoreProblem, explain


@dataclass
class FaultyStore:
    """The PictureStore `store`, which fails with the system's error `fault` while that is set.

    `hides`: the fault shows only when pictures are stored, as that of a quota does. `free`: bytes that are
    free; None: as `store` says.
    """

    store: PictureStore
    fault: int = 0
    hides: bool = False
    free: int | None = None
    looks: int = 0

    def __post_init__(self) -> None:
        self.where = self.store.where

    def full(self) -> None:
        self.fault = errno.ENOSPC

    async def put(self, job: str, drawings: tuple[Drawing, ...]) -> list[str]:
        self._fail()
        return await self.store.put(job, drawings)

    async def put_reference(self, job: str, name: str, drawing: Drawing) -> str:
        self._fail()
        return await self.store.put_reference(job, name, drawing)

    async def get(self, key: str) -> bytes | None:
        return await self.store.get(key)

    async def list_sent(self, before: str) -> list[str]:
        self._fail()
        return await self.store.list_sent(before)

    async def delete(self, jobs: Collection[str]) -> None:
        if jobs:
            self._fail()
        await self.store.delete(jobs)

    async def look(self) -> Room | StoreProblem:
        self.looks += 1
        if self.fault and not self.hides:
            return explain(self.where, OSError(self.fault, os.strerror(self.fault)))
        return await self.store.look() if self.free is None else Room(self.free)

    def _fail(self) -> None:
        if self.fault:
            raise OSError(self.fault, os.strerror(self.fault))
