"""A person's own page, on the app's Home tab."""

from adapters.slack.render.blocks import LINE, Json, header, quote, rich, rows, section, small, taken, word
from adapters.slack.render.limits import TEXT_LIMIT, VIEW_BLOCKS_LIMIT
from adapters.slack.render.table import table
from adapters.slack.render.text import fitted
from bot import wording
from bot.port.views import Home, Past, Table

PROMPT = 150  # characters of each prompt: one or two lines
ROOM = 2 * TEXT_LIMIT  # that a table may weigh; a view may have 250,000 bytes in all (methods/views.publish)


def home(card: Home) -> Json:
    """The page, for views.publish."""
    lines = taken([fitted(line, LINE) for line in card.lines if line], TEXT_LIMIT)
    top = [header(card.title), *rich(section(word("\n".join(lines)))), *_table(card.allowance)]
    top += rows(card.buttons)
    settings = [{"type": "divider"}, *_table(card.settings)] if card.settings else []
    past = _past(card, VIEW_BLOCKS_LIMIT - len(top) - len(settings))
    return {"type": "home", "blocks": [*top, *past, *settings]}


def _past(card: Home, room: int) -> list[Json]:
    """As many of the jobs of before as there is room for, newest first."""
    shown: list[Json] = [{"type": "divider"}, *([header(card.past_title)] if card.past_title else [])]
    begun = len(shown)
    for past in card.past:
        if len(shown) + len(new := _one(past)) > room:
            break
        shown += new
    return shown if len(shown) > begun else []


def _one(past: Past) -> list[Json]:
    told = " · ".join(filter(None, (past.when, past.tier, past.paid)))
    return [*rich(quote(fitted(past.prompt, PROMPT))), *small(told), *rows(past.buttons)]


def _table(given: Table) -> list[Json]:
    title = [header(given.title)] if given.title else []
    shown, left = table(given.columns, given.rows, ROOM)
    return [*title, *shown, *small(wording.more(left) if left else "")]
