"""Rows of the table of jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from quotas.records import Job
from quotas.store.transaction import Transaction

FIELDS = tuple(field.name for field in fields(Job))
COLUMNS = ", ".join(FIELDS)

_OF_REQUEST = f"SELECT {COLUMNS} FROM jobs WHERE request_id = ?"
_NEWEST = f"""SELECT {COLUMNS} FROM jobs WHERE workspace = ? AND person = ?
  ORDER BY created_at DESC, id DESC LIMIT ?"""


def read_job(tx: Transaction, sql: str, values: tuple[Any, ...]) -> Job | None:
    """Return the job of a SELECT of COLUMNS."""
    row = tx.execute(sql, values).fetchone()
    return job_of_row(row) if row else None


def read_jobs(tx: Transaction, sql: str, values: tuple[Any, ...] | Mapping[str, Any] = ()) -> list[Job]:
    """Return the jobs of a SELECT of COLUMNS."""
    return [job_of_row(row) for row in tx.execute(sql, values).fetchall()]


def job_of_request(tx: Transaction, request_id: str) -> Job | None:
    return read_job(tx, _OF_REQUEST, (request_id,))


def newest(tx: Transaction, workspace: str, person: str, limit: int) -> list[Job]:
    """Return a person's newest jobs of any state, newest first."""
    return read_jobs(tx, _NEWEST, (workspace, person, limit))


def job_of_row(row: Sequence[Any]) -> Job:
    """Read a row of COLUMNS."""
    return Job(*row)
