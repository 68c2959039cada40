"""The floor of an answer: a handler that repeats the prompt and does nothing else.

python tests/bench/parts/discord_bare.py BASE TOKEN URL FOLDER
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

import discord
from discord import app_commands

from tests.bench.parts.discord_bot import measure
from tests.fakes.discord.pointing import point


async def main(base: str, token: str, _url: str, _folder: str) -> None:
    point(base)
    client = discord.Client(intents=discord.Intents.default())
    tree = app_commands.CommandTree(client)

    @tree.command(description="Answer")
    async def imagine(interaction: discord.Interaction[Any], prompt: str) -> None:
        await interaction.response.send_message(prompt)

    @client.event
    async def on_ready() -> None:
        await tree.sync()
        await measure()
        await client.close()

    await client.start(token)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
