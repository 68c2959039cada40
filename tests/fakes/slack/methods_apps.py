"""auth.*, oauth.v2.access and apps.connections.open: the app's identity, tokens and connections."""

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
    sockets = call.server.sockets
    if sockets.refusal:
        raise ApiError(sockets.refusal)
    return {"url": sockets.new_url()}


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
        return _token_response(call, team, None)
    code = tokens.exchange_code(call.need("code"), call.text("redirect_uri"))
    code.team.scopes = set(code.scopes)
    return _token_response(call, code.team, code.user)


def _client(call: Call) -> tuple[str, str]:
    """Read (client_id, client_secret) from HTTP basic authentication, or from the arguments."""
    if call.token.startswith("Basic "):
        client_id, _, secret = base64.b64decode(call.token[6:]).decode().partition(":")
        return client_id, secret
    return call.text("client_id"), call.text("client_secret")


def _token_response(call: Call, team: Team, user: User | None) -> Json:
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
    """Serve OAuth's page, where `installer` agrees; if that is None, somebody refuses."""
    query = request.query
    redirect_uri, state = query.get("redirect_uri", ""), query.get("state", "")
    target = redirect_uri or server.redirect_uri
    if query.get("client_id") != server.tokens.client_id or not target:
        return web.Response(status=400, text="invalid_client_id, or nowhere to go back to")
    scopes = {scope for scope in query.get("scope", "").replace(" ", ",").split(",") if scope}
    if server.installer is None:
        answer = {"error": "access_denied", "state": state}
    else:
        user = server.installer
        answer = {"code": server.tokens.new_code(user.team, user, redirect_uri, scopes), "state": state}
    location = f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}"
    return web.Response(status=302, headers={"Location": location})


METHODS = {
    "auth.test": Method(auth_test),
    "auth.revoke": Method(auth_revoke, tier=3),
    "apps.connections.open": Method(open_connection, tier=1, by="app"),
    "oauth.v2.access": Method(oauth_access, tier=4, by="nobody"),
}
