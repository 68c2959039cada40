"""The database: how it is opened, migrated, written and read."""
