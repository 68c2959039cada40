"""The bot's account and application, its gateway, users, guilds and members."""

from tests.fakes.discord import place_payloads
from tests.fakes.discord.call import Call
from tests.fakes.discord.errors import Json, refusal
from tests.fakes.discord.state import State


def me(state: State, call: Call) -> Json:
    return place_payloads.user_json(state.bot) | {"verified": True, "mfa_enabled": False}


def user(state: State, call: Call) -> Json:
    account = state.users.get(call.id("user_id"))
    if account is None:
        raise refusal(10013)
    return place_payloads.user_json(account)


def application(state: State, call: Call) -> Json:
    owner = {"id": "1", "username": "operator", "discriminator": "0", "avatar": None}
    return {
        "id": str(state.application_id),
        "name": state.bot.name,
        "description": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": owner,
        "team": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "integration_types_config": {"0": {}, "1": {}},
        "approximate_guild_count": len(state.bot_guilds()),
    }


def gateway(state: State, call: Call) -> Json:
    return {
        "url": state.gateway_url,
        "shards": state.gateway.shards,
        "session_start_limit": state.gateway.identify_limit.json(),
    }


def guild(state: State, call: Call) -> Json:
    return place_payloads.guild_json(state, state.guild_of(call.id("guild_id")))


def member(state: State, call: Call) -> Json:
    person = state.guild_of(call.id("guild_id")).members.get(call.id("user_id"))
    if person is None:
        raise refusal(10007)
    return place_payloads.member_json(person)


ROUTES = [
    ("GET", "/users/@me", me),
    ("GET", "/users/{user_id}", user),
    ("GET", "/applications/@me", application),
    ("GET", "/oauth2/applications/@me", application),
    ("GET", "/gateway/bot", gateway),
    ("GET", "/guilds/{guild_id}", guild),
    ("GET", "/guilds/{guild_id}/members/{user_id}", member),
]
