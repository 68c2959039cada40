"""A person's own pictures, found again: lists by page, one job opened, and collections that are kept."""
