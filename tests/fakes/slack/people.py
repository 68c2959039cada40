"""The actions of people. Each returns after the app's acknowledgement, or when that is too late."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.fakes.slack import forms, interactions, posting, responding
from tests.fakes.slack.deliveries import Ack, Event, Interaction
from tests.fakes.slack.errors import ApiError, Json, NotOffered
from tests.fakes.slack.messages import File, Message, View, elements
from tests.fakes.slack.methods_files import file_type
from tests.fakes.slack.methods_views import change_view, check_view, make_view
from tests.fakes.slack.payloads import file_json, view_json
from tests.fakes.slack.places import Channel, Team, User
from tests.fakes.slack.server import Server


class People(Server):
    """A server with people. `shortcuts`: the callback ids of the app's shortcuts, by name."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.shortcuts: dict[str, str] = {}

    async def slash(self, user: User, channel: Channel, command: str, text: str = "") -> Interaction:
        """Type a command in a channel. Slack has no commands in threads."""
        payload = self._command(user, channel, command, text)
        interaction = interactions.begin(self, "slash_commands", user, payload, channel)
        await self._deliver(interaction)
        if interaction.body.get("text") or interaction.body.get("blocks"):
            self._show_ack(interaction)
        return interaction

    def _command(self, user: User, channel: Channel, command: str, text: str) -> Json:
        self._check_member(user, channel)
        if user.team is not channel.team:
            raise NotOffered("commands are for the members of the team that has the app")
        if not channel.team.is_installed or "commands" not in channel.team.scopes:
            raise NotOffered(f"{command} is not a valid command")
        if self.commands is not None and command not in self.commands:
            raise NotOffered(f"{command} is not a valid command")
        return interactions.command_json(self, user, channel, command, text)

    def _show_ack(self, interaction: Interaction) -> None:
        try:
            responding.send_response(self, interaction, interaction.body, "ack")
        except ApiError as error:
            self.complain("ack", [error.error])

    def _check_member(self, user: User, channel: Channel) -> None:
        if not channel.has(user):
            raise NotOffered(f"{user.name} is not in {channel.name}")

    def _check_visible(self, user: User, target: Message | View) -> None:
        if isinstance(target, View):
            if target is not self.open_view(user) and target is not self.home(user):
                raise NotOffered("this view is not open")
            return
        if target in target.channel.deleted_messages or (
            target.only_for is not None and target.only_for is not user
        ):
            raise NotOffered("there is no such message to be seen")
        self._check_member(user, target.channel)

    async def _deliver(self, interaction: Interaction) -> None:
        interaction.acks.append(await self.send(interaction.kind, interaction.payload))
        self.touch()

    async def click(
        self, user: User, target: Message | View, label: str, *, confirm: bool = True
    ) -> Interaction:
        """Press a button, by its label, the beginning of its label, or its action_id.

        `confirm`: say yes if Slack asks for confirmation.
        """
        self._check_visible(user, target)
        buttons = [(block, e) for block, e in elements(target.blocks) if e["type"] == "button"]
        exact = [(b, e) for b, e in buttons if label in (e["text"]["text"], e["action_id"])]
        matches = exact or [(b, e) for b, e in buttons if e["text"]["text"].startswith(label)]
        if len(matches) != 1:
            raise NotOffered(f"{len(matches)} buttons read {label!r}; there is {target.labels}")
        block, button = matches[0]
        if "confirm" in button and not confirm:
            raise NotOffered("not confirmed, so that nothing is sent")
        return await self._act(user, target, block, button, {})

    async def choose(self, user: User, target: Message | View, name: str, value: Any) -> Interaction:
        """Choose in a menu, by its action_id, block_id or placeholder; the option by its value or text."""
        self._check_visible(user, target)
        for block, element in elements(target.blocks):
            placeholder = (element.get("placeholder") or {}).get("text")
            if name in (element.get("action_id"), block["block_id"], placeholder):
                return await self._act(user, target, block, element, forms.enter_value(element, value))
        raise NotOffered(f"there is no menu {name!r}")

    async def _act(
        self, user: User, target: Message | View, block: Json, element: Json, choice: Json
    ) -> Interaction:
        payload = interactions.click_json(self, user, target, block, element, choice)
        channel = target.channel if isinstance(target, Message) else None
        interaction = interactions.begin(self, "interactive", user, payload, channel)
        interaction.original = target if isinstance(target, Message) else None
        await self._deliver(interaction)
        return interaction

    async def submit(self, user: User, view: View, values: Mapping[str, Any] | None = None) -> Interaction:
        """Fill in the topmost modal and submit it. `values`: by label, block_id or action_id."""
        self._check_visible(user, view)
        if not view.payload.get("submit"):
            raise NotOffered("this view has nothing to be sent")
        payload = interactions.view_event_json(
            self, "view_submission", view, forms.fill(view, _with_file_objects(self, values or {}))
        )
        interaction = interactions.begin(self, "interactive", user, payload, None)
        await self._deliver(interaction)
        if interaction.acked and view is self.open_view(user):
            self._apply_ack(interaction, view)
        return interaction

    def _apply_ack(self, interaction: Interaction, view: View) -> None:
        """Change the modal as the acknowledgement's response_action says; without one, close it."""
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
        """Cancel the topmost modal; return the interaction if the view has `notify_on_close`, else None."""
        self._check_visible(user, view)
        self.modals[user].remove(view)
        self.touch()
        if not view.payload.get("notify_on_close"):
            return None
        payload = interactions.view_event_json(self, "view_closed", view)
        interaction = Interaction(kind="interactive", payload=payload, user=user, created=self.now())
        await self._deliver(interaction)
        return interaction

    async def shortcut(self, user: User, message: Message | None, name: str) -> Interaction:
        """Use a shortcut, by its name or callback id.

        `message`: the message in whose menu it is; None for a global shortcut.
        """
        if message is not None:
            self._check_visible(user, message)
            if message.only_for is not None:
                raise NotOffered("an ephemeral message has no shortcuts")
        payload = interactions.shortcut_json(self, user, message, self.shortcuts.get(name, name))
        channel = message.channel if message else None
        interaction = interactions.begin(self, "interactive", user, payload, channel)
        await self._deliver(interaction)
        return interaction

    def file(self, name: str, data: bytes, team: Team | None = None) -> File:
        """Upload a person's file; it shows nowhere yet."""
        team, id_ = team or self.team, self.new_id("F")
        file = File(id=id_, name=name, team=team, length=len(data), alt="", created=self.now())
        file.filetype, file.mimetype = file_type(data, name)
        file.size, file.data = len(data), data
        file.is_uploaded = file.is_completed = True
        self.files[id_] = file
        return file

    def say(
        self,
        user: User,
        channel: Channel,
        text: str,
        thread_ts: str | None = None,
        files: Sequence[File] = (),
    ) -> Message:
        """Write in a channel. The app gets no event for it."""
        self._check_member(user, channel)
        body = {"text": interactions.escape(channel.team, text), "thread_ts": thread_ts}
        return posting.create(self, channel, user, body, "person", files=list(files))

    async def mention(
        self,
        user: User,
        channel: Channel,
        text: str,
        thread_ts: str | None = None,
        files: Sequence[File] = (),
    ) -> Event:
        """Write to the bot in a channel. Its name goes first, unless it is in the text."""
        bot = channel.team.bot
        if not channel.bot:
            raise NotOffered("the bot is not in here: Slack asks whether to invite it")
        mention = text if f"@{bot.name}" in text else f"@{bot.name} {text}"
        message = self.say(user, channel, mention, thread_ts, files)
        event: Json = {
            "type": "app_mention",
            "channel": channel.id,
            "event_ts": message.ts,
            "team": channel.team.id,
        }
        event |= {"user": user.id, "text": message.text, "ts": message.ts}
        event |= {"user_team": user.team.id} if user.team is not channel.team else {}
        event |= {"thread_ts": thread_ts} if thread_ts else {}
        event |= {"files": [file_json(self, file) for file in files]} if files else {}
        return await self.events.send("app_mention", channel.team, event, user)

    async def direct(
        self, user: User, text: str, thread_ts: str | None = None, files: Sequence[File] = ()
    ) -> Event:
        """Write to the bot in the direct conversation."""
        message = self.say(user, self.dm(user), text, thread_ts, files)
        event = self.events.message_event(message) | ({"subtype": "file_share"} if files else {})
        return await self.events.send("message.im", user.team, event, user)

    async def react(self, user: User, message: Message, emoji: str) -> Event:
        """React to a message. `emoji`: its name, such as "repeat"."""
        self._check_visible(user, message)
        users = message.reactions.setdefault(emoji, [])
        if user in users or message.only_for is not None:
            raise NotOffered("nobody can react so, or not again")
        users.append(user)
        return await self._send_reaction("reaction_added", user, message, emoji)

    async def unreact(self, user: User, message: Message, emoji: str) -> Event:
        if user not in message.reactions.get(emoji, []):
            raise NotOffered("there is no such reaction of theirs")
        message.reactions[emoji].remove(user)
        return await self._send_reaction("reaction_removed", user, message, emoji)

    async def _send_reaction(self, name: str, user: User, message: Message, emoji: str) -> Event:
        if not message.channel.has(message.channel.team.bot):
            return Event(kind="events_api", payload={})
        return await self.events.reaction(name, user, message, emoji)

    async def open_home(self, user: User, tab: str = "home") -> Event:
        event: Json = {"type": "app_home_opened", "user": user.id, "channel": self.dm(user).id, "tab": tab}
        event["event_ts"] = self.new_ts()
        view = self.home(user)
        if view is not None:
            event["view"] = view_json(self, view)
        return await self.events.send("app_home_opened", user.team, event, user)

    async def uninstall(self, team: Team | None = None) -> list[Event]:
        """Remove the app from a team: revoke its tokens, and send the two events."""
        team = team or self.team
        self.tokens.revoke_team(team, "account_inactive")
        team.token = ""
        tokens_revoked = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [team.bot.id]}}
        return [
            await self.events.send("tokens_revoked", team, tokens_revoked),
            await self.events.send("app_uninstalled", team, {"type": "app_uninstalled"}),
        ]

    async def forge(self, forgery: str, user: User, channel: Channel, command: str, text: str = "") -> Ack:
        """Type a command, signed in one of the ways of `http_mode.FORGERIES`; only in HTTP mode."""
        payload = self._command(user, channel, command, text)
        interactions.begin(self, "slash_commands", user, payload, channel)
        return await self.http.post(self.http.sign_request("slash_commands", payload, forgery=forgery))


def _with_file_objects(server: People, values: Mapping[str, Any]) -> dict[str, Any]:
    """Write files as a submission has them: as whole objects."""
    return {
        name: [file_json(server, each) if isinstance(each, File) else each for each in value]
        if isinstance(value, list)
        else value
        for name, value in values.items()
    }
