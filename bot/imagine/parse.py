"""Parse what a person typed and chose into an ImageSpec, and check that its model can draw it. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, log

from bot import wording
from bot.commands.messages import command_in, drop_name
from bot.commands.parser import Parsed, parse
from bot.commands.registry import MAX_REFERENCES
from bot.commands.spec import Command
from bot.commands.styles import NO_STYLE
from bot.commands.values import Misread, read_value
from bot.imagine.hints import hints
from bot.imagine.records import ImageSpec, Style
from bot.painters.prompt_length import excess
from bot.port.cards import Refused
from bot.port.requests import OptionValue
from quotas.catalog import MAX_VARIANTS, Catalog, Tier
from quotas.records_workspace import Preferences

NONE_SET = Preferences()
FITTING = ""  # a ratio: the one that is nearest to the first reference's


def read(
    text: str,
    options: Mapping[str, OptionValue],
    command: Command,
    catalog: Catalog,
    before: ImageSpec | None = None,
    preferences: Preferences = NONE_SET,
    *,
    references: int = 0,
) -> ImageSpec | Refused | Misread:
    """Parse the text, lay the fields of `options` over its flags, and fill in the rest.

    The rest comes from `before`, the request that is being edited, or else from the workspace's preferences.
    Whether the model can draw it is left to `check`.

    The command's own name before the prompt is dropped; another command's name is refused.

    `references`: the pictures that are sent with it. Unless it is chosen, the tier is then one that takes
    them, and the ratio is FITTING.
    """
    text = drop_name(text)
    if name := command_in(text):
        return Refused(why="input", sentence=wording.is_command(name))
    parsed = parse(text, command)
    if isinstance(parsed, Misread):
        rest = {**(_options_before(before, options.get("tier")) if before else {}), **options}
        return replace(parsed, plain=f"{parsed.plain} {as_flags(rest)}".strip() if parsed.plain else None)
    fields = _read_typed(options, command)
    if isinstance(fields, Misread):
        return fields
    return complete(parsed, fields, catalog, before, preferences, references=references)


def complete(
    parsed: Parsed,
    options: Mapping[str, OptionValue],
    catalog: Catalog,
    before: ImageSpec | None = None,
    preferences: Preferences = NONE_SET,
    *,
    references: int = 0,
) -> ImageSpec | Refused:
    """Make every choice that `parsed` and `options` leave open, as `read` does."""
    chosen = {**parsed.options, **options}
    if before is not None:
        chosen = {**_kept(before, chosen.get("tier"), catalog, references), **chosen}
    rest = usual(catalog, preferences)
    if references:
        rest |= {"tier": editing_tier(catalog, str(rest["tier"])), "ratio": FITTING}
    notes = () if "tier" in chosen or not references else _edit_notes(catalog, preferences, rest)
    chosen = {**rest, **chosen}
    name = str(chosen["tier"])
    tier = catalog.enabled.get(name)
    if tier is None:
        return Refused(why="input", sentence=wording.no_tier(name, list(catalog.enabled)))
    return ImageSpec(
        prompt=parsed.prompt,
        tier=tier.name,
        ratio=str(chosen["ratio"]),
        images=int(chosen["variants"]),
        quality=str(chosen.get("quality", tier.default_quality)),
        transparent=bool(chosen.get("transparent", False)),
        private=bool(chosen.get("private", False)),
        references=before.references if before else (),
        mask=before.mask if before else None,
        style=_style(chosen.get("style"), before),
        hints=(*notes, *hints(parsed.prompt, tier)),
    )


def _style(name: OptionValue | None, before: ImageSpec | None) -> Style | None:
    """Return the style that was chosen; one that an edited request has already stays as it was."""
    if not name or name == NO_STYLE:
        return None
    own = before.style if before else None
    return own if own is not None and own.name == name else Style(name=str(name))


def editing_tier(catalog: Catalog, usual_tier: str) -> str:
    """Return the tier that takes references if none is chosen: the usual one, or the catalog's first."""
    able_tiers = [name for name, tier in catalog.enabled.items() if tier.takes_references()]
    return usual_tier if usual_tier in able_tiers or not able_tiers else able_tiers[0]


def _edit_notes(
    catalog: Catalog, preferences: Preferences, rest: Mapping[str, OptionValue]
) -> tuple[str, ...]:
    """Say which tier was taken, if it is not the usual one."""
    tier = catalog.enabled[str(rest["tier"])]
    same = tier.name == usual(catalog, preferences)["tier"]
    return () if same else (wording.edits_with(tier),)


def fitting_ratio(catalog: Catalog, width: int, height: int) -> str:
    """Return the catalog's ratio that is nearest to a picture's."""

    def distance(ratio: str) -> float:
        across, down = (int(part) for part in ratio.split(":"))
        return abs(log(across / down * height / width))

    return min(catalog.ratios, key=distance)


def _read_typed(options: Mapping[str, OptionValue], command: Command) -> dict[str, OptionValue] | Misread:
    """Read the numbers and the style among the fields, which anybody may type as they like."""
    fields = dict(options)
    for option in command.options:
        field = fields.get(option.name)
        if option.kind in ("integer", "style") and isinstance(field, str):
            value = read_value(option, field)
            if isinstance(value, Misread):
                return value
            fields[option.name] = value
    return fields


