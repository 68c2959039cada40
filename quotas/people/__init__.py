"""People: their names, identities that are linked as one person, and buttons that wait for them."""
