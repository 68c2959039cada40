"""How Slack's ids are written in ids of ours."""

PLATFORM = "slack"
GUESTS = f"{PLATFORM}:guests"  # the one role of everybody who is no full member of the workspace


def named(*parts: str) -> str:
    """Write Slack's ids as one platform-qualified id: T012 and U012 become "slack:T012:U012"."""
    return ":".join((PLATFORM, *parts))
