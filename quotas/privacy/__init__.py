"""Forgetting a person or a workspace, and what remains when somebody returns."""
