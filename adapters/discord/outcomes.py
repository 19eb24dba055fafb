"""What Discord's errors mean for a delivery, by their numbers; pure."""

from dataclasses import replace
from typing import Final

import aiohttp
import discord

from bot.domain.notification import Deferred, Outcome, Reason, Refused, Unsure

# What may come out of a call: Discord's answers, and a connection that is none.
CALL_ERRORS: Final = (
    discord.DiscordException,
    aiohttp.ClientError,
    OSError,
    TimeoutError,
)
UNKNOWN_MESSAGE: Final = 10008
# An interaction's token is of no use: unknown, over, not acknowledged in time.
DEAD_TOKEN: Final = frozenset({10015, 10062, 50027})
ALREADY_ACKNOWLEDGED: Final = 40060
MISSING_PERMISSIONS: Final = 50013
MISSING_ACCESS: Final = 50001
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_ENTITY_TOO_LARGE: Final = 413
_TOO_MANY: Final = 429
_SERVER_ERRORS: Final = 500
_OLD_MESSAGE: Final = 30046
_ARCHIVED: Final = 50083
_TOO_LARGE: Final = 40005
_SECONDS: Final = 5.0
_OLD_SECONDS: Final = 20.0
_ARCHIVED_SECONDS: Final = 900.0
_TOKEN_SECONDS: Final = 300.0
_BAN_SECONDS: Final = 60.0  # without a word how long: Cloudflare's page

_REFUSED: Final = {
    10003: Reason.GONE,  # channel
    10004: Reason.GONE,  # server
    10013: Reason.GONE,  # person
    UNKNOWN_MESSAGE: Reason.MESSAGE_GONE,
    _TOO_LARGE: Reason.TOO_LARGE,
    MISSING_ACCESS: Reason.FORBIDDEN,
    50005: Reason.MESSAGE_GONE,  # somebody else's message: not the one we made
    50007: Reason.BLOCKED,  # the person takes no messages from us
    MISSING_PERMISSIONS: Reason.FORBIDDEN,
    50278: Reason.BLOCKED,  # no server in common
}


def outcome_of(error: BaseException, *, sending: bool) -> Outcome:
    """Say what came of a call that failed.

    Args:
        error: One of CALL_ERRORS.
        sending: A new message was to be made; a lost answer may hide one. An edit
            can be repeated whatever became of it.
    """
    match error:
        case discord.RateLimited(retry_after=seconds):
            return _later(seconds, Reason.RATE_LIMITED)
        case discord.HTTPException():
            return _answered(error, sending=sending)
        case aiohttp.ClientConnectorError():
            return replace(_later(_SECONDS, Reason.UNAVAILABLE), whole_platform=True)
        case TimeoutError():
            return _lost(Reason.TIMEOUT, sending=sending)
        case _:
            return _lost(Reason.UNAVAILABLE, sending=sending)


def _answered(error: discord.HTTPException, *, sending: bool) -> Outcome:
    if error.status >= _SERVER_ERRORS:
        return _lost(Reason.UNAVAILABLE, sending=sending)
    if error.status == _TOO_MANY or error.code == _OLD_MESSAGE:
        return _too_fast(error)
    if error.status == _UNAUTHORIZED:
        later = _later(_TOKEN_SECONDS, Reason.TOKEN)
        return replace(later, whole_platform=True)
    if error.code == _ARCHIVED:
        return _archived(sending=sending)
    return _refused(error)


def _refused(error: discord.HTTPException) -> Outcome:
    reason = _REFUSED.get(error.code)
    if reason:
        return Refused(reason=reason)
    if error.status == _ENTITY_TOO_LARGE:
        return Refused(reason=Reason.TOO_LARGE)
    if not error.code:  # no word of Discord's own: a page of something before it
        later = _later(_BAN_SECONDS, Reason.UNAVAILABLE)
        return replace(later, whole_platform=error.status == _FORBIDDEN)
    if error.status == _FORBIDDEN:
        return Refused(reason=Reason.FORBIDDEN)
    return Refused(reason=Reason.INVALID, detail=f"code {error.code}")


def _too_fast(error: discord.HTTPException) -> Deferred:
    if error.code == _OLD_MESSAGE:
        return _later(_OLD_SECONDS, Reason.RATE_LIMITED)
    seconds = _retry_after(error)
    if error.code or "Via" in error.response.headers:
        return _later(seconds or _SECONDS, Reason.RATE_LIMITED)
    # Without that header the answer is not Discord's: the whole address is banned.
    banned = _later(max(seconds, _BAN_SECONDS), Reason.RATE_LIMITED)
    return replace(banned, whole_platform=True)


def _retry_after(error: discord.HTTPException) -> float:
    try:
        return float(error.response.headers.get("Retry-After", "0"))
    except ValueError:
        return 0.0


def _archived(*, sending: bool) -> Outcome:
    """Leave a card in an archived thread alone; a ring may not be kept back so."""
    if sending:
        return Refused(reason=Reason.FORBIDDEN, detail="Manage Threads")
    return _later(_ARCHIVED_SECONDS, Reason.FORBIDDEN)


def _later(seconds: float, reason: Reason) -> Deferred:
    return Deferred(after_seconds=seconds, reason=reason, counts=False)


def _lost(reason: Reason, *, sending: bool) -> Outcome:
    if sending:
        return Unsure(reason=reason)
    return Deferred(after_seconds=_SECONDS, reason=reason)
