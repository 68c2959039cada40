"""The operator's settings, read from the environment, from files and from imagine.toml; all problems at once.

For one setting, the first source counts: the variable NAME, the file that the variable NAME_FILE names, the
key NAME (or name) in imagine.toml.
"""

import tomllib
from collections import ChainMap
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config import validators
from bot.config.names import misnamed, suggest, unread

TOML_NAME = "imagine.toml"
FILE_LIMIT = 65_536  # bytes; a secret or a settings file is far smaller
NOT_UTF_8 = "not UTF-8 text"
_MONEY = "dollars as text, such as 2.50"

Money = Annotated[int, BeforeValidator(validators.money)]  # micro-dollars
Secret = Annotated[SecretStr, AfterValidator(validators.secret)]


class SettingsError(Exception):
    """All problems with the settings, each as `NAME: what is wrong; how to fix it`.

    `data_folder`: the folder that IMAGINE_DATA names, which may be right; None if it cannot be known.
    """

    def __init__(self, problems: Iterable[str], data_folder: Path | None = None) -> None:
        self.problems = tuple(problems)
        self.data_folder = data_folder
        super().__init__("\n".join(self.problems))


class Settings(BaseSettings):
    """All settings, frozen. A field's name is its variable's in lower case; money is micro-dollars."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    discord_token: Secret | None = Field(None, description="The bot's token; turns Discord on")
    # The first and the last shard of this process, and the number of shards in all processes.
    discord_shards: Annotated[tuple[int, int, int], BeforeValidator(validators.shards)] | None = Field(
        None,
        description="Gateway connections, if not as many as Discord recommends: 4, or some of 16: 0-3/16",
    )
    slack_bot_token: Annotated[Secret, validators.starts_with("xoxb-")] | None = Field(
        None, description="The bot's token (xoxb-…) in one Slack workspace; turns Slack on"
    )
    slack_app_token: Annotated[Secret, validators.starts_with("xapp-")] | None = Field(
        None, description="The app-level token (xapp-…) for Socket Mode: no public address needed"
    )
    slack_signing_secret: Annotated[Secret, AfterValidator(validators.signing_secret)] | None = Field(
        None, description="Proves that a request comes from Slack; needed for HTTP mode"
    )
    slack_client_id: str | None = Field(
        None, description="For installing into many Slack workspaces by OAuth"
    )
    slack_client_secret: Secret | None = Field(None, description="Goes with SLACK_CLIENT_ID")
    codegateway_api_key: Secret | None = Field(
        None, description="The gateway's key; without one, sample pictures are drawn offline"
    )
    codegateway_base_url: Annotated[str, AfterValidator(validators.base_url)] = Field(
        "https://api.codegateway.dev/v1", description="Where the gateway's API begins"
    )
    codegateway_multiplier: Decimal = Field(
        Decimal("1.5"),
        ge=1,
        le=10,
        description="What the gateway charges, as a multiple of the official price",
    )
    imagine_prompt_model: str | None = Field(
        None,
        description="The language model behind the gateway that improves prompts and describes pictures; "
        "without one, neither is shown",
    )
    imagine_data: Annotated[Path, AfterValidator(validators.folder)] = Field(
        Path("imagine-data"), description="The folder for the ledger and the pictures"
    )
    imagine_web_host: str = Field("127.0.0.1", description="The address the web server listens on")
    imagine_web_port: int = Field(8080, ge=0, le=65_535, description="Its port; 0 takes any that is free")
    imagine_web_token: Annotated[Secret, AfterValidator(validators.web_token)] | None = Field(
        None,
        description="Opens the playground, /admin and /metrics where others can reach the web server; "
        "16 characters at least",
    )
    imagine_playground: Annotated[Literal["auto", "on", "off"], BeforeValidator(str.lower)] = Field(
        "auto", description="The playground's page: on, off, or auto: only where no platform is served"
    )
    imagine_discord_spoiler: bool = Field(
        False, description="Pictures in Discord stay covered until pressed: yes or no"
    )
    imagine_slack_gallery: Annotated[Literal["blocks", "completion"], BeforeValidator(str.lower)] = Field(
        "blocks", description="How pictures are posted in Slack at first: blocks, or completion (fewer calls)"
    )
    imagine_slack_admins: Annotated[str, AfterValidator(validators.user_group)] | None = Field(
        None, description="The id (S…) of a Slack user group whose members count as admins, too"
    )
    imagine_images_per_day: int = Field(
        40, ge=0, le=1_000_000, description="Pictures a day for each person, unless set in chat"
    )
    imagine_money_per_day: Money | None = Field(None, description=f"Money a day for each person: {_MONEY}")
    imagine_dm_images_per_day: int = Field(
        0, ge=0, le=1_000_000, description="Pictures a day for each person in Discord direct messages"
    )
    imagine_guest_images_per_day: int = Field(
        0, ge=0, le=1_000_000, description="Pictures a day for each guest of a workspace, unless set in chat"
    )
    imagine_bot_money_per_day: Money | None = Field(
        None, description=f"The whole bot's money a day: {_MONEY}"
    )
    imagine_bot_money_per_month: Money | None = Field(
        None, description=f"The whole bot's money a month: {_MONEY}"
    )
    imagine_timezone: Annotated[str, AfterValidator(validators.zone)] = Field(
        "UTC", description="Where the day starts at midnight, such as Europe/Berlin, unless set in chat"
    )
    imagine_language: Annotated[Literal["en", "de"], BeforeValidator(str.lower)] = Field(
        "en", description="What is spoken: en or de, unless set in chat"
    )
    imagine_max_in_flight: int = Field(16, ge=1, le=1_000, description="Requests drawn at once, in all")
    imagine_max_in_flight_per_person: int = Field(4, ge=1, le=1_000, description="The same, for each person")
    imagine_keep_days: int = Field(
        90,
        ge=1,
        le=36_500,
        description="Days after which pictures and prompts go; what was spent stays",
    )
    imagine_purge_days: int = Field(
        30,
        ge=0,
        le=36_500,
        description="Days until a workspace that took the bot out is forgotten; 0: within minutes",
    )
    imagine_operators: Annotated[tuple[str, ...], BeforeValidator(validators.person_ids)] = Field(
        (), description="Who may change bot-wide limits: ids such as discord:123, with commas between"
    )
    imagine_secret_key: Annotated[Secret, AfterValidator(validators.secret_key)] | None = Field(
        None,
        description="Encrypts the Slack tokens that OAuth brings; a new one goes before the old: new,old",
    )
    imagine_log: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)] = Field(
        "info", description="The least severe log lines that are written"
    )

    @field_validator("*", mode="before")
    @classmethod
    def _read_number(cls, value: object, info: ValidationInfo) -> object:
        name = info.field_name or ""
        kind = cls.model_fields[name].annotation
        return value if name in validators.MONEY else validators.number(value, kind)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use only the values that load_settings passes, so that nothing is read from elsewhere unnoticed."""
        return (init_settings,)

    @property
    def platforms(self) -> tuple[str, ...]:
        """The chat platforms that these settings turn on."""
        turned_on = {"discord": self.discord_token, "slack": self.slack_bot_token or self.slack_client_id}
        return tuple(name for name, setting in turned_on.items() if setting)

    @property
    def has_playground(self) -> bool:
        """True if the playground's page is asked for."""
        return self.imagine_playground == "on" or (self.imagine_playground == "auto" and not self.platforms)

    @property
    def behind_proxy(self) -> bool:
        """True if a proxy leads others to the web server: Slack's calls, or browsers that install the app."""
        is_called = not self.slack_app_token or bool(self.slack_client_id)
        return "slack" in self.platforms and is_called

    def secrets(self) -> tuple[str, ...]:
        """Return the values that no log line may hold."""
        values = (validators.secret_text(value) for _, value in self if isinstance(value, SecretStr))
        return (*values, *self.secret_keys)

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """Return the keys of IMAGINE_SECRET_KEY, the newest first."""
        return validators.split_keys(self.imagine_secret_key)


