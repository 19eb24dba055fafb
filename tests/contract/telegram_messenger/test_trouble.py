"""Beyond the contract: every error of the strict fake has its Outcome."""

from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.telegram.adapter import open_telegram
from adapters.telegram.messenger import TelegramMessenger
from adapters.telegram.options import TelegramOptions
from adapters.telegram.outcomes import DOWN
from bot.domain.notification import (
    Deferred,
    Delivered,
    Moved,
    Outcome,
    Reason,
    Refused,
    Unsure,
)
from bot.domain.subscription import Destination, Place, Receipt
from tests.fakes.clock import NOON, MovedClock
from tests.fakes.commands import FakeCommands, card
from tests.fakes.telegram import Chat, FakeTelegram
from tests.fakes.telegram.letters import TELEGRAM, file, letter, place, receipt_of
from tests.flow.telegram.conftest import Memory


def refusal(description: str) -> dict[str, object]:
    return {"ok": False, "description": description}


@pytest.mark.parametrize(
    ("status", "description", "outcome"),
    [
        (403, "Forbidden: bot was blocked by the user", Refused(reason=Reason.BLOCKED)),
        (403, "Forbidden: user is deactivated", Refused(reason=Reason.BLOCKED)),
        (403, "Forbidden: the group chat was deleted", Refused(reason=Reason.GONE)),
        (400, "Bad Request: chat not found", Refused(reason=Reason.GONE)),
        (
            400,
            "Bad Request: not enough rights to send photos to the chat",
            Refused(reason=Reason.FORBIDDEN, detail="send photos"),
        ),
        (
            400,
            "Bad Request: need administrator rights in the channel chat",
            Refused(reason=Reason.FORBIDDEN, detail="send messages"),
        ),
        (
            400,
            "Bad Request: PHOTO_INVALID_DIMENSIONS",
            Refused(reason=Reason.TOO_LARGE),
        ),
        (413, "Request Entity Too Large", Refused(reason=Reason.TOO_LARGE)),
        (400, "Bad Request: BUTTON_DATA_INVALID", Refused(reason=Reason.INVALID)),
        (
            400,
            "Bad Request: message to edit not found",
            Refused(reason=Reason.MESSAGE_GONE),
        ),
        (
            401,
            "Unauthorized",
            Deferred(
                after_seconds=60, reason=Reason.TOKEN, whole_platform=True, counts=False
            ),
        ),
        (502, "Bad Gateway", Unsure(reason=Reason.UNAVAILABLE)),
        (500, "Internal Server Error", Unsure(reason=Reason.UNAVAILABLE)),
        (504, "Gateway Timeout", Unsure(reason=Reason.UNAVAILABLE)),
    ],
)
async def test_every_refusal_has_its_outcome(
    telegram: FakeTelegram,
    messenger: TelegramMessenger,
    chat: Chat,
    status: int,
    description: str,
    outcome: Outcome,
) -> None:
    telegram.fault("*", status=status, body=refusal(description))

    with capture_logs() as logs:
        found = await messenger.send(letter(place(chat)))

    assert found == outcome
    assert telegram.token not in f"{logs} {found}"


async def test_a_flood_defers_that_chat_for_exactly_as_long_as_told(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, here: Destination
) -> None:
    telegram.fault("sendMessage", chat=chat, retry_after=7)
    other = telegram.private(telegram.user("Bob"))

    told = await messenger.send(letter(here))
    elsewhere = await messenger.send(letter(place(other)))

    assert told == Deferred(after_seconds=7.0, reason=Reason.RATE_LIMITED, counts=False)
    assert isinstance(elsewhere, Delivered)


