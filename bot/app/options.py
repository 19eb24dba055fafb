"""Settings handed out in pieces: each part gets its own small options."""

import hashlib
import hmac

from bot.commands.access import AccessOptions
from bot.media.picture import PictureOptions
from bot.ports import Limits
from bot.settings import Settings, obtain_secret_key
from bot.watch.options import WatchOptions


def picture_options(settings: Settings) -> PictureOptions:
    """Where pictures are kept, and by which way they come."""
    return PictureOptions(
        folder=settings.home / "pictures",
        image_hosts=tuple(settings.image_hosts),
        proxy=settings.relay_proxy_for,
    )


def access_options(settings: Settings) -> AccessOptions:
    """Who may use the bot, and how much."""
    everybody = settings.open_to_everybody
    console = {"browser:1"} if settings.browser_chat else set()
    return AccessOptions(
        allow=None if everybody else frozenset({*settings.allow, *console}),
        operators=tuple(settings.operators),
        looks_a_minute=settings.limit_looks,
        watches=Limits(
            person_watches=settings.limit_watches,
            chat_watches=settings.limit_chat_watches,
        ),
    )


def watch_options(settings: Settings) -> WatchOptions:
    """How hard to watch."""
    return WatchOptions(
        poll_seconds=settings.poll_seconds,
        batch_size=settings.relay_batch_size,
        lost_misses=settings.lost_after_misses,
        lost_seconds=settings.lost_after_seconds,
        stuck_seconds=settings.stuck_after_seconds,
        give_up_seconds=settings.give_up_after_seconds,
        silent_seconds=settings.silent_after_seconds,
        rest_most_seconds=settings.breaker_probe_seconds,
    )


def derived(settings: Settings, purpose: str) -> str:
    """Derive a secret of its own for one purpose; 64 hexadecimal digits."""
    key = obtain_secret_key(settings).encode()
    return hmac.new(key, purpose.encode(), hashlib.sha256).hexdigest()
