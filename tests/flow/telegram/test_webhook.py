"""Updates that Telegram brings itself: once each, and from nobody else."""

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from aiohttp import ClientSession, web

from adapters.telegram.adapter import TelegramDoor
from adapters.telegram.options import TelegramOptions
from adapters.web import Probes, WebOptions, open_web
from tests.fakes.commands import FakeCommands
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.flow.telegram.cards import ID
from tests.flow.telegram.conftest import Memory, Stage


@pytest.fixture
async def public(
    stage: Stage,
    telegram: FakeTelegram,
) -> AsyncIterator[TelegramDoor]:
    """A door behind our web server, as the world reaches it."""
    doors: list[TelegramDoor] = []

    async def take(request: web.Request) -> web.StreamResponse:
        return await doors[0].routes[0][2](request)

    async def ready() -> list[str]:
        return doors[0].problems()

    probes = Probes(alive=list, ready=ready, metrics=bytes)
    routes = [("POST", "/{path:.+}", take)]
    async with (
        open_web(WebOptions(port=0), probes=probes, routes=routes) as server,
        stage.running(public_url=server.url) as door,
    ):
        doors.append(door)
        await telegram.until(lambda: telegram.updates.hook)
        yield door


async def test_updates_come_by_webhook(
    telegram: FakeTelegram, public: TelegramDoor, anna: User, chat: Chat
) -> None:
    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(chat))
    await telegram.until(lambda: not telegram.updates.pending)

    assert telegram.updates.hook_answers == [200]
    assert telegram.called("getUpdates") == []
    assert public.problems() == []


async def test_an_update_brought_twice_is_done_once(
    telegram: FakeTelegram,
    public: TelegramDoor,
    commands: FakeCommands,
    anna: User,
    chat: Chat,
) -> None:
    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: not telegram.updates.pending)
    await telegram.push_raw(telegram.updates.sent[0])
    await telegram.until(lambda: len(telegram.updates.hook_answers) == 2)

    assert commands.texts("status") == [ID]


@pytest.mark.parametrize("confirm_seconds", [0.2])
async def test_a_slow_update_is_brought_again_and_done_once(
    telegram: FakeTelegram,
    public: TelegramDoor,
    commands: FakeCommands,
    anna: User,
    chat: Chat,
) -> None:
    go = commands.hold("status")
    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: 503 in telegram.updates.hook_answers)
    go.set()
    await telegram.until(lambda: not telegram.updates.pending)

    assert telegram.updates.hook_answers[-1] == 200
    assert commands.texts("status") == [ID]
    assert len(telegram.messages(chat)) == 1


async def test_an_update_begun_before_a_crash_is_done(
    telegram: FakeTelegram,
    public: TelegramDoor,
    memory: Memory,
    anna: User,
    chat: Chat,
) -> None:
    memory.claimed.add(100_001)  # the number the next update gets; never finished

    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(chat))

    assert telegram.updates.sent[0]["update_id"] == 100_001


@pytest.mark.parametrize(
    ("secret", "body", "status"),
    [
        (None, b"{}", 403),
        ("wrong", b"{}", 403),
        ("wr\u00f6ng", b"{}", 403),
        ("right", b"no json", 400),
        ("right", b"[" * 100_000, 400),
        ("right", b"{}", 200),
        ("right", b" " * 2_000_000, 413),
    ],
)
async def test_only_telegram_brings_updates(
    public: TelegramDoor,
    telegram: FakeTelegram,
    options: TelegramOptions,
    secret: str | None,
    body: bytes,
    status: int,
) -> None:
    name = "X-Telegram-Bot-Api-Secret-Token"
    headers = {name: options.secret if secret == "right" else secret} if secret else {}
    async with ClientSession() as session:
        url = telegram.updates.hook["url"]
        async with session.post(url, data=BytesIO(body), headers=headers) as answer:
            assert answer.status == status


async def test_a_webhook_that_was_taken_away_is_set_again(
    telegram: FakeTelegram, public: TelegramDoor
) -> None:
    telegram.updates.hook = {}

    await telegram.until(lambda: telegram.updates.hook)


async def test_a_webhook_that_is_refused_is_said(
    stage: Stage,
    telegram: FakeTelegram,
) -> None:
    telegram.fault("setWebhook", status=400, times=2)
    public_url = "https://bot.example.org/"

    async with stage.running(public_url=public_url) as door:
        await telegram.until(lambda: len(telegram.called("setWebhook")) == 2)
        told = door.problems()
        await telegram.until(lambda: telegram.updates.hook)

    assert told == ["telegram: the webhook is refused"]
    assert telegram.updates.hook["url"] == f"{public_url}telegram/updates"
