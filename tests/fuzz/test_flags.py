"""Words after a command's name: read as they were meant, or refused; never lost, never out of bounds."""

import re
from collections.abc import Mapping
from datetime import date
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.commands import messages
from bot.commands.parser import TEXT_LIMIT, Parsed, find_command, parse, parse_with_fields
from bot.commands.registry import registry
from bot.commands.spec import Command, Option
from bot.commands.values import Misread, read_value, unquote
from bot.core import forms
from bot.imagine import parse as specs
from bot.imagine.records import ImageSpec
from bot.port.requests import Address, OptionValue, Person, Press
from bot.services import Services
from quotas.catalog import load_catalog
from quotas.money import MAX_DOLLARS, MICROS_PER_DOLLAR, plain_dollars
from quotas.records import UNLIMITED
from tests.fuzz.fuzzer import TIMEOUT, Fuzzer
from tests.fuzz.generators import damaged, odd_text, word

pytestmark = [pytest.mark.soak, pytest.mark.timeout(TIMEOUT)]

CATALOG = load_catalog()
COMMANDS = registry(CATALOG)
IMAGINE = COMMANDS["imagine"]
NAMES = sorted(COMMANDS)
ANN = Person(id="discord:1", name="Ann")
HERE = Address(platform="discord", workspace="discord:7", channel="discord:8")
SERVICES = cast(Services, SimpleNamespace(commands=COMMANDS, catalog=CATALOG))
PICKED = {"person": "<@{}>", "role": "<@&{}>", "channel": "<#{}>"}
WORDS = ("a", "red", "fox", "in", "the", "snow", "4", "16", "low", "high", "fast", "16:9", "x")
EXTREMES = ("0", "-1", "5", "99", "100001", "9" * 20, "0.0000001", "1e9", "", "x" * 300, "0001-01-01")
_READ_OTHERWISE = re.compile(r"(?<!\S)(?:--|[—–])\w|(?:discord|slack):")
SIGNS = ("--", "—", "-n", "--no", "-- ", "=", '"', "--v 6", "--tier", "--zzz", "everyone", "<@discord:1>")


# --- what is typed on purpose


def typeable(command: Command) -> list[Option]:
    """List the options that a text can have a value for; a picture is a file."""
    return [option for option in command.options if option.kind != "picture"]


def value_of(dice: Random, option: Option) -> tuple[str, OptionValue]:
    """Return a valid value of the option, as it is typed, and as it is meant."""
    if option.unlimited and dice.random() < 0.2:
        return "unlimited", UNLIMITED
    match option.kind:
        case "text":
            text = " ".join(word(dice) for _ in range(dice.randint(1, 3)))[: option.maximum]
            return (text, text.strip())
        case "choice":
            choice = dice.choice(option.choices)
            return dice.choice((choice, choice.upper(), f"“{choice}”", f"{choice},")), choice
        case "choices":
            chosen = dice.sample(option.choices, dice.randint(1, len(option.choices)))
            return dice.choice((",", " ", ", ")).join(chosen), ",".join(chosen)
        case "integer":
            number = dice.randint(option.minimum or 0, option.maximum or 0)
            return dice.choice((f"{number}", f"{number:,}", f"{number}.")), number
        case "flag":
            return dice.choice((("yes", True), ("Nein", False), ("", True)))
        case "money":
            micros = dice.choice((0, 1, dice.randrange(10**9), MAX_DOLLARS * MICROS_PER_DOLLAR))
            return dice.choice(("", "$")) + plain_dollars(micros), micros
        case "day":
            day = date.fromordinal(dice.randint(1, date.max.toordinal())).isoformat()
            return day, day
        case "style":
            name = dice.choice(("noir", "warm-brand", "crème-2"))
            return dice.choice((name, name.upper(), f"“{name}”", name.replace("-", "_"))), name
    name = dice.choice((f"discord:{dice.randrange(10**18)}", "slack:T1:U1"))
    typed = PICKED[option.kind].format(name)
    return typed, typed


