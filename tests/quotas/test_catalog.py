from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotas.catalog import MAX_VARIANTS, Catalog, CatalogError, Tier, load_catalog, monthly

TODAY = date(2026, 11, 22)


def quoted(catalog: Catalog, tier: str, quality: str = "", day: date = TODAY) -> int:
    quote = catalog.quote(catalog.tiers[tier], quality, day)
    assert quote is not None
    return quote.unit_micros


def over(tmp_path: Path, text: str) -> Catalog:
    path = tmp_path / "catalog.toml"
    path.write_text(text, encoding="utf-8")
    return load_catalog(override=path)


@pytest.mark.parametrize(
    ("tier", "quality", "dollars"),
    [("fast", "", 90), ("standard", "", 180), ("ultra", "", 360), ("gpt", "medium", 189)],
)
def test_prices_equal_the_published_table(tier: str, quality: str, dollars: int) -> None:
    assert monthly(quoted(load_catalog(), tier, quality), per_day=100) == dollars * 1_000_000


def test_a_multiplier_applies_and_is_part_of_the_quote() -> None:
    catalog = load_catalog(Decimal("1.2"))
    quote = catalog.quote(catalog.tiers["gpt"], "high", TODAY)
    assert quote is not None
    assert (quote.official_micros, quote.unit_micros, quote.multiplier) == (167_000, 200_400, "1.2")


def test_every_tier_has_every_ratio_and_makes_all_variants_in_one_call() -> None:
    catalog = load_catalog()
    for tier in catalog.tiers.values():
        assert set(tier.sizes) == set(catalog.ratios)
    for tier in catalog.enabled.values():
        assert tier.per_call >= MAX_VARIANTS
        for ratio, (width, height) in tier.sizes.items():
            across, down = (int(part) for part in ratio.split(":"))
            assert abs(width / height / (across / down) - 1) < 0.08


def test_the_model_without_ratios_gets_exact_pixels() -> None:
    sizes = load_catalog().tiers["gpt"].sizes
    for ratio, (width, height) in sizes.items():
        across, down = (int(part) for part in ratio.split(":"))
        assert width * down == height * across
        assert width % 16 == height % 16 == 0


def test_a_price_holds_since_its_day(tmp_path: Path) -> None:
    catalog = over(
        tmp_path,
        "[tiers.fast]\nprices = ["
        '{ since = 2026-05-09, image = "0.02" }, { since = 2026-12-01, image = "0.03" }]',
    )
    assert quoted(catalog, "fast", day=date(2026, 11, 30)) == 30_000
    assert quoted(catalog, "fast", day=date(2026, 12, 1)) == 45_000
    assert catalog.quote(catalog.tiers["fast"], "", date(2026, 5, 8)) is None


def test_an_unknown_price_is_none_never_zero(tmp_path: Path) -> None:
    catalog = load_catalog()
    assert catalog.quote(catalog.tiers["gpt"], "xhigh", TODAY) is None
    with pytest.raises(CatalogError, match="price of 0 is refused"):
        over(tmp_path, '[tiers.fast]\nprices = [{ since = 2026-05-09, image = "0" }]')


