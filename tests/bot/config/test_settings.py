"""Settings: their sources, their problems with a fix for each, and secrets that stay secret."""

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr, ValidationError

from bot import wording
from bot.config.settings import (
    FILE_LIMIT,
    Settings,
    SettingsError,
    describe_settings,
    load_settings,
    warnings,
)

NAMES = """
DISCORD_TOKEN DISCORD_SHARDS SLACK_BOT_TOKEN SLACK_APP_TOKEN SLACK_SIGNING_SECRET SLACK_CLIENT_ID
SLACK_CLIENT_SECRET CODEGATEWAY_API_KEY CODEGATEWAY_BASE_URL CODEGATEWAY_MULTIPLIER IMAGINE_PROMPT_MODEL
IMAGINE_DATA
IMAGINE_WEB_HOST IMAGINE_WEB_PORT IMAGINE_WEB_TOKEN IMAGINE_PLAYGROUND IMAGINE_DISCORD_SPOILER
IMAGINE_SLACK_GALLERY IMAGINE_SLACK_ADMINS IMAGINE_IMAGES_PER_DAY IMAGINE_MONEY_PER_DAY
IMAGINE_DM_IMAGES_PER_DAY IMAGINE_GUEST_IMAGES_PER_DAY IMAGINE_BOT_MONEY_PER_DAY IMAGINE_BOT_MONEY_PER_MONTH
IMAGINE_TIMEZONE IMAGINE_LANGUAGE IMAGINE_MAX_IN_FLIGHT IMAGINE_MAX_IN_FLIGHT_PER_PERSON IMAGINE_KEEP_DAYS
IMAGINE_PURGE_DAYS IMAGINE_OPERATORS IMAGINE_SECRET_KEY IMAGINE_LOG
"""


