"""Guessing the token: how fast it may be tried, whom that holds up, and what the log says of it."""

from dataclasses import dataclass
from typing import cast

import pytest
from aiohttp import HttpVersion, HttpVersion11, web
from multidict import CIMultiDict

from adapters.common.seldom import PAUSE
from adapters.web.token import PEERS, Token, TooManyGuesses
from tests.fakes.core import ScriptedCore
from tests.fakes.key_value import MemoryKeyValue
from tests.web.conftest import serving

SECRET = "a-long-secret-token"


class Clock:
    """A clock that stands still until it is set."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Sent:
    """A request, as far as the token looks at it."""

    remote: str
    headers: CIMultiDict[str]
    version: HttpVersion = HttpVersion11


def request(sender: str, forwarded: str = "") -> web.Request:
    """Make a request from an address; `forwarded`: the sender before a proxy at this address."""
    headers = CIMultiDict({"X-Forwarded-For": forwarded} if forwarded else {})
    return cast(web.Request, Sent(sender, headers))


def tries(token: Token, sender: web.Request, text: str, most: int = 500) -> int:
    """Count how often a text is looked at before the token says that these were too many."""
    for number in range(most):
        try:
            assert not token.is_right(text, sender)
        except TooManyGuesses:
            return number
    return most


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_one_sender_has_ten_guesses_and_one_more_every_three_seconds(clock: Clock) -> None:
    token, sender = Token(SECRET, clock), request("192.0.2.7")
    assert tries(token, sender, "wrong") == 10
    with pytest.raises(TooManyGuesses) as refusal:
        token.is_right(SECRET, sender)
    assert 0 < refusal.value.seconds <= 3
    clock.now += 3
    assert token.is_right(SECRET, sender)
    assert tries(token, sender, "wrong") == 1


def test_many_senders_together_have_ten_guesses_a_second(clock: Clock) -> None:
    token = Token(SECRET, clock)
    looked_at = 0
    for second in range(100):
        for number in range(200):
            sender = request("127.0.0.1", f"198.{second}.{number}.1")
            looked_at += tries(token, sender, "wrong", most=1)
        clock.now += 1
    assert looked_at <= 60 + 10 * 100


def test_whoever_sits_at_this_machine_is_not_held_up_by_others(clock: Clock) -> None:
    token = Token(SECRET, clock)
    for number in range(100):
        tries(token, request("127.0.0.1", f"198.51.100.{number}"), "wrong")
    with pytest.raises(TooManyGuesses):
        token.is_right(SECRET, request("203.0.113.9"))
    assert token.is_right(SECRET, request("127.0.0.1"))
    clock.now += 0.2
    assert token.is_right(SECRET, request("203.0.113.9"))


def test_the_addresses_of_one_network_are_one_sender(clock: Clock) -> None:
    token = Token(SECRET, clock)
    assert tries(token, request("2001:db8::1"), "wrong") == 10
    assert tries(token, request("2001:db8::2:3"), "wrong") == 0
    assert tries(token, request("2001:db8:0:1::1"), "wrong") == 10


def test_senders_are_forgotten_before_they_fill_the_memory(clock: Clock) -> None:
    token = Token(SECRET, clock)
    for number in range(PEERS * 2):
        clock.now += 1
        tries(token, request("127.0.0.1", f"10.0.{number // 256}.{number % 256}"), "wrong", most=1)
    assert len(token._peers) == PEERS


def test_the_log_tells_of_it_once_a_minute_and_never_a_token(
    clock: Clock, capfd: pytest.CaptureFixture[str]
) -> None:
    token = Token(SECRET, clock)
    for _ in range(3):
        for _ in range(50):
            tries(token, request("192.0.2.7"), "wrong-guess", most=1)
        clock.now += PAUSE
    lines = [line for line in "".join(capfd.readouterr()).splitlines() if "web.wrong_token" in line]
    assert len(lines) == 3
    assert "50" in lines[1]
    assert "wrong-guess" not in str(lines)
    assert SECRET not in str(lines)


async def test_each_way_to_send_the_token_counts_and_a_signed_in_browser_goes_on(
    store: MemoryKeyValue,
) -> None:
    async with serving(store, ScriptedCore(), token=SECRET) as page:
        url, origin = page.adapter.url, {"Origin": page.adapter.url}
        async with page.http.get(f"{url}/?token={SECRET}") as answer:
            assert answer.status == 200
        statuses = []
        for number in range(12):
            if number % 2:
                call = page.http.get(f"{url}/?token=wrong")
            else:
                call = page.http.post(f"{url}/login", data={"token": "wrong"}, headers=origin)
            async with call as answer:
                statuses.append(answer.status)
                text, wait = await answer.text(), answer.headers.get("Retry-After")
        assert statuses[-1] == 429
        assert (int(wait or 0) > 0, "too many wrong tokens" in text) == (True, True)
        assert await page.messages() == []
