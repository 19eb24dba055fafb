"""The real library's messenger before the strict fake, with and without timedeltas."""

from collections.abc import AsyncIterator

import pytest

from adapters.telegram.adapter import open_telegram
from adapters.telegram.messenger import TelegramMessenger
from adapters.telegram.options import TelegramOptions
from bot.domain.subscription import Destination
from tests.fakes.clock import MovedClock
from tests.fakes.commands import FakeCommands
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.fakes.telegram.letters import place
from tests.flow.telegram.conftest import Memory


@pytest.fixture(autouse=True, params=["1", "0"], ids=["timedelta", "int"])
def seconds(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", request.param)


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake
    assert fake.broken_rules == []
    assert fake.strays == []


@pytest.fixture
async def messenger(telegram: FakeTelegram) -> AsyncIterator[TelegramMessenger]:
    options = TelegramOptions(token=telegram.token, api_url=telegram.url)
    async with open_telegram(
        options, commands=FakeCommands(), store=Memory(), clock=MovedClock()
    ) as door:
        yield door.messenger


@pytest.fixture
def anna(telegram: FakeTelegram) -> User:
    return telegram.user("Anna")


@pytest.fixture
def chat(telegram: FakeTelegram, anna: User) -> Chat:
    return telegram.private(anna)


@pytest.fixture
def here(chat: Chat) -> Destination:
    return place(chat)
