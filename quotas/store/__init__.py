"""The database: opened, migrated, written and read."""
