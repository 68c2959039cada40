"""Discord's limits, each with the page of its documentation that states it.

Characters are code points: Discord's API measures text in Python.
"""

MIB = 1_048_576

TEXT_LIMIT = 4_000  # characters in all texts of one message (components/reference, "Text Display")
COMPONENT_LIMIT = 40  # of a message, nested ones too (components/reference, "Component Reference")
ROW_LIMIT = 5  # buttons of one row (components/reference, "Action Row")
GALLERY_LIMIT = 10  # pictures of one gallery (components/reference, "Media Gallery")
ALT_LIMIT = 1_024  # characters that describe one picture (components/reference, "Media Gallery Item")
LABEL_LIMIT = 80  # characters on a button (components/reference, "Button")
CUSTOM_ID_LIMIT = 100  # characters that travel back with a press (components/reference, "Custom ID")

COMMAND_LIMIT = 8_000  # characters of one command, choices and all (application-commands, "Slash Commands")
TITLE_LIMIT = 45  # characters (interactions/receiving-and-responding, "Modal")
FIELDS_LIMIT = 5  # of one modal (the same)
FIELD_LABEL_LIMIT = 45  # characters above a field (components/reference, "Label")
FIELD_HINT_LIMIT = 100  # characters between that and the field (the same)
FIELD_TEXT_LIMIT = 4_000  # characters that one field takes (components/reference, "Text Input")
FILES_LIMIT = 10  # of one field (components/reference, "File Upload")
MENU_LABEL_LIMIT = 150  # characters of a menu before a choice (components/reference, "String Select")
CHOICES_LIMIT = 25  # of one select (components/reference, "String Select")
CHOICE_LIMIT = 100  # characters of a choice's label, and of its value (the same)

FILE_LIMIT = 10 * MIB  # of one file, unless a server is boosted (reference, "Uploading Files")
REQUEST_LIMIT = 25 * MIB  # of one request with all its files (the same)
NONCE_LIMIT = 25  # characters of the key under which a post is made once (resources/message, "Nonce")
