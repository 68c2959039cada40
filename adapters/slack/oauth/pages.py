"""The addresses that are ours on the web, and what a browser is shown there that installs the app.

Every page is fixed: nothing of a request is in any.
"""

from dataclasses import dataclass
from html import escape

EVENTS, INSTALL, BACK = "/slack/events", "/slack/install", "/slack/oauth_redirect"

HEADERS = {  # the address that leads here holds a code: it is told to nobody, and kept nowhere
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Page:
    """`again`: with a link to begin anew."""

    status: int
    title: str
    sentence: str
    again: bool = False

    def html(self) -> str:
        link = f'<p><a href="{INSTALL}">Install again</a></p>' if self.again else ""
        return (
            '<!doctype html><html lang="en"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title><h1>{escape(self.title)}</h1>"
            f"<p>{escape(self.sentence)}</p>{link}</html>\n"
        )


INSTALLED = Page(
    200,
    "imagine is installed",
    "Close this page, and type /imagine in any channel of your Slack. To see its pictures there, invite it "
    "first: /invite @imagine",
)
NOT_AGREED = Page(200, "Nothing was installed", "Slack says that it was not agreed to.", again=True)
OVER = Page(
    400,
    "This link is over",
    "It is good for ten minutes, once, and in the browser that began. Nothing was installed.",
    again=True,
)
REFUSED = Page(
    400, "Slack would not install it", "Nothing was installed. The bot's log says why.", again=True
)
NOT_ONE_WORKSPACE = Page(
    400,
    "Nothing was installed",
    "The app goes into one workspace at a time, not into a whole organization.",
    again=True,
)
UNREACHABLE = Page(502, "Slack did not answer", "Nothing was installed. Try again in a minute.", again=True)
NOT_YET = Page(503, "The bot is just starting", "Try again in a minute.", again=True)
