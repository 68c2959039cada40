"""Rules for single settings, and for settings together. Messages are `what is wrong; how to fix it`.

No message repeats a secret's value.
"""

import difflib
import re
from collections.abc import Set as AbstractSet
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, SecretStr

from bot.hosts import is_loopback
from quotas.money import parse_dollars
from quotas.numbers import read_decimal, read_whole

MONEY = frozenset({"imagine_money_per_day", "imagine_bot_money_per_day", "imagine_bot_money_per_month"})
SECRET_KEY_LENGTH = 32  # characters: the length of token_urlsafe(24), 192 bits
# A random token of this length has 64 bits or more. People choose worse ones: at the web server's pace, 10
# guesses a second, 40 bits still take 3,000 years.
WEB_TOKEN_LENGTH = 16
MAKE_TOKEN = "make one with: openssl rand -hex 24"
_SIGNING_SECRET = re.compile(r"[0-9a-fA-F]{32,}")  # as Slack makes them: 32
_SECRETS = ("_TOKEN", "_SECRET", "_KEY")  # end the names of tokens and keys
_CLIENT = frozenset({"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"})
_BASICS = "the app's Basic Information page"
_QUOTES = "\"'`“”„‟‘’‚‛«»"
_SCHEMES = re.compile(r"(bot|bearer|token|basic)\s+\S", re.IGNORECASE)  # words before a token in a header
_GROUP = re.compile(r"S[A-Z0-9]{2,}")
_PERSON = re.compile(r"[a-z]+:\S+")
_SHARDS = re.compile(r"((?P<first>[0-9]{1,5})-(?P<last>[0-9]{1,5})/)?(?P<count>[1-9][0-9]{0,4})")
_MAKE_KEY = "make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
_FIXES = {  # by pydantic's name for a problem, if pydantic's sentence lacks the fix
    "int_parsing": "it is not a whole number; write digits only",
    "int_from_float": "it is not a whole number; write digits only",
    "decimal_parsing": "it is not a number; write it like 1.5",
    "finite_number": "it is not a number; write it like 1.5",
    "bool_parsing": "it is neither yes nor no; write one of the two",
}


def with_fix(kind: str, message: str) -> str:
    """Complete the message of one of pydantic's problems by how to fix it."""
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
        problem, _, _ = str(error).partition(";")
        raise ValueError(f"{problem}; write dollars as text, such as 2.50") from error


def number(value: object, kind: object) -> object:
    """Read the text of a whole number (`kind`: int) or of a Decimal by the rules for all numbers.

    Returns the value of another kind as it is. Raises ValueError.
    """
    if not isinstance(value, str) or kind not in (int, Decimal):
        return value
    plain = value.removeprefix("-")  # the setting's own bounds refuse it better
    amount = read_whole(plain) if kind is int else read_decimal(plain)
    if amount is None:
        raise ValueError(_FIXES["int_parsing" if kind is int else "decimal_parsing"])
    return -amount if plain != value else amount


def pasted(name: str, text: str) -> str:
    """Return the problem of a value that came with more than itself; "" if there is none."""
    if text.upper().startswith(f"{name}="):
        return "it repeats its own name; write only what follows the ="
    if text[:1] in _QUOTES or text[-1:] in _QUOTES:
        return "it begins or ends with a quote; leave it out: some files keep quotes"
    if scheme := _SCHEMES.match(text) if name.endswith(_SECRETS) else None:
        return f'it begins with "{scheme[1]}"; leave that word out, and write the token alone'
    return ""


def secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("it holds a space or a character no token has; copy it again")
    return value


