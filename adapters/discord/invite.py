"""The links by which the bot gets into a server, or to one person, with no more rights than it uses."""

import discord

PERMISSIONS = discord.Permissions(
    view_channel=True,  # reactions are only told of channels that it sees; a card is revised there, too
    send_messages=True,  # a gallery after the fifteen minutes of a reply token, or a restart
    send_messages_in_threads=True,  # the same, where it was asked in a thread
    attach_files=True,  # the pictures
    read_message_history=True,  # where an answer was lost: whether the gallery is there already
)


def server_link(application_id: int) -> str:
    """Adds the bot to a server; whoever opens it needs Manage Server there."""
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS) + "&integration_type=0"


def personal_link(application_id: int) -> str:
    """Adds the commands for one person, in every server and direct message."""
    scopes = ("applications.commands",)
    return discord.utils.oauth_url(application_id, scopes=scopes) + "&integration_type=1"
