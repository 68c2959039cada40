"""What admins set: limits, grants, budgets, preferences, each change one immutable entry."""
