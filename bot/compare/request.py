"""A request to compare: read from what was typed, and written as words again."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot import wording
from bot.commands.messages import COMPARE, command_in, drop_name
from bot.commands.parser import parse, read_fields
from bot.commands.spec import Command
from bot.commands.values import Misread
from bot.imagine.parse import as_flags
from bot.port.cards import Refused
from bot.port.requests import Address, Imagine, OptionValue, Person
from quotas.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A request to compare. `named`: the person chose the tiers, so that none is left out quietly.

    `retry_released`: accept the id again after a comparison under it ended without a picture.
    """

    id: str
    person: Person
    address: Address
    prompt: str
    tiers: tuple[str, ...]
    named: bool
    ratio: str
    private: bool
    parent: int | None = None
    retry_released: bool = False

    def as_words(self) -> str:
        """Write the request as somebody would type it. Its prompt was parsed, so no word of it is a flag."""
        options: dict[str, OptionValue] = {
            "tiers": ",".join(self.tiers) if self.named else "",
            "ratio": self.ratio,
            "private": "yes" if self.private else "",
        }
        return f"/{COMPARE} {self.prompt} {as_flags(options)}"


def read(
    typed: Imagine, command: Command, catalog: Catalog, rest: Mapping[str, OptionValue]
) -> Comparison | Misread | Refused:
    """Read a request. `command`: `/compare` of the registry. `rest`: the options that it leaves open."""
    if typed.references or typed.mask:
        return Refused(why="input", sentence=wording.COMPARES_WORDS)
    text = drop_name(typed.text, COMPARE)
    if name := command_in(text):
        return Refused(why="input", sentence=wording.is_command(name))
    fields = read_fields(typed.options, command)
    if isinstance(fields, Misread):
        return fields
    parsed = parse(text, command)
    if isinstance(parsed, Misread):
        return parsed
    options = {**rest, **parsed.options, **fields}
    named = tuple(filter(None, str(options.get("tiers", "")).split(",")))
    return Comparison(
        id=typed.id,
        person=typed.person,
        address=typed.address,
        prompt=parsed.prompt,
        tiers=named or tuple(catalog.enabled),
        named=bool(named),
        ratio=str(options["ratio"]),
        private=bool(options.get("private", False)),
    )
