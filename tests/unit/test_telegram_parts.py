"""Small rules of the Telegram door that need no server."""

from dataclasses import replace
from pathlib import Path

import pytest
from telegram import Chat, Update, User
from telegram.error import InvalidToken, NetworkError, TelegramError, TimedOut

from adapters.telegram.buttons import report_card
from adapters.telegram.files import alike
from adapters.telegram.ledger import Ledger
from adapters.telegram.lenient import complete
from adapters.telegram.limits import ANSWERS_STOP_AT, GROUP_CALLS, PLATFORM
from adapters.telegram.options import TelegramOptions
from adapters.telegram.outcomes import outcome_of
from adapters.telegram.people import chat_person, person_of
from bot.commands.reply import How, Reply
from bot.domain.attachment import Attachment, FileKind
from bot.domain.notification import Deferred, Reason, Refused, Unsure
from bot.domain.subscription import Destination, Place
from tests.fakes.clock import MovedClock
from tests.fakes.commands import card

PHOTO = Attachment(
    kind=FileKind.PHOTO, position=0, name="a.png", path=Path("a.png"), file_id="p"
)
DOCUMENT = replace(PHOTO, kind=FileKind.DOCUMENT, position=1)


class ConnectTimeout(Exception):  # noqa: N818 - named as the transport names it
    """Stands for the transport's own."""


def connecting() -> TelegramError:
    error = TimedOut()
    error.__cause__ = ConnectTimeout()
    return error


@pytest.mark.parametrize(
    "error",
    [
        TimedOut("Pool timeout: All connections in the connection pool are occupied."),
        NetworkError("httpx.ConnectError: All connection attempts failed"),
        NetworkError("Unknown error in HTTP implementation: OSError()"),
        NetworkError("Too Many Requests"),
        NetworkError("Unknown HTTPError (429)"),
        connecting(),
    ],
)
def test_what_was_surely_not_sent_is_sent_later(error: TelegramError) -> None:
    outcome = outcome_of(error, sending=True)

    assert isinstance(outcome, Deferred)
    assert outcome.reason is Reason.UNAVAILABLE


@pytest.mark.parametrize(
    "error",
    [
        TimedOut(),
        NetworkError("httpx.ReadError: "),
        NetworkError("httpx.RemoteProtocolError: Server disconnected"),
        NetworkError("Gateway Timeout (504)"),
        NetworkError("Bad Gateway"),
        NetworkError("Internal Server Error"),
        TelegramError("Invalid server response"),
    ],
)
def test_what_may_have_been_sent_is_unsure(error: TelegramError) -> None:
    assert isinstance(outcome_of(error, sending=True), Unsure)


def test_a_method_that_a_server_lacks_is_no_bad_token() -> None:
    lacks = outcome_of(InvalidToken("Not Found: method not found"), sending=True)

    assert lacks == Refused(reason=Reason.INVALID)
    assert isinstance(outcome_of(InvalidToken("Not Found"), sending=True), Deferred)


def test_an_edit_that_a_server_failed_at_is_put_off() -> None:
    assert isinstance(outcome_of(NetworkError("Bad Gateway"), sending=False), Deferred)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (User(id=1, first_name="Anna", is_bot=False, username="anna_a"), "@anna_a"),
        (User(id=1, first_name="@boss", is_bot=False), "boss"),
        (User(id=1, first_name="", is_bot=False), ""),
        (User(id=1, first_name="A\nB", last_name="C", is_bot=False), "A B C"),
    ],
)
def test_nobody_may_pretend_to_have_a_username(user: User, name: str) -> None:
    assert person_of(user).name == name


def test_a_channel_speaks_under_its_title() -> None:
    channel = Chat(id=-1001, type=Chat.CHANNEL, title="News", username="news_ch")

    assert chat_person(channel).name == "News"


def test_a_report_always_holds_its_custom_id() -> None:
    told = report_card(Reply(card=card("what it is"), how=How.REPORT, report="MJ::1"))

    assert [block.text for block in told.blocks] == ["what it is", "MJ::1"]


def test_an_album_holds_files_of_one_kind() -> None:
    assert alike([PHOTO]) == (PHOTO,)
    assert [file.kind for file in alike([PHOTO, DOCUMENT])] == [FileKind.DOCUMENT] * 2
    assert alike([replace(PHOTO, path=None), DOCUMENT]) == (DOCUMENT,)