def usual(catalog: Catalog, preferences: Preferences = NONE_SET) -> dict[str, OptionValue]:
    """Return the options of a request that names none.

    The workspace's preferences come first, if the catalog still has what they name.
    """
    tier, ratio = preferences.default_tier, preferences.default_ratio
    return {
        "tier": tier if tier and tier in catalog.enabled else catalog.default_tier,
        "ratio": ratio if ratio and ratio in catalog.ratios else catalog.default_ratio,
        "variants": preferences.default_variants or MAX_VARIANTS,
    }


def as_flags(options: Mapping[str, OptionValue]) -> str:
    """Render options as flags, to append to a prompt whose unknown flags were dropped."""
    return " ".join(f"--{name}={value}" for name, value in options.items() if value)


def _options_before(spec: ImageSpec, tier: OptionValue | None) -> dict[str, OptionValue]:
    """Return the options that an edited request keeps; its quality only within the same tier."""
    chosen: dict[str, OptionValue] = {
        "tier": spec.tier,
        "ratio": spec.ratio,
        "variants": spec.images,
        "private": spec.private,
        "transparent": spec.transparent,
        "style": spec.style_name,
    }
    return {**chosen, "quality": spec.quality} if tier in (None, spec.tier) else chosen


def _kept(
    spec: ImageSpec, tier: OptionValue | None, catalog: Catalog, references: int
) -> dict[str, OptionValue]:
    """Return the options that an edited request keeps. Pictures that come with the edit change two of them:

    A tier that takes none makes room for one that does, and the shape becomes the first picture's.
    """
    kept = _options_before(spec, tier)
    if not references:
        return kept
    own = catalog.enabled.get(spec.tier)
    dropped = {"ratio"} if own is None or own.takes_references() else {"ratio", "tier", "quality"}
    return {name: value for name, value in kept.items() if name not in dropped}


def check(spec: ImageSpec, catalog: Catalog, *, references: int = 0) -> Refused | None:
    """Refuse what the spec's tier cannot do, naming the tiers that can; None if it can do all of it.

    `references`: the pictures that were sent with it, besides those that the spec names.
    """
    references += len(spec.references)
    tier = catalog.enabled.get(spec.tier)
    sentence = ""
    if tier is None:
        sentence = wording.no_tier(spec.tier, list(catalog.enabled))
    elif spec.ratio not in catalog.ratios and not (references and spec.ratio == FITTING):
        sentence = wording.no_ratio(spec.ratio, list(catalog.ratios))
    elif not 1 <= spec.images <= MAX_VARIANTS:
        sentence = wording.no_variants(spec.images, MAX_VARIANTS)
    elif spec.quality and not tier.qualities:
        sentence = wording.no_quality(
            tier, [other.title for other in catalog.enabled.values() if other.qualities]
        )
    elif spec.quality not in (tier.qualities or ("",)):
        sentence = wording.other_quality(tier, spec.quality)
    elif spec.transparent and "transparent" not in tier.capabilities:
        sentence = wording.cannot(tier, wording.TRANSPARENT, able(catalog, "transparent"))
    elif references and not tier.takes_references():
        able_tiers = [
            wording.tier_named(other) for other in catalog.enabled.values() if other.takes_references()
        ]
        sentence = wording.cannot_edit(tier, able_tiers)
    elif references > MAX_REFERENCES:
        sentence = wording.too_many_references(references, MAX_REFERENCES)
    elif share := excess(spec.drawn_prompt, tier):
        instead = [wording.tier_named(other) for other in _roomier(spec, catalog)]
        sentence = wording.prompt_too_long(tier, ceil(share * 100), instead)
    return Refused(why="input", sentence=sentence) if sentence else None


def instead(spec: ImageSpec, catalog: Catalog, *, references: int = 0) -> ImageSpec | None:
    """Return a refused spec in the first tier that can draw all of it; None if no other tier can.

    A quality that was chosen stays; the usual one of its tier becomes that of the other.
    """
    own = catalog.tiers.get(spec.tier)
    usual_quality = own.default_quality if own else ""
    names = [*([] if spec.tier in catalog.enabled else [catalog.default_tier]), *catalog.enabled]
    for name in names:
        tier = catalog.enabled[name]
        quality = tier.default_quality if spec.quality == usual_quality else spec.quality
        other = replace(spec, tier=name, quality=quality, hints=hints(spec.prompt, tier))
        if name != spec.tier and check(other, catalog, references=references) is None:
            return other
    return None


def _roomier(spec: ImageSpec, catalog: Catalog) -> list[Tier]:
    """List the tiers that can take the spec's prompt, and draw what else it asks for."""
    return [
        tier
        for tier in catalog.enabled.values()
        if not excess(spec.drawn_prompt, tier)
        and (not spec.transparent or "transparent" in tier.capabilities)
    ]


def able(catalog: Catalog, capability: str) -> list[str]:
    """List the titles of the tiers that have a capability."""
    return [wording.tier_named(tier) for tier in catalog.enabled.values() if capability in tier.capabilities]
