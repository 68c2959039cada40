"""Reports: figures from the ledger as tables, charts, files and pages."""
