"""The loopback Slack, tested with an unmodified slack-bolt and slack_sdk."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Literal

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.fakes.slack.bolt import MODAL, button, installing, section, serving
from tests.fakes.slack.errors import Json, NotOffered
from tests.fakes.slack.messages import File
from tests.fakes.slack.places import SCOPES
from tests.fakes.slack.world import FakeSlack

Files = list[dict[str, str | None]]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(3000)
WEBP = b"RIFF\x00\x00\x00\x00WEBP" + bytes(100)


@pytest.fixture(params=["socket", "http"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(request.param) as fake:
        yield fake
    assert fake.violations == []


@pytest.fixture
async def fake() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def client(fake: FakeSlack) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(token=fake.team.token, base_url=fake.base_url, session=session)


async def error_of(call: Awaitable[object]) -> str:
    """Return the error code that a call is answered with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def upload(client: AsyncWebClient, data: bytes = PNG, alt: str = "a fox") -> str:
    """Upload a file and return its id. The upload is not completed yet."""
    target = await client.files_getUploadURLExternal(filename="fox.png", length=len(data), alt_txt=alt)
    assert client.session is not None
    async with client.session.post(target["upload_url"], data=data) as answer:
        assert answer.status == 200
    return str(target["file_id"])


# --- events, in both modes


async def test_a_command_is_acknowledged_and_answered_by_its_url(both: FakeSlack) -> None:
    room, ann = both.add_channel("general", bot=False), both.add_user("ann")
    async with serving(both) as bot:
        command = await both.slash(ann, room, "/imagine", "a fox & @ann <3")
        await both.until(lambda: command.followups)
        assert command.acked
        assert command.seconds is not None
        assert command.seconds < 3
        assert bot.requests[0][1]["text"] == f"a fox &amp; <@{ann.id}|ann> &lt;3"
        [card] = both.ephemerals(ann)
        assert (card.labels, card.words, card.only_for) == (["Cancel"], "drawing", ann)
        assert room.messages == []
        press = await both.click(ann, card, "Can")
        await both.until(lambda: card.text == "done")
        assert press.acked
        assert "message" not in press.payload
        assert card.history[0].text.startswith("drawing a fox")
        assert card.blocks == []


