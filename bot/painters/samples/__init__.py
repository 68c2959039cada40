"""The offline painter: scenes drawn from a prompt, for whoever has no gateway key."""
