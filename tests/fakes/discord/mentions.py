"""Whom a message would notify, by resources/message, "Allowed Mentions Object"."""

import re

from tests.fakes.discord.messages import Message
from tests.fakes.discord.places import Guild, User, bits

PERSON = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")


def pinged(message: Message, *, reply_default: bool) -> set[User]:
    """The users who would be notified. `reply_default`: an interaction's answer parses only users."""
    allowed = message.allowed_mentions
    guild = message.channel.guild
    if message.only_for is not None:
        return set()
    if allowed is None:
        parse = {"users"} if reply_default else {"users", "roles", "everyone"}
        allowed = {"parse": list(parse), "replied_user": True}
    found = _people(message, allowed)
    if guild is not None:
        found |= _roles(message, allowed, guild)
        mayping = message.channel.permissions_of(message.author) & bits("mention_everyone")
        if "everyone" in (allowed.get("parse") or []) and mayping and EVERYONE.search(message.text):
            found |= {member.user for member in guild.members.values()}
    if message.reference is not None and allowed.get("replied_user"):
        found.add(message.reference.author)
    return found - {message.author}


def _people(message: Message, allowed: dict[str, list[str]]) -> set[User]:
    around = message.channel.guild.members.values() if message.channel.guild else message.channel.recipients
    users = {someone.user.id: someone.user for someone in around}
    named = {int(number) for number in PERSON.findall(message.text)}
    if "users" not in (allowed.get("parse") or []):
        named &= {int(number) for number in allowed.get("users") or []}
    return {users[number] for number in named if number in users}


def _roles(message: Message, allowed: dict[str, list[str]], guild: Guild) -> set[User]:
    named = {int(number) for number in ROLE.findall(message.text)}
    if "roles" not in (allowed.get("parse") or []):
        named &= {int(number) for number in allowed.get("roles") or []}
    maypingall = message.channel.permissions_of(message.author) & bits("mention_everyone")
    roles = {role for role in guild.roles if role.id in named and (role.mentionable or maypingall)}
    return {member.user for member in guild.members.values() if roles & set(member.roles)}
