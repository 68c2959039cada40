"""Settings: limits, grants, budgets and preferences; each change is one immutable entry of the log."""
