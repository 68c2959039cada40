"""Who is meant, what they are called, and which identities are one person."""
