"""Updates that are fetched: confirmed once they are done, whatever happens meanwhile."""

import asyncio
from collections.abc import MutableMapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.telegram import updates
from adapters.telegram.adapter import TelegramDoor
from bot.commands.reply import How, Reply
from bot.domain.subscription import Platform
from bot.errors import StoreError
from tests.fakes.commands import FakeCommands, card
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.telegram import Chat, FakeTelegram, User
from tests.flow.telegram.cards import relay_card
from tests.flow.telegram.conftest import Memory, Stage

ID = "1767225600000123"


def pending(telegram: FakeTelegram) -> list[int]:
    return [each["update_id"] for each in telegram.updates.pending]


def polls(telegram: FakeTelegram) -> int:
    return len(telegram.called("getUpdates"))


@pytest.mark.usefixtures("door")
async def test_what_is_worked_at_is_not_confirmed_by_what_is_done(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    go = commands.hold("status")
    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: commands.asked)

    await telegram.say(anna, chat, "/list")
    await telegram.until(lambda: telegram.messages(chat))
    before = polls(telegram)
    await telegram.until(lambda: polls(telegram) >= before + 2)
    unconfirmed = pending(telegram)
    go.set()
    await telegram.until(lambda: not telegram.updates.pending)

    assert unconfirmed == [100_001, 100_002]
    assert [each.text for each in telegram.messages(chat)] == ["list", f"status {ID}"]


async def test_a_command_that_a_kill_interrupts_is_done_after_the_next_start(
    stage: Stage, telegram: FakeTelegram, anna: User, chat: Chat
) -> None:
    stage.commands.hold("status")
    async with stage.running():
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: stage.commands.asked)
        await telegram.say(anna, chat, "/list")
        await telegram.until(lambda: telegram.messages(chat))
        dead = telegram.fault("*", reset=True, times=None)  # nothing is said any more
    stage.commands.gates.clear()
    dead.lift()

    async with stage.running():
        await telegram.until(lambda: not telegram.updates.pending)

    assert [each.text for each in telegram.messages(chat)] == ["list", f"status {ID}"]
    assert [each.name for each in stage.commands.asked] == ["status", "list", "status"]


@pytest.mark.usefixtures("door")
async def test_a_press_does_not_wait_for_a_slow_command(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    commands.answers["list"] = Reply(card=relay_card())
    await telegram.say(anna, chat, "/list")
    shown = (await telegram.until(lambda: telegram.messages(chat)))[0]
    commands.answers["press"] = Reply(card=card("Fast"), how=How.NOTICE)
    go = commands.hold("status")
    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: commands.texts("status"))

    press = await telegram.press(anna, shown, "U1")
    async with asyncio.timeout(PATIENCE_SECONDS):
        answer = await press.wait_answer()
    go.set()

    assert answer == {"text": "Fast"}


@pytest.mark.usefixtures("door")
async def test_what_hangs_does_not_hide_what_comes_after_a_hundred_others(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    go = commands.hold("status")
    said = await telegram.say(anna, chat, f"/status {ID}")
    for _ in range(110):
        await telegram.press(anna, said, "U1", stale=True)
    await telegram.say(anna, chat, "/list")

    await telegram.until(lambda: commands.texts("list"))
    await telegram.until(lambda: not telegram.updates.pending)
    go.set()

    assert len(commands.texts("press")) == 110


@pytest.mark.usefixtures("door")
async def test_what_never_ends_is_given_up(
    telegram: FakeTelegram,
    commands: FakeCommands,
    memory: Memory,
    anna: User,
    chat: Chat,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(updates, "MOST_SECONDS", 0.1)
    commands.hold("status")
    with capture_logs() as logs:
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: commands.asked)
        await telegram.until(lambda: not telegram.updates.pending)

    assert "telegram.update_given_up" in [each["event"] for each in logs]
    assert "100001" in memory.facts.values()


class Forgetful(Memory):
    """Memory that cannot be written, for a while."""

    failing: frozenset[str] = frozenset()

    async def claim_update(
        self, platform: Platform, update_id: int, *, at: datetime
    ) -> bool:
        self._fail("claim")
        return await super().claim_update(platform, update_id, at=at)

    async def save_fact(self, name: str, value: str | None) -> None:
        if name.startswith("telegram:done"):
            self._fail("done")
        await super().save_fact(name, value)

    def _fail(self, what: str) -> None:
        if what in self.failing:
            raise StoreError(f"cannot write {what}")


async def test_what_memory_would_not_take_comes_again(
    stage: Stage, telegram: FakeTelegram, anna: User, chat: Chat
) -> None:
    stage.memory = memory = Forgetful()
    memory.failing = frozenset({"claim"})
    async with stage.running() as door:
        with capture_logs() as logs:
            await telegram.say(anna, chat, f"/status {ID}")
            while len(failures(logs)) < 2:  # noqa: ASYNC110 - a log has no event
                await asyncio.sleep(0.01)
        memory.failing = frozenset()
        await telegram.until(lambda: not telegram.updates.pending)

        assert door.problems() == []
    assert stage.commands.texts("status") == [ID]


def failures(logs: Sequence[MutableMapping[str, Any]]) -> list[object]:
    return [each for each in logs if each["event"] == "telegram.update_failed"]


async def test_what_is_done_but_cannot_be_noted_is_not_done_again_while_we_live(
    stage: Stage, telegram: FakeTelegram, anna: User, chat: Chat
) -> None:
    stage.memory = memory = Forgetful()
    memory.failing = frozenset({"done"})
    async with stage.running():
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: not telegram.updates.pending)

    assert stage.commands.texts("status") == [ID]


