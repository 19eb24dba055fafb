"""What each relay is handed of the settings; without the rest of the program."""

from dataclasses import replace
from functools import partial
from typing import Protocol

from bot.relay.options import AuthStyle, RelayOptions
from bot.settings.schema import Settings


class Asked(Protocol):
    """Counts a question to a relay."""

    def __call__(self, relay: str, route: str, outcome: str) -> None:
        """Count it."""


def relay_options(
    settings: Settings, *, asked: Asked | None = None
) -> list[RelayOptions]:
    """Hand each relay its settings; `asked` counts what it is asked."""
    found = [
        RelayOptions(
            name=relay.name,
            hosts=relay.hosts,
            key=relay.key,
            auth=AuthStyle(relay.auth),
            prefix=relay.prefix,
            rate_per_second=settings.relay_rate,
            batch_size=settings.relay_batch_size,
            proxy=settings.relay_proxy_for,
            image_hosts=settings.image_hosts,
            probe_seconds=settings.breaker_probe_seconds,
        )
        for relay in settings.relays
    ]
    if asked is None:
        return found
    return [replace(each, heard=partial(asked, each.name)) for each in found]
