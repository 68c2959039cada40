"""The life of a job in the ledger: reserve, start, settle or release, deliver, and how jobs are found."""
