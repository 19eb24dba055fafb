"""The connection: whatever ends it, the door stands up again and loses nothing."""

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord import adapter
from bot.domain.notification import Delivered
from bot.ports import Letter
from tests.fakes.commands import card
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_door import Stage
from tests.fakes.patience import PATIENCE_SECONDS


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(adapter, "_BASE_SECONDS", 0.01)
    async with FakeDiscord() as fake:
        yield Stage(fake)
        assert fake.refusals == []


async def test_the_library_is_put_back_afterwards(stage: Stage) -> None:
    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with stage.serving():
        assert stage.fake.url == Route.BASE
        assert DiscordWebSocket.DEFAULT_GATEWAY.host == "127.0.0.1"
    assert before == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)


@pytest.mark.parametrize(
    "how", [{"status": 503}, {"html": True}, {"reset": True}, {"status": 401}]
)
async def test_a_first_login_that_fails_is_tried_again(
    stage: Stage, how: dict[str, object]
) -> None:
    fault = stage.fake.fault("GET /users/@me", **how)  # type: ignore[arg-type]  # as parametrized
    async with stage.serving():
        assert fault.hits == 1


async def test_a_gateway_that_cannot_be_asked_for_is_asked_again(stage: Stage) -> None:
    stage.fake.fault("GET /gateway/bot", status=503, times=2)
    async with stage.serving():
        pass


async def test_a_gateway_that_refuses_at_first_is_tried_again(stage: Stage) -> None:
    stage.fake.refuse_connections(1)
    async with stage.door() as door:
        await stage.until_serving(door)  # the library waits for five seconds
    assert stage.fake.gateway.refused == 1


async def test_a_reconnect_that_discord_asks_for_loses_nothing(stage: Stage) -> None:
    async with stage.serving() as door:
        await stage.fake.gateway.ask_reconnect()
        use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
        await use.wait_message()
        await stage.until(lambda: not door.problems())
    assert len(stage.fake.gateway.identifies) == 1


async def test_nobody_there_at_all(stage: Stage) -> None:
    async with stage.door(api_url="http://127.0.0.1:9/api/v10") as door:
        await stage.until(lambda: "cannot be reached" in door.problems()[0])
        assert stage.fake.token not in str(door.problems())


async def test_a_wrong_token_is_a_problem_and_ends_nothing(stage: Stage) -> None:
    async with stage.door(token="wrong") as door:
        await stage.until(lambda: "token" in door.problems()[0])
        assert "wrong" not in str(door.problems())
        assert "wrong" not in repr(stage.options(token="wrong"))
    assert {refusal.status for refusal in stage.fake.refusals} == {401}
    stage.fake.refusals.clear()


async def hears(stage: Stage) -> list[bool]:
    """Ask for settings in the channel and in private: may the core listen there?"""
    for channel in (stage.fake.channel, stage.fake.dm()):
        use = await stage.fake.slash(stage.fake.user, "settings", channel=channel)
        await use.wait_message()
    return [each.caller.hears for each in stage.commands.asked]


async def test_a_refused_intent_is_given_up(stage: Stage) -> None:
    async with stage.serving(listen=True) as door:
        assert door.notes
        asked = [each["intents"] for each in stage.fake.gateway.identifies]
        assert asked[-1] == 1 | 1 << 9 | 1 << 12
        assert asked[0] & 1 << 15
        assert await hears(stage) == [False, True]


async def test_a_granted_intent(stage: Stage) -> None:
    stage.fake.gateway.disallowed_intents = 0
    async with stage.serving(listen=True) as door:
        assert door.notes == []
        asked = stage.fake.gateway.identifies[0]["intents"]
        assert asked == 1 | 1 << 9 | 1 << 12 | 1 << 15
        assert await hears(stage) == [True, True]


async def test_resumed_with_what_was_missed(stage: Stage) -> None:
    async with stage.serving() as door:
        stage.fake.drop_connections()
        use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
        await use.wait_message()
        await stage.until(lambda: not door.problems())
    session = next(iter(stage.fake.gateway.sessions.values()))
    assert session.resumed == 1
    assert len(stage.fake.gateway.identifies) == 1


async def test_a_session_that_is_lost_is_begun_anew_at_the_same_place(
    stage: Stage,
) -> None:
    async with stage.serving() as door:
        await stage.fake.gateway.invalidate()
        await stage.fake.until(lambda: len(stage.fake.gateway.identifies) == 2)
        await stage.until_serving(door)


async def test_a_stop_while_the_gateway_hangs_ends_the_door(stage: Stage) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), stage.serving():
        stage.fake.gateway.mute = True
        stage.fake.drop_connections()
        await stage.until(lambda: stage.fake.gateway.connections == 2)


async def test_rings_go_out_while_the_gateway_is_down(stage: Stage) -> None:
    async with stage.serving() as door:
        stage.fake.refuse_connections(100)
        stage.fake.drop_connections()
        await stage.until(door.problems)
        letter = Letter(card=card("done"), to=stage.here(), key="k", loud=True)
        assert isinstance(await door.messenger.send(letter), Delivered)
        stage.fake.refuse_connections(0)


async def test_a_greeting_that_the_library_trips_over(stage: Stage) -> None:
    async with stage.serving() as door:
        await stage.fake.gateway.dispatch("READY", {"id": None}, None)
        await stage.fake.until(lambda: len(stage.fake.gateway.identifies) == 2)
        await stage.until_serving(door)


def test_a_connection_that_ends_soon_counts_as_a_failure() -> None:
    failures = adapter.failures_in_a_row

    assert failures(3, worked=True, seconds=3600) == 0
    assert failures(3, worked=True, seconds=2) == 4
    assert failures(3, worked=False, seconds=3600) == 4


async def test_registering_is_tried_until_it_works(stage: Stage) -> None:
    stage.fake.fault("PUT /applications/*/commands", status=503, times=2)
    async with stage.serving():
        assert stage.fake.home.syncs == 1


async def test_two_shards(stage: Stage) -> None:
    stage.fake.home.shards = 2
    async with stage.serving():
        assert len(stage.fake.gateway.connected) == 2
        use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
        await use.wait_message()


async def test_everything_goes_through_the_proxy(stage: Stage) -> None:
    seen: list[str] = []

    async def refuse(request: web.Request) -> web.Response:
        seen.append(str(request.url.host))
        return web.Response(status=502)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", refuse)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        proxy = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with stage.door(api_url="http://discord.test/api/v10", proxy=proxy):
            await stage.until(lambda: seen)
        assert seen[0] == "discord.test"
    finally:
        await runner.cleanup()


async def test_an_answer_of_a_stopped_door_is_no_trouble(stage: Stage) -> None:
    gate = stage.commands.hold("status")
    async with stage.serving():
        use = await stage.fake.slash(stage.fake.user, "status", {"ids": "12"})
        await stage.until(lambda: stage.commands.asked)
    gate.set()
    await asyncio.sleep(0)
    assert use.response is None


def test_the_address_type_is_the_librarys() -> None:
    assert isinstance(DiscordWebSocket.DEFAULT_GATEWAY, yarl.URL)
    assert discord.version_info >= (2, 7)
