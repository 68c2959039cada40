"""The catalog of tiers, ratios and dated prices, read from TOML and validated."""

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    field_validator,
    model_validator,
)

from quotas.money import multiplied
from quotas.prices import (
    IMAGE,
    MILLION,
    Price,
    Rates,
    Tokens,
    most_text_tokens,
    read_token_table,
    tokens_at_most,
)
from quotas.prompt_models import HELP_TIER, PromptModel

MAX_VARIANTS = 4  # the limit of the models and of one gallery
DAYS_A_MONTH = 30
_RATIO = re.compile(r"[1-9][0-9]{0,4}:[1-9][0-9]{0,4}")
_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")
Whole = Annotated[int, Field(strict=True)]  # a number of TOML: neither true nor "5"
Seconds = Annotated[Whole, Field(ge=0, le=3600)]
Capability = Literal["transparent", "edit", "mask", "text"]


class CatalogError(Exception):
    """The catalog is invalid. The message says where, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one image in micro-dollars, and its origin.

    `at_most`: True if the image is billed by token, so that this is the worst case.
    """

    official_micros: int
    unit_micros: int  # official x multiplier: the charge
    multiplier: str
    since: str  # ISO date
    at_most: bool = False


class Tier(BaseModel):
    """One tier. `speed` and `deadline`: seconds. `sizes`: (width, height) in pixels by ratio.

    `prompt_tokens`, `prompt_characters`: the longest prompt; None where no limit is known.
    `enabled`: "offered" is off until the gateway lists the model.
    `output_tokens`: the most tokens of a drawn picture, by quality and ratio ("": every other one).
    `reference_tokens`: the most tokens of a reference picture of 1536 pixels a side.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    model: str = Field(min_length=1)
    title: str
    use: str
    speed: tuple[Seconds, Seconds]
    deadline: Seconds = Field(gt=0)
    ratio: Literal["aspect_ratio", "pixels", "size"]
    per_call: Whole = Field(ge=1, le=10)
    prompt_tokens: Whole | None = Field(default=None, ge=1, le=MILLION)
    prompt_characters: Whole | None = Field(default=None, ge=1, le=MILLION)
    best: StrictBool = False
    enabled: StrictBool | Literal["offered"] = True
    in_flight: Whole | None = Field(default=None, ge=1, le=MILLION)
    capabilities: frozenset[Capability] = frozenset()
    default_quality: str = ""
    output_tokens: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)
    reference_tokens: Whole | None = Field(default=None, ge=1, le=MILLION)
    sizes: Mapping[str, tuple[int, int]]
    prices: tuple[Price, ...]

    @field_validator("speed")
    @classmethod
    def _check_speed(cls, speed: tuple[int, int]) -> tuple[int, int]:
        if speed[0] > speed[1]:
            raise ValueError("it is the shortest and the longest time in seconds, such as [3, 5]")
        return speed

    @field_validator("output_tokens", mode="before")
    @classmethod
    def _read_tokens(cls, raw: Any) -> dict[str, dict[str, int]]:
        return read_token_table(raw)

    @field_validator("sizes", mode="before")
    @classmethod
    def _read_sizes(cls, raw: Any) -> dict[str, tuple[int, int]]:
        if not isinstance(raw, dict):
            raise ValueError('sizes are a table such as { "16:9" = "1536x864" }')
        sizes = {}
        for ratio, text in raw.items():
            size = _SIZE.fullmatch(text) if isinstance(text, str) else None
            if size is None:
                raise ValueError(f'{text!r} for {ratio} is not a size such as "1536x864"')
            sizes[ratio] = (int(size[1]), int(size[2]))
        return sizes

    @property
    def qualities(self) -> tuple[str, ...]:
        """Return the qualities, cheapest first; none if the model has no qualities."""
        newest = max(self.prices, key=lambda price: price.since, default=None)
        if newest is None:
            return ()
        if newest.image_out is not None:
            most = {
                quality: max(counts.values(), default=0) for quality, counts in self.output_tokens.items()
            }
        else:
            most = dict(newest.micros)
        return tuple(sorted((key for key in most if key != IMAGE), key=lambda key: most[key]))

    def prices_on(self, day: date) -> Price | None:
        """Return the prices that hold on a day; None: unknown."""
        return max(
            (price for price in self.prices if price.since <= day), key=lambda each: each.since, default=None
        )

    def price_on(self, day: date, quality: str, ratio: str = "") -> tuple[int, date] | None:
        """Return the official micro-dollars of one image on a day, and since when they hold; None: unknown.

        By token, it is the worst case of that ratio, or of every ratio.
        """
        price = self.prices_on(day)
        if price is None:
            return None
        if price.image_out is None:
            micros = price.micros.get(quality or IMAGE)
        else:
            tokens = tokens_at_most(self.output_tokens, quality, ratio)
            micros = None if tokens is None else price.of_tokens(tokens)
        return None if micros is None else (micros, price.since)

    def missing_tokens(self) -> str:
        """Name what the prices by token lack, or return ""."""
        by_token = any(price.image_out is not None for price in self.prices)
        if by_token and not self.output_tokens:
            return "output_tokens must say how many tokens a picture has at most"
        unpriced = any(price.image_in is None for price in self.prices)
        if self.reference_tokens is not None and unpriced:
            return "prices must name image_in, since it has reference_tokens"
        return ""

    def takes_references(self) -> bool:
        """Return True if pictures can be sent with the prompt, at a known price."""
        return "edit" in self.capabilities and self.reference_tokens is not None


class Catalog(BaseModel):
    """All tiers, ratios and defaults, with the gateway's multiplier."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    default_tier: str
    default_ratio: str
    ratios: Mapping[str, str]
    tiers: Mapping[str, Tier]
    prompt_models: Mapping[str, PromptModel] = Field(default_factory=dict)
    multiplier: Decimal

    @model_validator(mode="after")
    def _check_references(self) -> "Catalog":
        if self.default_tier not in self.enabled:
            raise ValueError(f"default_tier {self.default_tier!r} is not an enabled tier")
        if self.default_ratio not in self.ratios:
            raise ValueError(f"default_ratio {self.default_ratio!r} is not one of the ratios")
        if HELP_TIER in self.tiers:
            raise ValueError(f"tiers.{HELP_TIER} cannot be: help with a prompt is counted under that name")
        invalid = [ratio for ratio in self.ratios if not _RATIO.fullmatch(ratio)]
        if invalid:
            raise ValueError(f'ratios.{invalid[0]!r} is not a ratio such as "16:9"')
        for tier in self.tiers.values():
            missing = [ratio for ratio in self.ratios if ratio not in tier.sizes]
            if missing:
                raise ValueError(f"tiers.{tier.name}.sizes lacks {', '.join(missing)}")
            if problem := tier.missing_tokens():
                raise ValueError(f"tiers.{tier.name}.{problem}")
            if bool(tier.qualities) != bool(tier.default_quality) or (
                tier.default_quality and tier.default_quality not in tier.qualities
            ):
                raise ValueError(f"tiers.{tier.name}.default_quality must be one of its prices' qualities")
        return self

    @property
    def enabled(self) -> dict[str, Tier]:
        return {name: tier for name, tier in self.tiers.items() if tier.enabled is True}

    @property
    def undecided(self) -> dict[str, Tier]:
        """Return the tiers that are off until the gateway lists their models."""
        return {name: tier for name, tier in self.tiers.items() if tier.enabled == "offered"}

    def offering(self, models: Collection[str]) -> "Catalog":
        """Return the catalog of a gateway that lists these models: undecided tiers are on or off."""
        decided = {
            name: tier.model_copy(update={"enabled": tier.model in models})
            for name, tier in self.undecided.items()
        }
        return self.model_copy(update={"tiers": {**self.tiers, **decided}})

    @property
    def best(self) -> Tier | None:
        """Return the tier of the button for a final picture."""
        return next((tier for tier in self.enabled.values() if tier.best), None)

    @property
    def best_editor(self) -> Tier | None:
        """Return the tier for a final picture that is drawn from another one; None if no tier can."""
        able_tiers = [tier for tier in self.enabled.values() if tier.takes_references()]
        return next((tier for tier in able_tiers if tier.best), able_tiers[-1] if able_tiers else None)

    def quote(self, tier: Tier, quality: str, day: date, ratio: str = "") -> Quote | None:
        """Return the price of one image on a day; None: unknown. By token, the worst case of the ratio."""
        price = tier.price_on(day, quality, ratio)
        if price is None:
            return None
        official, since = price
        unit = multiplied(official, self.multiplier)
        at_most = (rates := self.rates(tier, day)) is not None and rates.image_out is not None
        return Quote(official, unit, str(self.multiplier), since.isoformat(), at_most)

    def rates(self, tier: Tier, day: date) -> Rates | None:
        """Return the prices by token that hold on a day; None: nothing is billed by token."""
        price = tier.prices_on(day)
        if price is None or (price.image_in is None and price.image_out is None):
            return None
        return price.rates(self.multiplier)

    def inputs(self, tier: Tier, day: date, prompt: str, references: int) -> int:
        """Return what the prompt and so many reference pictures cost at most in one call, in micro-dollars.

        0 where the price of a picture includes them.
        """
        rates = self.rates(tier, day)
        if rates is None:
            return 0
        pictures = references * (tier.reference_tokens or 0)
        return rates.cost(Tokens(text_in=most_text_tokens(prompt), image_in=pictures))