def typed_flag(dice: Random, option: Option, typed: str) -> str:
    """Write an option as a flag in one of its forms."""
    flag = dice.choice((option.flag, *option.flags))
    if option.kind == "flag":
        return f"{flag}={typed}" if typed else flag
    if len(flag) > 2:
        flag = dice.choice((flag, flag.upper(), flag.replace("--", "—"), "--" + flag[2:].replace("-", "_")))
    return f"{flag}{dice.choice((' ', '='))}{typed}"


def on_purpose(dice: Random, command: Command) -> tuple[str, dict[str, OptionValue]]:
    """Return the text of a command, and the options that it means."""
    options = [option for option in typeable(command) if option.required or dice.random() < 0.5]
    dice.shuffle(options)
    prompt = next((option for option in options if option.name == "prompt"), None)
    values = {option.name: value_of(dice, option) for option in options}
    flags = [typed_flag(dice, option, values[option.name][0]) for option in options if option is not prompt]
    text = " ".join(flags)
    if prompt:
        text = f"{values['prompt'][0]} {text}"
    return text, {name: value for name, (_, value) in values.items()}


# --- properties of every answer


def check_values(command: Command, parsed: Parsed) -> None:
    """Every value is one of its option's."""
    options = {option.name: option for option in command.options}
    for name, value in {**parsed.options, **({"prompt": parsed.prompt} if parsed.prompt else {})}.items():
        option = options[name]
        if option.kind in ("integer", "money"):
            most = option.maximum if option.kind == "integer" else MAX_DOLLARS * MICROS_PER_DOLLAR
            assert type(value) is int
            assert (option.unlimited and value == UNLIMITED) or (option.minimum or 0) <= value <= (most or 0)
        elif option.kind == "flag":
            assert type(value) is bool
        else:
            assert isinstance(value, str)
            assert value
            assert value.isprintable() or not value.isascii()
        if option.kind == "text" and option.maximum:
            assert len(str(value)) <= option.maximum
        if option.kind in ("choice", "choices"):
            parts = str(value).split(",") if option.kind == "choices" else [str(value)]
            assert set(parts) <= set(option.choices)
        if option.kind == "day":
            assert date.fromisoformat(str(value)).isoformat() == value
    missing = {option.name for option in command.options if option.required} - {*parsed.options, "prompt"}
    assert not missing
    assert parsed.prompt or "prompt" not in options


def typed_again(command: Command, parsed: Parsed) -> str:
    """Write what was read as it would be typed."""
    values = {**parsed.options, **({"prompt": parsed.prompt} if parsed.prompt else {})}
    flags, plain = [], ""
    for option in command.options:
        if option.name in values and option.kind == "text" and option.bare:
            plain = str(values[option.name])
        elif option.name in values:
            flags.append(f"{option.flag}={_typed(option, values[option.name])}")
    return " ".join([plain, *flags])


