"""Answers that are none of Telegram's: a call whose answer cannot be read has failed.

Whether it was carried out nobody can say; the library would stumble in many ways.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from telegram import Message
from telegram.error import NetworkError, TelegramError

from adapters.telegram.updates import place_of

log = structlog.get_logger(__name__)


@contextmanager
def reading() -> Iterator[None]:
    """Make a call's failure one of the library's own, whatever was answered.

    Raises:
        TelegramError: The call failed.
    """
    try:
        yield
    except TelegramError:
        raise
    except Exception as error:
        log.warning("telegram.answer_unreadable", **place_of(error))
        raise NetworkError("Invalid server response") from error


def whole(message: Message) -> Message:
    """Make sure that a message can be found again.

    Raises:
        TypeError: It has no number.
    """
    if not isinstance(message.message_id, int):
        raise TypeError("a message without a number")
    return message
