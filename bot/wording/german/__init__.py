"""What people read in German."""

from bot.wording.alike import *
from bot.wording.german.admin import *
from bot.wording.german.admin_changes import *
from bot.wording.german.amounts import *
from bot.wording.german.drawing import *
from bot.wording.german.elsewhere import *
from bot.wording.german.known import *
from bot.wording.german.links import *
from bot.wording.german.pages import *
from bot.wording.german.privacy import *
from bot.wording.german.refusals import *
from bot.wording.german.reports import *
from bot.wording.german.shell import *
from bot.wording.german.suggestions import *
from bot.wording.german.typed import *
from bot.wording.german.usage import *