def monthly(unit_micros: int, per_day: int) -> int:
    """Return the micro-dollars for so many images a day over 30 days, as price lists count a month."""
    return unit_micros * per_day * DAYS_A_MONTH


def load_catalog(multiplier: Decimal = Decimal("1.5"), override: Path | None = None) -> Catalog:
    """Read the built-in catalog, merge the operator's file into it if that exists, and validate the result.

    Raises CatalogError, which names the invalid key and the nearest valid one.
    """
    raw = tomllib.loads((resources.files("quotas") / "catalog.toml").read_text(encoding="utf-8"))
    if override is not None:
        raw = _merged(raw, _read(override))
    if "multiplier" in raw:
        raise CatalogError("multiplier is not a known key; set CODEGATEWAY_MULTIPLIER instead")
    if not isinstance(raw["tiers"], dict):
        raise CatalogError("tiers must be a table")
    for name, entry in raw["tiers"].items():
        if not isinstance(entry, dict):
            raise CatalogError(f"tiers.{name} must be a table")
        if "name" in entry:
            raise CatalogError(f"tiers.{name}.name is not a known key; a tier is named by its table")
        entry["name"] = name
    try:
        return Catalog.model_validate({**raw, "multiplier": multiplier})
    except ValidationError as error:
        raise CatalogError("; ".join(_explain(problem) for problem in error.errors())) from error


def _read(path: Path) -> dict[str, Any]:
    """Read the operator's file; {} if there is none. Some editors begin a file with a byte order mark."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except UnicodeDecodeError as error:
        raise CatalogError(f"{path} cannot be read: it is not UTF-8 text; save it as UTF-8") from error
    except (OSError, ValueError) as error:  # tomllib raises a bare ValueError for a number of too many digits
        raise CatalogError(f"{path} cannot be read: {error}") from error
    except RecursionError as error:
        raise CatalogError(f"{path} cannot be read: it is nested too deeply") from error


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Merge one table into another: tables are merged, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(value, dict) and isinstance(below, dict)
        merged[key] = _merged(below or {}, value) if both else value
    return merged


def _explain(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        kinds: dict[str, type[BaseModel]] = {"tiers": Tier, "prompt_models": PromptModel}
        model = kinds.get(where.partition(".")[0], Catalog)
        near = difflib.get_close_matches(str(problem["loc"][-1]), list(model.model_fields), n=1)
        return f"{where} is not a known key" + (f"; did you mean {near[0]}?" if near else "")
    return f"{where or 'catalog'}: {problem['msg'].removeprefix('Value error, ')}"
