"""A person's own page, on the app's Home tab."""

from adapters.slack.render.blocks import (
    LINE_LIMIT,
    Json,
    header,
    quote,
    rich,
    rows,
    section,
    small,
    take_lines,
    word,
)
from adapters.slack.render.limits import TEXT_LIMIT, VIEW_BLOCKS_LIMIT
from adapters.slack.render.table import table
from adapters.slack.render.text import shorten
from bot import wording
from bot.port.views import Home, Past, Table

PROMPT_LIMIT = 150  # weight of each prompt: one or two lines
# Weight of one table; a view may have 250,000 bytes in all (methods/views.publish).
TABLE_LIMIT = 2 * TEXT_LIMIT


def home(card: Home) -> Json:
    """Render the page as a view for views.publish."""
    lines = take_lines([shorten(line, LINE_LIMIT) for line in card.lines if line], TEXT_LIMIT)
    top = [header(card.title), *rich(section(word("\n".join(lines)))), *_table(card.allowance)]
    top += rows(card.buttons)
    settings = [{"type": "divider"}, *_table(card.settings)] if card.settings else []
    past = _past_jobs(card, VIEW_BLOCKS_LIMIT - len(top) - len(settings))
    return {"type": "home", "blocks": [*top, *past, *settings]}


def _past_jobs(card: Home, room: int) -> list[Json]:
    """Render the newest past jobs in at most `room` blocks; return no block if none fits."""
    blocks: list[Json] = [{"type": "divider"}, *([header(card.past_title)] if card.past_title else [])]
    heading = len(blocks)
    for past in card.past:
        if len(blocks) + len(new := _past_job(past)) > room:
            break
        blocks += new
    return blocks if len(blocks) > heading else []


def _past_job(past: Past) -> list[Json]:
    details = " · ".join(filter(None, (past.when, past.tier, past.paid)))
    return [*rich(quote(shorten(past.prompt, PROMPT_LIMIT))), *small(details), *rows(past.buttons)]


def _table(figures: Table) -> list[Json]:
    title = [header(figures.title)] if figures.title else []
    table_blocks, left_out = table(figures.columns, figures.rows, TABLE_LIMIT)
    return [*title, *table_blocks, *small(wording.more(left_out) if left_out else "")]
