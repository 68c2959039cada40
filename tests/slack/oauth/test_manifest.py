"""The manifest: it has what the code uses, within Slack's limits; the copies in deploy/ are current."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.slack import messages
from adapters.slack.oauth.manifest import BOT_EVENTS, SCOPES, as_json, as_yaml, link, manifest
from bot.commands.registry import Helps, registry
from bot.commands.spec import Command
from quotas.catalog import load_catalog
from tests.fakes.slack.state import SUBSCRIBED

ROOT = Path(__file__).parents[3]
URL = "https://bot.example.com"
COMMANDS = registry(load_catalog(Decimal("1.5"), Path("no own catalog")))


def make(url: str = "") -> dict[str, Any]:
    return manifest(COMMANDS.values(), url)


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_the_copies_in_deploy_are_current(kind: str) -> None:
    """`imagine manifest slack > deploy/slack/manifest.json`, and the same with `--yaml`, update them."""
    copy = (ROOT / "deploy" / "slack" / f"manifest.{kind}").read_text(encoding="utf-8")
    assert copy == (as_json if kind == "json" else as_yaml)(make())


def test_describe_this_is_in_the_menu_only_with_a_language_model() -> None:
    helped = registry(load_catalog(), helps=Helps(describes=True))
    names = [each["callback_id"] for each in manifest(helped.values())["features"]["shortcuts"]]
    assert names == ["imagine_this", "edit_this", "describe_this"]
    assert "describe_this" not in as_json(make())


def test_every_command_of_the_registry_but_help_is_in_the_manifest() -> None:
    names = {command["command"] for command in make()["features"]["slash_commands"]}
    assert names == {f"/{name.split()[0]}" for name in COMMANDS} - {"/help"}


def test_usage_hints_show_how_to_type_options() -> None:
    hints = {each["command"]: each.get("usage_hint") for each in make()["features"]["slash_commands"]}
    assert hints["/quota"] is None
    assert hints["/imagine"].startswith("prompt [--tier fast|standard|ultra|gpt] [--ratio 1:1|")
    assert hints["/imagine"].endswith(
        "[--variants 1-4] [--private] [--quality low|medium|high] [--transparent] [--style style]"
    )
    assert hints["/usage"].endswith("[--by tier|person|channel|day|model] [--csv]")
    assert hints["/styles"] == "set|remove|list"
    assert hints["/quotas"].startswith("set|grant|reset|block|unblock|pause|resume|log|undo|")


@pytest.mark.parametrize("url", ["", URL])
def test_no_field_is_longer_than_slack_takes(url: str) -> None:
    """The lengths are those of docs.slack.dev/reference/app-manifest."""
    payload = make(url)
    features, about = payload["features"], payload["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", features["bot_user"]["display_name"])
    assert len(features["slash_commands"]) <= 50
    for command in features["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", command["command"])
        assert len(command["description"]) <= 2_000
        assert len(command.get("usage_hint", "")) <= 1_000
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150


def test_the_manifest_has_urls_only_in_http_mode() -> None:
    assert "http" not in as_json(make())
    payload = make(URL)
    events = f"{URL}/slack/events"
    settings = payload["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == events
    assert settings["interactivity"] == {"is_enabled": True, "request_url": events}
    assert {command["url"] for command in payload["features"]["slash_commands"]} == {events}
    assert payload["oauth_config"]["redirect_urls"] == [f"{URL}/slack/oauth_redirect"]


def test_the_manifest_asks_for_no_unused_scope() -> None:
    assert set(SCOPES) - set(messages.SCOPES) == {"usergroups:read"}
    assert "chat:write.public" not in SCOPES
    assert make()["oauth_config"]["scopes"] == {"bot": list(SCOPES)}


def test_the_manifest_asks_for_the_events_that_the_bot_handles() -> None:
    assert set(BOT_EVENTS) == SUBSCRIBED - {"reaction_removed"}
    source = (ROOT / "adapters" / "slack" / "transport" / "bolt.py").read_text(encoding="utf-8")
    for name in set(BOT_EVENTS) - {"message.im"}:
        assert f'"{name}"' in source


def test_the_link_holds_the_whole_manifest() -> None:
    parts = urlsplit(link(make()))
    query = parse_qs(parts.query)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "api.slack.com", "/apps")
    assert query["new_app"] == ["1"]
    assert json.loads(query["manifest_json"][0]) == make()
    assert len(link(make())) < 8_000  # the length that servers commonly take


def test_yaml_quotes_every_text() -> None:
    text = as_yaml(
        {"a": "yes", "b": True, "c": [{"d": "1:1", "e": ["x: y", "# z"]}, "é"], "f": {"g": 'say "hi"'}}
    )
    assert text.splitlines() == [
        'a: "yes"',
        "b: true",
        "c:",
        '  - d: "1:1"',
        "    e:",
        '      - "x: y"',
        '      - "# z"',
        '  - "é"',
        "f:",
        '  g: "say \\"hi\\""',
    ]


def test_the_verbs_of_a_command_are_one_slash_command() -> None:
    verbs = [Command(name=f"quotas {verb}", help="…", admin=True) for verb in ("set", "log")]
    [command] = manifest(verbs)["features"]["slash_commands"]
    assert (command["command"], command["usage_hint"]) == ("/quotas", "set|log")
