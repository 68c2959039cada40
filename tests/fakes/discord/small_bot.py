"""A small bot on an unmodified discord.py, for the tests of this Discord; it does one of everything."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import discord
from discord import app_commands, ui

PIXELS = b"\x89PNG\r\n\x1a\n" + bytes(1_000)


class Press(ui.DynamicItem[ui.Button[Any]], template=r"a1:(?P<verb>\w+):(?P<job>\w+)"):
    def __init__(self, verb: str, job: str) -> None:
        self.verb = verb
        super().__init__(ui.Button(label=verb.capitalize(), custom_id=f"a1:{verb}:{job}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["verb"], match["job"])

    async def callback(self, interaction: discord.Interaction) -> None:
        if self.verb == "edit":
            await interaction.response.send_modal(Form())
        elif self.verb == "again":
            await interaction.response.send_message("once more", ephemeral=True)
        else:
            await interaction.response.defer()
            await interaction.delete_original_response()


class Form(ui.Modal, title="Edit prompt"):
    prompt: ui.Label[Any] = ui.Label(text="Prompt", component=ui.TextInput(default="a fox", max_length=20))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.prompt.component, ui.TextInput)
        await interaction.response.send_message(self.prompt.component.value)


def card(text: str, names: tuple[str, ...] = ()) -> ui.LayoutView:
    container: ui.Container[Any] = ui.Container(ui.TextDisplay(text))
    if names:
        pictures = [discord.MediaGalleryItem(f"attachment://{n}", description=f"alt {n}") for n in names]
        container.add_item(ui.MediaGallery(*pictures))
    container.add_item(ui.ActionRow(*(Press(verb, "j1") for verb in ("again", "edit", "delete"))))
    return ui.LayoutView(timeout=None).add_item(container)


def pictures(names: tuple[str, ...]) -> list[discord.File]:
    return [discord.File(io.BytesIO(PIXELS), name, description=f"file {name}") for name in names]


class SmallBot(discord.Client):
    """A bot whose `/imagine` defers, and then edits the deferral into four pictures.

    `interactions`, `reactions`: the events that it got.
    """

    def __init__(self) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, guild_reactions=True, dm_reactions=True)
        super().__init__(intents=intents)
        self.tree = app_commands.CommandTree(self)
        self.interactions: list[discord.Interaction] = []
        self.reactions: list[discord.RawReactionActionEvent] = []
        self.tree.add_command(imagine)
        self.tree.add_command(imagine_this)
        self.tree.add_command(Quotas())

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Press)
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify without discord.py's pause of five seconds."""

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self.interactions.append(interaction)

    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        self.reactions.append(reaction)

    async def on_raw_reaction_remove(self, reaction: discord.RawReactionActionEvent) -> None:
        self.reactions.append(reaction)


@app_commands.command(description="Draw")
@app_commands.choices(tier=[app_commands.Choice(name="Fast", value="fast")])
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def imagine(
    interaction: discord.Interaction,
    prompt: app_commands.Range[str, 1, 50],
    tier: str = "fast",
    variants: app_commands.Range[int, 1, 4] = 4,
    private: bool = False,
) -> None:
    await interaction.response.defer(ephemeral=private)
    names = tuple(f"{number}.png" for number in range(variants))
    await interaction.edit_original_response(view=card(prompt, names), attachments=pictures(names))


@imagine.autocomplete("prompt")
async def _suggest(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=typed + " in snow", value="snow")]


@app_commands.context_menu(name="Imagine this")
async def imagine_this(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(view=card(message.content))


@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
class Quotas(app_commands.Group, name="quotas", description="Allowances"):
    @app_commands.command(name="set", description="Set one")
    async def set_(self, interaction: discord.Interaction, person: discord.Member) -> None:
        await interaction.response.send_message(f"set for {person.display_name}", ephemeral=True)
        await interaction.followup.send("and noted", ephemeral=True)


@asynccontextmanager
async def run_small_bot(token: str) -> AsyncIterator[SmallBot]:
    """Run the bot within the block."""
    bot = SmallBot()
    task = asyncio.create_task(bot.start(token))
    try:
        yield bot
    finally:
        await bot.close()
        with suppress(asyncio.CancelledError, discord.DiscordException):
            await task