def problems(environ: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        load_settings(environ, folder)
    assert str(raised.value) == "\n".join(raised.value.problems)
    return raised.value.problems


def test_no_setting_is_required(tmp_path: Path) -> None:
    settings = load_settings({}, tmp_path)
    assert settings.discord_token is None
    assert settings.codegateway_base_url == "https://api.codegateway.dev/v1"
    assert settings.codegateway_multiplier == Decimal("1.5")
    assert settings.imagine_data == tmp_path / "imagine-data"
    assert (settings.imagine_web_host, settings.imagine_web_port) == ("127.0.0.1", 8080)
    assert (settings.imagine_images_per_day, settings.imagine_dm_images_per_day) == (40, 0)
    assert settings.imagine_money_per_day is None
    assert (settings.imagine_playground, settings.imagine_discord_spoiler) == ("auto", False)
    assert (settings.imagine_max_in_flight, settings.imagine_max_in_flight_per_person) == (16, 4)
    assert (settings.imagine_timezone, settings.imagine_operators, settings.imagine_log) == (
        "UTC",
        (),
        "info",
    )


def test_every_kind_of_value_is_read(tmp_path: Path) -> None:
    settings = load_settings(
        {
            "DISCORD_TOKEN": " a.b.c\n",
            "SLACK_BOT_TOKEN": "xoxb-1",
            "SLACK_APP_TOKEN": "xapp-1",
            "CODEGATEWAY_BASE_URL": "http://127.0.0.1:9/v1/",
            "CODEGATEWAY_MULTIPLIER": "1.2",
            "IMAGINE_DATA": "/srv/pictures",
            "IMAGINE_WEB_PORT": "0",
            "IMAGINE_MONEY_PER_DAY": "$2.50",
            "IMAGINE_TIMEZONE": "Europe/Berlin",
            "IMAGINE_OPERATORS": "discord:1, slack:U2,",
            "IMAGINE_PLAYGROUND": "On",
            "IMAGINE_DISCORD_SPOILER": "yes",
            "IMAGINE_SLACK_GALLERY": "Completion",
            "IMAGINE_SLACK_ADMINS": "S0604QSJC",
            "IMAGINE_LOG": "DEBUG",
            "HOME": "/nowhere",
        },
        tmp_path,
    )
    assert settings.discord_token == SecretStr("a.b.c")
    assert settings.codegateway_base_url == "http://127.0.0.1:9/v1"
    assert settings.codegateway_multiplier == Decimal("1.2")
    assert settings.imagine_data == Path("/srv/pictures")
    assert settings.imagine_web_port == 0
    assert settings.imagine_money_per_day == 2_500_000
    assert settings.imagine_timezone == "Europe/Berlin"
    assert settings.imagine_operators == ("discord:1", "slack:U2")
    assert settings.imagine_log == "debug"
    assert (settings.imagine_playground, settings.imagine_discord_spoiler) == ("on", True)
    assert (settings.imagine_slack_gallery, settings.imagine_slack_admins) == ("completion", "S0604QSJC")


def test_a_variable_goes_before_a_file_and_a_file_before_the_toml(tmp_path: Path) -> None:
    (tmp_path / "level").write_text("warning\n")
    (tmp_path / "imagine.toml").write_text(
        'IMAGINE_LOG = "error"\nimagine_web_port = 1\nimagine_timezone = ""\n'
    )
    file = {"IMAGINE_LOG_FILE": "level"}
    assert load_settings({}, tmp_path).imagine_log == "error"
    assert load_settings(file, tmp_path).imagine_log == "warning"
    assert load_settings({"IMAGINE_LOG": "debug"}, tmp_path).imagine_log == "debug"
    assert load_settings({"IMAGINE_WEB_PORT": "2"}, tmp_path).imagine_web_port == 2
    assert load_settings({"IMAGINE_WEB_PORT": " "}, tmp_path).imagine_web_port == 1


def test_an_empty_variable_is_not_set(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a.b.c\n")
    environ = {
        "DISCORD_TOKEN": "",
        "DISCORD_TOKEN_FILE": "token",
        "SLACK_BOT_TOKEN": "  ",
        "IMAGINE_LOG_FILE": "",
    }
    settings = load_settings(environ, tmp_path)
    assert settings.discord_token == SecretStr("a.b.c")
    assert settings.slack_bot_token is None


def test_toml_values_are_read_like_variables(tmp_path: Path) -> None:
    (tmp_path / "imagine.toml").write_text(
        "IMAGINE_WEB_PORT = 81\ncodegateway_multiplier = 1.25\n"
        'imagine_operators = ["discord:1", "slack:U2"]\n'
        'imagine_money_per_day = "3"\n'
    )
    settings = load_settings({}, tmp_path)
    assert settings.imagine_web_port == 81
    assert settings.codegateway_multiplier == Decimal("1.25")
    assert settings.imagine_operators == ("discord:1", "slack:U2")
    assert settings.imagine_money_per_day == 3_000_000


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "imagine.toml").write_text(
        'imagine_web_prot = 1\nimagine_money_per_day = 2.5\nIMAGINE_LOG = "loud"\n'
    )
    messages = problems(
        {
            "SLACK_APP_TOKEN": "xoxb-1",
            "CODEGATEWAY_BASE_URL": "gateway",
            "IMAGINE_WEB_PORT": "99999",
            "IMAGINE_TIMEZONE": "europe/berlin",
            "DISCORD_TOKEN_FILE": "gone",
        },
        tmp_path,
    )
    assert sorted(messages) == [
        "CODEGATEWAY_BASE_URL: it is not a web address; write it like https://api.codegateway.dev/v1",
        "DISCORD_TOKEN_FILE: gone cannot be read (No such file or directory); name a readable text file",
        "IMAGINE_LOG: it is none that I know; choose debug, info, warning or error",
        'IMAGINE_MONEY_PER_DAY: money is text, never a float; write imagine_money_per_day = "2.5" in quotes',
        "IMAGINE_TIMEZONE: 'europe/berlin' is no time zone; did you mean Europe/Berlin?",
        "IMAGINE_WEB_PORT: it is too large; write 65535 or less",
        "SLACK_APP_TOKEN: it does not begin with xapp-; copy the token that does from the app's pages",
        "SLACK_BOT_TOKEN: missing beside SLACK_APP_TOKEN; set it, or remove SLACK_APP_TOKEN",
        "imagine.toml: imagine_web_prot is not a setting; did you mean IMAGINE_WEB_PORT?",
    ]


BOT = 'it begins with "Bot"; leave that word out, and write the token alone'
QUOTED = "it begins or ends with a quote; leave it out: some files keep quotes"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        (
            "CODEGATEWAY_BASE_URL",
            "http://gateway.example/v1",
            "http would send the key in clear; write https",
        ),
        (
            "CODEGATEWAY_BASE_URL",
            "https://me:pass@gateway.example",
            "it holds a name or password; put the key into CODEGATEWAY_API_KEY instead",
        ),
        ("CODEGATEWAY_BASE_URL", "https://gateway.example/v1?a=b", "it goes on after ? or #; leave that out"),
        (
            "CODEGATEWAY_BASE_URL",
            "https://gateway.example:port",
            "it is not an address; write it like https://api.codegateway.dev/v1",
        ),
        ("CODEGATEWAY_MULTIPLIER", "0.9", "it is too small; write 1 or more"),
        ("CODEGATEWAY_MULTIPLIER", "15", "it is too large; write 10 or less"),
        ("CODEGATEWAY_MULTIPLIER", "NaN", "it is not a number; write it like 1.5"),
        ("CODEGATEWAY_MULTIPLIER", "half", "it is not a number; write it like 1.5"),
        ("IMAGINE_WEB_PORT", "http", "it is not a whole number; write digits only"),
        ("IMAGINE_MAX_IN_FLIGHT", "0", "it is too small; write 1 or more"),
        ("IMAGINE_IMAGES_PER_DAY", "-1", "it is too small; write 0 or more"),
        (
            "IMAGINE_MONEY_PER_DAY",
            "a lot",
            "'a lot' is not an amount of dollars; write dollars as text, such as 2.50",
        ),
        ("IMAGINE_TIMEZONE", "../../etc/passwd", None),
        ("IMAGINE_TIMEZONE", "Europe", None),
        ("IMAGINE_KEEP_DAYS", "0", "it is too small; write 1 or more"),
        ("IMAGINE_PURGE_DAYS", "-1", "it is too small; write 0 or more"),
        ("IMAGINE_OPERATORS", "ann, discord:1", "ann is no person's id; write ids such as discord:123"),
        ("IMAGINE_DATA", "~/pictures", "~ is not expanded here; write the whole path"),
        ("IMAGINE_PLAYGROUND", "yes", "it is none that I know; choose auto, on or off"),
        ("IMAGINE_DISCORD_SPOILER", "maybe", "it is neither yes nor no; write one of the two"),
        ("DISCORD_SHARDS", "many", "it is no number of shards; write 4, or 0-3/16 for the first 4 of 16"),
        ("DISCORD_SHARDS", "0", "it is no number of shards; write 4, or 0-3/16 for the first 4 of 16"),
        ("DISCORD_SHARDS", "0-3", "it is no number of shards; write 4, or 0-3/16 for the first 4 of 16"),
        ("DISCORD_SHARDS", "12-16/16", "there are no such shards; 16 are 0-15/16"),
        ("DISCORD_SHARDS", "3-1/16", "there are no such shards; 16 are 0-15/16"),
        ("DISCORD_TOKEN", "a.b.ç", "it holds a space or a character no token has; copy it again"),
        ("DISCORD_TOKEN", "a.b.c d", "it holds a space or a character no token has; copy it again"),
        ("DISCORD_TOKEN", "a.b\nc", "it holds a space or a character no token has; copy it again"),
        ("DISCORD_TOKEN", "Bot a.b.c", BOT),
        ("DISCORD_TOKEN", "bot  a.b.c", BOT.replace("Bot", "bot")),
        ("IMAGINE_WEB_TOKEN", "Basic abc", BOT.replace("Bot", "Basic")),
        ("CODEGATEWAY_API_KEY", "Bearer sk-1", BOT.replace("Bot", "Bearer")),
        ("DISCORD_TOKEN", '"a.b.c"', QUOTED),
        ("DISCORD_TOKEN", "'a.b.c'", QUOTED),
        ("DISCORD_TOKEN", "“a.b.c”", QUOTED),
        ("DISCORD_TOKEN", 'a.b.c"', QUOTED),
        ("IMAGINE_DATA", '"/srv/pictures"', QUOTED),
        ("IMAGINE_IMAGES_PER_DAY", '"40"', QUOTED),
        ("IMAGINE_TIMEZONE", "'Europe/Berlin'", QUOTED),
        ("DISCORD_TOKEN", "DISCORD_TOKEN=a.b.c", "it repeats its own name; write only what follows the ="),
    ],
)
def test_each_problem_says_how_to_fix_it(name: str, value: str, problem: str | None, tmp_path: Path) -> None:
    (message,) = problems({name: value}, tmp_path)
    assert message.startswith(f"{name}: ")
    assert "; " in message
    if problem is not None:
        assert message == f"{name}: {problem}"


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("IMAGINE_WEB_TOKEN", "a", "openssl rand -hex 24"),
        ("IMAGINE_WEB_TOKEN", "7" * 15, "openssl rand -hex 24"),
        ("SLACK_SIGNING_SECRET", "a", "Basic Information"),
        ("SLACK_SIGNING_SECRET", "g" * 32, "Basic Information"),
        ("SLACK_SIGNING_SECRET", "a" * 31, "Basic Information"),
        ("IMAGINE_SECRET_KEY", "k" * 31, "secrets.token_urlsafe"),
    ],
)
def test_a_secret_that_can_be_guessed_is_refused(name: str, value: str, fix: str, tmp_path: Path) -> None:
    message = next(each for each in problems({name: value}, tmp_path) if each.startswith(name))
    assert fix in message
    assert value == "a" or value not in message


