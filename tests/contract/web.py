"""The harness of the playground: it uses the HTTP API as the page does."""

import base64
import contextlib
import io
import json
import uuid
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import aiohttp

from adapters.web import WebAdapter
from adapters.web.playground.chat import CHANNEL, address
from bot.commands.spec import Command
from bot.port.cards import Card, Delivered, Notice, PictureList, Reply, Report
from bot.port.requests import Address, OptionValue
from bot.storage.key_value import LedgerKeyValue
from quotas.ids import id_text, new_id
from tests.contract.backend import Backend
from tests.contract.harness import MASK, Actor, Capability, VisibleMessage, to_flags

PERSONAS: dict[Actor, str] = {"ann": "web:member", "bob": "web:second", "boss": "web:admin"}
EDIT_FIELDS = ("prompt", "tier", "ratio", "variants")  # of the page's own dialog
TEXT_FIELDS = ("prompt", "line", "summary", "title", "quote", "sentence", "hint", "caption", "mention")


@dataclass(frozen=True, slots=True)
class FullDiskKeyValue(LedgerKeyValue):
    """The adapter's key-value store on a disk that a test can fill."""

    full: list[bool] = field(default_factory=lambda: [False])

    async def put(self, key: str, value: str, people: Collection[str] = ()) -> None:
        if self.full[0]:
            raise OSError("the disk is full")
        await LedgerKeyValue.put(self, key, value, people)

    async def delete(self, key: str) -> None:
        if self.full[0]:
            raise OSError("the disk is full")
        await LedgerKeyValue.delete(self, key)


