"""A Discord on a loopback address, for an unmodified discord.py: REST under /api/v10, and the gateway.

    async with FakeDiscord() as fake:            # points discord.py here; keep_bytes=, check=, point=
        guild = fake.add_guild("Studio")         # premium_tier=, has_bot=False, everyone=bits(...)
        room = guild.add_channel("general")      # room.deny("send_messages"); guild.add_thread(room, "x")
        ann = guild.add_member("Ann", permissions=["manage_guild"])   # roles=[guild.add_role("vip")]
        bob = fake.add_user("Bob", installed=True, accepts_dms=False)   # of no guild
        ...start a bot with fake.token...
        await fake.connected()

Builders: `dm(user)`, `add_private_channel(*users)`, `file(name, bytes)` for options that take one,
`guild.permit("quotas", role, True)`, `remove_bot(guild)`; all work before and after the bot came.

People act, and wait (`patience` seconds) until the bot answered; what their client would not let them do
raises NotOffered: `slash(ann, room, "quotas set", {"person": bob})`, `menu(ann, message, "Imagine this")`,
`click(ann, message, "Again" or custom_id)`, `submit(ann, interaction.modal, {"Prompt": "a fox"})`,
`autocomplete(…, focused="tier")`. Without an answer: `react`, `unreact`, `say`, `erase`.
They return an `Interaction`: `.response` (None if unanswered; its type is `.answered_with`), `.posted` (the
message of the answer), `.modal`, `.seconds`, `.original`, `.followups`.

What is to be seen: `room.messages`, `room.gone`, `ephemerals(ann)`, `dms(ann)`. A `Message`: `text`,
`labels`, `gallery` [(name, alt)], `attachments` (`name`, `description`, `size`, `sha1`, `data`),
`content`, `components` as sent, `flags`, `allowed_mentions`, `nonce`, `reference`, `history`, `pings`,
`reactions`, `loading`.
`until(lambda: …, seconds)` waits for anything; it looks again whenever something changed.

Time: `skip(seconds)`, `expire(interaction)`, `ack_seconds`. Troubles, by method and a pattern of the path:
`fail("PATCH", "@original", 500, times=1, retry_after=…, before=True)`, `lose`, `hold(…).open()`, `rate`,
`refuse_login`, `heal`, `drop_gateway(resumable=…, shard=…)`, `ask_reconnect`, `gateway.close_code`.
Shards: `add_guild(shard=(2, 3))`, `gateway.shards` (recommended), `.there`, `.guilds_a_shard`;
`gateway.identify_limit`: `leave(left, seconds)`, `rows`, `row_seconds`, `too_quick`.
Counts: `gateway.identifies`, `.resumes`, `.intents`, `creates` (commands), `requests`.
Every body is checked against Discord's OpenAPI document, where that is there: `violations` must stay empty.
"""

import re

from tests.fakes.discord.errors import Json, unauthorized
from tests.fakes.discord.gateway import RECONNECT, Connection
from tests.fakes.discord.server import Server
from tests.fakes.discord.troubles import FOREVER, Gate, Rate, Trouble


class FakeDiscord(Server):
    """See the module's docstring."""

    async def connected(self) -> None:
        """Wait until the bot identified, or resumed, and was told of its guilds."""
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
        """So many requests are answered so. `before`: without being carried out.

        `retry_after` makes Discord's body and headers of a 429; `everywhere`: of the global limit.
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
        """So many requests are carried out, and their connection is cut instead of an answer."""
        self._troubles.add(
            Trouble(method=method, path=re.compile(path), times=times, lost=True, before=False)
        )

    def hold(self, method: str, path: str) -> Gate:
        """Such requests wait until the gate is opened."""
        gate = Gate()
        self._troubles.add(Trouble(method=method, path=re.compile(path), times=FOREVER, gate=gate))
        return gate

    def rate(self, method: str, path: str, limit: int, per: float) -> None:
        """Such requests get X-RateLimit headers, and 429 over the limit, for each channel apart."""
        self._troubles.rates.append(Rate(method, re.compile(path), limit, per))

    def refuse_login(self, status: int = 401) -> None:
        """No login works, until `heal`."""
        body = unauthorized().body if status == 401 else None
        self.fail("GET", "^/users/@me$", status, body, times=FOREVER)

    def heal(self) -> None:
        """No trouble any more; rate limits stay."""
        self._troubles.clear()

    def drop_gateway(self, *, resumable: bool = True, shard: int | None = None) -> None:
        """Cut every gateway connection, or one shard's. Not `resumable`: what follows must identify anew."""
        if not resumable:
            self.gateway.forget_sessions(shard)
        self.gateway.for_each(Connection.cut, shard)

    def ask_reconnect(self) -> None:
        """Op 7: please come again."""
        self.gateway.for_each(lambda connection: connection.put(RECONNECT, None))