def starts_with(prefix: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(prefix):
            raise ValueError(
                f"it does not begin with {prefix}; copy the token that does from the app's pages"
            )
        return value

    return AfterValidator(check)


def secret_text(value: SecretStr | None) -> str:
    """Return the text of a secret; "" if it is not set."""
    return value.get_secret_value() if value else ""


def split_keys(value: SecretStr | None) -> tuple[str, ...]:
    """Split IMAGINE_SECRET_KEY into its keys, the newest first."""
    return tuple(secret_text(value).split(",")) if value else ()


def secret_key(value: SecretStr) -> SecretStr:
    if any(len(key) < SECRET_KEY_LENGTH for key in split_keys(value)):
        raise ValueError(f"it is shorter than {SECRET_KEY_LENGTH} characters; {_MAKE_KEY}")
    return value


def web_token(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < WEB_TOKEN_LENGTH:
        raise ValueError(
            f"it is shorter than {WEB_TOKEN_LENGTH} characters, so it can be guessed; {MAKE_TOKEN}"
        )
    return value


def signing_secret(value: SecretStr) -> SecretStr:
    if not _SIGNING_SECRET.fullmatch(value.get_secret_value()):
        raise ValueError(
            "it is not the Signing Secret, which has 32 characters of 0-9 and a-f; "
            f"copy that from {_BASICS}, App Credentials"
        )
    return value


def user_group(value: str) -> str:
    if not _GROUP.fullmatch(value):
        raise ValueError(
            "it is no user group's id; write the one that begins with S, not its name or @handle"
        )
    return value


def base_url(value: str) -> str:
    """Check an address, and strip the slash at its end.

    Plain http would show the key on the way, so it is allowed only to local hosts.
    """
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
    if parts.scheme == "http" and not _is_local(host):
        raise ValueError("http would send the key in clear; write https")
    return value.rstrip("/")


def _is_local(host: str) -> bool:
    """Return True for this machine, and for a name without a dot, which is a container beside ours."""
    return is_loopback(host) or ("." not in host and ":" not in host)


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


def person_ids(value: object) -> object:
    if not isinstance(value, str):
        return value
    ids = tuple(part.strip() for part in value.split(",") if part.strip())
    wrong = [part for part in ids if not _PERSON.fullmatch(part)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)} is no person's id; write ids such as discord:123")
    return ids


def shards(value: object) -> object:
    """Parse `4`, all of four shards, or `0-3/16`, the first four of sixteen, to (first, last, count)."""
    if not isinstance(value, str):
        return value
    match = _SHARDS.fullmatch(value)
    if not match:
        raise ValueError("it is no number of shards; write 4, or 0-3/16 for the first 4 of 16")
    count = int(match["count"])
    first, last = int(match["first"] or 0), int(match["last"] or count - 1)
    if not first <= last < count:
        raise ValueError(f"there are no such shards; {count} are 0-{count - 1}/{count}")
    return first, last, count


def conflicts(names: AbstractSet[str]) -> list[str]:
    """Return the problems of settings together. `names`: the settings that have a value, in upper case."""
    bot, client = "SLACK_BOT_TOKEN" in names, _CLIENT & names
    transports = {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"} & names
    problems = []
    if bot and client:
        problems.append(
            "SLACK_BOT_TOKEN: it serves one workspace, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET "
            "install into many; keep the token, or keep those two"
        )
    if len(client) == 1:
        problems.append(f"{min(_CLIENT - client)}: missing beside {min(client)}; copy it from {_BASICS}")
    if bot and not transports:
        problems.append(
            "SLACK_APP_TOKEN: missing beside SLACK_BOT_TOKEN; set it for Socket Mode, "
            "or SLACK_SIGNING_SECRET for HTTP"
        )
    if client and not transports:
        problems.append(
            f"SLACK_SIGNING_SECRET: missing beside {min(client)}; copy it from {_BASICS}, "
            "or set SLACK_APP_TOKEN for Socket Mode"
        )
    if client and "IMAGINE_SECRET_KEY" not in names:
        problems.append(
            f"IMAGINE_SECRET_KEY: missing beside {min(client)}, to encrypt what is stored; {_MAKE_KEY}"
        )
    if transports and not bot and not client:
        transport = min(transports)
        problems.append(f"SLACK_BOT_TOKEN: missing beside {transport}; set it, or remove {transport}")
    return problems
