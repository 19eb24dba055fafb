"""A fake Telegram, a real bot, and a small cast."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.bench import App, build


@pytest.fixture(autouse=True)
def seconds_are_timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # the library warns without it


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


@pytest.fixture
async def app(telegram: FakeTelegram) -> AsyncIterator[App]:
    made = build(telegram)
    async with made:
        yield made


@pytest.fixture
def bot(app: App) -> Bot:
    found: Bot = app.bot
    return found


@pytest.fixture
def anna(telegram: FakeTelegram) -> User:
    return telegram.user("Anna", username="anna_a", language="zh-hans")


@pytest.fixture
def chat(telegram: FakeTelegram, anna: User) -> Chat:
    return telegram.private(anna)


@pytest.fixture
def group(telegram: FakeTelegram, anna: User) -> Chat:
    return telegram.group("Team", {anna: "administrator"})


@pytest.fixture
def forum(telegram: FakeTelegram, anna: User) -> Chat:
    return telegram.supergroup("Forum", {anna: "creator"}, forum=True)
