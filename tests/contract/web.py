"""The playground's house: driven over its HTTP API, as its page would, and seen through it."""

import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import aiohttp

from adapters.web import WebAdapter
from adapters.web.playground.chat import CHANNEL, address
from bot.commands.spec import Command
from bot.port.cards import Card, Delivered, Notice, Reply, Report
from bot.port.requests import Address, OptionValue
from bot.storage.key_value import LedgerKeyValue
from quotas.ids import id_text, new_id
from tests.contract.ground import Ground
from tests.contract.harness import Can, Seen, Who, typed

PERSONAS: dict[Who, str] = {"ann": "web:member", "bob": "web:second", "boss": "web:admin"}
EDITED = ("prompt", "tier", "ratio", "variants")  # fields of the page's dialog
TOLD = ("prompt", "line", "summary", "title", "sentence", "hint", "caption", "mention")


@dataclass(frozen=True, slots=True)
class Shaky(LedgerKeyValue):
    """the adapter's key-value store on a disk that may be full."""

    full: list[bool] = field(default_factory=lambda: [False])

    async def put(self, key: str, value: str) -> None:
        if self.full[0]:
            raise OSError("the disk is full")
        await LedgerKeyValue.put(self, key, value)

    async def delete(self, key: str) -> None:
        if self.full[0]:
            raise OSError("the disk is full")
        await LedgerKeyValue.delete(self, key)


