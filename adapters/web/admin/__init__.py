"""The admin page: allowances, spending and the log of changes."""
