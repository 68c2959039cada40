"""Ids, tokens and names: written ones read back the same, and no text names somebody else, or more."""

import re
from pathlib import Path
from random import Random
from typing import get_args

import pytest

from adapters.discord.ids import qualified_id, snowflake
from adapters.discord.render import custom_ids
from adapters.slack.inbound import convert
from adapters.slack.render import action_ids
from bot.cli import targets
from bot.cli.exits import InvalidInput
from bot.commands.values import read_picked, target_kind
from bot.people import lookup
from bot.port.cards import Button, Form, Refused, Verb
from bot.port.requests import Address, Person
from quotas.ids import id_number, id_text
from quotas.ledger import Ledger
from quotas.records import ANY, Defaults
from tests.fuzz.fuzzer import TIMEOUT, Fuzzer
from tests.fuzz.generators import damaged, odd_text, word

pytestmark = [pytest.mark.soak, pytest.mark.timeout(TIMEOUT)]

VERBS = get_args(Verb)
CROCKFORD = {
    letter: f"{place}" if place < 10 else chr(87 + place)
    for place, letter in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
} | {"O": "0", "I": "1", "L": "1"}
PEOPLE = [  # workspace, person, name
    ("discord:7", "discord:1", "Ann"),
    ("discord:7", "discord:2", "Bob Lee"),
    ("discord:9", "discord:3", "Ann"),
    ("slack:T1", "slack:T1:U1", "Cem"),
    ("slack:T1", "slack:T2:U2", "cem"),
    ("dm", "discord:1", "Ann"),
    ("shell", "shell:root", "root"),
]
WORKSPACES = ["discord:7", "discord:9", "slack:T1", "dm", "shell", "web:playground", ANY]
TYPED = [
    *("Ann", "@bob lee", "cem", "1", "U1", "discord:1", "slack:U1", "slack:T1:U1", "slack:T9:U9", "here"),
    *(
        "<@discord:3>",
        "<@!2>",
        "<@&5>",
        "<@slack:T1:U1>",
        "<!subteam^S1|@g>",
        "<#C1|x>",
        "#general",
        "slack:S1",
    ),
    *("slack:guests", "everyone", "@everyone", "*", "", " ", "dm", "slack:", ":", "web:ann", "shell:root"),
]


def test_ids(fuzzer: Fuzzer) -> None:
    for dice in fuzzer:
        check_job_id(dice, fuzzer)
        check_buttons(dice, fuzzer)
        check_tokens(dice, fuzzer)


def check_job_id(dice: Random, fuzzer: Fuzzer) -> None:
    number = dice.choice((dice.getrandbits(63), dice.getrandbits(8), 2**63 - 1))
    assert id_number(id_text(number)) == number
    text = fuzzer.input = damaged(dice, id_text(number)) if dice.random() < 0.8 else odd_text(dice)
    digits = [CROCKFORD.get(letter, "") for letter in text.strip().upper()]
    meant = int("".join(digits), 32) if len(digits) == 13 and all(digits) else -1
    try:
        assert id_number(text) == meant
        assert 0 <= meant < 2**63
    except ValueError:
        assert not 0 <= meant < 2**63


def check_buttons(dice: Random, fuzzer: Fuzzer) -> None:
    target = dice.choice((id_text(dice.getrandbits(63)), word(dice, 32)))
    button = Button(verb=dice.choice(VERBS), label="", target=target, index=dice.choice((0, 3, 9_999)))
    meant = (button.verb, button.target, button.index)
    written = custom_ids.custom_id(button)
    assert len(written) <= 60
    assert custom_ids.parse_custom_id(written) == meant
    action, value = action_ids.action_id(button, dice.randint(0, 24)), action_ids.action_value(button)
    assert action_ids.parse_action(action, value) == meant
    form = Form(title="", submit="", verb=button.verb, target=target, fields=(), index=button.index)
    callback = action_ids.callback_id(form)
    assert action_ids.parse_form(callback) == (button.verb, target, button.index if target else 0)
    fuzzer.input = texts = [damaged(dice, text) for text in (written, action, value, callback)]
    check_read(custom_ids.parse_custom_id(texts[0]))
    check_read(action_ids.parse_action(texts[1], texts[2]))
    check_read(action_ids.parse_form(texts[3]))
    if number := re.fullmatch(r"discord:(\d{1,19})", qualified_id(dice.getrandbits(63))):
        assert snowflake(number[0]) == int(number[1])