def test_what_a_server_leaves_out_of_an_update_is_put_back() -> None:
    text = "/watch@w_bot \U0001f600 @w_bot 1"
    bare = {"message_id": 2, "chat": {"id": -3}, "text": text, "from": {"id": 4}}

    message = Update.de_json(complete({"update_id": 1, "message": bare}), None).message

    assert message is not None
    assert message.chat.type == Chat.GROUP
    assert [(each.type, each.offset, each.length) for each in message.entities] == [
        ("bot_command", 0, 12),
        ("mention", 16, 6),
    ]


def test_a_bare_press_is_one() -> None:
    card = {"message_id": 2, "chat": {"id": 3}}
    bare = {"id": "1", "from": {"id": 3}, "data": "m1", "message": card}
    pressed = Update.de_json(complete({"update_id": 1, "callback_query": bare}), None)

    assert pressed.callback_query is not None
    assert pressed.callback_query.data == "m1"


def test_what_a_server_sends_stays_as_it_is() -> None:
    whole = {
        "update_id": 1,
        "message": {
            "message_id": 2,
            "date": 5,
            "chat": {"id": 3, "type": "supergroup"},
            "text": "/status",
            "entities": [],
        },
    }

    assert complete(whole) == whole


def test_a_group_is_never_sent_more_than_it_bears() -> None:
    clock = MovedClock()
    ledger = Ledger(clock)
    group = Destination(platform=PLATFORM, chat="-5", place=Place.GROUP)
    other = replace(group, chat="-6")
    private = replace(group, chat="5", place=Place.PRIVATE)

    assert [ledger.spend(group, 1) for _ in range(12)] == [None] * 12
    clock.move(10)
    assert ledger.spend(group, 8) is None
    late = ledger.spend(group, 1)
    album = ledger.spend(group, 10)
    clock.move(51)
    assert ledger.spend(group, 10) is None

    assert late is not None
    assert late.after_seconds == 50
    assert album is not None
    assert album.after_seconds == 50
    assert ledger.spend(other, 10) is None
    assert [ledger.spend(private, 1) for _ in range(30)] == [None] * 30


def test_answers_leave_a_groups_last_calls_to_rings() -> None:
    clock = MovedClock()
    ledger = Ledger(clock)
    group = Destination(platform=PLATFORM, chat="-5", place=Place.GROUP)
    for _ in range(ANSWERS_STOP_AT):
        assert ledger.spend(group, 1, answer=True) is None
        clock.move(1)

    late = ledger.spend(group, 1, answer=True)

    assert late is not None
    assert late.after_seconds == 60 - ANSWERS_STOP_AT
    assert ledger.answers(group) == ANSWERS_STOP_AT
    assert ledger.spend(group, GROUP_CALLS - ANSWERS_STOP_AT) is None
    clock.move(60)
    assert ledger.answers(group) == 0


@pytest.mark.parametrize("place", Place)
def test_a_chat_that_asks_for_rest_is_left_alone_until_exactly_then(
    place: Place,
) -> None:
    clock = MovedClock()
    ledger = Ledger(clock)
    here = Destination(platform=PLATFORM, chat="5", place=place)
    ledger.rest(here, 7)
    ledger.rest(here, 3)

    clock.move(6)
    late = ledger.spend(here, 1)
    elsewhere = ledger.spend(replace(here, chat="6"), 1)
    clock.move(1)

    assert late is not None
    assert (late.after_seconds, late.counts, elsewhere) == (1, False, None)
    assert ledger.spend(here, 1) is None


def test_many_chats_are_not_remembered_for_ever() -> None:
    clock = MovedClock()
    ledger = Ledger(clock)
    here = Destination(platform=PLATFORM, chat="-5", place=Place.GROUP)
    for number in range(999):
        ledger.spend(replace(here, chat=str(-number - 10)), 1)
    clock.move(61)
    ledger.rest(here, 60)

    ledger.spend(replace(here, chat="-1"), 1)

    assert set(ledger._pages) == {"-5", "-1"}


def test_the_secret_is_given_or_made_of_the_token_and_never_shown() -> None:
    made = TelegramOptions(token="1:a")
    given = TelegramOptions(token="1:a", webhook_secret="chosen")

    assert (len(made.secret), given.secret) == (64, "chosen")
    assert "1:a" not in repr(given)
    assert "chosen" not in repr(given)
