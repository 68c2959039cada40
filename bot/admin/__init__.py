"""Administration in chat: `/quotas`, budgets and their alerts, and requests for more."""
