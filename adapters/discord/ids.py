"""Discord's numbers as platform-qualified ids, and back."""

PLATFORM = "discord"
DIRECT = "dm"  # the one workspace of direct messages and of personal installs


def named(number: int | str) -> str:
    """Write one of Discord's numbers as a platform-qualified id: 123 becomes "discord:123"."""
    return f"{PLATFORM}:{number}"


def number(name: str) -> int:
    """Read the 123 of "discord:123". Raises ValueError if it is no id of Discord's."""
    return int(name.removeprefix(f"{PLATFORM}:"))
