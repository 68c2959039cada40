"""Usage, charts, files and pages: figures from the ledger, made readable."""
