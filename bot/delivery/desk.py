"""What all of one platform's telling shares."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.delivery.lanes import Lanes
from bot.delivery.options import DeliveryOptions
from bot.delivery.outage import REST_SECONDS, Outage
from bot.delivery.stops import Stops
from bot.domain.notification import Outcome
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
        outage: Whether the platform answers.
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
    outage: Outage = field(default_factory=Outage)

    def heed(self, outcome: Outcome) -> None:
        """Note what came of a message; a platform that is down gets a rest."""
        if self.outage.note(outcome):
            self.lanes.pause_all(until=self.clock.monotonic() + REST_SECONDS)
