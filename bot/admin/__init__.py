"""Administration in chat: who may draw how much, the log of every change, budgets, and requests for more."""
