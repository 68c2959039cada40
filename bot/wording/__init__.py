"""Every sentence about pictures, money and time that a person can read. English; no markup.

One room a subject, read as one: `wording.plural`, `wording.denied`. What concerns typing (flags, values,
prompts) is in `bot.typed.wording`.
"""

from bot.wording.admin import *
from bot.wording.admin_changes import *
from bot.wording.amounts import *
from bot.wording.drawing import *
from bot.wording.links import *
from bot.wording.pages import *
from bot.wording.privacy import *
from bot.wording.refusals import *
from bot.wording.reports import *
from bot.wording.shell import *
from bot.wording.suggestions import *
from bot.wording.usage import *
