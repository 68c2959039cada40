"""Typed commands are parsed as people mean them, and every refusal says what to type instead."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import wording
from bot.commands.parser import TEXT_LIMIT, Parsed, find_command, parse
from bot.commands.registry import PROMPT_LIMIT, registry
from bot.commands.values import Misread, read_value, unquote
from bot.imagine.hints import hints
from bot.port.requests import OptionValue
from bot.text import clean
from quotas.catalog import load_catalog
from quotas.records import UNLIMITED

CATALOG = load_catalog()
COMMANDS = registry(CATALOG)
IMAGINE = COMMANDS["imagine"]
OPTIONS = {option.name: option for option in IMAGINE.options}


def imagine(text: str) -> Parsed:
    parsed = parse(text, IMAGINE)
    assert isinstance(parsed, Parsed), parsed
    return parsed


def refusal(text: str, command: str = "imagine") -> Misread:
    parsed = parse(text, COMMANDS[command])
    assert isinstance(parsed, Misread), parsed
    return parsed


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a fox", {}),
        ("a fox --tier ultra", {"tier": "ultra"}),
        ("a fox --tier=ultra", {"tier": "ultra"}),
        ("a fox --TIER Ultra", {"tier": "ultra"}),
        ("--tier ultra a fox", {"tier": "ultra"}),
        ("a --tier ultra fox", {"tier": "ultra"}),
        ("a fox --tier “ultra”,", {"tier": "ultra"}),
        ("a fox —tier ultra", {"tier": "ultra"}),
        ("a fox –tier ultra", {"tier": "ultra"}),
        ("a fox ——tier ultra", {"tier": "ultra"}),
        ("a fox -tier ultra", {"tier": "ultra"}),
        ("a fox --ultra", {"tier": "ultra"}),
        ("a fox —ultra", {"tier": "ultra"}),
        ("a fox --fast --gpt --standard", {"tier": "standard"}),
        ("a fox --tier fast --ultra", {"tier": "ultra"}),
        ("a fox --gpt --high", {"tier": "gpt", "quality": "high"}),
        ("a fox --quality low", {"quality": "low"}),
        ("a fox --ar 16:9", {"ratio": "16:9"}),
        ("a fox --aspect 16:9", {"ratio": "16:9"}),
        ("a fox --ratio 16：9", {"ratio": "16:9"}),
        ("a fox --ratio 16x9", {"ratio": "16:9"}),
        ("a fox --ratio 16×9", {"ratio": "16:9"}),
        ("a fox --ratio 16/9", {"ratio": "16:9"}),
        ("a fox -n 4", {"variants": 4}),
        ("a fox -n4", {"variants": 4}),
        ("a fox -n=4", {"variants": 4}),
        ("a fox –n 4", {"variants": 4}),
        ("a fox --variants ４", {"variants": 4}),
        ("a fox --private", {"private": True}),
        ("a fox --private.", {"private": True}),
        ("a fox --private=no", {"private": False}),
        ("a fox --private=nein", {"private": False}),
        ("--private a fox --transparent", {"private": True, "transparent": True}),
        ("--prompt a fox", {}),
        ("“a fox” --ultra", {"tier": "ultra"}),
        ('"a fox --ultra"', {"tier": "ultra"}),
        ("a\u202e fox\x00\u200b\n", {}),
        ("a fox\u00ad\U000e0041\u3164", {}),
    ],
)
def test_flags_in_every_form_give_these_options(text: str, options: dict[str, OptionValue]) -> None:
    assert imagine(text) == Parsed("a fox", options)


@pytest.mark.parametrize(
    "prompt",
    [
        "a cat — dreaming",
        "a cat —dreaming",
        "a sci–fi well-known mid—tier fox",
        "a castle —highly detailed",
        "a road —slow traffic",
        "a jungle —tiger in the grass",
        "a street -dark -moody -varients",
        "to the sun —ra himself",
        "minus -5 degrees",
        "a page --- a line",
        "it costs —n or —v, whichever",
        "an arrow --> there",
        "a fox -- red, in snow",
        "-- a fox",
        "a fox --",
        "a fox -- -- red -- --- red",
        "a sign “--” and '-- --'",
        "5 --5",
        "“OPEN” and “CLOSED”",
        '"OPEN" and "CLOSED"',
        "a sign that says “OPEN”",
        "'tis a fox's den'",
        "👩‍🎨 می‌خواهم",
    ],
)
def test_dashes_and_quotes_in_prose_stay(prompt: str) -> None:
    assert imagine(prompt) == Parsed(prompt, {})


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("“a fox”", "a fox"),
        ("«a fox»", "a fox"),
        ("`a fox`", "a fox"),
        ("“a sign “OPEN” on a door”", "a sign “OPEN” on a door"),
        ('"a sign "OPEN" on a door"', 'a sign "OPEN" on a door'),
    ],
)
def test_quotes_around_the_whole_go(text: str, prompt: str) -> None:
    assert imagine(text) == Parsed(prompt, {})


@pytest.mark.parametrize("dash", ["--", "---", "—", "–", "-", "——"])
@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("a fox {} red, in snow --fast -n 1", "a fox {} red, in snow"),
        ("{} a fox --fast -n 1", "{} a fox"),
        ("a fox {} --fast -n 1", "a fox {}"),
        ("a fox --fast {} red -n 1", "a fox {} red"),
        ("a fox --fast -n 1 {}", "a fox {}"),
        ('"a fox {} red" --fast -n 1', "a fox {} red"),
    ],
)
def test_flags_count_after_a_dash_by_itself(text: str, prompt: str, dash: str) -> None:
    parsed = Parsed(prompt.format(dash), {"tier": "fast", "variants": 1})
    assert imagine(text.format(dash)) == parsed
    assert imagine(parsed.prompt) == Parsed(parsed.prompt, {}), "the form to edit it shows what is drawn"


@pytest.mark.parametrize("text", ["--", "—", "-- --fast", "“--”", "- — --"])
def test_a_dash_alone_is_no_prompt(text: str) -> None:
    assert refusal(text).sentence == wording.EMPTY_PROMPT


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("grant <@U1> <@U2> --images 5", "quotas grant", "two people: <@U1> and <@U2>."),
        ("grant @Ann @Bob --images 5", "quotas grant", "two people: @Ann and @Bob."),
        ("grant @Ann Lee @Bob --images 5", "quotas grant", "two people: @Ann Lee and @Bob."),
        ("grant @Bob --images 5 --person @Ann", "quotas grant", "two people: @Ann and @Bob."),
        ("set <@U1> --images-per-day 5 <@U2>", "quotas set", "two people: <@U1> and <@U2>."),
        ("set <@&1> <@&2> --images-per-day 5", "quotas set", "two roles: <@&1> and <@&2>."),
        ("set #art #music --images-per-day 5", "quotas set", "two channels: #art and #music."),
        ("set everyone discord:1 --images-per-day 5", "quotas set", "two people: everyone and discord:1."),
        ("reset slack:T1:U1 slack:T1:U2", "quotas reset", "two people: slack:T1:U1 and slack:T1:U2."),
        ("block @Ann @Bob", "quotas block", "two people: @Ann and @Bob."),
        ("unblock @Ann @Bob", "quotas unblock", "two people: @Ann and @Bob."),
        ("log @Ann @Bob", "quotas log", "two people: @Ann and @Bob."),
        ("pause --whole bot --whole workspace", "quotas pause", "--whole is there twice: bot and workspace."),
        ("budget --money-per-month 5 --money-per-month=50", "quotas budget", "twice: 5 and 50."),
        ("set --tiers fast --tiers ultra", "quotas set", "--tiers is there twice: fast and ultra."),
        ("block @Ann --confirm --confirm=no", "quotas block", "--confirm is there twice: yes and no."),
        ("settings --clear language --clear default_tier", "quotas settings", "--clear is there twice"),
    ],
)
def test_two_values_of_one_option_are_refused_and_both_are_named(text: str, name: str, words: str) -> None:
    chosen = find_command("quotas", text, COMMANDS)
    assert not isinstance(chosen, Misread)
    assert chosen[0].name == name
    assert words in refusal(chosen[1], name).sentence


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("@Ann @Bob", "usage", "two people: @Ann and @Bob."),
        ("<#C1> <#C2>", "usage", "two channels: <#C1> and <#C2>."),
        ("--by day --by tier", "usage", "--by is there twice: day and tier."),
        ("copy me", "forget", "--what is there twice: copy and me."),
        ("100 200", "tiers", "--per-day is there twice: 100 and 200."),
    ],
)
def test_two_values_are_refused_by_everyones_commands_too(text: str, name: str, words: str) -> None:
    assert words in refusal(text, name).sentence


def test_the_same_value_twice_is_one() -> None:
    grant = COMMANDS["quotas grant"]
    parsed = parse("<@U1> <@U1|ann> --images 1,000 --images 1000", grant)
    assert parsed == Parsed("", {"person": "<@U1|ann>", "images": 1_000})


@pytest.mark.parametrize(
    ("text", "sentence", "suggestion"),
    [
        ("a --teir ultra", "--teir is not an option; did you mean --tier?", "--tier"),
        ("a —teir ultra", "—teir is not an option; did you mean --tier?", "--tier"),
        ("a —varients 2", "—varients is not an option; did you mean --variants?", "--variants"),
        ("a —tiers ultra", "—tiers is not an option; did you mean --tier?", "--tier"),
        ("a --utlra", "--utlra is not an option; did you mean --ultra?", "--ultra"),
        ("a --tier ulta", "--tier ulta: choose fast, standard, ultra, gpt; nearest is ultra.", "ultra"),
        ("a --tier", "--tier needs a value: fast, standard, ultra, gpt.", ""),
        ("a --tier --private", "--tier needs a value: fast, standard, ultra, gpt.", ""),
        ("a -n 5", "--variants 5: a whole number from 1 to 4 is needed.", ""),
        ("a -n 0", "--variants 0: a whole number from 1 to 4 is needed.", ""),
        ("a -n -1", "--variants -1: a whole number from 1 to 4 is needed.", ""),
        ("a -n two", "--variants two: a whole number from 1 to 4 is needed.", ""),
        ("a --private=maybe", "--private maybe: write --private alone, or --private=no.", ""),
        ("", wording.EMPTY_PROMPT, ""),
        ("“”", wording.EMPTY_PROMPT, ""),
        ("--ultra", wording.EMPTY_PROMPT, ""),
    ],
)
def test_a_refusal_names_the_nearest_value(text: str, sentence: str, suggestion: str) -> None:
    assert refusal(text) == Misread(sentence, suggestion)


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [("16:10", "3:2"), ("21:9", "16:9"), ("4:5", "3:4"), ("9:20", "9:16")],
)
def test_an_unknown_ratio_gets_the_nearest_shape(typed: str, nearest: str) -> None:
    misread = refusal(f"a fox --ratio {typed}")
    assert misread.suggestion == nearest
    assert (
        misread.sentence
        == f"--ratio {typed}: choose 1:1, 4:3, 3:4, 16:9, 9:16, 3:2, 2:3; nearest is {nearest}."
    )


def test_a_tier_that_is_named_like_an_option_does_not_take_its_flag() -> None:
    tiers = {**CATALOG.tiers, "private": CATALOG.tiers["fast"].model_copy(update={"name": "private"})}
    command = registry(CATALOG.model_copy(update={"tiers": tiers}))["imagine"]
    assert parse("a --private fox --tier private", command) == Parsed(
        "a fox", {"private": True, "tier": "private"}
    )


def test_a_flag_like_no_other_gets_the_list() -> None:
    sentence = refusal("a --xyzzy").sentence
    assert sentence.startswith("--xyzzy is not an option; choose from --tier, --ratio,")


def test_a_refusal_repeats_only_the_start_of_a_long_word() -> None:
    assert len(refusal("a --" + "x" * 5_000).sentence) < 200


def test_a_prompt_has_a_limit() -> None:
    assert len(imagine("x" * PROMPT_LIMIT).prompt) == PROMPT_LIMIT
    assert refusal("x" * (PROMPT_LIMIT + 12)).sentence == (
        "The prompt is too long by 12: 2,000 characters are the most."
    )
    assert refusal(" " * (TEXT_LIMIT + 1)).sentence == (
        "What was typed is too long by 1: 8,000 characters are the most."
    )


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a fox --v 6", "a fox"),
        ("a fox --v6.1 --ultra", "a fox --ultra"),
        ("a fox —v 6", "a fox"),
        ("a --v fox", "a fox"),
        ("--s 250 a fox --q 2 --c 10", "a fox"),
        ("a fox --seed=7 --stylize 100 -n 2", "a fox -n 2"),
        ("a fox --no dogs, people --ar 16:9", "a fox --ar 16:9"),
        ("a fox —no dogs", "a fox"),
        ("a fox --sref raw in snow --tile", "a fox in snow"),
        ("a fox -- red --v 6 --fast", "a fox -- red --fast"),
        ("a fox --v 6 -- red", "a fox -- red"),
        ("a fox --v 6 -- --tier", None),
        ("-- --v 6", None),
        ("--v 6", None),
        ("a fox --v 6 --teir ultra", None),
    ],
)
def test_a_refusal_of_midjourneys_flags_has_the_text_without_them(text: str, plain: str | None) -> None:
    misread = parse(text, IMAGINE)
    assert isinstance(misread, Misread)
    assert misread.plain == plain
    if plain:
        assert isinstance(parse(plain, IMAGINE), Parsed)
        assert "Midjourney" in misread.sentence


def test_midjourneys_flags_get_one_sentence() -> None:
    assert refusal("a fox --v 6 --no dogs --v 5").sentence == (
        "--v, --no are Midjourney's; here --tier picks the model; "
        "say what should be there rather than what should not."
    )
    assert refusal("a --seed 4").sentence == (
        "--seed is Midjourney's; here Again draws the prompt anew, without a seed."
    )


@pytest.mark.parametrize(
    ("typed", "name", "options"),
    [
        (
            "set @ann --images-per-day 5 --reason trial week",
            "quotas set",
            {"person": "@ann", "images_per_day": 5, "reason": "trial week"},
        ),
        ("set --images_per_day unlimited", "quotas set", {"images_per_day": UNLIMITED}),
        (
            "set <@U1|ann> --money-per-day $2.50 --tiers fast, standard --until 2026-12-31",
            "quotas set",
            {
                "person": "<@U1|ann>",
                "money_per_day": 2_500_000,
                "tiers": "fast,standard",
                "until": "2026-12-31",
            },
        ),
        (
            "set <!subteam^S1|@art> --tiers=fast",
            "quotas set",
            {"role": "<!subteam^S1|@art>", "tiers": "fast"},
        ),
        ("set <@&77> --images-per-day 0", "quotas set", {"role": "<@&77>", "images_per_day": 0}),
        ("set <@slack:T1:U1> --tiers=fast", "quotas set", {"person": "<@slack:T1:U1>", "tiers": "fast"}),
        ("set slack:T1:U1 --tiers=fast", "quotas set", {"person": "slack:T1:U1", "tiers": "fast"}),
        (
            "set <!subteam^slack:S1> --tiers=fast",
            "quotas set",
            {"role": "<!subteam^slack:S1>", "tiers": "fast"},
        ),
        ("set slack:S1 --tiers=fast", "quotas set", {"role": "slack:S1", "tiers": "fast"}),
        ("set slack:guests --tiers=fast", "quotas set", {"role": "slack:guests", "tiers": "fast"}),
        ("set web:guests --tiers=fast", "quotas set", {"role": "web:guests", "tiers": "fast"}),
        ("set slack:C1 --tiers=fast", "quotas set", {"channel": "slack:C1", "tiers": "fast"}),
        ("set <#slack:C1> --tiers=fast", "quotas set", {"channel": "<#slack:C1>", "tiers": "fast"}),
        ("pause --reason ask <@slack:T1:U1>", "quotas pause", {"reason": "ask slack:T1:U1"}),
        ("set #general —images-per-day 9", "quotas set", {"channel": "#general", "images_per_day": 9}),
        ("SET --reason “a week” --role @art", "quotas set", {"reason": "a week", "role": "@art"}),
        ("grant discord:1 --images 3", "quotas grant", {"person": "discord:1", "images": 3}),
        ("undo 1m82nb6yv3fn3", "quotas undo", {"entry": "1m82nb6yv3fn3"}),
        ("undo --entry 1M82NB6YV3FN3 --confirm", "quotas undo", {"entry": "1M82NB6YV3FN3", "confirm": True}),
        ("pause", "quotas pause", {}),
        ("pause --whole bot --dry-run", "quotas pause", {"whole": "bot", "dry_run": True}),
        ("grant @Ann Lee --images 3", "quotas grant", {"person": "@Ann Lee", "images": 3}),
        ('grant "@Ann Lee" --images 3', "quotas grant", {"person": "@Ann Lee", "images": 3}),
        ("grant --images 3 --person @Ann Lee", "quotas grant", {"person": "@Ann Lee", "images": 3}),
        ("block everyone", "quotas block", {"person": "everyone"}),
        (
            "block everyone --reason it is @ann's birthday --confirm",
            "quotas block",
            {"person": "everyone", "reason": "it is @ann's birthday", "confirm": True},
        ),
        ("export 2026-03-01..2026-03-31", "quotas export", {"period": "2026-03-01..2026-03-31"}),
    ],
)
def test_subcommands_are_read_by_the_same_rules(
    typed: str, name: str, options: dict[str, OptionValue]
) -> None:
    chosen = find_command("quotas", typed, COMMANDS)
    assert not isinstance(chosen, Misread)
    command, rest = chosen
    assert command.name == name
    assert parse(rest, command) == Parsed("", options)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("quotas grant", "--images 3", "--person is missing: which person."),
        (
            "quotas set",
            "--money-per-day lots",
            "--money-per-day: 'lots' is not an amount of dollars; write it like 2.50.",
        ),
        ("quotas set", "--until soon", "--until soon: write the day as year-month-day, such as 2026-12-31."),
        ("quotas set", "--tiers fast,best", "--tiers best: choose fast, standard, ultra, gpt."),
        (
            "quotas grant",
            "<!subteam^S1|@art> --images 3",
            "That's a role or user group, not a person. Pick a person from the list, or give an id.",
        ),
        (
            "quotas block",
            "slack:C1",
            "That's a channel, not a person. Pick a person from the list, or give an id.",
        ),
        (
            "quotas grant",
            "<@1> <@&2>",
            "That's a role or user group, not a person. Pick a person from the list, or give an id.",
        ),
        ("quotas pause", "now", "“now” is not something /quotas pause takes."),
        ("quotas pause", "--reason", "--reason needs a value: why, for the log."),
        ("quotas pause", "--reason " + "x" * 201, "--reason is too long by 1: 200 characters are the most."),
        ("quota", "--v 6", "--v is not an option; there are none here."),
        ("quotas undo", "", "--entry is missing: its number in the log."),
        (
            "quotas grant",
            "Ann --images 3",
            "“Ann” is not something /quotas grant takes. If that is somebody's name, write @Ann.",
        ),
        (
            "quotas grant",
            "discord:1 Lee --images 3",
            "“Lee” is not something /quotas grant takes. If that is somebody's name, write @Lee.",
        ),
        ("tiers", "many", "“many” is not something /tiers takes."),
    ],
)
def test_other_commands_refuse_clearly(name: str, text: str, sentence: str) -> None:
    assert refusal(text, name).sentence == sentence


def test_an_unknown_subcommand_gets_the_nearest_or_the_list() -> None:
    misread = find_command("quotas", "sett @ann", COMMANDS)
    assert isinstance(misread, Misread)
    assert (misread.suggestion, misread.sentence) == (
        "set",
        "/quotas sett is not known; did you mean /quotas set?",
    )
    none = find_command("quotas", "", COMMANDS)
    assert isinstance(none, Misread)
    assert none.sentence.startswith("/quotas needs one word more; choose from set, grant,")
    assert find_command("tiers", "100", COMMANDS) == (COMMANDS["tiers"], "100")


def test_a_word_without_a_flag_goes_to_the_option_that_it_looks_like() -> None:
    expected = {"person": "@ann", "channel": "#art", "by": "tier", "period": "this month"}
    assert parse("@ann this #art month --by tier", COMMANDS["usage"]) == Parsed("", expected)


@pytest.mark.parametrize(
    "prompt",
    ["a shop “OPEN”", "a 'SALE' door", "a logo", "Poster of a fox", "one that says hi", "rotes Schild"],
)
def test_a_prompt_with_readable_text_gets_a_hint_on_tiers_that_cannot(prompt: str) -> None:
    fast, gpt = CATALOG.tiers["fast"], CATALOG.tiers["gpt"]
    assert hints(prompt, fast) == (wording.text_hint("fast"),)
    assert hints(prompt, gpt) == ()


@pytest.mark.parametrize(
    "prompt",
    [
        *("ein Fuchs im Schnee", "un renard dans la neige", "un gato en la nieve", "um gato na praia"),
        *(
            "una volpe nella neve di notte",
            "een vos in het bos",
            "лиса в снегу",
            "雪の中の狐",
            "ثعلب في الثلج",
        ),
    ],
)
def test_a_prompt_that_is_not_english_gets_the_tip(prompt: str) -> None:
    assert hints(prompt, CATALOG.tiers["fast"]) == (wording.STYLE_HINT,)


@pytest.mark.parametrize(
    "prompt",
    [
        *(
            "a fox",
            "the fox's den and dogs' home",
            "La La Land",
            "a café in Paris at night",
            "fox in snow, 8k",
        ),
        *("the word for fox, Лиса, over a door in the den of a fox", "the café de la Paix", "12345", "…"),
    ],
)
def test_english_gets_no_tip(prompt: str) -> None:
    assert wording.STYLE_HINT not in hints(prompt, CATALOG.tiers["fast"])


ANY_TEXT = st.text(st.characters(), max_size=60) | st.lists(
    st.sampled_from(
        ["--tier", "—tier", "-n", "ultra", "16:9", "--", "—", "“", "”", '"', "--v", "6", "--no", "@ann", "="]
    ),
    max_size=9,
).map(" ".join)


@given(ANY_TEXT, st.sampled_from(list(COMMANDS.values())))
@example("--=", IMAGINE)
@example("\ud800 —", IMAGINE)
@example('"', IMAGINE)
def test_parsing_never_raises_and_lets_no_invisible_character_through(text: str, command) -> None:  # type: ignore[no-untyped-def]
    parsed = parse(text, command)
    if isinstance(parsed, Misread):
        assert parsed.sentence
        assert parsed.plain is None or isinstance(parse(parsed.plain, command), Parsed)
        return
    assert parsed.prompt == clean(parsed.prompt)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in parsed.prompt)
    for option in command.options:
        if option.choices and option.kind == "choice":
            assert parsed.options.get(option.name) in (None, *option.choices)


@given(st.text(st.characters()))
def test_cleaning_twice_changes_nothing_more_and_unquoting_only_shortens(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert len(unquote(once)) <= len(once)


WORD = st.text(st.sampled_from("abcxyzäé7,.—-–'“”"), min_size=1, max_size=8).filter(
    lambda word: word[0] not in "-–—'“”" and word[-1] not in "'“”"
)


@given(
    st.lists(WORD, min_size=1, max_size=6),
    st.fixed_dictionaries(
        {},
        optional={
            "tier": st.sampled_from(OPTIONS["tier"].choices),
            "ratio": st.sampled_from(OPTIONS["ratio"].choices),
            "variants": st.integers(1, 4),
            "quality": st.sampled_from(OPTIONS["quality"].choices),
            "private": st.just(True),
            "transparent": st.just(True),
        },
    ),
    st.data(),
)
def test_options_and_words_in_any_order_are_parsed(
    words: list[str], options: dict[str, OptionValue], data
) -> None:  # type: ignore[no-untyped-def]
    pieces = list(words)
    for name, value in options.items():
        dashes = data.draw(st.sampled_from(["--", "—", "–", "-"]))
        equals = data.draw(st.sampled_from([" ", "="]))
        flag = dashes + name if value is True else f"{dashes}{name}{equals}{value}"
        pieces.insert(data.draw(st.integers(0, len(pieces))), flag)
    assert imagine(" ".join(pieces)) == Parsed(" ".join(words), options)


@given(WORD, st.sampled_from("—–-"))
def test_a_dash_inside_or_apart_is_never_a_flag(word: str, dash: str) -> None:
    assert imagine(f"a{dash}tier {word}{dash}private").options == {}
    if dash != "-":
        assert imagine(f"a {dash} tier").prompt == f"a {dash} tier"


def test_forms_and_fields_are_read_by_the_same_rules() -> None:
    assert read_value(OPTIONS["ratio"], "16x9") == "16:9"
    assert read_value(OPTIONS["variants"], "4") == 4
    money = next(option for option in COMMANDS["quotas set"].options if option.kind == "money")
    assert read_value(money, "2.50") == 2_500_000
    assert read_value(money, "Unlimited") == UNLIMITED


@pytest.mark.parametrize("typed", ["2,5", "1e1", "1_0", "+5", "-5", "1,00", "٣", "2.0"])
def test_a_number_with_doubtful_separators_is_refused(typed: str) -> None:
    """`--images-per-day 2,5` is no 25, in a chat, in a form, and in the shell, which sends the same words."""
    images = next(option for option in COMMANDS["quotas set"].options if option.name == "images_per_day")
    money = next(option for option in COMMANDS["quotas set"].options if option.kind == "money")
    assert isinstance(read_value(images, typed), Misread)
    assert typed == "2.0" or isinstance(read_value(money, typed), Misread)
    assert refusal(f"@ann --images-per-day {typed}", "quotas set").sentence.startswith("--images-per-day")


@pytest.mark.parametrize(("typed", "number"), [("1,000", 1_000), ("２５", 25), ("25", 25)])
def test_groups_of_thousands_and_full_width_digits_count(typed: str, number: int) -> None:
    images = next(option for option in COMMANDS["quotas set"].options if option.name == "images_per_day")
    assert read_value(images, typed) == number
