"""The admins' page: allowances, spending and the log of changes."""
