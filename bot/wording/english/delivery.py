"""Notes about something that arrives elsewhere, later or not at all; only some platforms need them."""

from bot.port.cards import Report
from bot.port.protocols import ClosedPlace
from bot.wording.shared import shortened


def to_come(card: Report, here: bool) -> tuple[str, ...]:
    """Return the note about a report's files; none if they come `here`, in the same conversation."""
    if here:
        return ()
    return (BOTH_COME if card.chart and card.file else CHART_COMES if card.chart else FILE_COMES,)


def not_here(bot: str, why: ClosedPlace) -> str:
    """Explain why pictures for a channel come as a direct message. `why`: "" if nobody knows."""
    return {
        "gone": "The channel is gone, so I'm sending this here.",
        "thread gone": "The thread is gone, so I'm sending this here.",
        "thread closed": "The thread is closed, so I'm sending this here.",
        "removed": "I'm no longer a member there, so I'm sending this here.",
        "archived": "The channel is archived, so I'm sending this here.",
        "restricted": "The channel doesn't let me post, so I'm sending this here. Its managers can allow it.",
        "absent": f"I could not post this in the channel. Invite me there first: /invite @{bot}",
        "": "I couldn't post this in the channel, so I'm sending it here.",
    }[why]


def pictures_follow(number: int) -> str:
    """Stand in a channel until the pictures do. If the platform loses the line, it stays above them."""
    return "The picture follows." if number == 1 else f"The {number} pictures follow."


def unconfirmed(platform: str) -> str:
    """Say that nobody knows if the pictures can be seen; posting them again could show them twice."""
    return (
        f"{platform} didn't tell me whether your pictures arrived. "
        "If you can't see them, /recent keeps them for you."
    )


def waiting(pictures: int, prompt: str, requests: int, listed: bool) -> str:
    """Say which pictures could not be delivered. `prompt`: of the first request. `listed`: beside it."""
    how = ". Press Show." if listed else ": /recent"
    if requests > 1:
        return f"Your {pictures} pictures from {requests} requests are waiting{how}"
    are = "are" if pictures > 1 else "is"
    return f'Your {_pictures(pictures)} of "{shortened(prompt)}" {are} waiting{how}'


def on_its_way(pictures: int, prompt: str) -> str:
    return (
        f'Your {_pictures(pictures)} of "{shortened(prompt)}" {"are" if pictures > 1 else "is"} on the way.'
    )


def _pictures(count: int) -> str:
    return f"{count} pictures" if count > 1 else "picture"


def groups_unknown(platform: str) -> str:
    """Refuse somebody whose groups, and so whose limits, the platform does not tell."""
    return (
        f"I couldn't check your groups with {platform}, so I don't know what you may do here. "
        "You weren't charged. Please try again in a minute."
    )


NOT_BETWEEN_YOU = "I am no part of that conversation, so I can only post this here."
CHART_COMES = "The chart comes as a direct message."
FILE_COMES = "The file comes as a direct message."
BOTH_COME = "The chart and the file come as direct messages."
NOT_COME = "I could not send you a direct message, in which files come. Allow it, and ask again."
NOT_SHOWN = (
    "I may not send you a direct message, which is how pictures come to you alone. "
    "Allow it, and press Show again."
)
NOT_TOLD_WHO = "I could not learn who you are just now; nothing was charged. Ask again in a minute."
NOT_OPENED = "The form took too long to open, so nothing was changed; try again."
IN_THREADS = (
    "There are no commands in threads. Mention me there instead: with what you want to see, "
    "or with a command such as “quota”."
)
