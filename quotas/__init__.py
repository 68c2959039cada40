"""The money: limits, the ledger of jobs and settings, and reports. Knows nothing of chat."""
