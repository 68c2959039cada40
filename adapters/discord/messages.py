"""Sentences for the operator, in the log or as the process ends. Those for people are in `bot.wording`."""

PORTAL = "https://discord.com/developers/applications"
BAD_TOKEN = (
    "Discord does not take DISCORD_TOKEN. Copy the whole token anew: "
    f"{PORTAL}, your application, Bot, Reset Token. An old token stops working when a new one is made."
)
INTENTS = (
    "Discord does not allow this application the intents that are asked for (close code 4014); none is "
    f"privileged: see at {PORTAL}, your application, whether it is restricted."
)
NO_SUCH_SHARD = (
    "Discord does not know such a shard (close code 4010). Correct DISCORD_SHARDS, or leave it empty for as "
    "many as Discord recommends."
)
TOO_FEW_SHARDS = (
    "The bot is in too many servers for so few shards (close code 4011): Discord allows 2,500 each. Leave "
    "DISCORD_SHARDS empty for as many as Discord recommends, or name a larger number."
)
OUTDATED = "Discord no longer speaks this version of its gateway (close code {code}). Update imagine-bot."
UNREACHABLE = "Discord cannot be reached: {why}. Check the network, and https://discordstatus.com."
TOKEN_SHARED = (
    "Another process answers with the same DISCORD_TOKEN, and the quicker one takes each request. "
    "Stop the other process, or give it the token of an application of its own."
)
ENDED = "Discord ended the connection"
NO_ACCESS = "View Channel"
NO_PERMISSION = "Send Messages, Send Messages in Threads or Attach Files"
NO_DIRECT = "the person's leave: they take no direct messages from this bot"


def long_command(name: str, size: int, limit: int) -> str:
    return (
        f"Discord takes {limit:,} characters for one command, and /{name} has {size:,}: it keeps the "
        "commands that it has. Shorten the titles in catalog.toml, or switch tiers off there with "
        "enabled = false."
    )


def too_many_shards(needed: int, total: int) -> str:
    return (
        f"{needed:,} shards are to connect, and Discord lets this bot start {total:,} connections a day. "
        "Correct DISCORD_SHARDS, or leave it empty for as many as Discord recommends."
    )


def refusal(doing: str, status: int, code: int, reason: str) -> str:
    """Say that Discord refused something."""
    numbers = f"{status}, code {code}" if code else str(status)
    return f"Discord would not {doing} ({numbers}){': ' if reason else ''}{reason}"


def missing_permission(doing: str, needs: str, status: int, code: int) -> str:
    """Say that Discord refused something because the bot lacks a permission."""
    return f"{refusal(doing, status, code, '')}: the bot lacks {needs}"


def rate_limited(doing: str, seconds: float) -> str:
    return f"Discord wants {seconds:.0f} s of quiet before it would {doing}"


def no_answer(doing: str, kind: str) -> str:
    return f"no answer from Discord to the wish to {doing} ({kind})"


def unexpected(doing: str, kind: str) -> str:
    return f"something of ours broke on the way to {doing} ({kind})"


def not_logged_in(seconds: float) -> str:
    return f"Discord has not let the bot in within {seconds:.0f} s"


def connection_closed(doing: str) -> str:
    return f"the connection closed before the bot could {doing}"


def recently_refused(verb: str, place: int) -> str:
    return f"not asked again to {verb} in {place}: Discord refused minutes ago"


def out_of_reach(verb: str, place: str) -> str:
    return f"nothing can {verb} in {place} any more: the reply token is over"
