"""Places in the data folder, and the catalog in it. Light: `imagine tiers` imports no more of the app."""

from pathlib import Path

from bot.commands.registry import Helps
from bot.config.settings import Settings, SettingsError
from quotas.catalog import Catalog, CatalogError, load_catalog
from quotas.store.private import PICTURES

CATALOG = "catalog.toml"


class FolderHeld(Exception):
    """Another process owns the data folder."""


def pictures(settings: Settings) -> Path:
    """Return the folder of the drawn pictures."""
    return settings.imagine_data / PICTURES


def catalog(settings: Settings) -> Catalog:
    """Load the built-in catalog with the operator's own laid over it. Raises CatalogError."""
    return load_catalog(settings.codegateway_multiplier, settings.imagine_data / CATALOG)


def helps(settings: Settings, entries: Catalog) -> Helps:
    """Return the help that the language model of the settings gives at a known price."""
    model = entries.prompt_models.get(settings.imagine_prompt_model or "")
    if model is None or not model.enabled:
        return Helps()
    return Helps(improves=True, describes=model.sees)


def catalog_problem(error: SettingsError) -> tuple[str, Path] | None:
    """Find what is wrong with the operator's catalog although the settings are wrong, too.

    Return the problem and the file; None if there is none, or no folder to look in.
    """
    if error.data_folder is None:
        return None
    own = error.data_folder / CATALOG
    try:
        load_catalog(override=own)
    except CatalogError as problem:
        return str(problem), own
    return None
