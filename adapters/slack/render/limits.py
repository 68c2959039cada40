"""What Slack allows, each number with the page of its documentation that says so.

Pages are those below docs.slack.dev/reference, unless told otherwise; characters are code points.
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

# All blocks of a message together, by what `weight` counts: chat.postMessage answers msg_blocks_too_long at
# about 13,200, which no page tells (slackapi/bolt-js issues 2509 and 2867), and each block costs about 100
# besides its text.
BODY_LIMIT = 12_000
BLOCK_WEIGHT = 100

NOTIFIED_LIMIT = 500  # characters of the text beside the blocks; chat.update refuses over 4,000 bytes of it

TITLE_LIMIT = 24  # characters of a modal's title, and on its buttons (views/modal-views)
FIELD_LABEL_LIMIT = 2_000  # characters above a field (block-kit/blocks/input-block)
FIELD_TEXT_LIMIT = (
    3_000  # characters that one field takes (block-kit/block-elements/plain-text-input-element)
)
CHOICES_LIMIT = 100  # of one select (block-kit/block-elements/select-menu-element)
CHOICE_LIMIT = 75  # characters of a choice's label (block-kit/composition-objects/option-object)
METADATA_LIMIT = 3_000  # characters of a view's private_metadata (views/modal-views)

UPLOAD_ALT_LIMIT = 1_000  # characters told with an upload ("alt_txt_too_large" of files.getUploadURLExternal)
GALLERY_LIMIT = 10  # pictures of one message: Slack names no number below BLOCKS_LIMIT; nobody looks further
FILE_LIMIT = 20 * MIB  # ours: Slack takes a gigabyte, but phones have to fetch what is shown
