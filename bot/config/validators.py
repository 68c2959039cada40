"""The rules for single settings, and for settings together. Messages are `what is wrong; how to fix it`.

None repeats a secret's value.
"""

import difflib
import re
from collections.abc import Set as AbstractSet
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, SecretStr

from quotas.money import parse_dollars

MONEY = frozenset({"imagine_money_per_day", "imagine_bot_money_per_day", "imagine_bot_money_per_month"})
SECRET_KEY_LENGTH = 32  # characters: what token_urlsafe(24) gives, 192 bits
_CLIENT = frozenset({"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"})
_BASICS = "the app's Basic Information page"
_GROUP = re.compile(r"S[A-Z0-9]{2,}")
_PERSON = re.compile(r"[a-z]+:\S+")
_SHARDS = re.compile(r"((?P<first>[0-9]{1,5})-(?P<last>[0-9]{1,5})/)?(?P<count>[1-9][0-9]{0,4})")
_MAKE_KEY = "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
_FIXES = {  # by pydantic's name for the problem, where its sentence lacks the fix
    "int_parsing": "it is not a whole number; write digits only",
    "int_from_float": "it is not a whole number; write digits only",
    "decimal_parsing": "it is not a number; write it like 1.5",
    "finite_number": "it is not a number; write it like 1.5",
    "bool_parsing": "it is neither yes nor no; write one of the two",
}


def fixed(kind: str, message: str) -> str:
    """The message of one problem, ending in what to do."""
    if kind in _FIXES:
        return _FIXES[kind]
    if kind == "literal_error":
        return f"it is none that I know; choose {message.partition(' be ')[2].replace(chr(39), '')}"
    if kind.endswith("_equal"):
        bound = message.rpartition(" ")[2]
        word = "small" if kind.startswith("greater") else "large"
        return f"it is too {word}; write {bound} or {'more' if word == 'small' else 'less'}"
    return message


def money(value: object) -> object:
    if not isinstance(value, str):
        return value  # micro-dollars already, from code
    try:
        return parse_dollars(value)
    except ValueError as error:
        what, _, _ = str(error).partition(";")
        raise ValueError(f"{what}; write dollars as text, such as 2.50") from error


def secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text.isascii() or any(letter.isspace() for letter in text):
        raise ValueError("it holds a space or a character no token has; copy it again")
    return value


def begins(prefix: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(prefix):
            raise ValueError(
                f"it does not begin with {prefix}; copy the token that does from the app's pages"
            )
        return value

    return AfterValidator(check)


def plain(value: SecretStr | None) -> str:
    """What a secret holds; "" where it is not set."""
    return value.get_secret_value() if value else ""


def keys(value: SecretStr | None) -> tuple[str, ...]:
    """The newest first."""
    return tuple(plain(value).split(",")) if value else ()


def long_enough(value: SecretStr) -> SecretStr:
    if any(len(key) < SECRET_KEY_LENGTH for key in keys(value)):
        raise ValueError(f"it is shorter than {SECRET_KEY_LENGTH} characters; {_MAKE_KEY}")
    return value


def user_group(value: str) -> str:
    if not _GROUP.fullmatch(value):
        raise ValueError(
            "it is no user group's id; write the one that begins with S, not its name or @handle"
        )
    return value


def base_url(value: str) -> str:
    """Without the slash at its end. Plain http would show the key on the way: only where nobody listens."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("it is not an address; write it like https://api.codegateway.dev/v1") from None
    if parts.scheme not in ("http", "https") or not host or any(letter.isspace() for letter in value):
        raise ValueError("it is not a web address; write it like https://api.codegateway.dev/v1")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it holds a name or password; put the key into CODEGATEWAY_API_KEY instead")
    if parts.query or parts.fragment:
        raise ValueError("it goes on after ? or #; leave that out")
    if parts.scheme == "http" and not _nearby(host):
        raise ValueError("http would send the key in clear; write https")
    return value.rstrip("/")


def _nearby(host: str) -> bool:
    """This machine, or a name without a dot: a container beside ours, never a public host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return "." not in host


def folder(value: Path) -> Path:
    if value.parts[:1] and value.parts[0].startswith("~"):
        raise ValueError("~ is not expanded here; write the whole path")
    return value


def zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        known = {name.lower(): name for name in available_timezones()}
        near = difflib.get_close_matches(value.lower(), known, n=1)
        fix = f"did you mean {known[near[0]]}?" if near else "write one such as Europe/Berlin"
        raise ValueError(f"{value!r} is no time zone; {fix}") from None
    return value


def people(value: object) -> object:
    if not isinstance(value, str):
        return value
    ids = tuple(part.strip() for part in value.split(",") if part.strip())
    wrong = [part for part in ids if not _PERSON.fullmatch(part)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} is no person's id; write ids such as discord:123")
    return ids


def shards(value: object) -> object:
    """`4`: all of four; `0-3/16`: the first four of sixteen. First, last, and how many there are."""
    if not isinstance(value, str):
        return value
    found = _SHARDS.fullmatch(value)
    if not found:
        raise ValueError("it is no number of shards; write 4, or 0-3/16 for the first 4 of 16")
    count = int(found["count"])
    first, last = int(found["first"] or 0), int(found["last"] or count - 1)
    if not first <= last < count:
        raise ValueError(f"there are no such shards; {count} are 0-{count - 1}/{count}")
    return first, last, count


def conflicts(given: AbstractSet[str]) -> list[str]:
    """What is wrong with settings together, judged by which are given."""
    bot, client = "SLACK_BOT_TOKEN" in given, _CLIENT & given
    listens = {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"} & given
    problems = []
    if bot and client:
        problems.append(
            "SLACK_BOT_TOKEN: it serves one workspace, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET "
            "install into many; keep the token, or keep those two"
        )
    if len(client) == 1:
        problems.append(f"{min(_CLIENT - client)}: missing beside {min(client)}; copy it from {_BASICS}")
    if bot and not listens:
        problems.append(
            "SLACK_APP_TOKEN: missing beside SLACK_BOT_TOKEN; set it for Socket Mode, "
            "or SLACK_SIGNING_SECRET for HTTP"
        )
    if client and not listens:
        problems.append(
            f"SLACK_SIGNING_SECRET: missing beside {min(client)}; copy it from {_BASICS}, "
            "or set SLACK_APP_TOKEN for Socket Mode"
        )
    if client and "IMAGINE_SECRET_KEY" not in given:
        problems.append(
            f"IMAGINE_SECRET_KEY: missing beside {min(client)}, to encrypt what is stored; {_MAKE_KEY}"
        )
    if listens and not bot and not client:
        problems.append(f"SLACK_BOT_TOKEN: missing beside {min(listens)}; set it, or remove {min(listens)}")
    return problems
