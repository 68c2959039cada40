"""Slack's shortcodes, such as :fox_face:, as the emoji that people saw when they wrote them.

Slack sends every emoji as one, even if it was typed as a character. To a model they are only words. The names
are those of emoji-data (github.com/iamcal/emoji-data). The library goes by Unicode's names, which differ in a
few rules. A workspace's own emoji stay as they are: only the workspace knows their pictures.
"""

import re
from collections.abc import Iterator

import emoji

_SHORTCODE = re.compile(r"(?<![A-Za-z0-9_]):([a-z0-9_+'-]+):")
_TONE = re.compile(r"skin-tone-([2-6])")
_FLAG = re.compile(r"flag-([a-z])([a-z])")
_FIRST_TONE, _FIRST_LETTER = 0x1F3FB, 0x1F1E6  # the modifier of skin-tone-2; the A of flags
_GENDERS = (("female_", "woman_"), ("male_", "man_"))
_FAMILY = re.compile(r"(?:man|woman)(?:-(?:man|woman|boy|girl|heart|kiss))+")
_MEMBERS = {"man": "👨", "woman": "👩", "boy": "👦", "girl": "👧", "heart": "❤️", "kiss": "❤️\u200d💋"}
_JOINER = "\u200d"
# Slack's names that no rule leads to Unicode's, and those that the library reads as another emoji.
_OTHERS = {
    "simple_smile": "🙂",
    "mostly_sunny": "🌤️",
    "sun_small_cloud": "🌤️",
    "barely_sunny": "🌥️",
    "sun_behind_cloud": "🌥️",
    "partly_sunny_rain": "🌦️",
    "rain_cloud": "🌧️",
    "snow_cloud": "🌨️",
    "lightning": "🌩️",
    "lightning_cloud": "🌩️",
    "tornado_cloud": "🌪️",
    "umbrella": "☂️",
    "snowman": "☃️",
    "satellite": "🛰️",
    "egg": "🥚",
    "beetle": "🪲",
    "ladybug": "🐞",
    "email": "✉️",
    "knife_fork_plate": "🍽️",
    "medal": "🎖️",
    "first_place_medal": "🥇",
    "second_place_medal": "🥈",
    "third_place_medal": "🥉",
    "keycap_star": "*\ufe0f\u20e3",
    "spock-hand": "🖖",
    "the_horns": "🤘",
    "hand_with_index_and_middle_fingers_crossed": "🤞",
    "i_love_you_hand_sign": "🤟",
    "octagonal_sign": "🛑",
    "shopping_trolley": "🛒",
    "scooter": "🛴",
    "kiwifruit": "🥝",
    "mate_drink": "🧉",
    "drum_with_drumsticks": "🥁",
    "giraffe_face": "🦒",
    "zebra_face": "🦓",
    "womans_flat_shoe": "🥿",
    "face_with_cowboy_hat": "🤠",
    "face_palm": "🤦",
    "face_with_one_eyebrow_raised": "🤨",
    "grinning_face_with_star_eyes": "🤩",
    "grinning_face_with_one_large_and_one_small_eye": "🤪",
    "face_with_finger_covering_closed_lips": "🤫",
    "serious_face_with_symbols_covering_mouth": "🤬",
    "smiling_face_with_smiling_eyes_and_hand_covering_mouth": "🤭",
    "face_with_open_mouth_vomiting": "🤮",
    "shocked_face_with_exploding_head": "🤯",
    "smiling_face_with_3_hearts": "🥰",
    "mother_christmas": "🤶",
    "man_and_woman_holding_hands": "👫",
    "person_doing_cartwheel": "🤸",
    "juggling": "🤹",
    "fencer": "🤺",
    "wrestlers": "🤼",
    "handball": "🤾",
    "person_with_headscarf": "🧕",
    "eject": "⏏️",
    "staff_of_aesculapius": "⚕️",
}


def to_emoji(text: str) -> str:
    """Replace the shortcodes of standard emoji by their characters."""
    return _SHORTCODE.sub(lambda code: _find(code[1]) or code[0], text) if ":" in text else text


def _find(name: str) -> str:
    """Return the emoji of a name, "" if there is none."""
    if tone := _TONE.fullmatch(name):
        return chr(_FIRST_TONE + int(tone[1]) - 2)
    if flag := _FLAG.fullmatch(name):
        return "".join(chr(_FIRST_LETTER + ord(letter) - ord("a")) for letter in flag.groups())
    if _FAMILY.fullmatch(name):
        return _JOINER.join(_MEMBERS[part] for part in name.split("-"))
    if name in _OTHERS:
        return _OTHERS[name]
    for spelling in _spellings(name):
        code = f":{spelling}:"
        if (character := emoji.emojize(code, language="alias")) != code:
            return character
    return ""


def _spellings(name: str) -> Iterator[str]:
    """Yield the names that Unicode may have for Slack's."""
    yield name
    plain = name.replace("-", "_").replace("doctor", "health_worker").removeprefix("large_")
    yield plain
    for slack, unicode in _GENDERS:
        if plain.startswith(slack):
            yield unicode + plain.removeprefix(slack)
