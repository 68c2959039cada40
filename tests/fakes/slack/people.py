"""What people do here. Each returns once the app acknowledged it, or did not in time."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.slack import forms, interactions, posting, responding
from tests.fakes.slack.deliveries import Ack, Event, Interaction
from tests.fakes.slack.errors import ApiError, Json, NotOffered
from tests.fakes.slack.messages import Message, View, elements
from tests.fakes.slack.methods_views import change_view, check_view, make_view
from tests.fakes.slack.payloads import view_json
from tests.fakes.slack.places import Channel, Team, User
from tests.fakes.slack.server import Server


class People(Server):
    """`shortcuts`: those of the app, by name: their callback ids."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self.shortcuts: dict[str, str] = {}

    async def slash(self, user: User, channel: Channel, command: str, text: str = "") -> Interaction:
        """Type a command in a channel; never in a thread, where Slack has none."""
        payload = self._command(user, channel, command, text)
        interaction = interactions.begin(self, "slash_commands", user, payload, channel)
        await self._deliver(interaction)
        if interaction.body.get("text") or interaction.body.get("blocks"):
            self._say_ack(interaction)
        return interaction

    def _command(self, user: User, channel: Channel, command: str, text: str) -> Json:
        self._in(user, channel)
        if user.team is not channel.team:
            raise NotOffered("commands are for the members of the team that has the app")
        if not channel.team.installed or "commands" not in channel.team.scopes:
            raise NotOffered(f"{command} is not a valid command")
        if self.commands is not None and command not in self.commands:
            raise NotOffered(f"{command} is not a valid command")
        return interactions.command_json(self, user, channel, command, text)

    def _say_ack(self, interaction: Interaction) -> None:
        try:
            responding.say(self, interaction, interaction.body, "ack")
        except ApiError as error:
            self.complain("ack", [error.error])

    def _in(self, user: User, channel: Channel) -> None:
        if not channel.has(user):
            raise NotOffered(f"{user.name} is not in {channel.name}")

    def _sees(self, user: User, where: Message | View) -> None:
        if isinstance(where, View):
            if where is not self.open_view(user) and where is not self.home(user):
                raise NotOffered("this view is not open")
            return
        if where in where.channel.gone or (where.only_for is not None and where.only_for is not user):
            raise NotOffered("there is no such message to be seen")
        self._in(user, where.channel)

    async def _deliver(self, interaction: Interaction) -> None:
        interaction.acks.append(await self.send(interaction.kind, interaction.payload))
        self.touch()

    async def click(
        self, user: User, where: Message | View, label: str, *, confirm: bool = True
    ) -> Interaction:
        """Press a button, by its label, how that begins, or its action_id. `confirm`: say yes if asked."""
        self._sees(user, where)
        buttons = [(block, e) for block, e in elements(where.blocks) if e["type"] == "button"]
        exact = [(b, e) for b, e in buttons if label in (e["text"]["text"], e["action_id"])]
        found = exact or [(b, e) for b, e in buttons if e["text"]["text"].startswith(label)]
        if len(found) != 1:
            raise NotOffered(f"{len(found)} buttons read {label!r}; there is {where.labels}")
        block, button = found[0]
        if "confirm" in button and not confirm:
            raise NotOffered("not confirmed, so that nothing is sent")
        return await self._act(user, where, block, button, {})

    async def choose(self, user: User, where: Message | View, name: str, value: Any) -> Interaction:
        """Choose in a menu, by its action_id, block_id or placeholder; the option by value or text."""
        self._sees(user, where)
        for block, element in elements(where.blocks):
            placeholder = (element.get("placeholder") or {}).get("text")
            if name in (element.get("action_id"), block["block_id"], placeholder):
                return await self._act(user, where, block, element, forms.entered(element, value))
        raise NotOffered(f"there is no menu {name!r}")

    async def _act(
        self, user: User, where: Message | View, block: Json, element: Json, chosen: Json
    ) -> Interaction:
        payload = interactions.click_json(self, user, where, block, element, chosen)
        channel = where.channel if isinstance(where, Message) else None
        interaction = interactions.begin(self, "interactive", user, payload, channel)
        interaction.original = where if isinstance(where, Message) else None
        await self._deliver(interaction)
        return interaction

    async def submit(self, user: User, view: View, values: Mapping[str, Any] | None = None) -> Interaction:
        """Fill in the topmost modal and send it; `values` by label, block_id or action_id."""
        self._sees(user, view)
        if not view.payload.get("submit"):
            raise NotOffered("this view has nothing to be sent")
        payload = interactions.view_event_json(
            self, "view_submission", view, forms.fill(view, dict(values or {}))
        )
        interaction = interactions.begin(self, "interactive", user, payload, None)
        await self._deliver(interaction)
        if interaction.acked and view is self.open_view(user):
            self._answer_view(interaction, view)
        return interaction

    def _answer_view(self, interaction: Interaction, view: View) -> None:
        """response_action: what an acknowledgement does to the modal; nothing said closes it."""
        stack, body = self.modals[interaction.user], interaction.body
        action = body.get("response_action", "")
        try:
            if action == "errors":
                self._show_errors(view, body.get("errors") or {})
            elif action in ("update", "push"):
                payload = check_view(self, view.team, body.get("view"), "ack", "modal")
                if action == "update":
                    change_view(self, view, payload)
                else:
                    stack.append(make_view(self, view.user, view.team, payload, view))
                interaction.modal = stack[-1]
            elif action == "clear":
                stack.clear()
            else:
                stack.remove(view)
        except ApiError as error:
            self.complain("ack", [error.error])
        self.touch()

    def _show_errors(self, view: View, errors: dict[str, str]) -> None:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        unknown = set(errors) - inputs
        if unknown or not errors:
            self.complain("ack", [f"errors: no input has the block_id {name}" for name in unknown or {"…"}])
        view.errors = errors

    async def close_view(self, user: User, view: View) -> Interaction | None:
        """Cancel the topmost modal; the app is told if the view says so, else None."""
        self._sees(user, view)
        self.modals[user].remove(view)
        self.touch()
        if not view.payload.get("notify_on_close"):
            return None
        payload = interactions.view_event_json(self, "view_closed", view)
        interaction = Interaction(kind="interactive", payload=payload, user=user, created=self.now())
        await self._deliver(interaction)
        return interaction

    async def shortcut(self, user: User, message: Message | None, name: str) -> Interaction:
        """A shortcut of the app, by its name or callback id: in a message's menu, or, with None, anywhere."""
        if message is not None:
            self._sees(user, message)
            if message.only_for is not None:
                raise NotOffered("an ephemeral message has no shortcuts")
        payload = interactions.shortcut_json(self, user, message, self.shortcuts.get(name, name))
        channel = message.channel if message else None
        interaction = interactions.begin(self, "interactive", user, payload, channel)
        await self._deliver(interaction)
        return interaction

    def say(self, user: User, channel: Channel, text: str, thread_ts: str | None = None) -> Message:
        """Write in a channel, which the app hears nothing of."""
        self._in(user, channel)
        body = {"text": interactions.escape(channel.team, text), "thread_ts": thread_ts}
        return posting.create(self, channel, user, body, "person")

    async def mention(self, user: User, channel: Channel, text: str, thread_ts: str | None = None) -> Event:
        """Write to the bot in a channel; its name goes first, unless it is in the text."""
        bot = channel.team.bot
        if not channel.bot:
            raise NotOffered("the bot is not in here: Slack asks whether to invite it")
        named = text if f"@{bot.name}" in text else f"@{bot.name} {text}"
        message = self.say(user, channel, named, thread_ts)
        event = {
            "type": "app_mention",
            "channel": channel.id,
            "event_ts": message.ts,
            "team": channel.team.id,
        }
        event |= {"user": user.id, "text": message.text, "ts": message.ts}
        event |= {"user_team": user.team.id} if user.team is not channel.team else {}
        event |= {"thread_ts": thread_ts} if thread_ts else {}
        return await self.events.tell("app_mention", channel.team, event, user)

    async def direct(self, user: User, text: str, thread_ts: str | None = None) -> Event:
        """Write to the bot in the direct conversation."""
        message = self.say(user, self.dm(user), text, thread_ts)
        return await self.events.tell("message.im", user.team, self.events.message_event(message), user)

    async def react(self, user: User, message: Message, emoji: str) -> Event:
        """`emoji` by name, such as "repeat"."""
        self._sees(user, message)
        users = message.reactions.setdefault(emoji, [])
        if user in users or message.only_for is not None:
            raise NotOffered("nobody can react so, or not again")
        users.append(user)
        return await self._reacted("reaction_added", user, message, emoji)

    async def unreact(self, user: User, message: Message, emoji: str) -> Event:
        if user not in message.reactions.get(emoji, []):
            raise NotOffered("there is no such reaction of theirs")
        message.reactions[emoji].remove(user)
        return await self._reacted("reaction_removed", user, message, emoji)

    async def _reacted(self, name: str, user: User, message: Message, emoji: str) -> Event:
        if not message.channel.has(message.channel.team.bot):
            return Event(kind="events_api", payload={})
        return await self.events.reaction(name, user, message, emoji)

    async def open_home(self, user: User, tab: str = "home") -> Event:
        event: Json = {"type": "app_home_opened", "user": user.id, "channel": self.dm(user).id, "tab": tab}
        event["event_ts"] = self.new_ts()
        view = self.home(user)
        if view is not None:
            event["view"] = view_json(self, view)
        return await self.events.tell("app_home_opened", user.team, event, user)

    async def uninstall(self, team: Team | None = None) -> list[Event]:
        """Take the app out of a team: its tokens work no more, and it is told."""
        team = team or self.team
        self.tokens.revoke_team(team, "account_inactive")
        team.token = ""
        revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot.id]}}
        return [
            await self.events.tell("tokens_revoked", team, revoked),
            await self.events.tell("app_uninstalled", team, {"type": "app_uninstalled"}),
        ]

    async def forge(self, forgery: str, user: User, channel: Channel, command: str, text: str = "") -> Ack:
        """A command that is signed as one of `calls.FORGERIES` says; HTTP mode alone."""
        payload = self._command(user, channel, command, text)
        interactions.begin(self, "slash_commands", user, payload, channel)
        return await self.calls.post(self.calls.signed("slash_commands", payload, forgery=forgery))
