"""Names of people, and identities that are linked as one person."""
