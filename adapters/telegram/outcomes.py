"""What Telegram's refusals mean: each error of the library becomes an Outcome.

Nothing of an error's own words leaves this module unless Telegram wrote them about a
right or a chat: the library's errors can hold the address that the token is part of.
"""

import re
from datetime import timedelta
from typing import Final

import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.domain.notification import Deferred, Moved, Outcome, Reason, Refused, Unsure

log = structlog.get_logger(__name__)

_DOWN_SECONDS: Final = 5.0
_TOKEN_SECONDS: Final = 60.0
_POOL_SECONDS: Final = 1.0
_POOL: Final = "pool timeout"
_GONE_CHAT: Final = (
    "chat not found",
    "chat_id is empty",
    "peer_id_invalid",
    "group chat was deactivated",
    "was deleted",
    "user not found",
)
_GONE_MESSAGE: Final = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
)
_NO_RIGHT: Final = (
    "not enough rights",
    "need administrator rights",
    "have no rights",
    "chat_write_forbidden",
    "chat_send_",
    "chat_restricted",
    "chat_admin_required",
    "topic_closed",
)
NO_METHOD: Final = "method not found"  # an older server; its token is fine
_BAD_FILE: Final = (
    "too big",
    "photo_invalid_dimensions",
    "image_process_failed",
    "request entity too large",
)
# The connection failed before anything was sent.
_NOT_SENT: Final = (
    "httpx.connecterror",
    "httpx.proxyerror",
    "httpx.unsupportedprotocol",
)
# The answer was cut, or is none of Telegram's.
_CUT: Final = ("httpx.", "invalid server response")
DOWN: Final = Deferred(
    after_seconds=_DOWN_SECONDS,
    reason=Reason.UNAVAILABLE,
    whole_platform=True,
    counts=False,
)
_TOKEN: Final = Deferred(
    after_seconds=_TOKEN_SECONDS, reason=Reason.TOKEN, whole_platform=True, counts=False
)
# Nothing got out of here, or it was turned away.
_NOTHING_DONE: Final = ("unknown error in http implementation", "too many requests")
_SERVER_ERRORS: Final = 500
_STATUS: Final = re.compile(r"\((\d{3})\)")


def outcome_of(error: TelegramError, *, sending: bool) -> Outcome:
    """Say what an error means for the call that raised it.

    Args:
        error: The library's.
        sending: A new message was to be made: a server that fails may have made it
            first. An edit can be repeated.
    """
    match error:
        case RetryAfter():
            wait = retry_seconds(error)
            return Deferred(
                after_seconds=wait, reason=Reason.RATE_LIMITED, counts=False
            )
        case ChatMigrated():
            return Moved(chat=str(error.new_chat_id))
        case InvalidToken():
            unknown = says(error, NO_METHOD)
            return Refused(reason=Reason.INVALID) if unknown else _TOKEN
        case _:
            return _of_call(error, sending=sending)


def retry_seconds(error: RetryAfter) -> float:
    """Read the wait: a number or a timedelta, as the library's setting has it."""
    wait: int | timedelta = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def says(error: TelegramError, *words: str) -> bool:
    """Say whether Telegram's description holds one of these words, in any case."""
    told = error.message.lower()
    return any(word in told for word in words)


def _of_call(error: TelegramError, *, sending: bool) -> Outcome:
    match error:
        case Forbidden():
            return _forbidden(error)
        case BadRequest():
            return _bad_request(error)
        case TimedOut():
            return _timed_out(error)
        case _:
            return _unreached(error, sending=sending)


def _forbidden(error: Forbidden) -> Outcome:
    gone = says(error, *_GONE_CHAT)
    return Refused(reason=Reason.GONE if gone else Reason.BLOCKED)


def _bad_request(error: BadRequest) -> Outcome:
    if says(error, *_GONE_CHAT):
        return Refused(reason=Reason.GONE)
    if says(error, *_GONE_MESSAGE):
        return Refused(reason=Reason.MESSAGE_GONE)
    if says(error, *_NO_RIGHT):
        return Refused(reason=Reason.FORBIDDEN, detail=_missing(error))
    if says(error, *_BAD_FILE):
        return Refused(reason=Reason.TOO_LARGE)
    log.error("telegram.refused", description=error.message[:200])
    return Refused(reason=Reason.INVALID)


def _missing(error: BadRequest) -> str:
    """Name the right that is missing, in Telegram's words: `send photos`."""
    told = error.message.lower()
    found = re.search(r"rights? to ([a-z ]{3,40}?)(?: to the chat)?$", told)
    if found:
        return found[1]
    return "open the topic" if "topic_closed" in told else "send messages"


def _timed_out(error: TimedOut) -> Outcome:
    if says(error, _POOL):  # surely not sent, as is what found no connection
        return Deferred(
            after_seconds=_POOL_SECONDS, reason=Reason.UNAVAILABLE, counts=False
        )
    if type(error.__cause__).__name__ == "ConnectTimeout":
        return DOWN
    return Unsure(reason=Reason.TIMEOUT)


def _unreached(error: TelegramError, *, sending: bool) -> Outcome:
    if says(error, *_NOT_SENT):
        return DOWN
    if says(error, *_BAD_FILE):
        return Refused(reason=Reason.TOO_LARGE)
    found = _STATUS.search(error.message)
    log.warning("telegram.unavailable", status=found[1] if found else None)
    if says(error, *_CUT) or (sending and _answered(error, found)):
        return Unsure(reason=Reason.UNAVAILABLE)
    return Deferred(after_seconds=_DOWN_SECONDS, reason=Reason.UNAVAILABLE)


def _answered(error: TelegramError, status: re.Match[str] | None) -> bool:
    """Whether somebody behind the door failed; beside words the number is not kept.

    No number of theirs says that nothing was done: a server that closes answers 500 to
    what it has in hand, a gateway 502 or 504 when it lost the one behind it. Then the
    message may be there, and a result is never posted twice.
    """
    if status is not None:
        return int(status[1]) >= _SERVER_ERRORS
    return isinstance(error, NetworkError) and not says(error, *_NOTHING_DONE)