def test_a_secret_that_is_long_enough_is_accepted(tmp_path: Path) -> None:
    environ = {"IMAGINE_WEB_TOKEN": "7" * 16, "SLACK_SIGNING_SECRET": "0123456789abcdef" * 2}
    environ |= {"SLACK_BOT_TOKEN": "xoxb-1", "IMAGINE_SECRET_KEY": "k" * 32}
    assert load_settings(environ, tmp_path)


@pytest.mark.parametrize(
    ("text", "shards"),
    [("", None), ("1", (0, 0, 1)), ("4", (0, 3, 4)), ("4-7/16", (4, 7, 16)), ("9-9/16", (9, 9, 16))],
)
def test_shards_are_a_number_or_a_range(
    text: str, shards: tuple[int, int, int] | None, tmp_path: Path
) -> None:
    assert load_settings({"DISCORD_SHARDS": text}, tmp_path).discord_shards == shards


@pytest.mark.parametrize("host", ["localhost", "127.8.9.1", "[::1]:8", "gateway:4000"])
def test_plain_http_is_allowed_only_to_local_hosts(host: str, tmp_path: Path) -> None:
    assert load_settings({"CODEGATEWAY_BASE_URL": f"http://{host}/v1"}, tmp_path)
    assert problems({"CODEGATEWAY_BASE_URL": "http://10.0.0.1/v1"}, tmp_path)


