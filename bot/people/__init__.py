"""People: looking up a typed name, recording names, joining identities, and rights."""
