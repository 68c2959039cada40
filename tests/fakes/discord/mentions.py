"""The users whom a message notifies, by resources/message, "Allowed Mentions Object"."""

import re

from tests.fakes.discord.messages import Message
from tests.fakes.discord.places import Guild, User, bits

PERSON = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")


def users_to_notify(message: Message, *, reply_default: bool) -> set[User]:
    """Return the users whom a message notifies.

    `reply_default`: the message answers an interaction; without `allowed_mentions` only users are parsed.
    """
    allowed = message.allowed_mentions
    guild = message.channel.guild
    if message.only_for is not None:
        return set()
    if allowed is None:
        parse = {"users"} if reply_default else {"users", "roles", "everyone"}
        allowed = {"parse": list(parse), "replied_user": True}
    users = _mentioned_people(message, allowed)
    if guild is not None:
        users |= _members_of_mentioned_roles(message, allowed, guild)
        may_ping_all = message.channel.permissions_of(message.author) & bits("mention_everyone")
        if "everyone" in (allowed.get("parse") or []) and may_ping_all and EVERYONE.search(message.text):
            users |= {member.user for member in guild.members.values()}
    if message.reference is not None and allowed.get("replied_user"):
        users.add(message.reference.author)
    return users - {message.author}


def _mentioned_people(message: Message, allowed: dict[str, list[str]]) -> set[User]:
    people = message.channel.guild.members.values() if message.channel.guild else message.channel.recipients
    users = {person.user.id: person.user for person in people}
    ids = {int(number) for number in PERSON.findall(message.text)}
    if "users" not in (allowed.get("parse") or []):
        ids &= {int(number) for number in allowed.get("users") or []}
    return {users[number] for number in ids if number in users}


def _members_of_mentioned_roles(message: Message, allowed: dict[str, list[str]], guild: Guild) -> set[User]:
    ids = {int(number) for number in ROLE.findall(message.text)}
    if "roles" not in (allowed.get("parse") or []):
        ids &= {int(number) for number in allowed.get("roles") or []}
    may_ping_all = message.channel.permissions_of(message.author) & bits("mention_everyone")
    roles = {role for role in guild.roles if role.id in ids and (role.mentionable or may_ping_all)}
    return {member.user for member in guild.members.values() if roles & set(member.roles)}
