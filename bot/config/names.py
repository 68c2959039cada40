"""Names that are almost a setting's: the setting that was meant, for a warning before a token goes unread.

An environment holds other programs' variables, too. So a name is ours only if it has one of our prefixes;
or if it is a setting's with a slip in it, or what others call the same token, and that setting is not set.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

OUR_PREFIXES = ("IMAGINE_", "CODEGATEWAY_")
DOTENV = ".env"
DOTENV_LIMIT = 65_536  # bytes that are read of it
_FILE = "_FILE"  # ends the variable that names a file with the value
# The least of difflib's ratio: for a name with our prefix; for another's, a letter or two in a token's name.
_LIKE, _SLIP = 0.75, 0.9
_ASSIGNED = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*\S")
_MISNAMES = {  # names that other programs and the platforms' own pages give them
    "DISCORD_BOT_TOKEN": "DISCORD_TOKEN",
    "DISCORD_API_TOKEN": "DISCORD_TOKEN",
    "SLACK_TOKEN": "SLACK_BOT_TOKEN",
    "SLACK_API_TOKEN": "SLACK_BOT_TOKEN",
    "SLACK_OAUTH_TOKEN": "SLACK_BOT_TOKEN",
    "SLACK_BOT_USER_OAUTH_TOKEN": "SLACK_BOT_TOKEN",
    "SLACK_APP_LEVEL_TOKEN": "SLACK_APP_TOKEN",
    "CODEGATEWAY_KEY": "CODEGATEWAY_API_KEY",
    "CODEGATEWAY_TOKEN": "CODEGATEWAY_API_KEY",
    "CODE_GATEWAY_KEY": "CODEGATEWAY_API_KEY",
    "CODE_GATEWAY_API_KEY": "CODEGATEWAY_API_KEY",
    "CODEGATEWAY_URL": "CODEGATEWAY_BASE_URL",
    "IMAGINE_ADMINS": "IMAGINE_OPERATORS",
    "IMAGINE_API_KEY": "CODEGATEWAY_API_KEY",
    "IMAGINE_KEY": "CODEGATEWAY_API_KEY",
    "IMAGINE_LANG": "IMAGINE_LANGUAGE",
    "IMAGINE_LOG_LEVEL": "IMAGINE_LOG",
    "IMAGINE_TZ": "IMAGINE_TIMEZONE",
}


def nearest_setting(name: str, settings: Sequence[str], *, slip: float = _LIKE) -> str:
    """Return the setting that was meant by a name which is none; "" if there is none like it.

    `settings`: the names of all. `slip`: the least ratio of likeness, see difflib.
    """
    plain = name.upper().replace("-", "_")
    if plain not in settings and plain.endswith(_FILE):
        meant = nearest_setting(plain.removesuffix(_FILE), settings, slip=slip)
        return f"{meant}{_FILE}" if meant else ""
    bare = next((plain.removeprefix(prefix) for prefix in OUR_PREFIXES if plain.startswith(prefix)), plain)
    for meant in (plain, bare, _MISNAMES.get(plain, ""), _MISNAMES.get(bare, "")):
        if meant in settings:
            return meant
    return next(iter(difflib.get_close_matches(plain, settings, n=1, cutoff=slip)), "")


def suggest(name: str, settings: Sequence[str]) -> str:
    """Return the end of the sentence that a name is no setting."""
    meant = nearest_setting(name, settings)
    return f"; did you mean {meant}?" if meant else "; remove it"


def misnamed(environ: Mapping[str, str], settings: Sequence[str]) -> list[str]:
    """Return one sentence for each variable that looks like a setting, but is none."""
    sentences = []
    for name in sorted(environ):
        if name.removesuffix(_FILE) in settings:
            continue
        if name.upper().startswith(OUR_PREFIXES):
            sentences.append(f"{name} is not a setting{suggest(name, settings)}")
            continue
        meant = nearest_setting(name, settings, slip=_SLIP) if environ[name].strip() else ""
        if meant and not _is_set(environ, meant.removesuffix(_FILE)):
            sentences.append(f"{name} is not a setting; did you mean {meant}?")
    return sentences


def unread(environ: Mapping[str, str], folder: Path, settings: Sequence[str]) -> list[str]:
    """Return a sentence if a .env file in the folder sets what is not set here: nothing reads it."""
    try:
        with (folder / DOTENV).open("rb") as file:
            lines = file.read(DOTENV_LIMIT).decode("utf-8-sig", "replace").splitlines()
    except OSError:
        return []
    names = dict.fromkeys(match[1] for line in lines if (match := _ASSIGNED.match(line)))
    missing = [name for name in names if name in settings and not _is_set(environ, name)]
    if not missing:
        return []
    return [f"{DOTENV} sets {', '.join(missing)}, but is not read; export it, or write it into imagine.toml"]


def _is_set(environ: Mapping[str, str], name: str) -> bool:
    return any(environ.get(each, "").strip() for each in (name, f"{name}{_FILE}"))
