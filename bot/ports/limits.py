"""How much may be watched at once, and what comes of wanting to watch."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.subscription import Subscription

# A door sends the live card of a watch itself; after this long it has failed to, and
# delivery does. Whatever is watched by no door is as old from the start.
DOOR_TAKES: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a person and a chat may watch at once; 0: no limit."""

    person_watches: int = 25
    chat_watches: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The person is among those who asked."""

    subscription: Subscription
    fresh: bool  # the subscription is new in this chat
    added: bool  # the person was not among the askers before


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached:
    """Nothing was subscribed: somebody's limit is used up."""

    person: bool  # the person's limit; else the chat's
    limit: int