# --- answers that no Telegram gives ---------------------------------------------------


def command(number: int, anna: User, chat: Chat, text: str) -> dict[str, object]:
    message = {
        "message_id": number,
        "chat": {"id": chat.id, "type": "private"},
        "from": {"id": anna.id, "is_bot": False, "first_name": "Anna"},
        "date": 1,
        "text": text,
    }
    return {"update_id": number, "message": message}


@pytest.mark.usefixtures("door")
async def test_batches_may_be_out_of_order_and_repeat_themselves(
    telegram: FakeTelegram, commands: FakeCommands, anna: User, chat: Chat
) -> None:
    body = [command(n, anna, chat, f"/status {n}{ID}") for n in (7, 5, 7, 6)]
    telegram.fault("getUpdates", status=200, body={"ok": True, "result": body}, times=3)
    await telegram.say(anna, chat, "/help")
    await telegram.until(lambda: commands.texts("help"))

    assert sorted(commands.texts("status")) == [f"{n}{ID}" for n in (5, 6, 7)]


@pytest.mark.parametrize("result", [True, None, {}, "", [True, None, {}, [], "x"]])
async def test_a_batch_that_is_none_is_waited_out(
    telegram: FakeTelegram, door: TelegramDoor, anna: User, chat: Chat, result: object
) -> None:
    odd = {"ok": True, "result": result}
    telegram.fault("getUpdates", status=200, body=odd, times=2)
    await telegram.say(anna, chat, f"/status {ID}")
    await telegram.until(lambda: telegram.messages(chat))

    assert door.problems() == []


@pytest.mark.parametrize("body", [{"ok": True}, {"ok": True, "result": True}, "<p>"])
@pytest.mark.parametrize(
    "method", ["getMe", "getUpdates", "setMyCommands", "deleteWebhook"]
)
async def test_an_answer_that_is_none_ends_nothing(
    stage: Stage,
    telegram: FakeTelegram,
    anna: User,
    chat: Chat,
    method: str,
    body: object,
) -> None:
    telegram.fault(method, status=200, body=body, times=2)  # type: ignore[arg-type] # whatever a server says
    async with stage.running() as door:
        await telegram.say(anna, chat, f"/status {ID}")
        await telegram.until(lambda: telegram.messages(chat))

        assert door.problems() == []


@pytest.mark.usefixtures("door")
async def test_a_server_that_does_not_hold_polls_is_not_asked_without_rest(
    telegram: FakeTelegram,
) -> None:
    await telegram.until(lambda: polls(telegram) >= 1)
    empty = {"ok": True, "result": []}
    hurried = telegram.fault("getUpdates", status=200, body=empty, times=None)
    await telegram.push_raw({"update_id": 1})  # wakes the poll that is held
    await telegram.until(lambda: hurried.hits >= 1)
    begun = asyncio.get_running_loop().time()
    await telegram.until(lambda: hurried.hits >= 3)

    assert asyncio.get_running_loop().time() - begun > 0.8


async def test_a_page_where_an_answer_should_be_is_no_line_in_the_log_each_time(
    stage: Stage, telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    page = "<html>502 Bad Gateway</html>"
    telegram.fault("getUpdates", status=502, body=page, times=3)

    async with stage.running():
        await telegram.until(lambda: polls(telegram) > 3)

    loud = [each for each in caplog.records if each.name.startswith("telegram.")]
    assert loud == []
