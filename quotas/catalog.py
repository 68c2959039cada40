"""The catalog of tiers, ratios and dated prices, read from TOML and validated."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from quotas.money import multiplied, parse_dollars

MAX_VARIANTS = 4  # the limit of the models and of one gallery
DAYS_A_MONTH = 30
IMAGE = "image"  # the price key of a model without qualities
_RATIO = re.compile(r"[1-9][0-9]{0,4}:[1-9][0-9]{0,4}")
_SIZE = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})")
Capability = Literal["seed", "transparent", "edit", "text"]


class CatalogError(Exception):
    """The catalog is invalid. The message says where, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one image in micro-dollars, and its origin."""

    official_micros: int
    unit_micros: int  # official x multiplier: the charge
    multiplier: str
    since: str  # ISO date


class Price(BaseModel):
    """Official micro-dollars per image since a day. Keys are qualities, or "image" alone."""

    model_config = ConfigDict(extra="allow", frozen=True)
    since: date
    micros: Mapping[str, int] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _read_dollars(cls, raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise ValueError('a price is a table such as { since = 2026-05-09, image = "0.04" }')
        amounts = {key: value for key, value in raw.items() if key != "since"}
        if not amounts:
            raise ValueError('a price needs an amount, such as image = "0.04"')
        for key, value in amounts.items():
            if not isinstance(value, str):
                raise ValueError(f'write {key} = "{value}" in quotes: money is text, never a float')
        micros = {key: parse_dollars(value) for key, value in amounts.items()}
        if 0 in micros.values():
            raise ValueError("a price of 0 is refused: an unknown price is left out, not zero")
        return {"since": raw.get("since"), "micros": micros}


class Tier(BaseModel):
    """One tier. `speed` and `deadline`: seconds. `sizes`: (width, height) in pixels by ratio.

    `prompt_tokens`, `prompt_characters`: the longest prompt; None where no limit is known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    model: str = Field(min_length=1)
    title: str
    use: str
    speed: tuple[int, int]
    deadline: int = Field(gt=0, le=3600)
    ratio: Literal["aspect_ratio", "pixels", "size"]
    per_call: int = Field(ge=1, le=10)
    prompt_tokens: int | None = Field(default=None, ge=1)
    prompt_characters: int | None = Field(default=None, ge=1)
    best: bool = False
    enabled: bool = True
    in_flight: int | None = Field(default=None, ge=1)
    capabilities: frozenset[Capability] = frozenset()
    default_quality: str = ""
    sizes: Mapping[str, tuple[int, int]]
    prices: tuple[Price, ...]

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
        newest = max(self.prices, key=lambda price: price.since).micros if self.prices else {}
        return tuple(sorted((key for key in newest if key != IMAGE), key=lambda key: newest[key]))

    def price_on(self, day: date, quality: str) -> tuple[int, date] | None:
        """Return the official micro-dollars per image on a day, and since when they hold; None: unknown."""
        prices = [price for price in self.prices if price.since <= day]
        if not prices:
            return None
        newest = max(prices, key=lambda price: price.since)
        micros = newest.micros.get(quality or IMAGE)
        return None if micros is None else (micros, newest.since)


class Catalog(BaseModel):
    """All tiers, ratios and defaults, with the gateway's multiplier."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    default_tier: str
    default_ratio: str
    ratios: Mapping[str, str]
    tiers: Mapping[str, Tier]
    multiplier: Decimal

    @model_validator(mode="after")
    def _check_references(self) -> "Catalog":
        if self.default_tier not in self.enabled:
            raise ValueError(f"default_tier {self.default_tier!r} is not an enabled tier")
        if self.default_ratio not in self.ratios:
            raise ValueError(f"default_ratio {self.default_ratio!r} is not one of the ratios")
        invalid = [ratio for ratio in self.ratios if not _RATIO.fullmatch(ratio)]
        if invalid:
            raise ValueError(f'ratios.{invalid[0]!r} is not a ratio such as "16:9"')
        for tier in self.tiers.values():
            missing = [ratio for ratio in self.ratios if ratio not in tier.sizes]
            if missing:
                raise ValueError(f"tiers.{tier.name}.sizes lacks {', '.join(missing)}")
            if bool(tier.qualities) != bool(tier.default_quality) or (
                tier.default_quality and tier.default_quality not in tier.qualities
            ):
                raise ValueError(f"tiers.{tier.name}.default_quality must be one of its prices' qualities")
        return self

    @property
    def enabled(self) -> dict[str, Tier]:
        return {name: tier for name, tier in self.tiers.items() if tier.enabled}

    @property
    def best(self) -> Tier | None:
        """Return the tier of the button for a final picture."""
        return next((tier for tier in self.enabled.values() if tier.best), None)

    def quote(self, tier: Tier, quality: str, day: date) -> Quote | None:
        """Return the price of one image on a day; None: unknown."""
        price = tier.price_on(day, quality)
        if price is None:
            return None
        official, since = price
        unit = multiplied(official, self.multiplier)
        return Quote(official, unit, str(self.multiplier), since.isoformat())


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
    if not isinstance(raw["tiers"], dict):
        raise CatalogError("tiers must be a table")
    for name, entry in raw["tiers"].items():
        if not isinstance(entry, dict):
            raise CatalogError(f"tiers.{name} must be a table")
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
        model = Tier if where.startswith("tiers.") else Catalog
        near = difflib.get_close_matches(str(problem["loc"][-1]), list(model.model_fields), n=1)
        return f"{where} is not a known key" + (f"; did you mean {near[0]}?" if near else "")
    return f"{where or 'catalog'}: {problem['msg'].removeprefix('Value error, ')}"
