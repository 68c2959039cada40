"""Forms as Discord modals."""

from adapters.discord.inbound.listener_components import field_values
from adapters.discord.render.custom_ids import parse_custom_id
from adapters.discord.render.modal import modal
from bot.port.cards import Choice, Field, Form
from tests.discord.cards import HEAD

TIERS = (Choice(value="fast", label="fast · 3–5 s"), Choice(value="ultra", label="ultra · 20–45 s"))


def form(*fields: Field, title: str = "Edit prompt") -> Form:
    return Form(title=title, submit="Draw", verb="edit", target=HEAD.job, fields=fields)


def prompt(value: str = "a red fox", longest: int = 2_000) -> Field:
    return Field(name="prompt", label="Prompt", kind="text", value=value, longest=longest, required=True)


def tier(value: str, choices: tuple[Choice, ...] = TIERS) -> Field:
    return Field(name="tier", label="Tier", kind="choice", value=value, choices=choices)


def test_a_form_is_prefilled() -> None:
    body = modal(form(prompt(), tier("ultra"))).to_dict()
    assert parse_custom_id(body["custom_id"]) == ("edit", HEAD.job, 0)
    assert body["title"] == "Edit prompt"
    text, select = (label["component"] for label in body["components"])
    assert (text["value"], text["max_length"], text["style"], text["required"]) == (
        "a red fox",
        2_000,
        2,
        True,
    )
    assert [(option["value"], option["default"]) for option in select["options"]] == [
        ("fast", False),
        ("ultra", True),
    ]
    assert select["required"] is False


def test_a_short_text_has_one_line() -> None:
    field = Field(name="collection", label="Name", kind="text", value="", longest=60)
    (label,) = modal(form(field)).to_dict()["components"]
    assert (label["component"]["style"], label["component"]["required"]) == (1, False)


def test_of_several_choices_each_can_be_chosen() -> None:
    field = Field(name="tiers", label="Tiers", kind="choices", value="fast,ultra", choices=TIERS)
    (label,) = modal(form(field)).to_dict()["components"]
    select = label["component"]
    assert select["max_values"] == 2
    assert [option["default"] for option in select["options"]] == [True, True]
    entry = {"type": select["type"], "custom_id": "tiers", "values": ["fast", "ultra"]}
    data = {"components": [{"component": entry}]}
    assert field_values(data) == {"tiers": "fast,ultra"}


def test_if_the_value_is_no_choice_nothing_is_chosen() -> None:
    (label,) = modal(form(tier("gone"))).to_dict()["components"]
    assert not any(option["default"] for option in label["component"]["options"])


def test_everything_that_is_too_long_is_cut() -> None:
    choices = tuple(Choice(value=f"v{number}", label="l" * 300) for number in range(40))
    field = Field(name="f", label="m" * 300, kind="choice", value="", choices=choices)
    fields = [prompt("p" * 9_000, longest=9_000), *[field] * 9]
    body = modal(form(*fields, title="t" * 300)).to_dict()
    assert len(body["title"]) == 45
    assert len(body["components"]) == 5
    assert {len(label["label"]) for label in body["components"][1:]} == {45}
    assert len(body["components"][0]["component"]["value"]) == 4_000
    options = body["components"][1]["component"]["options"]
    assert (len(options), {len(option["label"]) for option in options}) == (25, {100})


def test_a_form_whose_prompt_is_longer_than_its_field_still_opens() -> None:
    (label,) = modal(form(prompt("p" * 30, longest=20))).to_dict()["components"]
    assert (label["component"]["value"], label["component"]["max_length"]) == ("p" * 20, 20)


async def test_discord_py_waits_for_no_form() -> None:
    assert modal(form(prompt())).is_finished()
