"""What all of one platform's telling shares."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.delivery.lanes import Lanes
from bot.delivery.options import DeliveryOptions
from bot.delivery.stops import Stops
from bot.gallery import Gallery
from bot.ports import Clock, Messenger, Store
from bot.readers import Readers
from bot.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One platform's messenger and the things that go with it.

    Attributes:
        messenger: The platform.
        store: The outbox and the live cards.
        gallery: Pictures.
        lanes: When which chat may be written to.
        readers: In which language.
        clock: Time.
        metrics: What was told, and how fast.
        chance: 0..1 at random, for the spread of retries.
        options: The numbers.
        stops: What a stop interrupted.
    """

    messenger: Messenger
    store: Store
    gallery: Gallery
    lanes: Lanes
    readers: Readers
    clock: Clock
    metrics: Metrics
    chance: Callable[[], float]
    options: DeliveryOptions
    stops: Stops = field(default_factory=Stops)
