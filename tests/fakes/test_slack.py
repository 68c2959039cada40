"""The loopback Slack, tried with an unmodified slack-bolt and slack_sdk."""

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


async def refused(call: Awaitable[object]) -> str:
    """The error that a call is answered with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def uploaded(client: AsyncWebClient, data: bytes = PNG, alt: str = "a fox") -> str:
    """The id of an upload that awaits its completion."""
    got = await client.files_getUploadURLExternal(filename="fox.png", length=len(data), alt_txt=alt)
    assert client.session is not None
    async with client.session.post(got["upload_url"], data=data) as answer:
        assert answer.status == 200
    return str(got["file_id"])


# What people do, and how the bot hears of it, in both modes


async def test_a_command_is_acknowledged_and_answered_by_its_url(both: FakeSlack) -> None:
    room, ann = both.add_channel("general", bot=False), both.add_user("ann")
    async with serving(both) as bot:
        done = await both.slash(ann, room, "/imagine", "a fox & @ann <3")
        await both.until(lambda: done.followups)
        assert done.acked
        assert done.seconds is not None
        assert done.seconds < 3
        assert bot.heard[0][1]["text"] == f"a fox &amp; <@{ann.id}|ann> &lt;3"
        [card] = both.ephemerals(ann)
        assert (card.labels, card.words, card.only_for) == (["Cancel"], "drawing", ann)
        assert room.messages == []
        pressed = await both.click(ann, card, "Can")
        await both.until(lambda: card.text == "done")
        assert pressed.acked
        assert "message" not in pressed.payload
        assert card.history[0].text.startswith("drawing a fox")
        assert card.blocks == []


async def test_a_modal_is_filled_in_corrected_and_sent(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    async with serving(both) as bot:
        opened = await both.slash(ann, room, "/imagine")
        await both.until(lambda: opened.modal)
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
        values = bot.heard[-1][1]["view"]["state"]["values"]
        assert values["prompt"]["text"] == {"type": "plain_text_input", "value": "a fox"}
        assert values["tier"]["value"]["selected_option"]["value"] == "ultra"
        again = await both.slash(ann, room, "/imagine")
        await both.until(lambda: again.modal)
        assert again.modal is not None
        await both.close_view(ann, again.modal)
        assert bot.heard[-1][0] == "close"


async def test_events_reach_the_bot(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    async with serving(both) as bot:
        asked = await both.mention(ann, room, "a fox")
        mine = await bot.client.chat_postMessage(channel=room.id, text="here", thread_ts=room.messages[0].ts)
        gallery = room.messages[1]
        assert (gallery.ts, gallery.thread_ts) == (mine["ts"], room.messages[0].ts)
        events = [
            asked,
            await both.direct(ann, "hello"),
            await both.react(ann, gallery, "repeat"),
            await both.open_home(ann),
        ]
        assert all(event.acked and len(event.acks) == 1 for event in events)
        assert [name for name, _ in bot.heard] == [
            "app_mention",
            "message",
            "reaction_added",
            "app_home_opened",
        ]
        assert bot.heard[0][1]["event"]["text"] == f"{both.team.bot.mention} a fox"
        assert bot.heard[2][1]["event"]["item_user"] == both.team.bot.id
        again = await both.shortcut(ann, gallery, "reimagine")
        await both.until(lambda: again.followups)
        assert bot.heard[-1][1]["message"]["ts"] == gallery.ts
        told = await both.uninstall()
        assert [event.payload["event"]["type"] for event in told] == ["tokens_revoked", "app_uninstalled"]
        assert await refused(bot.client.auth_test()) == "account_inactive"


async def test_an_event_is_told_again_until_it_is_acknowledged(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    both.ack_seconds, both.retry_delays = 0.2, (0.0, 60.0)
    async with serving(both) as bot:
        both.app_url, kept = both.app_url.replace("/events", "/elsewhere"), both.app_url
        gone = both.links.links[:]
        if both.mode == "socket":
            both.links.links.clear()
        asked = await both.mention(ann, room, "a fox")
        await both.until(lambda: len(asked.acks) == 2)
        assert not asked.acked
        both.app_url = kept
        both.links.links.extend(gone)
        both.skip(60)
        await both.until(lambda: asked.acked)
        assert len(asked.acks) == 3
        assert [body["event_id"] for _, body in bot.heard] == [asked.event_id]
    if both.mode == "http":
        assert both.calls.sent[-1].headers["X-Slack-Retry-Num"] == "2"
        assert both.calls.sent[-1].headers["X-Slack-Retry-Reason"] == "http_error"


async def test_whoever_is_not_answered_in_time_sees_it(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    both.ack_seconds = 0.1
    async with serving(both) as bot:
        bot.app._async_listeners.clear()

        @bot.app.command("/imagine")
        async def slow(ack: object) -> None:
            await asyncio.sleep(0.3)

        done = await both.slash(ann, room, "/imagine", "a fox")
        assert (done.failed, done.body, done.seconds) == ("operation_timeout", {}, None)


# Files


async def test_four_uploads_are_shown_as_one_message(fake: FakeSlack, client: AsyncWebClient) -> None:
    room, other = fake.add_channel("general"), fake.add_channel("other", bot=False)
    fake.scan_seconds = 60
    fake.subscribed.add("file_shared")
    async with serving(fake) as bot:
        ids = await asyncio.gather(*(uploaded(client, alt=f"fox {n}") for n in range(4)))
        files: Files = [{"id": file_id, "title": f"fox {n}"} for n, file_id in enumerate(ids)]
        no = await refused(client.files_completeUploadExternal(files=files, channel_id=other.id))
        assert no == "not_in_channel"
        blocks = [section("four foxes"), button("Again")]
        done = await client.files_completeUploadExternal(
            files=files, channel_id=room.id, blocks=json.dumps(blocks)
        )
        assert "ts" not in done.data
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
        # bolt takes these for the bot's own doing, and keeps them from its listeners
        await fake.until(lambda: sum(event.acked for event in fake.events.told) == 4)
        assert bot.heard == []


async def test_an_initial_comment_makes_blocks_ignored(fake: FakeSlack, client: AsyncWebClient) -> None:
    room = fake.add_channel("general")
    files: Files = [{"id": await uploaded(client)}]
    blocks = [button("Again")]
    await client.files_completeUploadExternal(
        files=files, channel_id=room.id, initial_comment="a fox", blocks=json.dumps(blocks)
    )
    await fake.until(lambda: room.messages)
    assert (room.messages[0].text, room.messages[0].labels) == ("a fox", [])


async def test_a_file_in_an_image_block_must_be_looked_at_first(
    fake: FakeSlack, client: AsyncWebClient
) -> None:
    room = fake.add_channel("general")
    fake.scan_seconds = 2
    file_id, webp = await uploaded(client), await uploaded(client, WEBP)

    def post(file: str) -> Awaitable[object]:
        image = {"type": "image", "slack_file": {"id": file}, "alt_text": "a fox"}
        return client.chat_postMessage(channel=room.id, text="a fox", blocks=[image])

    assert await refused(post(file_id)) == "invalid_blocks"  # not even complete
    await client.files_completeUploadExternal(files=[{"id": file_id}, {"id": webp}])
    assert await refused(post(file_id)) == "invalid_blocks"
    fake.skip(2)
    await post(file_id)
    assert await refused(post(webp)) == "invalid_blocks"
    [(file, alt)] = room.messages[0].gallery
    assert isinstance(file, File)
    assert (file.id, alt, list(file.shares)) == (file_id, "a fox", [room])


async def test_the_sdks_own_upload_works_and_what_is_uploaded_can_be_read(
    fake: FakeSlack, client: AsyncWebClient
) -> None:
    room = fake.add_channel("general")
    done = await client.files_upload_v2(file=PNG, filename="fox.png", channel=room.id, initial_comment="hi")
    told = (await client.files_info(file=done["file"]["id"]))["file"]
    assert client.session is not None
    bearer = {"Authorization": f"Bearer {fake.team.token}"}
    async with client.session.get(told["url_private"], headers=bearer) as answer:
        assert await answer.read() == PNG
    async with client.session.get(told["url_private"]) as answer:
        assert answer.content_type == "text/html"


# What Slack refuses


async def test_places_the_bot_may_not_write_in(fake: FakeSlack, client: AsyncWebClient) -> None:
    ann, shy = fake.add_user("ann"), fake.add_user("shy", accepts_dms=False)
    rooms = {
        "not_in_channel": fake.add_channel("out", bot=False),
        "channel_not_found": fake.add_channel("hidden", private=True, bot=False),
        "is_archived": fake.add_channel("old"),
    }
    rooms["is_archived"].archived = True
    for error, room in rooms.items():
        assert await refused(client.chat_postMessage(channel=room.id, text="x")) == error
    assert await refused(client.chat_postMessage(channel="C0", text="x")) == "channel_not_found"
    fake.team.scopes.add("chat:write.public")
    await client.chat_postMessage(channel=rooms["not_in_channel"].id, text="x")
    await client.chat_postMessage(channel=ann.id, text="for you")
    assert [message.text for message in fake.dms(ann)] == ["for you"]
    assert await refused(client.conversations_open(users=[shy.id])) == "user_not_visible"
    assert (
        await refused(client.chat_postEphemeral(channel="C0", user=ann.id, text="x")) == "channel_not_found"
    )
    few = fake.add_channel("few", members=[])
    assert (
        await refused(client.chat_postEphemeral(channel=few.id, user=ann.id, text="x"))
        == "user_not_in_channel"
    )
    fake.team.scopes.remove("chat:write")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=ann.id, text="x")
    assert caught.value.response["needed"] == "chat:write"
    assert await refused(client.api_call("chat.shout")) == "unknown_method"


async def test_tokens_that_do_not_work(fake: FakeSlack, client: AsyncWebClient) -> None:
    assert await refused(client.auth_test(token="xoxb-wrong")) == "invalid_auth"
    assert await refused(client.apps_connections_open(app_token=fake.team.token)) == "not_allowed_token_type"
    assert await refused(client.auth_test(token=fake.tokens.app)) == "not_allowed_token_type"
    fake.refuse_socket("invalid_auth")
    assert await refused(client.apps_connections_open(app_token=fake.tokens.app)) == "invalid_auth"
    await client.auth_revoke()
    assert await refused(client.auth_test()) == "token_revoked"


async def test_own_messages_alone_can_be_changed(fake: FakeSlack, client: AsyncWebClient) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    hers, ts = fake.say(ann, room, "mine"), "1.000000"
    assert await refused(client.chat_update(channel=room.id, ts=hers.ts, text="x")) == "cant_update_message"
    assert await refused(client.chat_delete(channel=room.id, ts=hers.ts)) == "cant_delete_message"
    assert await refused(client.chat_update(channel=room.id, ts=ts, text="x")) == "message_not_found"
    told = await client.chat_postMessage(channel=room.id, text="a", blocks=[section("b")])
    own = room.messages[1]
    assert (
        await refused(client.chat_update(channel=room.id, ts=told["ts"], text="x" * 4001)) == "msg_too_long"
    )
    await client.chat_update(channel=room.id, ts=told["ts"], text="c")
    assert (own.words, own.blocks, own.history[0].text) == ("c", [], "a")
    await client.chat_delete(channel=room.id, ts=told["ts"])
    assert (room.messages, room.gone) == ([hers], [own])
    assert await refused(client.api_call("chat.postMessage", json={"channel": room.id})) == "no_text"


async def test_a_trigger_works_once_and_for_a_moment(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    async with serving(both) as bot:
        done = await both.slash(ann, room, "/imagine")
        await both.until(lambda: done.modal)
        reopen = bot.client.views_open(trigger_id=done.trigger_id, view=MODAL)
        assert await refused(reopen) == "exchanged_trigger_id"
        late = await both.slash(ann, room, "/imagine", "a fox")
        both.skip(3.1)
        assert (
            await refused(bot.client.views_open(trigger_id=late.trigger_id, view=MODAL))
            == "expired_trigger_id"
        )
        assert await refused(bot.client.views_open(trigger_id="1.2.3", view=MODAL)) == "invalid_trigger_id"


async def test_a_response_url_works_five_times_in_half_an_hour(
    fake: FakeSlack, client: AsyncWebClient
) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    done, late = await fake.slash(ann, room, "/imagine", "x"), await fake.slash(ann, room, "/imagine", "x")
    assert done.failed == "dispatch_failed"  # nobody listens
    assert client.session is not None

    async def respond(url: str, **body: object) -> tuple[int, str]:
        assert client.session is not None
        async with client.session.post(url, json=body) as answer:
            return answer.status, await answer.text()

    for number in range(4):
        assert await respond(done.response_url, text=str(number)) == (200, "ok")
    assert [message.text for message in fake.ephemerals(ann)] == ["0", "1", "2", "3"]
    await respond(done.response_url, text="all see it", response_type="in_channel")
    assert [message.text for message in room.messages] == ["all see it"]
    assert "used_url" in (await respond(done.response_url, text="x"))[1]
    fake.skip(1801)
    assert "expired_url" in (await respond(late.response_url, text="x"))[1]


async def test_signatures(fake: FakeSlack) -> None:
    fake.mode = "http"
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    async with serving(fake) as bot:
        for forgery in ("wrong", "stale", "future", "unsigned", "no_timestamp", "other_secret"):
            ack = await fake.forge(forgery, ann, room, "/imagine", "a fox")
            assert (forgery, ack.status) == (forgery, 401)
        assert (await fake.forge("not_a_number", ann, room, "/imagine")).status == 500  # as bolt has it
        assert bot.heard == []
        assert (await fake.forge("good", ann, room, "/imagine", "a fox")).status == 200
        assert (await fake.replay(fake.calls.sent[-1])).status == 200  # nor does bolt notice this
        assert len(bot.heard) == 2
        assert (await fake.verify_url()).body["challenge"]


# Whom a message notifies, and whether it is well made


async def test_pings(fake: FakeSlack, client: AsyncWebClient) -> None:
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


async def test_what_is_wrong_is_refused_and_remembered(fake: FakeSlack, client: AsyncWebClient) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    call = client.chat_postMessage(channel=room.id, text="x", blocks=[section("x" * 3001)])
    assert await refused(call) == "invalid_blocks"
    assert fake.violations == [
        "chat.postMessage: must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]
    home = {"type": "home", "blocks": [section("hello")]}
    await client.views_publish(user_id=ann.id, view=home)
    shown = fake.home(ann)
    assert shown is not None
    assert shown.words == "hello"
    assert await refused(client.views_publish(user_id=ann.id, view=MODAL)) == "invalid_arguments"
    stale = client.views_publish(user_id=ann.id, view=home, hash="0")
    assert await refused(stale) == "hash_conflict"


# Troubles, limits, Socket Mode, OAuth


async def test_troubles(fake: FakeSlack, client: AsyncWebClient) -> None:
    room = fake.add_channel("general")

    def post() -> Awaitable[object]:
        return client.chat_postMessage(channel=room.id, text="x")

    fake.fail("chat.postMessage", error="fatal_error")
    assert await refused(post()) == "fatal_error"
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
    await post()  # the SDK tries a lost connection once more by itself, so that it is posted twice
    assert len(room.messages) == 2
    gate = fake.hold("chat.postMessage")
    waiting = asyncio.ensure_future(post())
    await fake.until(lambda: gate.waiting)
    assert len(room.messages) == 2
    fake.heal()
    await waiting
    assert len(room.messages) == 3
    assert fake.count("chat.postMessage") == 6


async def test_rate_limits() -> None:
    async with FakeSlack(rate_limits=True) as fake, aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=fake.team.token, base_url=fake.base_url, session=session)
        room, ann = fake.add_channel("general"), fake.add_user("ann")
        await client.chat_postMessage(channel=room.id, text="x")
        assert await refused(client.chat_postMessage(channel=room.id, text="x")) == "ratelimited"
        await client.chat_postMessage(channel=ann.id, text="x")
        fake.skip(1)
        await client.chat_postMessage(channel=room.id, text="x")
        for _ in range(20):
            await client.users_list()
        assert await refused(client.users_list()) == "ratelimited"
        fake.skip(60)
        await client.users_list()


@pytest.mark.parametrize("how", ["drop", "refresh"])
async def test_a_lost_socket_is_made_anew(fake: FakeSlack, how: Literal["drop", "refresh"]) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    async with serving(fake, ping_interval=0.3):
        if how == "drop":
            fake.drop_socket()
        else:
            await fake.refresh()
        await fake.until(lambda: fake.links.opened == 2 and len(fake.links.links) == 1)
        done = await fake.slash(ann, room, "/imagine", "a fox")
        assert done.acked


# The SDK builds its header with what aiohttp is about to drop.
@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_oauth_and_rotation(fake: FakeSlack, client: AsyncWebClient) -> None:
    fake.tokens.rotation = True
    team = fake.add_team("Other", installed=False)
    bob = team.add_user("bob", admin=True)
    secrets = {"client_id": fake.tokens.client_id, "client_secret": fake.tokens.client_secret}
    astray = fake.authorize(bob, redirect_uri="https://example.com/back")
    assert await refused(client.oauth_v2_access(**secrets, code=astray)) == "bad_redirect_uri"
    code = fake.authorize(bob, {"chat:write"})
    assert (
        await refused(client.oauth_v2_access(**secrets | {"client_secret": "x"}, code=code))
        == "bad_client_secret"
    )
    got = await client.oauth_v2_access(**secrets, code=code)
    assert (got["team"]["id"], got["scope"], got["expires_in"]) == (team.id, "chat:write", 43_200)
    assert (await client.auth_test(token=got["access_token"]))["bot_id"] == team.bot_id
    assert await refused(client.oauth_v2_access(**secrets, code=code)) == "code_already_used"
    fake.skip(43_200)
    assert await refused(client.auth_test(token=got["access_token"])) == "token_expired"
    renew = secrets | {"grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
    new = await client.oauth_v2_access(**renew)
    await client.auth_test(token=new["access_token"])
    assert await refused(client.oauth_v2_access(**renew)) == "invalid_refresh_token"


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
async def test_bolts_own_installation_page(fake: FakeSlack, client: AsyncWebClient, tmp_path: Path) -> None:
    fake.mode, fake.tokens.rotation = "http", True
    team = fake.add_team("Other", installed=False)
    bob, room = team.add_user("bob", admin=True), team.add_channel("general")
    client.token = None
    async with installing(fake, client, tmp_path) as site:
        page = f"{site}/slack/install"
        assert client.session is not None
        async with client.session.get(page) as answer:
            assert "access_denied" in str(answer.url)  # nobody agrees
        fake.installer = bob
        async with client.session.get(page) as answer:
            assert answer.status == 200
        assert team.scopes == set(SCOPES)
        first = team.token
        done = await fake.slash(bob, room, "/imagine", "a fox")
        assert done.body == {"text": team.token}
        assert team.token != first
        assert fake.count("oauth.v2.access") == 2


async def test_somebody_of_another_team(fake: FakeSlack, client: AsyncWebClient) -> None:
    other = fake.add_team("Other", installed=False)
    bob, eve = other.add_user("bob", admin=True), other.add_user("eve")
    room = fake.add_channel("shared", members=[bob], shared_with=[other])
    async with serving(fake) as bot:
        await fake.mention(bob, room, "a fox")
        assert bot.heard[0][1]["is_ext_shared_channel"]
        assert bot.heard[0][1]["event"]["user_team"] == other.id
        told = (await client.users_info(user=bob.id))["user"]
        assert (told["is_stranger"], told["is_admin"], told["team_id"]) == (True, False, other.id)
        assert await refused(client.users_info(user=eve.id)) == "user_not_found"
        with pytest.raises(NotOffered):
            await fake.slash(bob, room, "/imagine", "a fox")


async def test_it_bears_a_burst() -> None:
    """Two hundred commands at once: each is acknowledged and answered."""
    async with FakeSlack(keep_bytes=False, check=False) as fake:
        fake.ack_seconds = 60  # how fast is not the question here
        room, ann = fake.add_channel("general"), fake.add_user("ann")
        async with serving(fake):
            done = await asyncio.gather(*(fake.slash(ann, room, "/imagine", str(n)) for n in range(200)))
            await fake.until(lambda: len(fake.ephemerals(ann)) == 200)
            assert all(one.acked for one in done)


async def test_an_ack_can_say_something_and_change_a_modal(both: FakeSlack) -> None:
    room, ann = both.add_channel("general"), both.add_user("ann")
    async with serving(both):
        done = await both.slash(ann, room, "/imagine", "now")
        assert [message.text for message in room.messages] == ["at once"]
        assert done.followups == room.messages
        opened = await both.slash(ann, room, "/imagine")
        await both.until(lambda: opened.modal)
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


async def test_what_a_command_was_answered_with_cannot_be_replaced_by_its_url(fake: FakeSlack) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    done = await fake.slash(ann, room, "/imagine", "x")
    hook = AsyncWebhookClient(done.response_url)
    await hook.send(text="one")
    await hook.send(text="two", replace_original=True)
    await hook.send(delete_original=True)
    assert [message.text for message in fake.ephemerals(ann)] == ["one", "two"]


async def test_menus_and_the_home_tab(fake: FakeSlack, client: AsyncWebClient) -> None:
    ann = fake.add_user("ann")
    options = [{"text": {"type": "plain_text", "text": value}, "value": value} for value in "vw"]
    menu = {"type": "static_select", "action_id": "press", "options": options}
    blocks = [{"type": "actions", "block_id": "b", "elements": [menu]}, button("Again")]
    await client.views_publish(user_id=ann.id, view={"type": "home", "blocks": blocks})
    home = fake.home(ann)
    assert home is not None
    async with serving(fake) as bot:
        await fake.choose(ann, home, "press", "w")
        heard = bot.heard[0][1]
        assert heard["actions"][0]["selected_option"]["value"] == "w"
        assert heard["view"]["state"]["values"]["b"]["press"]["selected_option"]["value"] == "w"
        assert "response_url" not in heard
        with pytest.raises(NotOffered):
            await fake.choose(ann, home, "press", "x?")


async def test_several_sockets_share_the_events(fake: FakeSlack) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    async with serving(fake) as one, serving(fake) as two:
        await fake.connected(2)
        for _ in range(20):
            assert (await fake.mention(ann, room, "a fox")).acked
        assert len(one.heard) + len(two.heard) == 20
        assert one.heard
        assert two.heard


async def test_carried_out_but_answered_with_an_error(fake: FakeSlack, client: AsyncWebClient) -> None:
    room = fake.add_channel("general")
    fake.fail("chat.postMessage", status=500, before=False)
    with pytest.raises(SlackApiError, match="500"):
        await client.chat_postMessage(channel=room.id, text="x")
    assert len(room.messages) == 1


async def test_blocks_that_are_too_long_together(fake: FakeSlack, client: AsyncWebClient) -> None:
    room = fake.add_channel("general")
    call = client.chat_postMessage(channel=room.id, text="x", blocks=[section("x" * 2900)] * 5)
    assert await refused(call) == "msg_blocks_too_long"
    await client.chat_postMessage(channel=room.id, text="x", blocks=[section("x" * 2900)] * 4)


async def test_an_ephemeral_message_shares_no_file(fake: FakeSlack, client: AsyncWebClient) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    file_id = await uploaded(client)
    await client.files_completeUploadExternal(files=[{"id": file_id}])
    image = {"type": "image", "slack_file": {"id": file_id}, "alt_text": "a fox"}
    await client.chat_postEphemeral(channel=room.id, user=ann.id, text="a fox", blocks=[image])
    assert len(fake.violations) == 1
    await client.chat_postMessage(channel=room.id, text="a fox", blocks=[image])
    await client.chat_postEphemeral(channel=room.id, user=ann.id, text="a fox", blocks=[image])
    assert len(fake.violations) == 1


async def test_three_modals_are_the_most(fake: FakeSlack) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    async with serving(fake) as bot:
        first = await fake.slash(ann, room, "/imagine")
        await fake.until(lambda: first.modal)
        more = [await fake.slash(ann, room, "/imagine", "x") for _ in range(3)]
        calls = [bot.client.views_push(trigger_id=one.trigger_id, view=MODAL) for one in more]
        pushed = [(await call)["view"]["root_view_id"] for call in calls[:2]]
        assert first.modal is not None
        assert pushed == [first.modal.id] * 2
        assert await refused(calls[2]) == "push_limit_reached"


async def test_a_public_answer_by_url_names_no_author_of_the_item(fake: FakeSlack) -> None:
    room, ann = fake.add_channel("general"), fake.add_user("ann")
    async with serving(fake) as bot:
        await fake.slash(ann, room, "/imagine", "now")
        await fake.react(ann, room.messages[0], "repeat")
        assert "item_user" not in bot.heard[-1][1]["event"]
        fake.team.scopes.remove("reactions:read")
        told = await fake.react(ann, room.messages[0], "wastebasket")
        assert told.acks == []


async def test_no_more_than_ten_sockets(fake: FakeSlack, client: AsyncWebClient) -> None:
    assert client.session is not None
    sockets = []
    for _ in range(11):
        url = (await client.apps_connections_open(app_token=fake.tokens.app))["url"]
        sockets.append(await client.session.ws_connect(url))
        first = (await sockets[-1].receive_json())["type"]
        assert first == ("hello" if len(sockets) < 11 else "disconnect")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await client.session.ws_connect(url)  # it was good for one
    for socket in sockets:
        await socket.close()


async def test_a_payload_that_nobody_foresaw_shows(fake: FakeSlack, client: AsyncWebClient) -> None:
    room = fake.add_channel("general")
    unread = {"type": "rich_text", "elements": 5}
    with pytest.raises(SlackApiError, match="500"):
        await client.chat_postMessage(channel=room.id, text="x", blocks=[unread])
    assert "could not be carried out" in fake.violations[0]
