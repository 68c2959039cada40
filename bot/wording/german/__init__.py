"""The sentences in German. Every language has one module for each topic, even for a short one."""

from bot.wording.german.admin import *
from bot.wording.german.admin_log import *
from bot.wording.german.amounts import *
from bot.wording.german.catalog import *
from bot.wording.german.commands import *
from bot.wording.german.comparing import *
from bot.wording.german.delivery import *
from bot.wording.german.drawing import *
from bot.wording.german.finding import *
from bot.wording.german.operator import *
from bot.wording.german.people import *
from bot.wording.german.privacy import *
from bot.wording.german.refusals import *
from bot.wording.german.reports import *
from bot.wording.shared import *