BOTH = "SLACK_BOT_TOKEN: it serves one workspace, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET install into many; "
BASICS = "copy it from the app's Basic Information page"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("SLACK_BOT_TOKEN SLACK_APP_TOKEN", []),
        ("SLACK_BOT_TOKEN SLACK_SIGNING_SECRET", []),
        ("SLACK_CLIENT_ID SLACK_CLIENT_SECRET SLACK_SIGNING_SECRET IMAGINE_SECRET_KEY", []),
        ("SLACK_CLIENT_ID SLACK_CLIENT_SECRET SLACK_APP_TOKEN IMAGINE_SECRET_KEY", []),
        (
            "SLACK_BOT_TOKEN SLACK_CLIENT_ID SLACK_CLIENT_SECRET SLACK_SIGNING_SECRET IMAGINE_SECRET_KEY",
            [BOTH + "keep the token, or keep those two"],
        ),
        (
            "SLACK_CLIENT_ID SLACK_SIGNING_SECRET IMAGINE_SECRET_KEY",
            [f"SLACK_CLIENT_SECRET: missing beside SLACK_CLIENT_ID; {BASICS}"],
        ),
        (
            "SLACK_CLIENT_ID SLACK_CLIENT_SECRET IMAGINE_SECRET_KEY",
            [
                f"SLACK_SIGNING_SECRET: missing beside SLACK_CLIENT_ID; {BASICS}, "
                "or set SLACK_APP_TOKEN for Socket Mode"
            ],
        ),
        (
            "SLACK_CLIENT_ID SLACK_CLIENT_SECRET SLACK_SIGNING_SECRET",
            [
                "IMAGINE_SECRET_KEY: missing beside SLACK_CLIENT_ID, to encrypt what is stored; make one "
                "with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
            ],
        ),
        (
            "SLACK_BOT_TOKEN",
            [
                "SLACK_APP_TOKEN: missing beside SLACK_BOT_TOKEN; set it for Socket Mode, "
                "or SLACK_SIGNING_SECRET for HTTP"
            ],
        ),
    ],
)
def test_slacks_settings_go_together(names: str, expected: list[str], tmp_path: Path) -> None:
    shapes = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "SLACK_SIGNING_SECRET": "5" * 32,
        "IMAGINE_SECRET_KEY": "k" * 32,
    }
    environ = {name: shapes.get(name, "x") for name in names.split()}
    if expected:
        assert list(problems(environ, tmp_path)) == expected
    else:
        assert load_settings(environ, tmp_path)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty; write the value into it"),
        (b"\xff\xfe", "cannot be read (not UTF-8 text); name a readable text file"),
        (b"x" * (FILE_LIMIT + 1), "cannot be read (larger than 65,536 bytes); name a readable text file"),
    ],
)
def test_a_bad_file_is_a_problem(content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(content)
    assert problems({"DISCORD_TOKEN_FILE": "token"}, tmp_path) == (f"DISCORD_TOKEN_FILE: token {why}",)


def test_a_variable_and_its_file_together_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a.b.c")
    messages = problems({"DISCORD_TOKEN": "d.e.f", "DISCORD_TOKEN_FILE": "token"}, tmp_path)
    assert messages == ("DISCORD_TOKEN: DISCORD_TOKEN_FILE is set, too; remove one of the two",)


@pytest.mark.parametrize(
    ("toml", "problem"),
    [
        ("imagine_log =", "imagine.toml: it cannot be read ("),
        ('imagine_log = "info"\nIMAGINE_LOG = "info"', "IMAGINE_LOG: imagine.toml has it twice; remove one"),
        ('Imagine_Log = "info"', "imagine.toml: Imagine_Log is not a setting; did you mean IMAGINE_LOG?"),
        ("[imagine_log]\na = 1", 'IMAGINE_LOG: imagine.toml gives no plain value; write imagine_log = "…"'),
        ("imagine_web_port = true", "IMAGINE_WEB_PORT: it is not a whole number"),
        ("zebra = 1", "imagine.toml: zebra is not a setting; remove it"),
    ],
)
def test_a_bad_toml_is_a_problem(toml: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "imagine.toml").write_text(toml)
    (message,) = problems({}, tmp_path)
    assert message.startswith(problem)


def test_no_secret_is_in_a_repr_or_a_message(tmp_path: Path) -> None:
    secret = "canary-canary-canary-canary-canary"
    names = [
        "DISCORD_TOKEN",
        "SLACK_SIGNING_SECRET",
        "CODEGATEWAY_API_KEY",
        "IMAGINE_WEB_TOKEN",
        "IMAGINE_SECRET_KEY",
    ]
    environ = {name: f"{secret}-{name}" for name in names}
    environ |= {"SLACK_BOT_TOKEN": "xoxb-canary", "SLACK_SIGNING_SECRET": "ca9a27" * 6}
    settings = load_settings(environ, tmp_path)
    assert not any(part in repr(settings) + str(settings) for part in ("canary", "ca9a27"))
    assert set(settings.secrets()) == set(environ.values())

    with pytest.raises(SettingsError) as raised:
        load_settings(
            {name: f"{secret} with spaces" for name in names} | {"SLACK_BOT_TOKEN": "canary"}, tmp_path
        )
    assert len(raised.value.problems) == 6
    assert "canary" not in str(raised.value)
    with pytest.raises(ValidationError) as direct:
        Settings(discord_token=SecretStr("a canary"), imagine_web_port="canary")  # type: ignore[arg-type]
    assert "canary" not in str(direct.value)


def test_a_secret_key_may_be_followed_by_older_ones(tmp_path: Path) -> None:
    new, old = "n" * 32, "o" * 32
    settings = load_settings({"IMAGINE_SECRET_KEY": f"{new},{old}"}, tmp_path)
    assert settings.secret_keys == (new, old)
    assert {new, old} <= set(settings.secrets())
    assert load_settings({}, tmp_path).secret_keys == ()
    (message,) = problems({"IMAGINE_SECRET_KEY": f"{new},short"}, tmp_path)
    assert "shorter than 32" in message


def test_a_user_group_is_named_by_its_id(tmp_path: Path) -> None:
    (message,) = problems({"IMAGINE_SLACK_ADMINS": "@designers"}, tmp_path)
    expected = "IMAGINE_SLACK_ADMINS: it is no user group's id; write the one that begins with S"
    assert message.startswith(expected)


def test_a_short_secret_key_is_refused_with_a_way_to_make_one(tmp_path: Path) -> None:
    (message,) = problems({"IMAGINE_SECRET_KEY": "short"}, tmp_path)
    assert "token_urlsafe" in message
    assert "short;" not in message


def test_a_value_that_was_pasted_with_more_is_refused_from_every_source(tmp_path: Path) -> None:
    (tmp_path / "key").write_text('"sk-1"\n')
    (tmp_path / "imagine.toml").write_text("imagine_web_token = \"'open'\"\n")
    environ = {"DISCORD_TOKEN": "Bot a.b.c", "CODEGATEWAY_API_KEY_FILE": "key", "IMAGINE_WEB_PORT": "many"}
    assert sorted(problems(environ, tmp_path)) == [
        f"CODEGATEWAY_API_KEY: {QUOTED}",
        f"DISCORD_TOKEN: {BOT}",
        "IMAGINE_WEB_PORT: it is not a whole number; write digits only",
        f"IMAGINE_WEB_TOKEN: {QUOTED}",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_file_in_utf_16_is_a_problem(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes("a.b.c".encode(encoding))
    (tmp_path / "imagine.toml").write_bytes('imagine_log = "info"'.encode(encoding))
    assert problems({"DISCORD_TOKEN_FILE": "token"}, tmp_path) == (
        "DISCORD_TOKEN_FILE: token cannot be read (not UTF-8 text); name a readable text file",
        "imagine.toml: it cannot be read (not UTF-8 text); correct it, or take it away",
    )


def test_files_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a.b.c\n", encoding="utf-8-sig")
    (tmp_path / "imagine.toml").write_text('imagine_log = "debug"\n', encoding="utf-8-sig")
    settings = load_settings({"DISCORD_TOKEN_FILE": "token"}, tmp_path)
    assert (settings.discord_token, settings.imagine_log) == (SecretStr("a.b.c"), "debug")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("IMAGINE_IMAGES_PERDAY", "IMAGINE_IMAGES_PER_DAY"),
        ("IMAGINE_IMAGE_PER_DAY", "IMAGINE_IMAGES_PER_DAY"),
        ("IMAGINE_DISCORD_TOKEN", "DISCORD_TOKEN"),
        ("IMAGINE_DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("IMAGINE_DISCORD_TOKEN_FILE", "DISCORD_TOKEN_FILE"),
        ("IMAGINE_SLACK_APP_TOKEN", "SLACK_APP_TOKEN"),
        ("IMAGINE_CODEGATEWAY_API_KEY", "CODEGATEWAY_API_KEY"),
        ("IMAGINE_PORT", "IMAGINE_WEB_PORT"),
        ("IMAGINE_LOG_LEVEL", "IMAGINE_LOG"),
        ("IMAGINE_TZ", "IMAGINE_TIMEZONE"),
        ("IMAGINE_ADMINS", "IMAGINE_OPERATORS"),
        ("imagine_timezone", "IMAGINE_TIMEZONE"),
        ("IMAGINE_VERSION", ""),
        ("CODEGATEWAY_KEY", "CODEGATEWAY_API_KEY"),
        ("CODEGATEWAY_URL", "CODEGATEWAY_BASE_URL"),
        ("CODE_GATEWAY_API_KEY", "CODEGATEWAY_API_KEY"),
        ("DISCORD_BOT_TOKEN", "DISCORD_TOKEN"),
        ("DISCORD_BOT_TOKEN_FILE", "DISCORD_TOKEN_FILE"),
        ("DISCORD_TOKENS", "DISCORD_TOKEN"),
        ("DISCRD_TOKEN", "DISCORD_TOKEN"),
        ("discord_token", "DISCORD_TOKEN"),
        ("SLACK_TOKEN", "SLACK_BOT_TOKEN"),
        ("SLACK_BOT_TOKN", "SLACK_BOT_TOKEN"),
        ("SLACK_SIGNING_SECRETS", "SLACK_SIGNING_SECRET"),
    ],
)
def test_a_name_that_is_almost_a_settings_gives_a_warning(name: str, meant: str, tmp_path: Path) -> None:
    fix = f"did you mean {meant}?" if meant else "remove it"
    assert warnings({name: "x"}, tmp_path) == (f"{name} is not a setting; {fix}",)
    if name.upper() != meant:  # a key of the file may be in small letters
        (tmp_path / "imagine.toml").write_text(f'{name} = "x"\n')
        assert problems({}, tmp_path) == (f"imagine.toml: {name} is not a setting; {fix}",)


OTHERS = """
HOME PATH LANG TZ TOKEN SECRET_KEY API_KEY PORT OPENAI_API_KEY OPENAI_BASE_URL GITHUB_TOKEN BOT_TOKEN CODE
TELEGRAM_BOT_TOKEN DISCORD_WEBHOOK_URL DISCORD_CLIENT_ID DISCORD_GUILD_ID DISCORD_APPLICATION_ID DATA_FILE
SLACK_WEBHOOK_URL SLACK_CHANNEL SLACK_TEAM_ID IMAGE_NAME IMAGINARY _IMAGINE_COMPLETE GITLAB_CLIENT_ID LOG_FILE
"""


@pytest.mark.parametrize(
    "environ",
    [
        dict.fromkeys(NAMES.split(), "x"),
        {f"{name}_FILE": "x" for name in NAMES.split()},
        {"DISCORD_TOKEN": "a.b.c", "DISCORD_BOT_TOKEN": "another program's", "DISCORD_TOKENS": "x"},
        {"SLACK_BOT_TOKEN_FILE": "x", "SLACK_TOKEN": "another program's"},
        {"DISCORD_BOT_TOKEN": " "},
        dict.fromkeys(OTHERS.split(), "x"),
    ],
)
def test_other_programs_variables_give_no_warning(environ: Mapping[str, str], tmp_path: Path) -> None:
    assert warnings(environ, tmp_path) == ()


def test_a_dotenv_file_gives_a_warning_if_it_sets_what_is_not_set(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "\ufeffDISCORD_TOKEN=a.b.c\n# SLACK_BOT_TOKEN=x\nexport CODEGATEWAY_API_KEY='sk'\nIMAGINE_LOG=\n"
        "OTHER=1\n",
        encoding="utf-8",
    )
    (warning,) = warnings({}, tmp_path)
    assert warning.startswith(".env sets DISCORD_TOKEN, CODEGATEWAY_API_KEY, but is not read;")
    (warning,) = warnings({"DISCORD_TOKEN": "a.b.c"}, tmp_path)
    assert warning.startswith(".env sets CODEGATEWAY_API_KEY, but is not read;")
    assert warnings({"DISCORD_TOKEN": "a.b.c", "CODEGATEWAY_API_KEY_FILE": "key"}, tmp_path) == ()
    (tmp_path / ".env").write_bytes(b"\xff\xfe" + "DISCORD_TOKEN=a.b.c".encode("utf-16-le"))
    assert warnings({}, tmp_path) == ()


def test_every_setting_is_described() -> None:
    assert [name for name, _, _ in describe_settings()] == NAMES.split()
    assert all(text and "\n" not in text for _, _, text in describe_settings())
    defaults = {name: default for name, default, _ in describe_settings()}
    assert defaults["IMAGINE_DATA"] == "imagine-data"
    assert defaults["CODEGATEWAY_MULTIPLIER"] == "1.5"
    assert defaults["IMAGINE_DISCORD_SPOILER"] == "no"
    assert defaults["IMAGINE_OPERATORS"] == defaults["DISCORD_TOKEN"] == ""


def test_settings_are_frozen_and_read_nothing_by_themselves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IMAGINE_WEB_PORT", "1")
    monkeypatch.chdir(tmp_path)
    Path("imagine.toml").write_text("imagine_web_port = 2")
    assert Settings().imagine_web_port == 8080
    assert load_settings({}, tmp_path / "elsewhere").imagine_web_port == 8080
    assert load_settings(os.environ, tmp_path).imagine_web_port == 1
    with pytest.raises(ValidationError):
        Settings().imagine_web_port = 3  # type: ignore[misc]


def test_every_language_can_be_the_default() -> None:
    assert get_args(Settings.model_fields["imagine_language"].annotation) == wording.LANGUAGES


@pytest.mark.parametrize("typed", ["1_000", "+5", "1e3", "2,5", "40.0", "٣"])
def test_a_setting_reads_numbers_as_chat_does(typed: str, tmp_path: Path) -> None:
    (problem,) = problems({"IMAGINE_IMAGES_PER_DAY": typed}, tmp_path)
    assert problem == "IMAGINE_IMAGES_PER_DAY: it is not a whole number; write digits only"


@pytest.mark.parametrize("typed", ["1_5", "+2", "2e0", "1,5", "nan"])
def test_a_multiplier_is_a_plain_number(typed: str, tmp_path: Path) -> None:
    (problem,) = problems({"CODEGATEWAY_MULTIPLIER": typed}, tmp_path)
    assert problem == "CODEGATEWAY_MULTIPLIER: it is not a number; write it like 1.5"


def test_groups_of_thousands_count_in_settings(tmp_path: Path) -> None:
    settings = load_settings({"IMAGINE_IMAGES_PER_DAY": "1,000", "CODEGATEWAY_MULTIPLIER": "1.25"}, tmp_path)
    assert (settings.imagine_images_per_day, settings.codegateway_multiplier) == (1_000, Decimal("1.25"))
