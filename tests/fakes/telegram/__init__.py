"""A strict, scriptable Telegram Bot API on loopback."""

from tests.fakes.telegram.asking import Asked, Press
from tests.fakes.telegram.faults import Fault, FloodLimit
from tests.fakes.telegram.model import Chat, Message, StoredFile, User
from tests.fakes.telegram.server import TOKEN, FakeTelegram, Refusal
from tests.fakes.telegram.wire import Call

__all__ = [
    "TOKEN",
    "Asked",
    "Call",
    "Chat",
    "FakeTelegram",
    "Fault",
    "FloodLimit",
    "Message",
    "Press",
    "Refusal",
    "StoredFile",
    "User",
]
