"""Privacy: a copy of a person's data, forgetting a person, and workspaces that removed the bot."""
