"""Slack's ids as the bot's platform-qualified ids."""

PLATFORM = "slack"
GUESTS = f"{PLATFORM}:guests"  # the one role of everybody who is no full member of the workspace


def qualified_id(*parts: str) -> str:
    """Write Slack's ids as one platform-qualified id: T012 and U012 become "slack:T012:U012"."""
    return ":".join((PLATFORM, *parts))
