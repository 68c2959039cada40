"""Places in the data folder, and the catalog in it. Light: `imagine tiers` imports no more of the app."""

from pathlib import Path

from bot.config.settings import Settings
from quotas.catalog import Catalog, load_catalog


class FolderHeld(Exception):
    """Another process owns the data folder."""


def pictures(settings: Settings) -> Path:
    """Return the folder of the drawn pictures."""
    return settings.imagine_data / "pictures"


def catalog(settings: Settings) -> Catalog:
    """Load the built-in catalog with the operator's own laid over it. Raises CatalogError."""
    return load_catalog(settings.codegateway_multiplier, settings.imagine_data / "catalog.toml")
