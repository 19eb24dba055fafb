"""What was found out about a relay at run time, in a form that can be kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.relay.auth import Auth
from bot.relay.options import Clock

BELIEVED: Final = timedelta(days=1)  # then a missing route is tried again


@dataclass(slots=True, kw_only=True)
class Habits:
    """The key's style, and the routes that this relay does not have."""

    clock: Clock
    auth: Auth
    list_missing_since: datetime | None = None
    image_missing_since: datetime | None = None

    @property
    def lists(self) -> bool:
        """Whether the list endpoint is worth asking."""
        return not self._believed(self.list_missing_since)

    @property
    def serves_images(self) -> bool:
        """Whether the image route is worth asking."""
        return not self._believed(self.image_missing_since)

    def facts(self) -> dict[str, str]:
        """Give what is known as small strings."""
        found = {
            "auth": self.auth.found,
            "list_missing_since": _iso(self.list_missing_since),
            "image_missing_since": _iso(self.image_missing_since),
        }
        return {name: str(value) for name, value in found.items() if value}

    def restore(self, facts: Mapping[str, str]) -> None:
        """Take up what an earlier run found; rubbish is passed over."""
        self.auth.restore(facts.get("auth", ""))
        self.list_missing_since = _instant(facts.get("list_missing_since", ""))
        self.image_missing_since = _instant(facts.get("image_missing_since", ""))

    def _believed(self, since: datetime | None) -> bool:
        return since is not None and self.clock.now() - since < BELIEVED


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
