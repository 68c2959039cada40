"""The errors that the ledger raises. This module imports nothing, so the command line starts fast."""


class LedgerError(Exception):
    """The ledger could not carry out an operation; nothing of the operation was kept."""


class LedgerBusy(LedgerError):
    """Too many operations wait to be written; this one was not queued."""


class LedgerUnavailable(LedgerError):
    """The ledger cannot be used: disk full, read-only, damaged, locked, or of another version."""