def test_a_new_model_needs_only_a_new_entry(tmp_path: Path) -> None:
    catalog = over(
        tmp_path,
        """
        [tiers.next]
        model = "gemini-3.1-flash-image"
        title = "Next"
        use = "what comes after"
        speed = [4, 8]
        deadline = 60
        ratio = "size"
        per_call = 1
        sizes."1:1" = "1024x1024"
        sizes."4:3" = "1184x864"
        sizes."3:4" = "864x1184"
        sizes."16:9" = "1344x768"
        sizes."9:16" = "768x1344"
        sizes."3:2" = "1248x832"
        sizes."2:3" = "832x1248"
        prices = [{ since = 2026-10-01, image = "0.039" }]
        [tiers.fast]
        enabled = false
        """,
    )
    assert "next" in catalog.enabled
    assert "fast" not in catalog.enabled
    assert quoted(catalog, "next") == 58_500


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tiers.fast]\nmodle = 'x'", "modle is not a known key; did you mean model?"),
        ("[tiers.fast]\nprices = [{ since = 2026-05-09, image = 0.02 }]", "money is text, never a float"),
        ("[tiers.fast]\nprices = [{ since = 2026-05-09 }]", "a price needs an amount"),
        ("[tiers.fast]\nsizes = { '1:1' = 'big' }", "is not a size"),
        ("[tiers.fast]\ndeadline = 0", "deadline"),
        ("[tiers.fast]\nspeed = [-1, 5]", "tiers.fast.speed"),
        (f"[tiers.fast]\nspeed = [1, {10**30}]", "tiers.fast.speed"),
        (f"[tiers.fast]\nprompt_tokens = {10**30}", "tiers.fast.prompt_tokens"),
        ("default_tier = 'warp'", "default_tier 'warp' is not an enabled tier"),
        ("[tiers.standard]\nenabled = false", "default_tier"),
        ("[ratios]\n'5:4' = 'x'", "sizes lacks 5:4"),
        ("[ratios]\nwide = 'x'", "is not a ratio"),
        ("[tiers.gpt]\ndefault_quality = 'best'", "default_quality must be one of"),
        ("tiers = 3", "tiers"),
        ("[tiers]\nfast = 3", "tiers.fast must be a table"),
        ("not toml", "cannot be read"),
        ("[tiers.fast]\nsizes = 5", "tiers.fast.sizes: sizes are a table"),
        ("[tiers.fast]\nsizes = [['1:1', '64x64']]", "sizes are a table"),
        ("[tiers.fast]\nsizes = { '1:1' = 5 }", "5 for 1:1 is not a size"),
        ("[tiers.fast]\nsizes = { '1:1' = '²x²' }", "is not a size"),
        ("[tiers.fast]\nprices = [[]]", "tiers.fast.prices.0: a price is a table"),
        ("[tiers.fast]\nprices = ['0.02']", "a price is a table"),
        ("[tiers.fast]\nprices = { image = '0.02' }", "tiers.fast.prices"),
        ("[tiers.fast]\nprices = [{ since = 2026-05-09, image = ['0.02'] }]", "in quotes"),
        ("ratios = 5", "ratios"),
        ("[tiers.fast]\nspeed = 5", "tiers.fast.speed"),
        ("[tiers.fast]\ncapabilities = 'edit'", "tiers.fast.capabilities"),
        ("default_tier = ['fast']", "default_tier"),
        ("[tiers.fast]\ndeadline = true", "tiers.fast.deadline"),
        ("[tiers.fast]\nper_call = true", "tiers.fast.per_call"),
        ("[tiers.fast]\nprompt_tokens = '5'", "tiers.fast.prompt_tokens"),
        ("[tiers.fast]\nin_flight = true", "tiers.fast.in_flight"),
        ("[tiers.fast]\nbest = 1", "tiers.fast.best"),
        ("[tiers.fast]\nspeed = ['3', '5']", "tiers.fast.speed"),
        ("[tiers.fast]\nspeed = [5, 3]", "the shortest and the longest time"),
        ("[tiers.fast]\nspeed = [-5, 3]", "tiers.fast.speed"),
        ("[tiers.fast]\nspeed = [3, 9999]", "tiers.fast.speed"),
        ("multiplier = '1.2'", "set CODEGATEWAY_MULTIPLIER instead"),
        ("[tiers.fast]\nname = 'quick'", "a tier is named by its table"),
        ("deep = " + "[" * 5_000 + "]" * 5_000, "nested too deeply"),
        (f"[tiers.fast]\ndeadline = {'9' * 5_000}", "cannot be read"),
    ],
)
def test_an_invalid_catalog_names_the_place_and_the_fix(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(CatalogError) as caught:
        over(tmp_path, text)
    assert says in str(caught.value)


def test_a_catalog_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_bytes(b"\xef\xbb\xbf" + b"default_tier = 'fast'\n")
    assert load_catalog(override=path).default_tier == "fast"


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_catalog_in_another_encoding_says_how_to_save_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "catalog.toml"
    path.write_bytes("[tiers.fast]\nuse = 'Entwürfe'".encode(encoding))
    with pytest.raises(CatalogError, match="save it as UTF-8"):
        load_catalog(override=path)


def test_a_folder_in_the_catalogs_place_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "catalog.toml").mkdir()
    with pytest.raises(CatalogError, match="cannot be read"):
        load_catalog(override=tmp_path / "catalog.toml")


KEYS = ["default_tier", "default_ratio", "ratios", "tiers", "tiers.fast", "tiers.new"]
KEYS += [f"tiers.fast.{key}" for key in Tier.model_fields]
VALUES: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(
        [
            "5",
            "0",
            "-1",
            "1.5",
            "nan",
            "true",
            "''",
            "'x'",
            "'1:1'",
            "'64x64'",
            "'0.02'",
            "2026-05-09",
            "1e400",
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.dictionaries(
            st.sampled_from(["'1:1'", "since", "image", "low", "fast", "model", "x"]), inner, max_size=3
        ).map(lambda table: "{ " + ", ".join(f"{key} = {value}" for key, value in table.items()) + " }")
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(KEYS), VALUES)
def test_any_value_at_any_key_is_a_catalog_or_a_sentence(tmp_path: Path, key: str, value: str) -> None:
    try:
        catalog = over(tmp_path, f"{key} = {value}\n")
    except CatalogError:
        return
    for tier in catalog.enabled.values():
        catalog.quote(tier, tier.default_quality, TODAY)