async def test_in_an_outage_one_message_is_at_stake_and_no_other(
    telegram: FakeTelegram, messenger: TelegramMessenger, here: Destination
) -> None:
    down = telegram.fault("*", status=502, times=None)

    outcomes = [await messenger.send(letter(here)) for _ in range(3)]
    tries = len(telegram.called("sendMessage"))
    down.lift()
    later = await messenger.send(letter(here))

    assert outcomes == [Unsure(reason=Reason.UNAVAILABLE), DOWN, DOWN]
    assert tries == 1
    assert isinstance(later, Delivered)


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        ({"retry_after": 9}, (Reason.RATE_LIMITED, 9)),
        ({"status": 401}, (Reason.TOKEN, 60)),
        ({"status": 200, "body": "<p>"}, (Reason.UNAVAILABLE, 5)),
    ],
)
async def test_after_an_unsure_try_what_telegram_says_first_counts(
    telegram: FakeTelegram,
    messenger: TelegramMessenger,
    here: Destination,
    trouble: dict[str, object],
    outcome: object,
) -> None:
    telegram.fault("sendMessage", reset=True)
    telegram.fault("getMe", **trouble)  # type: ignore[arg-type] # fields of a Fault

    unsure = await messenger.send(letter(here))
    told = await messenger.send(letter(here))

    assert isinstance(unsure, Unsure)
    assert isinstance(told, Deferred)
    assert (told.reason, told.after_seconds) == outcome


async def test_a_flood_is_waited_out_by_edits_and_answers_too(
    telegram: FakeTelegram, messenger: TelegramMessenger, chat: Chat, here: Destination
) -> None:
    receipt = receipt_of(await messenger.send(letter(here)))
    telegram.fault("editMessageText", chat=chat, retry_after=7)

    told = await messenger.edit(receipt, card("New"), to=here)
    ring = await messenger.send(letter(here))
    edit = await messenger.edit(receipt, card("New"), to=here)

    assert told == Deferred(after_seconds=7.0, reason=Reason.RATE_LIMITED, counts=False)
    assert ring == edit == told
    assert len(telegram.called("editMessageText")) == 1
    assert len(telegram.called("sendMessage")) == 1


async def test_a_group_that_moved_says_where_to(
    telegram: FakeTelegram, messenger: TelegramMessenger
) -> None:
    group = telegram.group("Team")
    fresh = await telegram.migrate(group, tell=False)

    assert await messenger.send(letter(place(group))) == Moved(chat=str(fresh.id))


async def test_a_server_that_is_not_there_defers_the_whole_platform(
    telegram: FakeTelegram, here: Destination
) -> None:
    options = TelegramOptions(token=telegram.token, api_url="http://127.0.0.1:1")
    async with open_telegram(
        options, commands=FakeCommands(), store=Memory(), clock=MovedClock()
    ) as door:
        outcome = await door.messenger.send(letter(here))

    assert isinstance(outcome, Deferred)
    assert (outcome.whole_platform, outcome.counts) == (True, False)


async def test_a_file_that_has_left_the_cache_defers(
    messenger: TelegramMessenger, here: Destination, tmp_path: Path
) -> None:
    gone = replace(file(tmp_path), path=tmp_path / "gone.png")
    nothing = replace(gone, path=None)

    outcomes = [await messenger.send(letter(here, each)) for each in (gone, nothing)]

    assert [isinstance(each, Deferred) for each in outcomes] == [True, True]


@pytest.mark.parametrize("receipt", ["", "1:2", "1:x:t", "1:2:z"])
async def test_a_receipt_of_somebody_else_is_gone(
    messenger: TelegramMessenger, here: Destination, receipt: str
) -> None:
    outcome = await messenger.edit(Receipt(receipt), card("x"), to=here)

    assert outcome == Refused(reason=Reason.MESSAGE_GONE)


async def test_telegram_repeats_nothing_safely_and_cannot_say(
    messenger: TelegramMessenger, here: Destination
) -> None:
    assert messenger.platform == TELEGRAM
    assert not messenger.repeats_safely(since=NOON, now=NOON)
    assert await messenger.find(letter(here), since=NOON)
    assert messenger.calls_a_second <= 30


@pytest.mark.parametrize("where", Place)
def test_paces_are_within_what_chats_bear(
    messenger: TelegramMessenger, here: Destination, where: Place
) -> None:
    pace = messenger.pace(replace(here, place=where))

    assert pace.edit_seconds >= (3 if where is Place.PRIVATE else 6)
    assert where is Place.PRIVATE or 0 < pace.calls_a_minute <= 20
    assert messenger.media_limits(here).photo_bytes == 10 * 2**20