@dataclass
class Web:
    ground: Ground
    name: ClassVar = "web"
    names: ClassVar[Mapping[Who, str]] = {"ann": "Mia", "bob": "Noah", "boss": "Ada"}
    twice: ClassVar = ""
    lacks: ClassVar[Mapping[Can, str]] = {
        "ban": "its one channel is this page, which nobody can close to us",
        "lent": "it lends no reply tokens: the page can always be reached",
    }
    _full: list[bool] = field(default_factory=lambda: [False])
    _replies: dict[Who, list[dict[str, Any]]] = field(default_factory=dict)

    async def open(self) -> None:
        self._http = aiohttp.ClientSession()
        await self._start()

    async def close(self) -> None:
        await self._http.close()
        await self.ground.crash()

    async def restart(self) -> None:
        """The pages stay open, and find the process again; what only they showed is theirs."""
        await self.ground.crash()
        await self._start()

    async def _start(self) -> None:
        await self.ground.open(self._make)
        await self.ground.running(self._adapter.listening)
        await self.ground.start()

    def _make(self, store: LedgerKeyValue, _commands: Mapping[str, Command]) -> WebAdapter:
        self._adapter = WebAdapter("127.0.0.1", 0, Shaky(store.ledger, store.namespace, self._full))
        return self._adapter

    async def done(self) -> None:
        await self.ground.done()

    async def skip(self, seconds: float) -> None:
        self.ground.clock.skipped += seconds

    def mention(self, who: Who) -> str:
        return f"@{self.names[who]}"

    # --- what people do

    async def ask(self, who: Who, text: str, **options: OptionValue) -> None:
        await self._post(who, "say", id=str(uuid.uuid4()), text=text, options=options)

    def person(self, who: Who) -> str:
        return f"@{self.names[who]}"

    def channel(self) -> str:
        return CHANNEL

    async def command(self, who: Who, name: str, **options: Any) -> None:
        await self._post(who, "say", id=str(uuid.uuid4()), text=f"/{name} {typed(options)}")

    async def press(self, who: Who, label: str, on: Seen) -> None:
        button = _button(await self._card(who, on), label)
        await self._press(who, button, {})

    async def fill(self, who: Who, label: str, on: Seen, **changes: str) -> Mapping[str, str]:
        card = await self._card(who, on)
        button = _button(card, label)
        if button["verb"] == "edit":  # the page knows what is on its card
            filled = {name: str(card[name]) for name in EDITED}
        else:
            opened = await self._send(who, "form", _what(button))
            filled = {field["name"]: field["value"] for field in opened["form"]["fields"]}
        await self._press(who, button, {**filled, **changes})
        return filled

    async def react(self, who: Who, emoji: str, on: Seen) -> None:
        await self._post(who, "react", message=on.id, emoji=emoji, on=True)

    async def unreact(self, who: Who, emoji: str, on: Seen) -> None:
        await self._post(who, "react", message=on.id, emoji=emoji, on=False)

    async def _press(self, who: Who, button: Mapping[str, Any], options: Mapping[str, str]) -> None:
        await self._post(who, "press", options=options, **_what(button))

    async def _post(self, who: Who, path: str, **body: Any) -> None:
        """What is answered to this page alone is shown by it, and by no other."""
        told = await self._send(who, path, body)
        if "error" in told:
            told = {"id": f"error-{uuid.uuid4()}", "reply": {"kind": "notice", "sentence": told["error"]}}
        if "reply" in told:
            message = {"id": told["id"], "card": told["reply"], "private_to": PERSONAS[who]}
            before = {each["id"] for each in await self._messages(who)}
            self._replies.setdefault(who, []).append({**message, "before": before})

    async def _send(self, who: Who, path: str, body: Mapping[str, Any]) -> Any:
        url = self._adapter.url
        sent = {"persona": PERSONAS[who], **body}
        async with self._http.post(f"{url}/api/{path}", json=sent, headers={"Origin": url}) as answer:
            return await answer.json()

    # --- what is seen

    async def seen(self, who: Who) -> list[Seen]:
        return [await self._seen(message) for message in await self._shown(who)]

    async def _shown(self, who: Who) -> list[dict[str, Any]]:
        """The channel's messages, and among them, when they came, the replies to this page alone."""
        shown, replies = [], list(self._replies.get(who, []))
        for message in await self._messages(who):
            while replies and message["id"] not in replies[0]["before"]:
                shown.append(replies.pop(0))
            shown.append(message)
        return shown + replies

    async def _messages(self, who: Who) -> list[dict[str, Any]]:
        url = f"{self._adapter.url}/api/messages"
        async with self._http.get(url, params={"persona": PERSONAS[who]}) as answer:
            return list((await answer.json())["messages"])

    async def _card(self, who: Who, on: Seen) -> dict[str, Any]:
        return next(dict(each["card"]) for each in await self._shown(who) if each["id"] == on.id)

    async def _seen(self, message: Mapping[str, Any]) -> Seen:
        card = message["card"]
        drawn = [each for each in card.get("pictures", []) if await self._served(each["src"])]
        pictures = [*drawn, *([card["chart"]] if card.get("chart") else [])]
        return Seen(
            id=message["id"],
            text=_text(card),
            files=(card["file"]["name"],) if card.get("file") else (),
            pictures=len(pictures),
            alts=tuple(each["alt"] for each in pictures),
            buttons=tuple(button["label"] for button in card.get("buttons", [])),
            private=bool(message["private_to"]),
            pings=(card["mention"],) if card.get("mention") else (),
        )

    async def _served(self, path: str) -> bool:
        async with self._http.get(self._adapter.url + path) as answer:
            return answer.status == 200 and answer.content_type.startswith("image/")

    # --- trouble

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        self._full[0] = True
        try:
            yield
        finally:
            self._full[0] = False

    def ban(self) -> None:
        raise NotImplementedError(self.lacks["ban"])

    def spend_tokens(self) -> None:
        raise NotImplementedError(self.lacks["lent"])

    # --- the port, directly

    async def job(self) -> str:
        return id_text(new_id())

    def address(self, *, private: bool) -> Address:
        return address(PERSONAS["ann"] if private else "")

    async def answer(self, reply: Reply) -> None:
        self.ground.core.says = reply
        if isinstance(reply, Report | Notice):
            await self.command("ann", "quota")
        else:
            await self.ask("ann", "a fox")

    def why_not(self, verb: str, card: Card) -> str:
        if verb == "reply" and isinstance(card, Delivered):
            return "a request that was answered before: its gallery is in the channel already"
        return ""


def _what(button: Mapping[str, Any]) -> dict[str, Any]:
    """A press of it, or the request for its form."""
    return {"id": str(uuid.uuid4()), **{name: button[name] for name in ("verb", "job", "index")}}


def _button(card: Mapping[str, Any], label: str) -> dict[str, Any]:
    return next(dict(button) for button in card["buttons"] if button["label"].startswith(label))


def _text(card: Mapping[str, Any]) -> str:
    """What the page writes for a card, without its buttons."""
    lines = [str(card[name]) for name in TOLD if card.get(name)]
    lines += [*card.get("notes", []), *card.get("lines", [])]
    table = [card.get("columns", []), *card.get("rows", [])]
    return "\n".join(lines + [" ".join(row) for row in table if row])
