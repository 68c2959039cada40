"""What the operator reads, in the log or as the process ends. What people in chat read is in bot.wording."""

APPS = "https://api.slack.com/apps"
BAD_TOKEN = (
    "Slack does not take SLACK_BOT_TOKEN ({code}). Copy the whole token anew: "
    f"{APPS}, your app, OAuth & Permissions, Bot User OAuth Token (xoxb-…)."
)
BAD_APP_TOKEN = (
    "Slack does not take SLACK_APP_TOKEN ({code}). Make a new one: "
    f"{APPS}, your app, Basic Information, App-Level Tokens (xapp-…), with the scope connections:write."
)
SOCKET_OFF = (
    f"Socket Mode is turned off for this app ({{code}}). Turn it on: {APPS}, your app, Socket Mode; or unset "
    "SLACK_APP_TOKEN and set SLACK_SIGNING_SECRET, to be served over HTTP."
)
UNREACHABLE = "Slack cannot be reached: {why}. Check the network, and https://status.slack.com."

# What cannot be done without a scope of the bot.
SCOPES = {
    "commands": "answer slash commands",
    "chat:write": "post messages",
    "files:write": "post pictures",
    "files:read": "see when pictures are ready to be shown",
    "reactions:read": "hear of reactions",
    "users:read": "tell admins and guests from everybody else",
    "app_mentions:read": "hear of mentions",
    "im:history": "read what it is asked in direct messages",
    "im:write": "begin direct messages, in which private pictures arrive",
}


def missing(scope: str) -> str:
    """A scope that was not granted, and how to grant it."""
    cannot = SCOPES.get(scope, "do all that it is asked for")
    return (
        f"without the scope {scope} the bot cannot {cannot}; add it at {APPS}, your app, "
        "OAuth & Permissions, Scopes, and install the app again"
    )


def refused(doing: str, code: str, status: int, where: str) -> str:
    """Slack answered, and would not. `where`: the fields it minds."""
    reason = code if status == 200 else f"{status} {code}".rstrip()
    return f"Slack would not {doing} ({reason}){': ' if where else ''}{where}"


def lacks(doing: str, scope: str) -> str:
    """Slack answered that the bot may not."""
    return f"Slack would not {doing}: {missing(scope)}"


def too_often(doing: str, seconds: float) -> str:
    return f"Slack wants {seconds:.0f} s of quiet before it would {doing}"


def no_answer(doing: str, kind: str) -> str:
    return f"no answer from Slack to the wish to {doing} ({kind})"


def broke(doing: str, kind: str) -> str:
    return f"something of ours broke on the way to {doing} ({kind})"


def not_yet(seconds: float) -> str:
    return f"Slack has not let the bot in within {seconds:.0f} s"


def closing(doing: str) -> str:
    return f"the connection closed before the bot could {doing}"


def not_installed(team: str) -> str:
    return f"the app is not installed in {team} any more"


def not_shown(place: str) -> str:
    return f"Slack has not shown the pictures in {place} yet"


def out_of_reach(doing: str) -> str:
    return f"nothing can {doing} any more: only its reader sees it, and the response_url is over"


def nobody(doing: str) -> str:
    return f"nothing can {doing}: it is not said whose eyes it is for"
