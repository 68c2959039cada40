"""The users, guilds, roles, members and channels of this Discord.

Make people with the builders (`FakeDiscord.add_user`, `Guild.add_member`), not with these constructors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import discord

if TYPE_CHECKING:
    from tests.fakes.discord.messages import Message
    from tests.fakes.discord.state import State

MIB = 1024 * 1024
FILE_LIMIT = 10 * MIB  # discord-api-docs reference, "Uploading Files"
TIER_FILE_LIMITS = (FILE_LIMIT, FILE_LIMIT, 50 * MIB, 100 * MIB)  # by premium tier; discord.py guild.py

TEXT, DM, GROUP, THREAD = 0, 1, 3, 11  # discord-api-docs resources/channel, "Channel Types"


def bits(*names: str) -> int:
    """Return the bit set of permissions, by discord.py's names."""
    return discord.Permissions(**dict.fromkeys(names, True)).value


ALL = discord.Permissions.all().value
EVERYONE = bits(
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "embed_links",
    "attach_files",
    "add_reactions",
    "read_message_history",
    "use_application_commands",
)


@dataclass(eq=False, slots=True)
class User:
    """An account.

    `installed`: the user installed the app for themselves.
    `accepts_dms`: the bot may send direct messages to them.
    """

    id: int
    name: str
    bot: bool = False
    installed: bool = False
    accepts_dms: bool = True
    locale: str = "en-US"
    file_limit: int = FILE_LIMIT

    @property
    def user(self) -> "User":
        return self

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def __repr__(self) -> str:
        return f"<User {self.name}>"


@dataclass(eq=False, slots=True)
class Role:
    id: int
    name: str
    permissions: int
    position: int
    mentionable: bool = False


@dataclass(eq=False, slots=True)
class Member:
    """A user in a guild. A test may change the roles at any time; the next interaction has the new ones."""

    user: User
    guild: "Guild"
    roles: list[Role]
    joined: float

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def permissions(self) -> int:
        permissions = self.guild.everyone.permissions
        for role in self.roles:
            permissions |= role.permissions
        has_all = self is self.guild.owner or permissions & bits("administrator")
        return ALL if has_all else permissions

    def __repr__(self) -> str:
        return f"<Member {self.user.name} of {self.guild.name}>"


Person = User | Member


@dataclass(eq=False, slots=True)
class Channel:
    """A channel, thread or direct conversation.

    `messages`: the messages that everybody in it sees, oldest first.
    `gone`: the deleted messages.
    `denied`: permission bits that the bot lacks here; `deny("send_messages")` adds to them.
    `archived`, `locked`: of a thread; a new message opens one that is archived and not locked.
    """

    id: int
    kind: int
    name: str = ""
    guild: "Guild | None" = None
    parent: "Channel | None" = None
    recipients: tuple[User, ...] = ()
    denied: int = 0
    archived: bool = False
    locked: bool = False
    messages: "list[Message]" = field(default_factory=list)
    gone: "list[Message]" = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Channel {self.name or self.recipients}>"

    def deny(self, *names: str) -> None:
        self.denied |= bits(*names)

    def permissions_of(self, person: Person) -> int:
        """Return a person's permission bits here."""
        if self.guild is None:
            return EVERYONE
        member = self.guild.members.get(person.user.id)
        permissions = member.permissions if member else 0
        denied = self.denied | (self.parent.denied if self.parent else 0)
        can_be_denied = person.user.bot and not permissions & bits("administrator")
        return permissions & ~denied if can_be_denied else permissions


@dataclass(eq=False, slots=True)
class Guild:
    """A server. `has_bot`: the app is installed here; if not, only people's own installs work."""

    id: int
    name: str
    state: "State"
    premium_tier: int = 0
    has_bot: bool = True
    locale: str = "en-US"
    roles: list[Role] = field(default_factory=list)
    members: dict[int, Member] = field(default_factory=dict)
    channels: list[Channel] = field(default_factory=list)
    owner: Member | None = None
    command_rights: dict[tuple[str, int], bool] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Guild {self.name}>"

    @property
    def everyone(self) -> Role:
        return self.roles[0]

    @property
    def file_limit(self) -> int:
        return TIER_FILE_LIMITS[self.premium_tier]

    def add_role(self, name: str, *permissions: str, mentionable: bool = False) -> Role:
        role = Role(self.state.ids(), name, bits(*permissions), len(self.roles), mentionable)
        self.roles.append(role)
        self.state.tell_guild("GUILD_ROLE_CREATE", self, role)
        return role

    def add_channel(self, name: str) -> Channel:
        return self._add(Channel(self.state.ids(), TEXT, name, self))

    def add_thread(self, parent: Channel, name: str) -> Channel:
        return self._add(Channel(self.state.ids(), THREAD, name, self, parent))

    def _add(self, channel: Channel) -> Channel:
        self.channels.append(channel)
        self.state.channels[channel.id] = channel
        event = "THREAD_CREATE" if channel.kind == THREAD else "CHANNEL_CREATE"
        self.state.tell_guild(event, self, channel)
        return channel

    def add_member(
        self, who: str | User, roles: Sequence[Role] = (), permissions: Iterable[str] = ()
    ) -> Member:
        """Add an existing user, or a new one by name. `permissions`: get a role of their own."""
        user = self.state.add_user(who) if isinstance(who, str) else who
        all_roles = list(roles)
        if permissions:
            all_roles.append(self.add_role(f"{user.name}'s", *permissions))
        member = Member(user, self, all_roles, self.state.now())
        self.members[user.id] = member
        return member

    def permit(self, command: str, who: Person | Role, allowed: bool) -> None:
        """Set who may use a command in this server. `command`: its first word."""
        self.command_rights[command, who.id] = allowed