def _typed(option: Option, value: OptionValue) -> str:
    if option.unlimited and value == UNLIMITED:
        return "unlimited"
    if option.kind == "money":
        return plain_dollars(int(value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def is_quoted(values: Mapping[str, OptionValue]) -> bool:
    """Return True if a value still has quotes around it, which reading it again takes off."""
    return any(isinstance(value, str) and unquote(value) != value for value in values.values())


def is_read_otherwise(options: Mapping[str, OptionValue]) -> bool:
    """Return True if a value has a word like a flag, or an id: what these are hangs on the words around."""
    return any(isinstance(value, str) and _READ_OTHERWISE.search(value) for value in options.values())


def check_form(spec: ImageSpec) -> None:
    """A form that is submitted unchanged changes nothing."""
    form = forms.offering(forms.editing(spec, "0" * 13, IMAGINE), ["noir"], spec)
    fields: dict[str, OptionValue] = {field.name: field.value for field in form.fields}
    press = Press(id="1", person=ANN, address=HERE, verb="edit", target=form.target, options=fields)
    assert forms.edited(press, spec, SERVICES) == spec


def check_any(command: Command, text: str) -> None:
    parsed = parse(text, command)
    if isinstance(parsed, Misread):
        assert parsed.sentence
        return
    check_values(command, parsed)
    values = {**parsed.options, "prompt": parsed.prompt}
    if not is_quoted(values) and not is_read_otherwise(parsed.options):
        assert parse(typed_again(command, parsed), command) == parsed
    if command is IMAGINE:
        spec = specs.read(text, {}, command, CATALOG)
        if isinstance(spec, ImageSpec):
            assert spec.tier == parsed.options.get("tier", CATALOG.default_tier)
            if specs.check(spec, CATALOG) is None:
                check_form(spec)


def any_text(dice: Random, command: Command) -> str:
    """Return a text on purpose with damage, or pieces of the grammar in any order."""
    text, _ = on_purpose(dice, command)
    if dice.random() < 0.4:
        return damaged(dice, text)
    pieces = [*text.split(), *dice.choices(WORDS, k=dice.randint(0, 5)), *dice.choices(SIGNS, k=2)]
    if dice.random() < 0.3:
        pieces.append(odd_text(dice))
    if command.options and dice.random() < 0.5:
        option = dice.choice(command.options)
        pieces.append(f"{option.flag}={dice.choice(EXTREMES)}")
    if dice.random() < 0.01:
        pieces.append("x" * TEXT_LIMIT)
    dice.shuffle(pieces)
    return " ".join(pieces)


def check_message(dice: Random, text: str) -> None:
    """Plain words are a command, a prompt or small talk, and a command's text survives its name."""
    messages.small_talk(text)
    messages.command_in(text)
    name, rest = messages.split_command(text)
    assert name
    assert rest in text or unquote(text.strip()) != text.strip()
    verb = dice.choice(NAMES)
    base, _, sub = verb.partition(" ")
    found = find_command(base, f"{sub} {text}".strip(), COMMANDS)
    if sub:
        assert not isinstance(found, Misread)
        assert (found[0].name, found[1].split()) == (verb, text.split())


def test_flag_grammar(fuzzer: Fuzzer) -> None:
    for dice in fuzzer:
        command = COMMANDS[dice.choice((*NAMES, "imagine", "imagine", "usage"))]
        text, meant = on_purpose(dice, command)
        fuzzer.input = (command.name, text)
        parsed = parse(text, command)
        assert parsed == Parsed(str(meant.pop("prompt", "")), meant)
        check_fields(dice, command)
        text = any_text(dice, command)
        fuzzer.input = (command.name, text)
        check_any(command, text)
        check_message(dice, text)
        check_target(dice, command, fuzzer)


def check_fields(dice: Random, command: Command) -> None:
    """A platform's field beats a flag."""
    text, meant = on_purpose(dice, command)
    option = dice.choice(typeable(command)) if command.options else None
    if option is None or option.name == "prompt":
        return
    typed, value = value_of(dice, option)
    fields: dict[str, Any] = {option.name: typed or True}
    meant.pop("prompt", "")
    assert parse_with_fields(text, fields, command) == {**meant, option.name: value}


def check_target(dice: Random, command: Command, fuzzer: Fuzzer) -> None:
    """Somebody who was picked from a list is the one who is meant, or the command is refused."""
    if not command.admin:
        return
    token = PICKED[dice.choice(sorted(PICKED))].format(f"discord:{dice.randrange(10**6)}")
    pieces = [*on_purpose(dice, command)[0].split(), odd_text(dice)]
    pieces.insert(dice.randint(0, len(pieces)), token)
    text = " ".join(pieces)
    fuzzer.input = (command.name, text)
    parsed = parse(text, command)
    if isinstance(parsed, Parsed):
        assert any(token[2:-1].lstrip("&") in str(value) for value in parsed.options.values())


def test_typed_values(fuzzer: Fuzzer) -> None:
    options = [option for command in COMMANDS.values() for option in typeable(command)]
    for dice in fuzzer:
        option = dice.choice(options)
        text = odd_text(dice) if dice.random() < 0.5 else damaged(dice, value_of(dice, option)[0])
        fuzzer.input = (option.name, text)
        value = read_value(option, text)
        if not isinstance(value, Misread):
            values = Parsed("", {option.name: value}) if option.name != "prompt" else Parsed(str(value), {})
            check_values(Command(name="x", help="", options=(option,)), values)