@dataclass
class Web:
    backend: Backend
    name: ClassVar = "web"
    names: ClassVar[Mapping[Actor, str]] = {"ann": "Mia", "bob": "Noah", "boss": "Ada"}
    duplicate_reason: ClassVar = ""
    unsupported: ClassVar[Mapping[Capability, str]] = {
        "ban": "its one channel is this page, which nobody can close to us",
        "gone": "its one channel is this page",
        "lent": "it lends no reply tokens: the page can always be reached",
    }
    _is_full: list[bool] = field(default_factory=lambda: [False])
    _replies: dict[Actor, list[dict[str, Any]]] = field(default_factory=dict)

    async def open(self) -> None:
        self._http = aiohttp.ClientSession()
        await self._start()

    async def close(self) -> None:
        await self._http.close()
        await self.backend.crash()

    async def restart(self) -> None:
        """Restart the process. The pages stay open and connect again, so they keep their own replies."""
        await self.backend.crash()
        await self._start()

    async def _start(self) -> None:
        await self.backend.open(self._make)
        await self.backend.wait_until_running(self._adapter.listening)
        await self.backend.start()

    def _make(self, store: LedgerKeyValue, _commands: Mapping[str, Command]) -> WebAdapter:
        self._adapter = WebAdapter(
            "127.0.0.1", 0, FullDiskKeyValue(store.ledger, store.namespace, self._is_full)
        )
        return self._adapter

    async def wait_until_done(self) -> None:
        await self.backend.wait_until_done()

    async def skip(self, seconds: float) -> None:
        self.backend.clock.skipped += seconds

    def mention(self, who: Actor) -> str:
        return f"@{self.names[who]}"

    # --- actions of people

    async def ask(self, who: Actor, text: str, **options: OptionValue) -> None:
        await self._post(who, "say", id=str(uuid.uuid4()), text=text, options=options)

    async def compare(self, who: Actor, text: str, **options: OptionValue) -> None:
        await self._post(who, "say", id=str(uuid.uuid4()), text=f"/compare {text}", options=options)

    async def send(self, who: Actor, text: str, files: Mapping[str, bytes], **options: OptionValue) -> None:
        body = {"persona": PERSONAS[who], "id": str(uuid.uuid4()), "text": text, "options": options}
        form = aiohttp.FormData()
        form.add_field("body", json.dumps(body))
        for name, data in files.items():
            form.add_field(
                "mask" if name == MASK else "reference",
                io.BytesIO(data),
                filename=name,
                content_type="image/png",
            )
        url = self._adapter.url
        async with self._http.post(f"{url}/api/say", data=form, headers={"Origin": url}) as answer:
            await self._keep_reply(who, await answer.json())

    def person(self, who: Actor) -> str:
        return f"@{self.names[who]}"

    def channel(self) -> str:
        return CHANNEL

    async def command(self, who: Actor, name: str, /, **options: Any) -> None:
        await self._post(who, "say", id=str(uuid.uuid4()), text=f"/{name} {to_flags(options)}")

    async def press(self, who: Actor, label: str, on: VisibleMessage) -> None:
        button = _button(await self._card(who, on), label)
        await self._press(who, button, {})

    async def pick(self, who: Actor, number: int, on: VisibleMessage) -> VisibleMessage:
        await self.press(who, str(number), on)
        return (await self.messages(who))[-1]

    async def last_answer(self, who: Actor) -> str:
        return "".join(each.text for each in (await self.messages(who))[-1:])

    async def last_file(self, who: Actor) -> bytes:
        card = (await self._all_messages(who))[-1]["card"]
        return base64.b64decode(card["file"]["src"].partition(",")[2])

    async def choose(self, who: Actor, prompt: str, on: VisibleMessage) -> None:
        await self._press(who, _choices(await self._card(who, on))[prompt], {})

    async def opened(self, who: Actor) -> VisibleMessage:
        return (await self.messages(who))[-1]

    async def fill(self, who: Actor, label: str, on: VisibleMessage, **changes: str) -> Mapping[str, str]:
        card = await self._card(who, on)
        button = _button(card, label)
        if button["verb"] == "edit" and not button["index"]:  # the page fills its own dialog from the card
            about = card if "prompt" in card else {"prompt": card["quote"]}
            filled = {name: str(about[name]) for name in EDIT_FIELDS if name in about}
        else:
            answer = await self._send(who, "form", _press_body(button))
            fields = [field for field in answer["form"]["fields"] if field["kind"] != "picture"]
            filled = {field["name"]: field["value"] for field in fields}
        await self._press(who, button, {**filled, **changes})
        return filled

    async def react(self, who: Actor, emoji: str, on: VisibleMessage) -> None:
        await self._post(who, "react", message=on.id, emoji=emoji, on=True)

    async def unreact(self, who: Actor, emoji: str, on: VisibleMessage) -> None:
        await self._post(who, "react", message=on.id, emoji=emoji, on=False)

    async def _press(self, who: Actor, button: Mapping[str, Any], options: Mapping[str, str]) -> None:
        await self._post(who, "press", options=options, **_press_body(button))

    async def _post(self, who: Actor, path: str, **body: Any) -> None:
        """Post a body. An answer to this page alone is added to the replies that only this page shows."""
        await self._keep_reply(who, await self._send(who, path, body))

    async def _keep_reply(self, who: Actor, answer: Any) -> None:
        if "error" in answer:
            answer = {"id": f"error-{uuid.uuid4()}", "reply": {"kind": "notice", "sentence": answer["error"]}}
        if "reply" in answer:
            message = {"id": answer["id"], "card": answer["reply"], "private_to": PERSONAS[who]}
            before = {each["id"] for each in await self._messages(who)}
            self._replies.setdefault(who, []).append({**message, "before": before})

    async def _send(self, who: Actor, path: str, body: Mapping[str, Any]) -> Any:
        url = self._adapter.url
        full_body = {"persona": PERSONAS[who], **body}
        async with self._http.post(f"{url}/api/{path}", json=full_body, headers={"Origin": url}) as answer:
            return await answer.json()

    # --- messages

    async def messages(self, who: Actor) -> list[VisibleMessage]:
        return [await self._to_visible(message) for message in await self._all_messages(who)]

    async def _all_messages(self, who: Actor) -> list[dict[str, Any]]:
        """List the channel's messages with the replies to this page among them, in the order of arrival."""
        messages, replies = [], list(self._replies.get(who, []))
        for message in await self._messages(who):
            while replies and message["id"] not in replies[0]["before"]:
                messages.append(replies.pop(0))
            messages.append(message)
        return messages + replies

    async def _messages(self, who: Actor) -> list[dict[str, Any]]:
        url = f"{self._adapter.url}/api/messages"
        async with self._http.get(url, params={"persona": PERSONAS[who]}) as answer:
            return list((await answer.json())["messages"])

    async def _card(self, who: Actor, on: VisibleMessage) -> dict[str, Any]:
        return next(dict(each["card"]) for each in await self._all_messages(who) if each["id"] == on.id)

    async def _to_visible(self, message: Mapping[str, Any]) -> VisibleMessage:
        card = message["card"]
        shown = [
            *card.get("pictures", []),
            *(job["picture"] for job in card.get("jobs", []) if job["picture"]),
        ]
        served_pictures = [each for each in shown if await self._is_served(each["src"])]
        pictures = [*served_pictures, *([card["chart"]] if card.get("chart") else [])]
        return VisibleMessage(
            id=message["id"],
            text=_text(card),
            files=(card["file"]["name"],) if card.get("file") else (),
            pictures=len(pictures),
            alts=tuple(each["alt"] for each in pictures),
            buttons=tuple(button["label"] for button in _buttons(card)),
            private=bool(message["private_to"]),
            pings=(card["mention"],) if card.get("mention") else (),
        )

    async def _is_served(self, path: str) -> bool:
        async with self._http.get(self._adapter.url + path) as answer:
            return answer.status == 200 and answer.content_type.startswith("image/")

    # --- trouble

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        self._is_full[0] = True
        try:
            yield
        finally:
            self._is_full[0] = False

    def ban(self) -> None:
        raise NotImplementedError(self.unsupported["ban"])

    def delete_channel(self) -> None:
        raise NotImplementedError(self.unsupported["gone"])

    def open_channel(self) -> None:
        raise NotImplementedError(self.unsupported["gone"])

    def accept_direct_messages(self, who: Actor) -> None:
        raise NotImplementedError(self.unsupported["gone"])

    def refuse_direct_messages(self, who: Actor) -> None:
        raise NotImplementedError(self.unsupported["gone"])

    def expire_tokens(self) -> None:
        raise NotImplementedError(self.unsupported["lent"])

    # --- the port, directly

    async def job(self) -> str:
        return id_text(new_id())

    def address(self, *, private: bool) -> Address:
        return address(PERSONAS["ann"] if private else "")

    async def answer(self, reply: Reply) -> None:
        self.backend.core.next_reply = reply
        if isinstance(reply, Report | PictureList | Notice):
            await self.command("ann", "quota")
        else:
            await self.ask("ann", "a fox")

    def why_not_shown(self, verb: str, card: Card) -> str:
        if verb == "reply" and isinstance(card, Delivered):
            return "a request that was answered before: its gallery is in the channel already"
        return ""


def _press_body(button: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body for a press of the button, or for its form."""
    return {"id": str(uuid.uuid4()), **{name: button[name] for name in ("verb", "job", "index")}}


def _buttons(card: Mapping[str, Any]) -> list[Any]:
    return [*card.get("buttons", []), *card.get("picks", [])]


def _choices(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return the buttons of a list's jobs, by their prompts."""
    return {job["prompt"]: job["choose"] for job in card.get("jobs", [])}


def _button(card: Mapping[str, Any], label: str) -> dict[str, Any]:
    return next(dict(button) for button in _buttons(card) if button["label"].startswith(label))


def _text(card: Mapping[str, Any]) -> str:
    """Return the text that the page shows for a card, without its buttons."""
    lines = [str(card[name]) for name in TEXT_FIELDS if card.get(name)]
    lines += [*card.get("notes", []), *card.get("lines", [])]
    lines += [text for job in card.get("jobs", []) for text in (job["prompt"], job["facts"])]
    table = [card.get("columns", []), *card.get("rows", [])]
    return "\n".join(lines + [" ".join(row) for row in table if row])