async def test_a_modal_is_filled_corrected_and_submitted(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    async with serving(both) as bot:
        command = await both.slash(ann, room, "/imagine")
        await both.until(lambda: command.modal)
        view = both.open_view(ann)
        assert view is not None
        assert (view.title, list(view.fields)) == ("Draw", ["Prompt", "Tier"])
        with pytest.raises(NotOffered, match="required"):
            await both.submit(ann, view, {"Tier": "fast"})
        with pytest.raises(NotOffered, match="100"):
            await both.submit(ann, view, {"Prompt": "x" * 101})
        with pytest.raises(NotOffered, match="Ultra"):
            await both.submit(ann, view, {"Prompt": "a fox", "tier": "slow"})
        await both.submit(ann, view, {"Prompt": "bad"})
        assert view.errors == {"prompt": "not this"}
        assert both.open_view(ann) is view
        await both.submit(ann, view, {"Prompt": "a fox", "value": "Ultra"})
        assert both.open_view(ann) is None
        values = bot.requests[-1][1]["view"]["state"]["values"]
        assert values["prompt"]["text"] == {"type": "plain_text_input", "value": "a fox"}
        assert values["tier"]["value"]["selected_option"]["value"] == "ultra"
        again = await both.slash(ann, room, "/imagine")
        await both.until(lambda: again.modal)
        assert again.modal is not None
        await both.close_view(ann, again.modal)
        assert bot.requests[-1][0] == "close"


async def test_events_reach_the_bot(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    async with serving(both) as bot:
        mention = await both.mention(ann, room, "a fox")
        mine = await bot.client.chat_postMessage(channel=room.id, text="here", thread_ts=room.messages[0].ts)
        gallery = room.messages[1]
        assert (gallery.ts, gallery.thread_ts) == (mine["ts"], room.messages[0].ts)
        events = [
            mention,
            await both.direct(ann, "hello"),
            await both.react(ann, gallery, "repeat"),
            await both.open_home(ann),
        ]
        assert all(event.acked and len(event.acks) == 1 for event in events)
        assert [name for name, _ in bot.requests] == [
            "app_mention",
            "message",
            "reaction_added",
            "app_home_opened",
        ]
        assert bot.requests[0][1]["event"]["text"] == f"{both.team.bot.mention} a fox"
        assert bot.requests[2][1]["event"]["item_user"] == both.team.bot.id
        again = await both.shortcut(ann, gallery, "reimagine")
        await both.until(lambda: again.followups)
        assert bot.requests[-1][1]["message"]["ts"] == gallery.ts
        last_events = await both.uninstall()
        assert [event.payload["event"]["type"] for event in last_events] == [
            "tokens_revoked",
            "app_uninstalled",
        ]
        assert await error_of(bot.client.auth_test()) == "account_inactive"


async def test_an_event_is_repeated_until_it_is_acknowledged(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    both.ack_seconds, both.retry_delays = 0.2, (0.0, 60.0)
    async with serving(both) as bot:
        both.app_url, app_url = both.app_url.replace("/events", "/elsewhere"), both.app_url
        links = both.sockets.connections[:]
        if both.mode == "socket":
            both.sockets.connections.clear()
        event = await both.mention(ann, room, "a fox")
        await both.until(lambda: len(event.acks) == 2)
        assert not event.acked
        both.app_url = app_url
        both.sockets.connections.extend(links)
        both.skip(60)
        await both.until(lambda: event.acked)
        assert len(event.acks) == 3
        assert [body["event_id"] for _, body in bot.requests] == [event.event_id]
    if both.mode == "http":
        assert both.http.requests[-1].headers["X-Slack-Retry-Num"] == "2"
        assert both.http.requests[-1].headers["X-Slack-Retry-Reason"] == "http_error"


async def test_a_late_acknowledgement_is_a_timeout_for_the_person(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    both.ack_seconds = 0.1
    async with serving(both) as bot:
        bot.app._async_listeners.clear()

        @bot.app.command("/imagine")
        async def slow(ack: object) -> None:
            await asyncio.sleep(0.3)

        command = await both.slash(ann, room, "/imagine", "a fox")
        assert (command.failed, command.body, command.seconds) == ("operation_timeout", {}, None)


# --- files


async def test_four_uploads_are_shown_as_one_message(fake: FakeSlack, client: AsyncWebClient) -> None:
    room, other = fake.add_channel("general"), fake.add_channel("other", bot=False)
    fake.scan_seconds = 60
    fake.subscribed.add("file_shared")
    async with serving(fake) as bot:
        ids = await asyncio.gather(*(upload(client, alt=f"fox {n}") for n in range(4)))
        files: Files = [{"id": file_id, "title": f"fox {n}"} for n, file_id in enumerate(ids)]
        no = await error_of(client.files_completeUploadExternal(files=files, channel_id=other.id))
        assert no == "not_in_channel"
        blocks = [section("four foxes"), button("Again")]
        result = await client.files_completeUploadExternal(
            files=files, channel_id=room.id, blocks=json.dumps(blocks)
        )
        assert "ts" not in result.data
        before = (await client.files_info(file=ids[0]))["file"]
        assert (before["mimetype"], before["shares"], room.messages) == ("", {}, [])
        fake.skip(60)
        await fake.until(lambda: room.messages)
        [message] = room.messages
        assert [alt for _, alt in message.gallery] == ["fox 0", "fox 1", "fox 2", "fox 3"]
        assert message.labels == ["Again"]
        after = (await client.files_info(file=ids[0]))["file"]
        assert after["mimetype"] == "image/png"
        assert after["shares"]["public"][room.id][0]["ts"] == message.ts
        assert (fake.files[ids[0]].size, fake.files[ids[0]].data) == (len(PNG), PNG)
        # bolt takes these for the bot's own events, and does not pass them to listeners
        await fake.until(lambda: sum(event.acked for event in fake.events.deliveries) == 4)
        assert bot.requests == []


async def test_with_an_initial_comment_blocks_are_ignored(fake: FakeSlack, client: AsyncWebClient) -> None:
    room = fake.add_channel("general")
    files: Files = [{"id": await upload(client)}]
    blocks = [button("Again")]
    await client.files_completeUploadExternal(
        files=files, channel_id=room.id, initial_comment="a fox", blocks=json.dumps(blocks)
    )
    await fake.until(lambda: room.messages)
    assert (room.messages[0].text, room.messages[0].labels) == ("a fox", [])


async def test_a_file_in_an_image_block_must_be_scanned_first(
    fake: FakeSlack, client: AsyncWebClient
) -> None:
    room = fake.add_channel("general")
    fake.scan_seconds = 2
    file_id, webp = await upload(client), await upload(client, WEBP)

    def post(file: str) -> Awaitable[object]:
        image = {"type": "image", "slack_file": {"id": file}, "alt_text": "a fox"}
        return client.chat_postMessage(channel=room.id, text="a fox", blocks=[image])

    assert await error_of(post(file_id)) == "invalid_blocks"  # not completed yet
    await client.files_completeUploadExternal(files=[{"id": file_id}, {"id": webp}])
    assert await error_of(post(file_id)) == "invalid_blocks"
    fake.skip(2)
    await post(file_id)
    assert await error_of(post(webp)) == "invalid_blocks"
    [(file, alt)] = room.messages[0].gallery
    assert isinstance(file, File)
    assert (file.id, alt, list(file.shares)) == (file_id, "a fox", [room])


async def test_the_sdks_own_upload_works(fake: FakeSlack, client: AsyncWebClient) -> None:
    room = fake.add_channel("general")
    result = await client.files_upload_v2(file=PNG, filename="fox.png", channel=room.id, initial_comment="hi")
    file = (await client.files_info(file=result["file"]["id"]))["file"]
    assert client.session is not None
    bearer = {"Authorization": f"Bearer {fake.team.token}"}
    async with client.session.get(file["url_private"], headers=bearer) as answer:
        assert await answer.read() == PNG
    async with client.session.get(file["url_private"]) as answer:
        assert answer.content_type == "text/html"


# --- refusals


async def test_each_place_without_permission_has_its_error(fake: FakeSlack, client: AsyncWebClient) -> None:
    ann, shy = fake.add_user("ann"), fake.add_user("shy", accepts_dms=False)
    rooms = {
        "not_in_channel": fake.add_channel("out", bot=False),
        "channel_not_found": fake.add_channel("hidden", private=True, bot=False),
        "is_archived": fake.add_channel("old"),
    }
    rooms["is_archived"].archived = True
    for error, room in rooms.items():
        assert await error_of(client.chat_postMessage(channel=room.id, text="x")) == error
    assert await error_of(client.chat_postMessage(channel="C0", text="x")) == "channel_not_found"
    fake.team.scopes.add("chat:write.public")
    await client.chat_postMessage(channel=rooms["not_in_channel"].id, text="x")
    await client.chat_postMessage(channel=ann.id, text="for you")
    assert [message.text for message in fake.dms(ann)] == ["for you"]
    assert await error_of(client.conversations_open(users=[shy.id])) == "user_not_visible"
    assert (
        await error_of(client.chat_postEphemeral(channel="C0", user=ann.id, text="x")) == "channel_not_found"
    )
    few = fake.add_channel("few", members=[])
    assert (
        await error_of(client.chat_postEphemeral(channel=few.id, user=ann.id, text="x"))
        == "user_not_in_channel"
    )
    fake.team.scopes.remove("chat:write")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ann.id, text="x")
    assert caught.value.response["needed"] == "chat:write"
    assert await error_of(client.api_call("chat.shout")) == "unknown_method"


async def test_each_invalid_token_has_its_error(fake: FakeSlack, client: AsyncWebClient) -> None:
    assert await error_of(client.auth_test(token="xoxb-wrong")) == "invalid_auth"
    assert await error_of(client.apps_connections_open(app_token=fake.team.token)) == "not_allowed_token_type"
    assert await error_of(client.auth_test(token=fake.tokens.app)) == "not_allowed_token_type"
    fake.refuse_socket("invalid_auth")
    assert await error_of(client.apps_connections_open(app_token=fake.tokens.app)) == "invalid_auth"
    await client.auth_revoke()
    assert await error_of(client.auth_test()) == "token_revoked"


async def test_only_own_messages_can_be_changed(fake: FakeSlack, client: AsyncWebClient) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    hers, ts = fake.say(ann, room, "mine"), "1.000000"
    assert await error_of(client.chat_update(channel=room.id, ts=hers.ts, text="x")) == "cant_update_message"
    assert await error_of(client.chat_delete(channel=room.id, ts=hers.ts)) == "cant_delete_message"
    assert await error_of(client.chat_update(channel=room.id, ts=ts, text="x")) == "message_not_found"
    answer = await client.chat_postMessage(channel=room.id, text="a", blocks=[section("b")])
    own = room.messages[1]
    assert (
        await error_of(client.chat_update(channel=room.id, ts=answer["ts"], text="x" * 4001))
        == "msg_too_long"
    )
    await client.chat_update(channel=room.id, ts=answer["ts"], text="c")
    assert (own.words, own.blocks, own.history[0].text) == ("c", [], "a")
    await client.chat_delete(channel=room.id, ts=answer["ts"])
    assert (room.messages, room.deleted_messages) == ([hers], [own])
    assert await error_of(client.api_call("chat.postMessage", json={"channel": room.id})) == "no_text"


async def test_a_trigger_works_once_and_for_a_moment(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    async with serving(both) as bot:
        command = await both.slash(ann, room, "/imagine")
        await both.until(lambda: command.modal)
        reopen = bot.client.views_open(trigger_id=command.trigger_id, view=MODAL)
        assert await error_of(reopen) == "exchanged_trigger_id"
        late = await both.slash(ann, room, "/imagine", "a fox")
        both.skip(3.1)
        assert (
            await error_of(bot.client.views_open(trigger_id=late.trigger_id, view=MODAL))
            == "expired_trigger_id"
        )
        assert await error_of(bot.client.views_open(trigger_id="1.2.3", view=MODAL)) == "invalid_trigger_id"


async def test_a_response_url_works_five_times_in_half_an_hour(
    fake: FakeSlack, client: AsyncWebClient
) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    command, late = await fake.slash(ann, room, "/imagine", "x"), await fake.slash(ann, room, "/imagine", "x")
    assert command.failed == "dispatch_failed"  # no listener
    assert client.session is not None

    async def respond(url: str, **body: object) -> tuple[int, str]:
        assert client.session is not None
        async with client.session.post(url, json=body) as answer:
            return answer.status, await answer.text()

    for number in range(4):
        assert await respond(command.response_url, text=str(number)) == (200, "ok")
    assert [message.text for message in fake.ephemerals(ann)] == ["0", "1", "2", "3"]
    await respond(command.response_url, text="all see it", response_type="in_channel")
    assert [message.text for message in room.messages] == ["all see it"]
    assert "used_url" in (await respond(command.response_url, text="x"))[1]
    fake.skip(1801)
    assert "expired_url" in (await respond(late.response_url, text="x"))[1]


async def test_forged_and_stale_signatures_are_refused(fake: FakeSlack) -> None:
    fake.mode = "http"
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    async with serving(fake) as bot:
        for forgery in ("wrong", "stale", "future", "unsigned", "no_timestamp", "other_secret"):
            ack = await fake.forge(forgery, ann, room, "/imagine", "a fox")
            assert (forgery, ack.status) == (forgery, 401)
        assert (await fake.forge("not_a_number", ann, room, "/imagine")).status == 500  # as bolt does
        assert bot.requests == []
        assert (await fake.forge("good", ann, room, "/imagine", "a fox")).status == 200
        assert (await fake.replay(fake.http.requests[-1])).status == 200  # bolt does not notice a replay
        assert len(bot.requests) == 2
        assert (await fake.verify_url()).body["challenge"]


# --- notifications and invalid blocks


async def test_mentions_notify_as_in_slack(fake: FakeSlack, client: AsyncWebClient) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    group = fake.add_group("designers", ann)

    async def pings(text: str, *blocks: Json, link_names: bool = False) -> tuple[set[object], set[object]]:
        await client.chat_postMessage(
            channel=room.id, text=text, blocks=blocks or None, link_names=link_names
        )
        message = room.messages[-1]
        return {*message.pings}, {*(message.risks - message.pings)}

    everyone = f"<!channel> <!subteam^{group.id}> {ann.mention}"
    assert await pings(everyone) == ({"channel", group, ann}, set())
    assert await pings("&lt;!channel&gt; &lt;@U1&gt;") == (set(), set())
    assert await pings("@channel @ann") == (set(), {"channel", ann})
    assert await pings("@here @designers", link_names=True) == ({"here", group}, set())
    assert await pings("a fox", section(everyone)) == ({"channel", group, ann}, set())
    assert await pings(everyone, section("a fox")) == (set(), {"channel", group, ann})
    plain = {"type": "section", "text": {"type": "plain_text", "text": everyone}}
    assert await pings("a fox", plain) == (set(), set())
    assert await pings("a fox", section("@channel")) == (set(), {"channel"})
    assert await pings("a fox", section("@channel", verbatim=True)) == (set(), set())
    rich = {"type": "rich_text_section", "elements": [{"type": "broadcast", "range": "here"}]}
    assert await pings("a fox", {"type": "rich_text", "elements": [rich]}) == ({"here"}, set())


async def test_invalid_blocks_are_refused_and_recorded(fake: FakeSlack, client: AsyncWebClient) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    call = client.chat_postMessage(channel=room.id, text="x", blocks=[section("x" * 3001)])
    assert await error_of(call) == "invalid_blocks"
    assert fake.violations == [
        "chat.postMessage: must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
    home = {"type": "home", "blocks": [section("hello")]}
    await client.views_publish(user_id=ann.id, view=home)
    home_view = fake.home(ann)
    assert home_view is not None
    assert home_view.words == "hello"
    assert await error_of(client.views_publish(user_id=ann.id, view=MODAL)) == "invalid_arguments"
    stale = client.views_publish(user_id=ann.id, view=home, hash="0")
    assert await error_of(stale) == "hash_conflict"


# --- troubles, limits, Socket Mode, OAuth


async def test_failures_can_be_scripted(fake: FakeSlack, client: AsyncWebClient) -> None:
    room = fake.add_channel("general")

    def post() -> Awaitable[object]:
        return client.chat_postMessage(channel=room.id, text="x")

    fake.fail("chat.postMessage", error="fatal_error")
    assert await error_of(post()) == "fatal_error"
    fake.fail("chat.postMessage", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        await post()
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    fake.fail("chat.postMessage", status=503)
    with pytest.raises(SlackApiError, match="503"):
        await post()
    assert room.messages == []
    fake.lose("chat.postMessage")
    await post()  # the SDK retries once, so there are two messages
    assert len(room.messages) == 2
    gate = fake.hold("chat.postMessage")
    waiting = asyncio.ensure_future(post())
    await fake.until(lambda: gate.waiting)
    assert len(room.messages) == 2
    fake.heal()
    await waiting
    assert len(room.messages) == 3
    assert fake.count("chat.postMessage") == 6


async def test_rate_limits_are_enforced() -> None:
    async with FakeSlack(rate_limits=True) as fake, aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=fake.team.token, base_url=fake.base_url, session=session)
        room, ann = fake.add_channel("general"), fake.add_user("ann")
        await client.chat_postMessage(channel=room.id, text="x")
        assert await error_of(client.chat_postMessage(channel=room.id, text="x")) == "ratelimited"
        await client.chat_postMessage(channel=ann.id, text="x")
        fake.skip(1)
        await client.chat_postMessage(channel=room.id, text="x")
        for _ in range(20):
            await client.users_list()
        assert await error_of(client.users_list()) == "ratelimited"
        fake.skip(60)
        await client.users_list()


@pytest.mark.parametrize("how", ["drop", "refresh"])
async def test_a_lost_socket_is_reopened(fake: FakeSlack, how: Literal["drop", "refresh"]) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    async with serving(fake, ping_interval=0.3):
        if how == "drop":
            fake.drop_socket()
        else:
            await fake.refresh()
        await fake.until(lambda: fake.sockets.open_count == 2 and len(fake.sockets.connections) == 1)
        command = await fake.slash(ann, room, "/imagine", "a fox")
        assert command.acked


# The SDK builds its header with a class that aiohttp will drop.
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_oauth_issues_and_rotates_tokens(fake: FakeSlack, client: AsyncWebClient) -> None:
    fake.tokens.rotation = True
    team = fake.add_team("Other", installed=False)
    bob = team.add_user("bob", admin=True)
    secrets = {"client_id": fake.tokens.client_id, "client_secret": fake.tokens.client_secret}
    astray = fake.authorize(bob, redirect_uri="https://example.com/back")
    assert await error_of(client.oauth_v2_access(**secrets, code=astray)) == "bad_redirect_uri"
    code = fake.authorize(bob, {"chat:write"})
    assert (
        await error_of(client.oauth_v2_access(**secrets | {"client_secret": "x"}, code=code))
        == "bad_client_secret"
    )
    answer = await client.oauth_v2_access(**secrets, code=code)
    assert (answer["team"]["id"], answer["scope"], answer["expires_in"]) == (team.id, "chat:write", 43_200)
    assert (await client.auth_test(token=answer["access_token"]))["bot_id"] == team.bot_id
    assert await error_of(client.oauth_v2_access(**secrets, code=code)) == "code_already_used"
    fake.skip(43_200)
    assert await error_of(client.auth_test(token=answer["access_token"])) == "token_expired"
    renew = secrets | {"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]}
    new = await client.oauth_v2_access(**renew)
    await client.auth_test(token=new["access_token"])
    assert await error_of(client.oauth_v2_access(**renew)) == "invalid_refresh_token"


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_bolts_own_installation_page_works(
    fake: FakeSlack, client: AsyncWebClient, tmp_path: Path
) -> None:
    fake.mode, fake.tokens.rotation = "http", True
    team = fake.add_team("Other", installed=False)
    bob, room = team.add_user("bob", admin=True), team.add_channel("general")
    client.token = None
    async with installing(fake, client, tmp_path) as site:
        page = f"{site}/slack/install"
        assert client.session is not None
        async with client.session.get(page) as answer:
            assert "access_denied" in str(answer.url)  # no user who agrees
        fake.installer = bob
        async with client.session.get(page) as answer:
            assert answer.status == 200
        assert team.scopes == set(SCOPES)
        first = team.token
        command = await fake.slash(bob, room, "/imagine", "a fox")
        assert command.body == {"text": team.token}
        assert team.token != first
        assert fake.count("oauth.v2.access") == 2


async def test_a_user_of_another_team_can_only_mention(fake: FakeSlack, client: AsyncWebClient) -> None:
    other = fake.add_team("Other", installed=False)
    bob, eve = other.add_user("bob", admin=True), other.add_user("eve")
    room = fake.add_channel("shared", members=[bob], shared_with=[other])
    async with serving(fake) as bot:
        await fake.mention(bob, room, "a fox")
        assert bot.requests[0][1]["is_ext_shared_channel"]
        assert bot.requests[0][1]["event"]["user_team"] == other.id
        answer = (await client.users_info(user=bob.id))["user"]
        assert (answer["is_stranger"], answer["is_admin"], answer["team_id"]) == (True, False, other.id)
        assert await error_of(client.users_info(user=eve.id)) == "user_not_found"
        with pytest.raises(NotOffered):
            await fake.slash(bob, room, "/imagine", "a fox")


async def test_two_hundred_commands_at_once_are_answered() -> None:
    async with FakeSlack(keep_bytes=False, check=False) as fake:
        fake.ack_seconds = 60  # this test is not about speed
        room, ann = fake.add_channel("general"), fake.add_user("ann")
        async with serving(fake):
            commands = await asyncio.gather(*(fake.slash(ann, room, "/imagine", str(n)) for n in range(200)))
            await fake.until(lambda: len(fake.ephemerals(ann)) == 200)
            assert all(one.acked for one in commands)


async def test_an_ack_can_say_something_and_change_a_modal(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    async with serving(both):
        command = await both.slash(ann, room, "/imagine", "now")
        assert [message.text for message in room.messages] == ["at once"]
        assert command.followups == room.messages
        command = await both.slash(ann, room, "/imagine")
        await both.until(lambda: command.modal)
        first = both.open_view(ann)
        assert first is not None
        await both.submit(ann, first, {"Prompt": "update"})
        assert both.open_view(ann) is first
        assert (first.title, first.history[0]["title"]["text"]) == ("update", "Draw")
        await both.submit(ann, first, {"Prompt": "push"})
        second = both.open_view(ann)
        assert second is not None
        assert (second.title, second.previous) == ("push", first)
        with pytest.raises(NotOffered):
            await both.submit(ann, first, {"Prompt": "below"})
        await both.submit(ann, second, {"Prompt": "clear"})
        assert both.open_view(ann) is None


async def test_the_answer_to_a_command_cannot_be_replaced_by_url(fake: FakeSlack) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    command = await fake.slash(ann, room, "/imagine", "x")
    hook = AsyncWebhookClient(command.response_url)
    await hook.send(text="one")
    await hook.send(text="two", replace_original=True)
    await hook.send(delete_original=True)
    assert [message.text for message in fake.ephemerals(ann)] == ["one", "two"]


async def test_a_menu_on_the_home_tab_can_be_used(fake: FakeSlack, client: AsyncWebClient) -> None:
    ann = fake.add_user("ann")
    options = [{"text": {"type": "plain_text", "text": value}, "value": value} for value in "vw"]
    menu = {"type": "static_select", "action_id": "press", "options": options}
    blocks = [{"type": "actions", "block_id": "b", "elements": [menu]}, button("Again")]
    await client.views_publish(user_id=ann.id, view={"type": "home", "blocks": blocks})
    home = fake.home(ann)
    assert home is not None
    async with serving(fake) as bot:
        await fake.choose(ann, home, "press", "w")
        payload = bot.requests[0][1]
        assert payload["actions"][0]["selected_option"]["value"] == "w"
        assert payload["view"]["state"]["values"]["b"]["press"]["selected_option"]["value"] == "w"
        assert "response_url" not in payload
        with pytest.raises(NotOffered):
            await fake.choose(ann, home, "press", "x?")


async def test_several_sockets_share_the_events(fake: FakeSlack) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    async with serving(fake) as one, serving(fake) as two:
        await fake.connected(2)
        for _ in range(20):
            assert (await fake.mention(ann, room, "a fox")).acked
        assert len(one.requests) + len(two.requests) == 20
        assert one.requests
        assert two.requests


async def test_a_call_can_succeed_and_be_answered_with_an_error(
    fake: FakeSlack, client: AsyncWebClient
) -> None:
    room = fake.add_channel("general")
    fake.fail("chat.postMessage", status=500, before=False)
    with pytest.raises(SlackApiError, match="500"):
        await client.chat_postMessage(channel=room.id, text="x")
    assert len(room.messages) == 1


async def test_blocks_have_a_limit_for_their_sum(fake: FakeSlack, client: AsyncWebClient) -> None:
    room = fake.add_channel("general")
    call = client.chat_postMessage(channel=room.id, text="x", blocks=[section("x" * 2900)] * 5)
    assert await error_of(call) == "msg_blocks_too_long"
    await client.chat_postMessage(channel=room.id, text="x", blocks=[section("x" * 2900)] * 4)


async def test_an_ephemeral_message_cannot_share_a_file(fake: FakeSlack, client: AsyncWebClient) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    file_id = await upload(client)
    await client.files_completeUploadExternal(files=[{"id": file_id}])
    image = {"type": "image", "slack_file": {"id": file_id}, "alt_text": "a fox"}
    await client.chat_postEphemeral(channel=room.id, user=ann.id, text="a fox", blocks=[image])
    assert len(fake.violations) == 1
    await client.chat_postMessage(channel=room.id, text="a fox", blocks=[image])
    await client.chat_postEphemeral(channel=room.id, user=ann.id, text="a fox", blocks=[image])
    assert len(fake.violations) == 1


async def test_a_fourth_modal_is_refused(fake: FakeSlack) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    async with serving(fake) as bot:
        first = await fake.slash(ann, room, "/imagine")
        await fake.until(lambda: first.modal)
        more = [await fake.slash(ann, room, "/imagine", "x") for _ in range(3)]
        calls = [bot.client.views_push(trigger_id=one.trigger_id, view=MODAL) for one in more]
        pushed = [(await call)["view"]["root_view_id"] for call in calls[:2]]
        assert first.modal is not None
        assert pushed == [first.modal.id] * 2
        assert await error_of(calls[2]) == "push_limit_reached"


async def test_a_reaction_to_an_answer_by_url_names_no_author(fake: FakeSlack) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    async with serving(fake) as bot:
        await fake.slash(ann, room, "/imagine", "now")
        await fake.react(ann, room.messages[0], "repeat")
        assert "item_user" not in bot.requests[-1][1]["event"]
        fake.team.scopes.remove("reactions:read")
        answer = await fake.react(ann, room.messages[0], "wastebasket")
        assert answer.acks == []


async def test_an_eleventh_socket_is_refused(fake: FakeSlack, client: AsyncWebClient) -> None:
    assert client.session is not None
    sockets = []
    for _ in range(11):
        url = (await client.apps_connections_open(app_token=fake.tokens.app))["url"]
        sockets.append(await client.session.ws_connect(url))
        first = (await sockets[-1].receive_json())["type"]
        assert first == ("hello" if len(sockets) < 11 else "disconnect")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await client.session.ws_connect(url)  # each address works once
    for socket in sockets:
        await socket.close()


async def test_an_unforeseen_payload_is_recorded(fake: FakeSlack, client: AsyncWebClient) -> None:
    room = fake.add_channel("general")
    unread = {"type": "rich_text", "elements": 5}
    with pytest.raises(SlackApiError, match="500"):
        await client.chat_postMessage(channel=room.id, text="x", blocks=[unread])
    assert "could not be carried out" in fake.violations[0]
