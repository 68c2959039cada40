"""Slack's limits, each with the page of its documentation that names it.

The pages are below docs.slack.dev/reference; a character is a code point.
"""

MIB = 1_048_576

BLOCKS_LIMIT = 50  # of one message (block-kit/blocks)
VIEW_BLOCKS_LIMIT = 100  # of a modal or a home tab (the same)
TEXT_LIMIT = 3_000  # characters of one text object (block-kit/composition-objects/text-object)
HEADER_LIMIT = 150  # characters (block-kit/blocks/header-block)
ALT_LIMIT = 2_000  # characters that describe one picture (block-kit/blocks/image-block)
LABEL_LIMIT = 75  # characters on a button (block-kit/block-elements/button-element)
VALUE_LIMIT = 2_000  # characters that travel back with a press (the same)
ACTION_ID_LIMIT = 255  # characters (the same)

# Weight of all blocks of a message together, see `total_weight`. chat.postMessage answers msg_blocks_too_long
# at about 13,200, which no page names (slackapi/bolt-js issues 2509 and 2867). Each block weighs about 100
# besides its text.
BODY_LIMIT = 12_000
BLOCK_WEIGHT = 100

# Weight of the text beside the blocks; chat.update refuses over 4,000 bytes of it.
NOTIFICATION_LIMIT = 500

TITLE_LIMIT = 24  # characters of a modal's title, and on its buttons (views/modal-views)
FIELD_LABEL_LIMIT = 2_000  # characters above a field, and of its hint (block-kit/blocks/input-block)
# Characters that one field takes (block-kit/block-elements/plain-text-input-element).
FIELD_TEXT_LIMIT = 3_000
CHOICES_LIMIT = 100  # of one select (block-kit/block-elements/select-menu-element)
MENU_LABEL_LIMIT = 150  # characters in a menu of which nothing is chosen (the same)
CHOICE_LIMIT = 75  # characters of a choice's label (block-kit/composition-objects/option-object)
METADATA_LIMIT = 3_000  # characters of a view's private_metadata (views/modal-views)

# Characters of an uploaded file's alt text ("alt_txt_too_large" of files.getUploadURLExternal).
UPLOAD_ALT_LIMIT = 1_000
# Pictures of one message. This is the bot's limit: Slack's is BLOCKS_LIMIT, but nobody looks at so many.
GALLERY_LIMIT = 10
# Bytes of one file. This is the bot's limit: Slack takes a gigabyte, but phones must fetch each picture.
FILE_LIMIT = 20 * MIB
