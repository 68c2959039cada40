"""The sentences in English. Every language has one module for each topic, even for a short one."""

from bot.wording.english.admin import *
from bot.wording.english.admin_log import *
from bot.wording.english.amounts import *
from bot.wording.english.catalog import *
from bot.wording.english.commands import *
from bot.wording.english.comparing import *
from bot.wording.english.delivery import *
from bot.wording.english.drawing import *
from bot.wording.english.finding import *
from bot.wording.english.operator import *
from bot.wording.english.people import *
from bot.wording.english.privacy import *
from bot.wording.english.refusals import *
from bot.wording.english.reports import *
from bot.wording.shared import *
