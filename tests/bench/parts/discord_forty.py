"""The bot to beat, in forty lines: defer, ask, decode, send. No queue, no ledger, no bound on anything.

python tests/bench/parts/discord_forty.py PLACE URL FOLDER IN_FLIGHT
"""

import asyncio
import base64
import io
import json
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[3]))

import discord
from discord import app_commands
from openai import AsyncOpenAI

from tests.bench.parts.meters import measure
from tests.fakes.discord.pointing import point


async def main(place: str, url: str, _folder: str, _in_flight: str) -> None:
    address = json.loads(place)
    point(address["base"])
    client = discord.Client(intents=discord.Intents.default())
    tree = app_commands.CommandTree(client)
    gateway = AsyncOpenAI(base_url=url, api_key="sk-bench", max_retries=0)

    @tree.command(description="Draw")
    async def imagine(interaction: discord.Interaction[Any], prompt: str) -> None:
        await interaction.response.defer()
        answer = await gateway.images.generate(
            model="imagen-4-0",
            prompt=prompt,
            n=4,
            extra_body={"output_format": "jpeg", "aspect_ratio": "1:1"},
        )
        files = [
            discord.File(io.BytesIO(base64.b64decode(picture.b64_json or "")), f"{number}.jpeg")
            for number, picture in enumerate(answer.data or ())
        ]
        await interaction.followup.send(prompt, files=files)

    @client.event
    async def on_ready() -> None:
        await tree.sync()
        await measure()
        await client.close()

    await client.start(address["token"])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
