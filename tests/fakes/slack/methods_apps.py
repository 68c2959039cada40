"""auth.*, oauth.v2.access and apps.connections.open: who the app is here, and how it gets in and out."""

import base64
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web

from tests.fakes.slack.call import Call, Method
from tests.fakes.slack.errors import ApiError, Json
from tests.fakes.slack.places import Team, User
from tests.fakes.slack.tokens import ROTATED_SECONDS

if TYPE_CHECKING:
    from tests.fakes.slack.server import Server


def auth_test(call: Call) -> Json:
    team = call.team
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": team.bot.name,
        "team_id": team.id,
        "user_id": team.bot.id,
        "bot_id": team.bot_id,
        "is_enterprise_install": False,
    }


def auth_revoke(call: Call) -> Json:
    if call.flag("test"):
        return {"revoked": False}
    call.server.tokens.revoke(call.token)
    call.team.token = "" if call.team.token == call.token else call.team.token
    return {"revoked": True}


def open_connection(call: Call) -> Json:
    links = call.server.links
    if links.refuse:
        raise ApiError(links.refuse)
    return {"url": links.new_url()}


def oauth_access(call: Call) -> Json:
    """Exchange a code for tokens, or a refresh token for new ones."""
    tokens = call.server.tokens
    client_id, secret = _client(call)
    if client_id != tokens.client_id:
        raise ApiError("invalid_client_id")
    if secret != tokens.client_secret:
        raise ApiError("bad_client_secret")
    if call.text("grant_type") == "refresh_token":
        team = tokens.exchange_refresh(call.need("refresh_token"))
        return _granted(call, team, None)
    code = tokens.exchange_code(call.need("code"), call.text("redirect_uri"))
    code.team.scopes = set(code.scopes)
    return _granted(call, code.team, code.user)


def _client(call: Call) -> tuple[str, str]:
    """By HTTP basic authentication, or as arguments."""
    if call.token.startswith("Basic "):
        client_id, _, secret = base64.b64decode(call.token[6:]).decode().partition(":")
        return client_id, secret
    return call.text("client_id"), call.text("client_secret")


def _granted(call: Call, team: Team, user: User | None) -> Json:
    refresh = call.server.tokens.install(team)
    body: Json = {
        "app_id": call.server.app_id,
        "scope": ",".join(sorted(team.scopes)),
        "token_type": "bot",
        "access_token": team.token,
        "bot_user_id": team.bot.id,
        "team": {"id": team.id, "name": team.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if user is not None:
        body["authed_user"] = {"id": user.id}
    if refresh:
        body |= {"refresh_token": refresh, "expires_in": ROTATED_SECONDS}
    return body


def authorize(server: "Server", request: web.Request) -> web.Response:
    """The page where an installer agrees, who is `installer`; nobody there: they refuse."""
    asked = request.query
    back, state = asked.get("redirect_uri", ""), asked.get("state", "")
    target = back or server.redirect_uri
    if asked.get("client_id") != server.tokens.client_id or not target:
        return web.Response(status=400, text="invalid_client_id, or nowhere to go back to")
    scopes = {scope for scope in asked.get("scope", "").replace(" ", ",").split(",") if scope}
    if server.installer is None:
        answer = {"error": "access_denied", "state": state}
    else:
        user = server.installer
        answer = {"code": server.tokens.new_code(user.team, user, back, scopes), "state": state}
    location = f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}"
    return web.Response(status=302, headers={"Location": location})


METHODS = {
    "auth.test": Method(auth_test),
    "auth.revoke": Method(auth_revoke, tier=3),
    "apps.connections.open": Method(open_connection, tier=1, by="app"),
    "oauth.v2.access": Method(oauth_access, tier=4, by="nobody"),
}
