"""The tokens of the app and of its bot in each team, their rotation and revocation, and OAuth's codes."""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.slack.errors import ApiError
from tests.fakes.slack.places import Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.state import State

ROTATED_SECONDS = 43_200  # docs.slack.dev/authentication/using-token-rotation: 12 hours
CODE_SECONDS = 600.0  # docs.slack.dev/authentication/installing-with-oauth: 10 minutes


@dataclass(eq=False, slots=True, kw_only=True)
class Token:
    """One token.

    `team`: None for the app-level token.
    `error`: the error that calls with it get; "" if it works.
    `until`: the time when it ends; 0 for never.
    """

    text: str
    team: Team | None
    error: str = ""
    until: float = 0.0


@dataclass(eq=False, slots=True, kw_only=True)
class Code:
    """A code that an installer brings back from Slack. The app can exchange it once."""

    team: Team
    user: User
    redirect_uri: str
    scopes: set[str]
    until: float
    is_used: bool = False


class Tokens:
    """All tokens and codes.

    `app`: the app-level token.
    `client_id`, `client_secret`: the app's.
    `rotation`: tokens last 12 hours, and a refresh token exchanges them.
    `refused_refreshes`: how often the app used a refresh token that was used before.
    """

    def __init__(self, state: "State") -> None:
        self._state = state
        self.client_id = "1234567890.1234567890"
        self.client_secret = secrets.token_hex(16)
        self.rotation = False
        self.refused_refreshes = 0
        self._tokens: dict[str, Token] = {}
        self._codes: dict[str, Code] = {}
        self._refresh: dict[str, Team] = {}
        self.app = f"xapp-1-{state.app_id}-{secrets.token_hex(8)}"
        self._tokens[self.app] = Token(text=self.app, team=None)

    def install(self, team: Team) -> str:
        """Give a team's bot a new token; return the refresh token, "" without rotation."""
        kind = "xoxe.xoxb" if self.rotation else "xoxb"
        team.token = f"{kind}-{team.id}-{secrets.token_hex(12)}"
        team.bot_id = team.bot_id or self._state.new_id("B")
        until = self._state.now() + ROTATED_SECONDS if self.rotation else 0.0
        self._tokens[team.token] = Token(text=team.token, team=team, until=until)
        if not self.rotation:
            return ""
        refresh = f"xoxe-1-{secrets.token_hex(16)}"
        self._refresh[refresh] = team
        return refresh

    def find(self, text: str) -> Token:
        """Return a token that works. Raises ApiError if it does not."""
        if not text:
            raise ApiError("not_authed")
        token = self._tokens.get(text)
        if token is None:
            raise ApiError("invalid_auth")
        if token.error:
            raise ApiError(token.error)
        if token.until and self._state.now() >= token.until:
            raise ApiError("token_expired")
        return token

    def revoke(self, text: str, error: str = "token_revoked") -> None:
        """Answer calls with this token by an error: token_revoked, account_inactive or invalid_auth."""
        self._tokens[text].error = error

    def revoke_team(self, team: Team, error: str) -> None:
        """Revoke all tokens of a team, its refresh token too."""
        for token in self._tokens.values():
            if token.team is team:
                token.error = error
        self._refresh = {text: owner for text, owner in self._refresh.items() if owner is not team}

    def new_code(self, team: Team, user: User, redirect_uri: str, scopes: set[str]) -> str:
        code = f"{secrets.randbelow(10**10)}.{secrets.token_hex(20)}"
        until = self._state.now() + CODE_SECONDS
        self._codes[code] = Code(team=team, user=user, redirect_uri=redirect_uri, scopes=scopes, until=until)
        return code

    def exchange_code(self, text: str, redirect_uri: str) -> Code:
        """Use a code up. Raises ApiError if it does not work."""
        code = self._codes.get(text)
        if code is None or self._state.now() >= code.until:
            raise ApiError("invalid_code")
        if code.is_used:
            raise ApiError("code_already_used")
        if redirect_uri != code.redirect_uri:
            raise ApiError("bad_redirect_uri")
        code.is_used = True
        return code

    def exchange_refresh(self, text: str) -> Team:
        """Use a refresh token up. Raises ApiError if it does not work."""
        team = self._refresh.pop(text, None)
        if team is None:
            self.refused_refreshes += 1
            raise ApiError("invalid_refresh_token")
        return team
