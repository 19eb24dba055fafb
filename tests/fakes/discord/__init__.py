"""A strict fake Discord: REST and gateway on a loopback port."""

from tests.fakes.discord.interaction import Interaction, Response
from tests.fakes.discord.model import (
    Call,
    Channel,
    Guild,
    Refusal,
    StoredMessage,
    UploadedFile,
    User,
)
from tests.fakes.discord.server import TOKEN, FakeDiscord

__all__ = [
    "TOKEN",
    "Call",
    "Channel",
    "FakeDiscord",
    "Guild",
    "Interaction",
    "Refusal",
    "Response",
    "StoredMessage",
    "UploadedFile",
    "User",
]