def load_settings(environ: Mapping[str, str], folder: Path) -> Settings:
    """Read the settings; paths are relative to `folder`. Raises SettingsError with every problem."""
    problems: list[str] = []
    values = ChainMap(_variables(environ), _files(environ, folder, problems), _toml(folder, problems))
    pasted = {name: why for name, text in values.items() if (why := validators.pasted(name.upper(), text))}
    problems += [f"{name.upper()}: {why}" for name, why in pasted.items()]
    settings = None
    try:
        settings = Settings.model_validate({name: values[name] for name in values if name not in pasted})
    except ValidationError as error:
        problems += [_explain(problem) for problem in error.errors()]
    problems += validators.conflicts({name.upper() for name in values})
    if settings is None or problems:
        data = values.get("imagine_data", str(Settings.model_fields["imagine_data"].default))
        raise SettingsError(dict.fromkeys(problems), folder.absolute() / data)
    return settings.model_copy(update={"imagine_data": folder.absolute() / settings.imagine_data})


def warnings(environ: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    """Return one sentence for each variable that looks like a setting but is none, and for a .env unread."""
    return (*misnamed(environ, _names()), *unread(environ, folder, _names()))


def describe_settings() -> list[tuple[str, str, str]]:
    """Return each setting's name, default as text ("" without one), and one-line description, in order."""
    rows = []
    for name, field in Settings.model_fields.items():
        rows.append((name.upper(), _default_text(field.default), field.description or ""))
    return rows


def _default_text(default: object) -> str:
    if isinstance(default, bool):
        return "yes" if default else "no"
    return "" if default in (None, ()) else str(default)


def _names() -> list[str]:
    return [name.upper() for name in Settings.model_fields]


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    values = {name.lower(): environ.get(name, "").strip() for name in _names()}
    return {name: value for name, value in values.items() if value}


def _files(environ: Mapping[str, str], folder: Path, problems: list[str]) -> dict[str, str]:
    values = {}
    for name in _names():
        path = environ.get(f"{name}_FILE", "").strip()
        if not path:
            continue
        if environ.get(name, "").strip():
            problems.append(f"{name}: {name}_FILE is set, too; remove one of the two")
        try:
            text = _read_text(folder / path).strip()
        except (OSError, ValueError) as error:
            problems.append(f"{name}_FILE: {path} cannot be read ({_why(error)}); name a readable text file")
            continue
        if not text:
            problems.append(f"{name}_FILE: {path} is empty; write the value into it")
        values[name.lower()] = text
    return {name: text for name, text in values.items() if text}


def _toml(folder: Path, problems: list[str]) -> dict[str, str]:
    try:
        raw = tomllib.loads(_read_text(folder / TOML_NAME))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        problems.append(f"{TOML_NAME}: it cannot be read ({_why(error)}); correct it, or take it away")
        return {}
    values: dict[str, str] = {}
    for key, value in raw.items():
        name = key.lower()
        if name not in Settings.model_fields or key not in (name, key.upper()):
            problems.append(f"{TOML_NAME}: {key} is not a setting{suggest(key, _names())}")
        elif name in values:
            problems.append(f"{key.upper()}: {TOML_NAME} has it twice; remove one of the two")
        elif name in validators.MONEY and not isinstance(value, str):
            problems.append(f'{key.upper()}: money is text, never a float; write {key} = "{value}" in quotes')
        elif isinstance(value, list) and all(isinstance(part, str) for part in value):
            values[name] = ",".join(value)
        elif isinstance(value, str | int | float):
            values[name] = str(value).strip()
        else:
            problems.append(f'{key.upper()}: {TOML_NAME} gives no plain value; write {key} = "…"')
    return {name: text for name, text in values.items() if text}


def _read_text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(FILE_LIMIT + 1)
    if len(data) > FILE_LIMIT:
        raise ValueError(f"larger than {FILE_LIMIT:,} bytes")
    if b"\0" in data:  # UTF-16, of which each second byte may be 0
        raise ValueError(NOT_UTF_8)
    return data.decode("utf-8-sig")


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "unreadable"
    return NOT_UTF_8 if isinstance(error, UnicodeDecodeError) else str(error)


def _explain(problem: Any) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    return f"{str(problem['loc'][0]).upper()}: {validators.with_fix(problem['type'], message)}"
