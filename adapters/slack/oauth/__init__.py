"""Installing into many workspaces: the manifest, OAuth, encrypted tokens."""
