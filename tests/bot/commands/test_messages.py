"""Messages in plain words: a prompt, a command typed as one, or small talk."""

import pytest

from bot import wording
from bot.commands.messages import command_in, drop_name, small_talk, split_command
from bot.port.cards import Notice


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/quota", ("quota", "")),
        (" /QUOTA! ", ("quota", "")),
        ("`/recent`", ("recent", "")),
        ("/tiers 100", ("tiers", "100")),
        ("/quotas set <@U1> --images-per-day 5", ("quotas", "set <@U1> --images-per-day 5")),
        ("/nonsense now", ("nonsense", "now")),
        ("quota", ("quota", "")),
        ("Recent.", ("recent", "")),
        ("“usage”", ("usage", "")),
        ("help", ("help", "")),
        ("Help!", ("help", "")),
        ("??", ("help", "")),
        ("forget me", ("forget", "me")),
        ("quotas log", ("quotas", "log")),
        ("quotas set <@U1> --images-per-day 5", ("quotas", "set <@U1> --images-per-day 5")),
        ("/imagine", ("imagine", "")),
        ("imagine", ("imagine", "")),
        ("/imagine a boat", ("imagine", "a boat")),
        ("/Imagine: a boat", ("imagine", "a boat")),
        ("/imagine /imagine a boat", ("imagine", "a boat")),
        ("/imagine prompt: a boat", ("imagine", "a boat")),
        ("/imagine prompt:a boat", ("imagine", "a boat")),
        ("/imagine /quota", ("quota", "")),
        ("/compare a boat --tiers fast,gpt", ("compare", "a boat --tiers fast,gpt")),
        ("/Compare: prompt: a boat.", ("compare", "a boat.")),
        ("compare a boat.", ("compare", "a boat.")),
        ("Compare:\na boat", ("compare", "a boat")),
        ("compare", ("compare", "")),
        ('"/imagine a boat"', ("imagine", "a boat")),
    ],
)
def test_a_commands_name_is_no_prompt(text: str, command: tuple[str, str]) -> None:
    assert split_command(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "a red fox",
        '"a red fox"',
        "help me draw a fox",
        "link and zelda",
        "recent ruins of a castle",
        "forget me not",
        "quotas everywhere",
        "/r/aww as a painting",
        "/",
        "imagine a boat",
        "comparison of two boats",
        "🦊",
        "",
    ],
)
def test_a_prompt_stays_as_it_is(text: str) -> None:
    assert split_command(text) == ("imagine", text)


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("/quota", "quota"),
        ("/quotas log", "quotas"),
        ("help", "help"),
        ("Help!", "help"),
        ("`/help`", "help"),
        ("link", ""),
        ("recent", ""),
        ("/nonsense", ""),
        ("a red fox", ""),
        ("", ""),
    ],
)
def test_a_command_in_place_of_a_prompt_is_noticed(prompt: str, name: str) -> None:
    assert command_in(prompt) == name


@pytest.mark.parametrize("text", ["a boat", "imagine a boat", "/imagined a boat", "a /imagine boat", ""])
def test_only_the_commands_name_at_the_beginning_is_dropped(text: str) -> None:
    assert drop_name(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "thanks!",
        "Thank you so much 🙏",
        "thx",
        "thanks <@U1|bob> :heart:",
        "thanks @bob, great picture!",
        "Danke schön",
        "Vielen Dank für die Bilder!",
        "hi, and thanks",
        "thanks -- great picture",
        "thanks --",
    ],
)
def test_thanks_are_answered(text: str) -> None:
    assert small_talk(text) == Notice(sentence=wording.YOU_ARE_WELCOME)


@pytest.mark.parametrize(
    "text", ["hi", "Hello there!", "hey imagine", "Good morning, everyone", "Guten Tag!", "hallo 👋"]
)
def test_greetings_are_answered(text: str) -> None:
    assert small_talk(text) == Notice(sentence=wording.HELLO)


@pytest.mark.parametrize(
    "text",
    [
        "a thank you card",
        "hello kitty",
        "good night moon",
        "thanks --tier ultra",
        "3 cheers",
        "thanksgiving",
        "you",
        "the picture",
        "nice",
        "🙏",
        "@bob",
        "",
    ],
)
def test_other_words_are_no_small_talk(text: str) -> None:
    assert small_talk(text) is None
