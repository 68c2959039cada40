"""The app in many workspaces: its manifest, installation by OAuth, and encrypted tokens."""
