from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from quotas.limits.rules import Key, Requester, resolve
from quotas.records import ANY, UNLIMITED, Defaults, Limits

WHO = Requester("team", "ann", ("painter", "guest"), "general")
MANY = replace(WHO, roles=(*WHO.roles, "extra"))
LEVELS: list[list[Key]] = [
    [("team", "person", "ann")],
    [(ANY, "person", "ann")],
    [("team", "role", "painter"), ("team", "role", "guest")],
    [(ANY, "role", "painter"), (ANY, "role", "guest")],
    [("team", "everyone", ANY)],
    [(ANY, "everyone", ANY)],
]
KEYS = [key for level in LEVELS for key in level]
figures = st.one_of(st.none(), st.just(UNLIMITED), st.integers(0, 100))
stored = st.dictionaries(
    st.sampled_from(KEYS),
    st.builds(Limits, images_per_day=figures, money_per_month=figures, money_per_day=figures),
)


def generous(figure: int) -> float:
    return float("inf") if figure == UNLIMITED else figure


@given(stored)
def test_the_strongest_level_with_a_figure_counts(settings: dict[Key, Limits]) -> None:
    rules = resolve(settings, WHO, Defaults(images_per_day=40, money_per_day=7), 0)
    for field, period, what, default in (
        ("images_per_day", "day", "images", 40),
        ("money_per_day", "day", "money", 7),
        ("money_per_month", "month", "money", None),
    ):
        expected = default
        for level in reversed(LEVELS):
            figures_set = [
                f for key in level if key in settings and (f := getattr(settings[key], field)) is not None
            ]
            expected = max(figures_set, key=generous) if figures_set else expected
        assert rules.limit("person", period, what) == (None if expected == UNLIMITED else expected)  # type: ignore[arg-type]


@given(stored, st.sampled_from(KEYS), st.integers(0, 100))
def test_an_expired_setting_counts_as_absent(settings: dict[Key, Limits], key: Key, figure: int) -> None:
    without = {k: v for k, v in settings.items() if k != key}
    over = {**without, key: Limits(images_per_day=figure, tiers=("fast",), until=1_000)}
    assert resolve(over, WHO, Defaults(), 1_000) == resolve(without, WHO, Defaults(), 1_000)
    assert resolve(over, WHO, Defaults(), 999.5).gates


lasting = st.builds(
    Limits,
    images_per_day=figures,
    money_per_day=figures,
    tiers=st.sampled_from([None, ("fast",), ("fast", "ultra")]),
    until=st.one_of(st.none(), st.integers(0, 10)),
    blocked=st.booleans(),
    blocked_until=st.one_of(st.none(), st.integers(0, 10)),
)
CAPS: list[Key] = [("team", "channel", "general"), ("team", "workspace", ANY), (ANY, "bot", ANY)]


@given(st.dictionaries(st.sampled_from([*KEYS, *CAPS]), lasting), st.integers(0, 10))
def test_expired_parts_of_settings_never_count(settings: dict[Key, Limits], now: int) -> None:
    left = {}
    for key, setting in settings.items():
        if setting.until is not None and setting.until <= now:
            setting = replace(setting, images_per_day=None, money_per_day=None, tiers=None)
        if setting.blocked_until is not None and setting.blocked_until <= now:
            setting = replace(setting, blocked=False)
        ends = setting.blocked_until if setting.blocked else None
        left[key] = replace(setting, until=None, blocked_until=ends)
    assert resolve(settings, WHO, Defaults(), now) == resolve(left, WHO, Defaults(), now)


@given(stored)
def test_one_unlimited_role_is_enough_unless_the_person_has_a_figure(
    settings: dict[Key, Limits],
) -> None:
    role: Key = ("team", "role", "extra")
    rules = resolve({**settings, role: Limits(images_per_day=UNLIMITED)}, MANY, Defaults(), 0)
    figures_set = [settings[key].images_per_day for level in LEVELS[:2] for key in level if key in settings]
    own = next((figure for figure in figures_set if figure is not None), UNLIMITED)
    assert rules.limit("person", "day", "images") == (None if own == UNLIMITED else own)


