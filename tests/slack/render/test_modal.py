"""Forms as modals that Slack accepts, and the values that come back."""

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
from tests.slack.cards import HEAD, hostile_text

CHOICES = tuple(Choice(value=name, label=f"{name} · $0.03 a picture") for name in ("fast", "standard"))
PROMPT = Field(name="prompt", label="Prompt", kind="text", value="a fox", longest=2_000, required=True)
TIER = Field(name="tier", label="Tier", kind="choice", value="standard", choices=CHOICES)
FORM = Form(title="Edit prompt", submit="Draw", verb="edit", target=HEAD.job, fields=(PROMPT, TIER))

_choices = st.lists(hostile_text, min_size=1, max_size=12).map(
    lambda labels: tuple(Choice(value=f"v{place}", label=label) for place, label in enumerate(labels))
)
_fields = st.lists(
    st.builds(
        Field,
        name=st.just(""),
        label=hostile_text,
        kind=st.just("text"),
        value=hostile_text | st.text("x", min_size=4_000, max_size=4_100),
        longest=st.sampled_from((0, 1, 2_000, 9_000)),
        required=st.booleans(),
    )
    | st.builds(
        Field,
        name=st.just(""),
        label=hostile_text,
        kind=st.sampled_from(("choice", "choices")),
        value=st.sampled_from(("v0", "v7", "v0,v1,none", "none")),
        choices=_choices,
    ),
    max_size=5,
).map(lambda fields: tuple(replace(field, name=f"f{place}") for place, field in enumerate(fields)))


@given(
    st.builds(
        Form,
        title=hostile_text,
        submit=hostile_text,
        verb=st.just("edit"),
        target=st.just(HEAD.job),
        fields=_fields,
    )
)
@settings(max_examples=15, deadline=None)
def test_every_form_keeps_within_the_limits_of_a_modal(form: Form) -> None:
    assert view_errors(view(form, private_metadata="x" * METADATA_LIMIT)) == []


@pytest.fixture
async def modal() -> AsyncIterator[View]:
    """The modal of FORM, open for a user."""
    async with FakeSlack("http") as fake:
        yield View(id="V1", user=fake.add_user("ann"), team=fake.team, payload=check(view(FORM)), hash="h")


def check(payload: dict[str, Any]) -> dict[str, Any]:
    assert view_errors(payload) == []
    return payload


def test_a_modal_has_its_forms_id_metadata_title_and_submit_button() -> None:
    payload = view(FORM, private_metadata="kept")
    assert parse_form(payload["callback_id"]) == ("edit", HEAD.job, 0)
    assert payload["private_metadata"] == "kept"
    assert (payload["title"]["text"], payload["submit"]["text"]) == ("Edit prompt", "Draw")


def test_an_untouched_modal_returns_its_prefilled_values(modal: View) -> None:
    assert values(initial_state(modal)) == {"prompt": "a fox", "tier": "standard"}


def test_entered_values_come_back_as_typed(modal: View) -> None:
    entered = fill(modal, {"Prompt": "R&D <@U1>\n*fox*", "Tier": "fast · $0.03 a picture"})
    assert values(entered) == {"prompt": "R&D <@U1>\n*fox*", "tier": "fast"}


async def test_an_empty_field_is_an_empty_text_and_a_missing_choice_is_left_out() -> None:
    blank = replace(FORM, fields=(replace(PROMPT, value="", required=False), replace(TIER, value="gone")))
    async with FakeSlack("http") as fake:
        modal = View(id="V1", user=fake.add_user("ann"), team=fake.team, payload=view(blank), hash="h")
        assert values(initial_state(modal)) == {"prompt": ""}
        assert "initial_value" not in modal.fields["Prompt"]


def test_a_required_prompt_must_be_entered_and_a_preselected_tier_need_not(modal: View) -> None:
    with pytest.raises(NotOffered):
        fill(modal, {"Prompt": ""})
    assert modal.fields["Prompt"]["max_length"] == 2_000
    assert [block["optional"] for block in modal.blocks] == [False, False]  # a tier is preselected
    blank = replace(FORM, fields=(replace(PROMPT, required=False), replace(TIER, value="")))
    assert [block["optional"] for block in view(blank)["blocks"]] == [True, True]


def test_a_short_text_has_one_line() -> None:
    field = Field(name="collection", label="Name", kind="text", value="", longest=60)
    short = Form(title="Keep", submit="Keep", verb="collect", target=HEAD.job, fields=(field,))
    assert [block["element"]["multiline"] for block in view(short)["blocks"]] == [False]
    assert [block["optional"] for block in view(short)["blocks"]] == [True]


def test_a_select_has_no_more_choices_than_slack_takes() -> None:
    many = tuple(Choice(value=f"v{place}", label="x") for place in range(120))
    form = replace(FORM, fields=(replace(TIER, choices=many, value="v110"),))
    assert view_errors(view(form)) == []
