"""Teams, users, user groups and channels.

Make them with `Team.add_user`, `Team.add_channel` and `Team.add_group`, not with their constructors.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fakes.slack.messages import Message
    from tests.fakes.slack.state import State

# The scopes that the bot asks for; a test may change `Team.scopes` at any time.
SCOPES = frozenset(
    [
        "commands",
        "chat:write",
        "files:write",
        "files:read",
        "reactions:read",
        "users:read",
        "app_mentions:read",
        "im:history",
        "im:write",
    ]
)


@dataclass(eq=False, slots=True, kw_only=True)
class User:
    """An account. A test may change its rights at any time.

    `guest`: a multi-channel guest; `single_guest`: a single-channel guest.
    `accepts_dms`: the bot may open a direct conversation with this user.
    """

    id: str
    name: str
    team: "Team"
    admin: bool = False
    owner: bool = False
    guest: bool = False
    single_guest: bool = False
    bot: bool = False
    deleted: bool = False
    accepts_dms: bool = True
    locale: str = "en-US"
    tz: str = "Etc/UTC"

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def __repr__(self) -> str:
        return f"<User {self.name}>"


@dataclass(eq=False, slots=True)
class UserGroup:
    id: str
    handle: str
    team: "Team"
    users: list[User] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<UserGroup {self.handle}>"


@dataclass(eq=False, slots=True, kw_only=True)
class Channel:
    """A conversation.

    `kind`: public, private or im.
    `bot`: the bot is in it.
    `members`: exactly these users; None for everybody of the team but guests.
    `shared_with`: the teams that are in it by Slack Connect.
    `messages`: those that everybody in it sees, oldest first.
    """

    id: str
    name: str
    team: "Team"
    kind: str = "public"
    bot: bool = True
    members: list[User] | None = None
    archived: bool = False
    shared_with: "list[Team]" = field(default_factory=list)
    messages: "list[Message]" = field(default_factory=list)
    deleted_messages: "list[Message]" = field(default_factory=list)

    def has(self, user: User) -> bool:
        """Return whether a user is in this channel; for the bot's own user, whether the bot is."""
        if user.bot:
            return self.bot and user.team is self.team
        if self.members is not None:
            return user in self.members
        return user.team is self.team and not (user.guest or user.single_guest)

    def __repr__(self) -> str:
        return f"<Channel {self.name or self.id}>"


@dataclass(eq=False, slots=True, kw_only=True)
class Team:
    """A workspace. `token`: the bot's; "" if the app is not installed. `scopes`: those of the bot."""

    id: str
    name: str
    domain: str
    state: "State"
    bot: User = field(init=False)
    bot_id: str = ""
    token: str = ""
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    users: list[User] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    groups: list[UserGroup] = field(default_factory=list)

    @property
    def is_installed(self) -> bool:
        return bool(self.token)

    def add_user(
        self,
        name: str,
        *,
        admin: bool = False,
        owner: bool = False,
        guest: bool = False,
        single_guest: bool = False,
        accepts_dms: bool = True,
    ) -> User:
        user = User(
            id=self.state.new_id("U"),
            name=name,
            team=self,
            admin=admin or owner,
            owner=owner,
            guest=guest,
            single_guest=single_guest,
            accepts_dms=accepts_dms,
        )
        self.users.append(user)
        self.state.users[user.id] = user
        return user

    def add_channel(
        self,
        name: str,
        *,
        private: bool = False,
        bot: bool = True,
        members: Iterable[User] | None = None,
        shared_with: Iterable["Team"] = (),
    ) -> Channel:
        """Make a channel.

        `bot`: the bot is in it.
        `members`: exactly these users; None for everybody of this team but guests.
        """
        channel = Channel(
            id=self.state.new_id("C"),
            name=name,
            team=self,
            kind="private" if private else "public",
            bot=bot,
            members=None if members is None else list(members),
            shared_with=list(shared_with),
        )
        self.channels.append(channel)
        self.state.channels[channel.id] = channel
        return channel

    def add_group(self, handle: str, *users: User) -> UserGroup:
        group = UserGroup(self.state.new_id("S"), handle, self, list(users))
        self.groups.append(group)
        return group

    def __repr__(self) -> str:
        return f"<Team {self.domain}>"
