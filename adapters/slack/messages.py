"""Sentences for the operator, in the log or at the end of the process. Sentences for people in chat are in
bot.wording.
"""

APPS = "https://api.slack.com/apps"
BAD_TOKEN = (
    "Slack does not take SLACK_BOT_TOKEN ({code}). Copy the whole token anew: "
    f"{APPS}, your app, OAuth & Permissions, Bot User OAuth Token (xoxb-…)."
)
BAD_APP_TOKEN = (
    "Slack does not take SLACK_APP_TOKEN ({code}). Make a new one: "
    f"{APPS}, your app, Basic Information, App-Level Tokens (xapp-…), with the scope connections:write."
)
SOCKET_MODE_OFF = (
    f"Socket Mode is turned off for this app ({{code}}). Turn it on: {APPS}, your app, Socket Mode; or unset "
    "SLACK_APP_TOKEN and set SLACK_SIGNING_SECRET, to be served over HTTP."
)
TOKEN_SHARED = (
    "Slack counts more connections with SLACK_APP_TOKEN than this process has. If another process runs, each "
    "gets a part of the requests, and does not know the pictures of the other: stop it, or give it an app of "
    "its own. After a lost connection Slack may still count the old one: then there is nothing to do."
)
UNREACHABLE = "Slack cannot be reached: {why}. Check the network, and https://status.slack.com."

# The bot's scopes, each with an action that the bot cannot take without it.
SCOPES = {
    "commands": "answer slash commands",
    "chat:write": "post messages",
    "files:write": "post pictures",
    "files:read": "read pictures that people send, and see when its own are ready to be shown",
    "reactions:read": "hear of reactions",
    "users:read": "tell admins and guests from everybody else",
    "app_mentions:read": "hear of mentions",
    "im:history": "read what it is asked in direct messages",
    "im:write": "begin direct messages, in which private pictures arrive",
}


def missing_scope(scope: str) -> str:
    """Name a scope that was not granted, what the bot cannot do without it, and how to grant it."""
    cannot = SCOPES.get(scope, "do all that it is asked for")
    return (
        f"without the scope {scope} the bot cannot {cannot}; add it at {APPS}, your app, "
        "OAuth & Permissions, Scopes, and install the app again"
    )


# `action` below is a verb with its object, such as "post in C5".


def refused(action: str, code: str, status: int, fields: str) -> str:
    """Slack answered no. `fields`: the fields that Slack rejects, "" if it names none."""
    reason = code if status == 200 else f"{status} {code}".rstrip()
    return f"Slack would not {action} ({reason}){': ' if fields else ''}{fields}"


def lacks_scope(action: str, scope: str) -> str:
    """Slack answered that the bot lacks a scope."""
    return f"Slack would not {action}: {missing_scope(scope)}"


def rate_limited(action: str, seconds: float) -> str:
    return f"Slack wants {seconds:.0f} s of quiet before it would {action}"


def no_answer(action: str, kind: str) -> str:
    return f"no answer from Slack to the wish to {action} ({kind})"


def unconfirmed(action: str) -> str:
    return f"Slack's answers to the wish to {action} were lost; it may show already, and is not repeated"


def internal_error(action: str, kind: str) -> str:
    return f"something of ours broke on the way to {action} ({kind})"


def not_connected(seconds: float) -> str:
    return f"Slack has not let the bot in within {seconds:.0f} s"


def connection_closed(action: str) -> str:
    return f"the connection closed before the bot could {action}"


def not_installed(team: str) -> str:
    return f"the app is not installed in {team} any more"


def pictures_not_shown(place: str) -> str:
    return f"Slack has not shown the pictures in {place} yet"


def line_gone(place: str) -> str:
    return f"somebody deleted the line in {place} that the pictures were to replace"


def out_of_reach(action: str) -> str:
    return f"nothing can {action} any more: only its reader sees it, and the response_url is over"


def no_reader(action: str) -> str:
    return f"nothing can {action}: it is not said whose eyes it is for"
