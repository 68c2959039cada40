"""The paths of the web server that Slack and browsers use, and the pages for installing the app.

Every page is fixed: it holds nothing from the request.
"""

from dataclasses import dataclass
from html import escape

EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH = "/slack/events", "/slack/install", "/slack/oauth_redirect"

# The URL of a page holds a code: no other site may learn it, and no cache may keep it.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `can_retry`: it has a link to start again."""

    status: int
    title: str
    sentence: str
    can_retry: bool = False

    def html(self) -> str:
        link = f'<p><a href="{INSTALL_PATH}">Install again</a></p>' if self.can_retry else ""
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title><h1>{escape(self.title)}</h1>"
            f"<p>{escape(self.sentence)}</p>{link}</html>\n"
        )


INSTALL_DONE = Page(
    200,
    "imagine is installed",
    "Close this page, and type /imagine in any channel of your Slack. To see its pictures there, invite it "
    "first: /invite @imagine",
)
CONSENT_DENIED = Page(200, "Nothing was installed", "Slack says that it was not agreed to.", can_retry=True)
LINK_EXPIRED = Page(
    400,
    "This link is over",
    "It is good for ten minutes, once, and in the browser that began. Nothing was installed.",
    can_retry=True,
)
INSTALL_REFUSED = Page(
    400, "Slack would not install it", "Nothing was installed. The bot's log says why.", can_retry=True
)
WHOLE_ORGANIZATION = Page(
    400,
    "Nothing was installed",
    "The app goes into one workspace at a time, not into a whole organization.",
    can_retry=True,
)
SLACK_UNREACHABLE = Page(
    502, "Slack did not answer", "Nothing was installed. Try again in a minute.", can_retry=True
)
BOT_STARTING = Page(503, "The bot is just starting", "Try again in a minute.", can_retry=True)
