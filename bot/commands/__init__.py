"""What people type: the one registry of commands, the grammar that reads them, and what it says."""
