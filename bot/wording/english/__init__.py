"""What people read in English."""

from bot.wording.alike import *
from bot.wording.english.admin import *
from bot.wording.english.admin_changes import *
from bot.wording.english.amounts import *
from bot.wording.english.drawing import *
from bot.wording.english.elsewhere import *
from bot.wording.english.known import *
from bot.wording.english.links import *
from bot.wording.english.pages import *
from bot.wording.english.privacy import *
from bot.wording.english.refusals import *
from bot.wording.english.reports import *
from bot.wording.english.shell import *
from bot.wording.english.suggestions import *
from bot.wording.english.typed import *
from bot.wording.english.usage import *
