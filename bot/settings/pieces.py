"""The pieces that settings are handed out in: plain, frozen, without pydantic."""

from dataclasses import dataclass, field
from typing import Literal

from bot.domain.subscription import Platform
from bot.domain.task import RelayName

# The words of `bot.relay.options.AuthStyle`: its package would bring an HTTP client.
RelayAuth = Literal["auto", "bearer", "mj-api-secret", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """One relay.

    Attributes:
        name: Lower-cased.
        hosts: Interchangeable full addresses, without the prefix; at least one.
        key: None: no header is sent.
        prefix: Begins with a slash and ends without one; "" for none.
    """

    name: RelayName
    hosts: tuple[str, ...]
    key: str | None = field(default=None, repr=False)
    auth: RelayAuth = "auto"
    prefix: str = "/mj"


@dataclass(frozen=True, slots=True)
class ChatAddress:
    """A chat as an operator names it in a setting."""

    platform: Platform
    chat: str
