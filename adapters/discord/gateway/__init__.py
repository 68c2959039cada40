"""Discord's gateway connections: clients, shards, and when each may identify."""