def check_read(read: tuple[str, str, int] | None) -> None:
    """A damaged id is still read within the format, if at all; authority is looked up elsewhere."""
    if read is not None:
        verb, target, index = read
        assert verb in VERBS
        assert 0 <= index <= 9_999
        assert len(target) <= 32
        assert target.isalnum() if target else verb == "imagine"
        assert target.isascii()


def check_tokens(dice: Random, fuzzer: Fuzzer) -> None:
    """Each of Slack's tokens keeps its kind and its id, whatever the names around it are."""
    users = [f"U{word(dice, 6, '0123456789ABCDEF')}" for _ in range(2)]
    tokens = [f"<@{users[0]}>", f"<@{users[1]}|{damaged(dice, 'ann')}>", "<#C1|general>", "<!subteam^S1>"]
    pieces = [dice.choice((odd_text(dice), *tokens)) for _ in range(dice.randint(1, 6))]
    text = fuzzer.input = " ".join(pieces)
    ids = convert.user_ids(text)
    names = {user: odd_text(dice) + dice.choice(("", ">", "<@U9>", "|")) for user in users}
    labelled = convert.label_users(text, names)
    assert convert.user_ids(labelled) == ids
    home = f"slack:T2:{users[0]}"
    people = {users[0]: Person(id=home, name=names[users[0]])}
    qualified = convert.qualify_tokens(labelled, "T1", people)
    picked = [read_picked(token) for token in re.findall(r"<(?:@|#|!subteam\^)slack:[^<>]*>", qualified)]
    persons = dict.fromkeys(each[1] for each in picked if each and each[0] == "person")
    assert list(persons) == [home if user == users[0] else f"slack:T1:{user}" for user in ids]
    for token in (damaged(dice, dice.choice(TYPED)), odd_text(dice)):
        fuzzer.input = token
        named, kind = read_picked(token), target_kind(token)
        assert named is None or (kind == named[0] and named[1] in token and named[1])


@pytest.fixture
async def ledger(tmp_path: Path):  # type: ignore[no-untyped-def]
    ledger = await Ledger.open(tmp_path, Defaults())
    for at, (workspace, person, name) in enumerate(PEOPLE):
        await ledger.people.record_person(workspace, person, name, float(at))
    yield ledger
    await ledger.close()


async def test_names_and_targets(fuzzer: Fuzzer, ledger: Ledger) -> None:
    for dice in fuzzer:
        text = dice.choice(TYPED)
        if dice.random() < 0.6:
            text = damaged(dice, text) if dice.random() < 0.7 else odd_text(dice)
        workspace = dice.choice(WORKSPACES)
        fuzzer.input = (workspace, text)
        await check_lookup(ledger, workspace, text)
        await check_shell(ledger, workspace, text)


async def check_lookup(ledger: Ledger, workspace: str, text: str) -> None:
    """Whoever is found is of that kind, known in this workspace or of its platform; nobody else ever is."""
    platform = workspace.partition(":")[0]
    address = Address(platform=platform, workspace=workspace, channel=f"{platform}:C1")
    found = {
        "person": await lookup.find_person(ledger, workspace, text),
        "role": lookup.find_role(workspace, text),
        "channel": lookup.find_channel(address, text),
    }
    for kind, id_ in found.items():
        if isinstance(id_, Refused):
            assert id_.sentence
            continue
        assert id_
        assert id_ != ANY
        assert target_kind(id_) in (None, kind)
        here = {person for place, person, _ in PEOPLE if workspace in (place, ANY)}
        assert id_ in here or id_.startswith(f"{platform}:") or workspace in (ANY, "dm")
        named = read_picked(text)
        assert named is None or (named[0] == kind and id_.endswith(named[1]))


async def check_shell(ledger: Ledger, workspace: str, text: str) -> None:
    """A scope that was typed is that scope or an error: never none, which would mean everything."""
    for find in (targets.find_workspace, targets.find_channel, targets.find_id):
        try:
            found = await find(ledger, text)
        except InvalidInput:
            continue
        assert found
        assert found == text or (find is targets.find_id and found in {person for _, person, _ in PEOPLE})
    try:
        who = await targets.find_person(ledger, text, workspace, "root")
    except InvalidInput:
        return
    assert who.workspace
    assert who.person
    known = [(place, person) for place, person, _ in PEOPLE]
    assert (who.workspace, who.person) in known or who.person in (text, "shell:root")
    assert who.workspace == workspace or (who.workspace, who.person) in known
