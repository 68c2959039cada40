"""Discord's ids as the bot's platform-qualified ids, and back."""

PLATFORM = "discord"
DIRECT = "dm"  # the one workspace of direct messages and of personal installs


def qualified_id(number: int | str) -> str:
    """Write one of Discord's ids as a platform-qualified id: 123 becomes "discord:123"."""
    return f"{PLATFORM}:{number}"


def snowflake(qualified: str) -> int:
    """Read Discord's id from a platform-qualified one: 123 from "discord:123". Raises ValueError."""
    return int(qualified.removeprefix(f"{PLATFORM}:"))
