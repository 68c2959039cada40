"""Downloads: which addresses a link may lead to, how far, how many bytes, and what it learns of us."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.painters.gateway import GatewayPainter
from bot.painters.gateway.download import MAX_PICTURE, BadLink, Downloader, is_public
from bot.painters.gateway.memory_budget import Lease, MemoryBudget
from bot.painters.port import Drawn, NotDrawn
from tests.bot.painters.gateway.orders import FAST, order
from tests.fakes.gateway import FakeGateway
from tests.fakes.gateway_rules import ImageCall, draw


class Names(AbstractResolver):
    """A resolver that answers each name with its addresses, in turn."""

    def __init__(self, **addresses: list[str]) -> None:
        self.addresses = addresses
        self.lookups: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        self.lookups.append(host)
        addresses = self.addresses.get(host.partition(".")[0], ["127.0.0.1"])
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None: ...


class Listener:
    """A server on 127.0.0.1, and on ::1 if there is one, that counts connections."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0

    def accept(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    server = await asyncio.start_server(listener.accept, "127.0.0.1", 0)
    listener.port = server.sockets[0].getsockname()[1]
    servers = [server]
    if socket.has_ipv6:
        try:
            servers.append(await asyncio.start_server(listener.accept, "::1", listener.port))
        except OSError:
            servers = [server]
    yield listener
    for server in servers:
        server.close()
        await server.wait_closed()


def soon(seconds: float = 20) -> float:
    return asyncio.get_running_loop().time() + seconds


def large_lease() -> Lease:
    return MemoryBudget(MAX_PICTURE).lease(0)


LINKS = [
    "https://127.0.0.1:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://0.0.0.0:{port}/",
    "https://0:{port}/",
    "https://localhost:{port}/",
    "https://localhost.:{port}/",
    "https://somebody@127.0.0.1:{port}/",
    "https://①②⑦.0.0.1:{port}/",
    "http://127.0.0.1:{port}/",
    "http://example.com/",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "/etc/passwd",
    "https://",
    "https://127.0.0.1:99999/",
    "https://[::1/",
    "javascript:alert(1)",
    "",
]


@pytest.mark.parametrize("link", LINKS)
async def test_a_link_to_a_private_address_makes_no_connection(listener: Listener, link: str) -> None:
    downloader = Downloader("https://gateway.example/v1")
    with pytest.raises(BadLink):
        await downloader.download(link.format(port=listener.port), large_lease(), soon())
    await downloader.close()
    assert listener.connections == 0


PIECES = ["https:", "https://", "//", "/", ":", "[", "]", "@", "%zz", "#", "?", "é", "a:b@", "::1", ":99999"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, "\0", "\r\n", "a" * 70, "\ud800"]), max_size=7))
@example(pieces=["https://", "]", "[", "user:pw@"])  # yarl raises IndexError
def test_a_link_of_any_shape_fails_without_an_exception(pieces: list[str]) -> None:
    async def fetch() -> bytearray:
        downloader = Downloader("https://gateway.example/v1", resolver=Names())
        try:
            return await downloader.download("".join(pieces), large_lease(), soon())
        finally:
            await downloader.close()

    with pytest.raises(BadLink):
        asyncio.run(fetch())


async def test_a_name_with_a_private_address_is_refused_at_connect(listener: Listener) -> None:
    names = Names(trap=["127.0.0.1"], six=["::1"], mapped=["::ffff:127.0.0.1"], cloud=["169.254.169.254"])
    downloader = Downloader("https://gateway.example/v1", resolver=names)
    for name in ("trap", "six", "mapped", "cloud"):
        with pytest.raises(BadLink, match=rf"not a public address \({name}\.example\)"):
            await downloader.download(f"https://{name}.example:{listener.port}/", large_lease(), soon())
    await downloader.close()
    assert {name.partition(".")[0] for name in names.lookups} == {"trap", "six", "mapped", "cloud"}
    assert listener.connections == 0


async def test_a_name_that_changes_its_address_is_refused_each_time(listener: Listener) -> None:
    names = Names(rebind=["2001:db8::1", "127.0.0.1"])
    downloader = Downloader("https://gateway.example/v1", resolver=names)
    with pytest.raises(BadLink, match="not a public address"):
        await downloader.download(f"https://rebind.example:{listener.port}/", large_lease(), soon())
    await downloader.close()
    assert listener.connections == 0


@pytest.mark.parametrize(
    "to", ["https://127.0.0.1:{port}/", "http://127.0.0.1:{port}/", "file:///etc/passwd"]
)
async def test_a_redirect_is_checked_as_the_link_was(
    gateway: FakeGateway, painter: GatewayPainter, listener: Listener, to: str
) -> None:
    gateway.next("urls", redirects=9, to=to.format(port=listener.port))
    outcome = await painter.draw(order(images=1))
    assert isinstance(outcome, NotDrawn)
    assert (outcome.why, outcome.cost_micros) == ("broken", FAST)
    assert gateway.fetches
    assert listener.connections == 0


PRIVATE = """
    127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 239.1.1.1 240.0.0.1
    255.255.255.255 192.0.2.1 198.18.0.1 192.0.0.192 168.63.129.16 :: ::1 ::127.0.0.1 ::ffff:10.0.0.1 fe80::1
    fe80::1%eth0 fc00::1 fec0::1 ff0e::1 2002:7f00:1:: 64:ff9b::a00:1 2001::1 2001:db8::1 localhost
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)


async def test_a_link_never_gets_the_key(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("urls")
    outcome = await painter.draw(order())
    assert isinstance(outcome, Drawn)
    assert len(gateway.fetches) == 4
    for headers in gateway.fetches:
        assert "Authorization" not in headers
        assert gateway.key not in str(headers)


def padded(size: int) -> bytes:
    """Make a sound picture of so many bytes: whatever follows its end is harmless."""
    return draw(ImageCall({"prompt": "a fox", "output_format": "jpeg"}, {}), 0, (64, 64), "").ljust(
        size, b"\0"
    )


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("beyond", [0, 1])
async def test_a_linked_picture_has_at_most_so_many_bytes(
    gateway: FakeGateway, painter: GatewayPainter, packed: bool, beyond: int
) -> None:
    """The picture is sound, so only the limit can refuse it."""
    data = padded(MAX_PICTURE + beyond)
    picture: dict[str, Any] = {"data": data}
    if packed:
        picture = {"data": gzip.compress(data, 1), "headers": {"Content-Encoding": "gzip"}}
    gateway.next("urls", **picture)
    outcome = await painter.draw(order(images=1))
    assert outcome.cost_micros == FAST
    if beyond:
        assert isinstance(outcome, NotDrawn)
        assert outcome.why == "broken"
    else:
        assert isinstance(outcome, Drawn)


async def test_the_deadline_holds_for_links_too() -> None:
    hung_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the other side hangs up
        writer.close()
        await writer.wait_closed()
        hung_up.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        downloader = Downloader(f"{origin}/v1")
        with pytest.raises(BadLink, match="no answer in time"):
            await downloader.download(f"{origin}/picture", large_lease(), soon(0.2))
        await downloader.close()
        await hung_up.wait()


async def test_one_expired_link_leaves_the_others(gateway: FakeGateway, painter: GatewayPainter) -> None:
    gateway.next("urls")
    await painter.draw(order(images=1))
    good = f"{gateway.origin}/pictures/0"
    gateway.next("urls", links=[good, "https://127.0.0.1/x", good, good])
    outcome = await painter.draw(order())
    assert isinstance(outcome, Drawn)
    assert (len(outcome.drawings), outcome.broken, outcome.cost_micros) == (3, 1, 4 * FAST)