@given(stored, st.integers(0, 100))
def test_caps_hold_whatever_the_person_has(settings: dict[Key, Limits], figure: int) -> None:
    caps: dict[Key, Limits] = {
        ("team", "channel", "general"): Limits(images_per_day=figure),
        ("team", "channel", "other"): Limits(images_per_day=0),
        ("team", "workspace", ANY): Limits(money_per_month=figure),
    }
    rules = resolve({**settings, **caps}, WHO, Defaults(bot_money_per_day=5), 0)
    assert rules.limit("channel", "day", "images") == figure
    assert rules.limit("workspace", "month", "money") == figure
    assert rules.limit("bot", "day", "money") == 5
    own = resolve(settings, WHO, Defaults(bot_money_per_day=5), 0)
    assert [r for r in rules.rules if r.scope == "person"] == [r for r in own.rules if r.scope == "person"]


def test_a_setting_of_the_bot_overrides_the_operators_default() -> None:
    setting = {(ANY, "bot", ANY): Limits(money_per_day=UNLIMITED, money_per_month=9)}
    rules = resolve(setting, WHO, Defaults(bot_money_per_day=5, bot_money_per_month=5), 0)  # type: ignore[arg-type]
    assert rules.limit("bot", "day", "money") is None
    assert rules.limit("bot", "month", "money") == 9


def test_direct_messages_have_an_allowance_of_their_own() -> None:
    defaults = Defaults(images_per_day=40, dm_images_per_day=3)
    assert resolve({}, Requester("dm", "ann"), defaults, 0).limit("person", "day", "images") == 3
    everywhere = {(ANY, "person", "ann"): Limits(images_per_day=8)}
    assert resolve(everywhere, Requester("dm", "ann"), defaults, 0).limit("person", "day", "images") == 8  # type: ignore[arg-type]


def test_tiers_of_several_roles_add_up_and_pass_every_gate() -> None:
    settings: dict[Key, Limits] = {
        ("team", "role", "painter"): Limits(tiers=("ultra", "fast")),
        ("team", "role", "guest"): Limits(tiers=("fast", "standard")),
        ("team", "everyone", ANY): Limits(tiers=("gpt",)),
        ("team", "channel", "general"): Limits(tiers=("standard", "ultra")),
    }
    assert resolve(settings, WHO, Defaults(), 0).tiers == ("ultra", "standard")
    assert resolve({}, WHO, Defaults(), 0).tiers is None


def test_a_block_holds_for_a_person_and_for_everyone_but_not_for_a_role() -> None:
    for key in KEYS:
        blocked = resolve({key: Limits(blocked=True, blocked_until=9)}, WHO, Defaults(), 0).blocked_by
        assert blocked == (None if key[1] == "role" else (key[1], key[2], 9))
        over = {key: Limits(blocked=True, blocked_until=5)}
        assert resolve(over, WHO, Defaults(), 5).blocked_by is None


def test_the_level_that_gave_the_images_is_named() -> None:
    assert resolve({}, WHO, Defaults(), 0).set_by == "operator"
    for key in KEYS:
        assert resolve({key: Limits(images_per_day=UNLIMITED)}, WHO, Defaults(), 0).set_by == key[1]
        assert resolve({key: Limits(money_per_day=1)}, WHO, Defaults(), 0).set_by == "operator"


GUEST = Requester("team", "gale", ("team:guests", "painter"), "general")


def test_guests_do_not_get_the_images_of_everyone() -> None:
    everyone: dict[Key, Limits] = {("team", "everyone", ANY): Limits(images_per_day=50, money_per_day=9)}
    rules = resolve(everyone, GUEST, Defaults(images_per_day=40), 0)
    (images, money) = rules.rules
    assert (images.limit, images.kind, images.ref) == (0, "role", "team:guests")
    assert (money.limit, money.kind) == (9, "everyone")
    assert resolve(everyone, WHO, Defaults(), 0).limit("person", "day", "images") == 50


def test_guests_get_the_images_of_their_role_or_the_operators_default() -> None:
    assert resolve({}, GUEST, Defaults(guest_images_per_day=3), 0).limit("person", "day", "images") == 3
    for key in (("team", "role", "team:guests"), (ANY, "role", "painter"), ("team", "person", "gale")):
        settings: dict[Key, Limits] = {key: Limits(images_per_day=7)}  # type: ignore[dict-item]
        assert resolve(settings, GUEST, Defaults(), 0).limit("person", "day", "images") == 7
