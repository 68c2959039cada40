"""A form as a modal that Slack takes, and what comes back from it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.render.action_ids import parse_form
from adapters.slack.render.limits import METADATA_LIMIT
from adapters.slack.render.modal import values, view
from bot.port.cards import Choice, Field, Form
from tests.fakes.slack.blockkit import view_errors
from tests.fakes.slack.errors import NotOffered
from tests.fakes.slack.forms import fill, initial_state
from tests.fakes.slack.messages import View
from tests.fakes.slack.world import FakeSlack
from tests.slack.cards import HEAD, nasty

CHOICES = tuple(Choice(value=name, label=f"{name} · $0.03 a picture") for name in ("fast", "standard"))
PROMPT = Field(name="prompt", label="Prompt", kind="text", value="a fox", longest=2_000, required=True)
TIER = Field(name="tier", label="Tier", kind="choice", value="standard", choices=CHOICES)
FORM = Form(title="Edit prompt", submit="Draw", verb="edit", target=HEAD.job, fields=(PROMPT, TIER))

_choices = st.lists(nasty, min_size=1, max_size=12).map(
    lambda labels: tuple(Choice(value=f"v{place}", label=label) for place, label in enumerate(labels))
)
_fields = st.lists(
    st.builds(
        Field,
        name=st.just(""),
        label=nasty,
        kind=st.just("text"),
        value=nasty | st.text("x", min_size=4_000, max_size=4_100),
        longest=st.sampled_from((0, 1, 2_000, 9_000)),
        required=st.booleans(),
    )
    | st.builds(
        Field,
        name=st.just(""),
        label=nasty,
        kind=st.just("choice"),
        value=st.sampled_from(("v0", "v7", "none")),
        choices=_choices,
    ),
    max_size=5,
).map(lambda fields: tuple(replace(field, name=f"f{place}") for place, field in enumerate(fields)))


@given(
    st.builds(Form, title=nasty, submit=nasty, verb=st.just("edit"), target=st.just(HEAD.job), fields=_fields)
)
@settings(max_examples=15, deadline=None)
def test_no_form_goes_beyond_what_a_modal_may_hold(form: Form) -> None:
    assert view_errors(view(form, private_metadata="x" * METADATA_LIMIT)) == []


@pytest.fixture
async def opened() -> AsyncIterator[View]:
    async with FakeSlack("http") as fake:
        yield View(id="V1", user=fake.add_user("ann"), team=fake.team, payload=named(view(FORM)), hash="h")


def named(made: dict[str, Any]) -> dict[str, Any]:
    assert view_errors(made) == []
    return made


def test_it_says_what_it_is_about() -> None:
    made = view(FORM, private_metadata="kept")
    assert parse_form(made["callback_id"]) == ("edit", HEAD.job)
    assert made["private_metadata"] == "kept"
    assert (made["title"]["text"], made["submit"]["text"]) == ("Edit prompt", "Draw")


def test_what_stands_in_it_comes_back(opened: View) -> None:
    assert values(initial_state(opened)) == {"prompt": "a fox", "tier": "standard"}


def test_what_is_entered_comes_back_as_it_was_typed(opened: View) -> None:
    entered = fill(opened, {"Prompt": "R&D <@U1>\n*fox*", "Tier": "fast · $0.03 a picture"})
    assert values(entered) == {"prompt": "R&D <@U1>\n*fox*", "tier": "fast"}


async def test_an_empty_field_is_empty_and_a_choice_not_made_is_left_out() -> None:
    blank = replace(FORM, fields=(replace(PROMPT, value="", required=False), replace(TIER, value="gone")))
    async with FakeSlack("http") as fake:
        opened = View(id="V1", user=fake.add_user("ann"), team=fake.team, payload=view(blank), hash="h")
        assert values(initial_state(opened)) == {"prompt": ""}
        assert "initial_value" not in opened.fields["Prompt"]


def test_a_prompt_must_be_there_and_a_tier_need_not(opened: View) -> None:
    with pytest.raises(NotOffered):
        fill(opened, {"Prompt": ""})
    assert opened.fields["Prompt"]["max_length"] == 2_000
    assert [block["optional"] for block in opened.blocks] == [False, False]  # one tier is chosen already
    blank = replace(FORM, fields=(replace(PROMPT, required=False), replace(TIER, value="")))
    assert [block["optional"] for block in view(blank)["blocks"]] == [True, True]


def test_no_more_choices_than_a_select_may_have() -> None:
    many = tuple(Choice(value=f"v{place}", label="x") for place in range(120))
    form = replace(FORM, fields=(replace(TIER, choices=many, value="v110"),))
    assert view_errors(view(form)) == []
