"""A Discord on a loopback address, for an unmodified discord.py: REST under /api/v10, and the gateway.

    async with FakeDiscord() as fake:            # points discord.py here; keep_bytes=, check=, point=
        guild = fake.add_guild("Studio")         # premium_tier=, has_bot=False, everyone=bits(...)
        room = guild.add_channel("general")      # room.deny("send_messages"); guild.add_thread(room, "x")
        ann = guild.add_member("Ann", permissions=["manage_guild"])   # roles=[guild.add_role("vip")]
        bob = fake.add_user("Bob", installed=True, accepts_dms=False)   # in no guild
        ...start a bot with fake.token...
        await fake.connected()

`remove_channel(room)`, `thread.archived` and `thread.locked` close a place.
Builders: `dm(user)`, `add_private_channel(*users)`, `file(name, bytes)` for options that take one,
`guild.permit("quotas", role, True)`, `remove_bot(guild)`; all work before and after the bot has connected.

People act, and wait up to `patience` seconds for the bot's answer. They raise NotOffered if a real client
would not let them: `slash(ann, room, "quotas set", {"person": bob})`, `menu(ann, message, "Imagine this")`,
`click(ann, message, "Again" or custom_id)`, `submit(ann, interaction.modal, {"Prompt": "a fox"})`,
`autocomplete(…, focused="tier")`. Without an answer: `react`, `unreact`, `say`, `erase`.
They return an `Interaction`: `.response` (None if unanswered; its type is `.answered_with`), `.posted` (the
message of the answer), `.modal`, `.seconds`, `.original`, `.followups`.

To look at: `room.messages`, `room.gone`, `ephemerals(ann)`, `dms(ann)`. A `Message`: `text`,
`labels`, `gallery` [(name, alt)], `attachments` (`name`, `description`, `size`, `sha1`, `data`),
`content`, `components` as sent, `flags`, `allowed_mentions`, `nonce`, `reference`, `history`, `pings`,
`reactions`, `loading`.
`until(lambda: …, seconds)` waits for a condition; it checks it again whenever something changes.

Time: `skip(seconds)`, `expire(interaction)`, `ack_seconds`. Troubles, by method and a pattern of the path:
`fail("PATCH", "@original", 500, times=1, retry_after=…, before=True)`, `lose`, `hold(…).open()`, `rate`,
`refuse_login`, `heal`, `drop_gateway(resumable=…, shard=…)`, `ask_reconnect`, `gateway.close_code`.
Shards: `add_guild(shard=(2, 3))`, `gateway.shards` (recommended), `.connected_shards`,
`.max_guilds_per_shard`; `gateway.identify_limit`: `set_remaining(remaining, seconds)`, `buckets`, `interval`,
`too_quick`.
Counts: `gateway.identifies`, `.resumes`, `.intents`, `creates` (commands), `requests`.
Every body is checked against Discord's OpenAPI document if there is one: `violations` must stay empty.
"""

import re

from tests.fakes.discord.errors import Json, unauthorized
from tests.fakes.discord.gateway import RECONNECT, Connection
from tests.fakes.discord.server import Server
from tests.fakes.discord.troubles import FOREVER, Gate, Rate, Trouble


class FakeDiscord(Server):
    """See the module's docstring."""

    async def connected(self) -> None:
        """Wait until the bot has identified or resumed, and got its guilds."""
        await self.until(lambda: self.gateway.connected)

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        body: Json | None = None,
        *,
        times: int = 1,
        retry_after: float | None = None,
        everywhere: bool = False,
        before: bool = True,
    ) -> None:
        """Let the next `times` requests fail.

        `retry_after`: seconds; the answer gets the body and headers of Discord's 429.
        `everywhere`: that 429 is of the global rate limit.
        `before`: the requests are not carried out.
        """
        headers = {}
        if retry_after is not None:
            scope = "global" if everywhere else "user"
            headers = {"Retry-After": str(retry_after), "X-RateLimit-Scope": scope}
            body = {
                "message": "You are being rate limited.",
                "retry_after": retry_after,
                "global": everywhere,
            }
        trouble = Trouble(
            method=method,
            path=re.compile(path),
            times=times,
            status=status,
            body=body or {"message": f"{status}: as asked for", "code": 0},
            headers=headers,
            before=before,
        )
        self._troubles.add(trouble)

    def lose(self, method: str, path: str, *, times: int = 1) -> None:
        """Carry out the next `times` requests, and cut their connections instead of answering."""
        self._troubles.add(
            Trouble(method=method, path=re.compile(path), times=times, lost=True, before=False)
        )

    def hold(self, method: str, path: str) -> Gate:
        """Let requests wait until the gate is opened."""
        gate = Gate()
        self._troubles.add(Trouble(method=method, path=re.compile(path), times=FOREVER, gate=gate))
        return gate

    def rate(self, method: str, path: str, limit: int, per: float) -> None:
        """Limit requests for each channel apart: X-RateLimit headers, and 429 over the limit."""
        self._troubles.rates.append(Rate(method, re.compile(path), limit, per))

    def refuse_login(self, status: int = 401) -> None:
        """Let every login fail until `heal`."""
        body = unauthorized().body if status == 401 else None
        self.fail("GET", "^/users/@me$", status, body, times=FOREVER)

    def heal(self) -> None:
        """End all troubles; rate limits stay."""
        self._troubles.clear()

    def drop_gateway(self, *, resumable: bool = True, shard: int | None = None) -> None:
        """Cut every gateway connection, or one shard's. `resumable`: False forces a new identify."""
        if not resumable:
            self.gateway.forget_sessions(shard)
        self.gateway.for_each(Connection.cut, shard)

    def ask_reconnect(self) -> None:
        """Send every connection a reconnect (op 7)."""
        self.gateway.for_each(lambda connection: connection.put(RECONNECT, None))
