"""Counters and gauges of every station, in a registry of our own.

Labels come from closed sets (relay names are the operator's, so few); never an id, an
address or a text.
"""

from collections.abc import Callable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
# Seconds from an end seen to the ring accepted: at once, the picture's 8 s, an outage.
_RING_SECONDS: Final = (0.25, 0.5, 1, 2, 4, 8, 10, 15, 30, 60, 300, 900, 3600)


class Metrics:
    """What is counted; each part gets the whole and touches its own.

    Attributes:
        relay_requests: By relay, route (fetch, list, seed, image) and outcome.
        looks: What people asked to see.
        watches: Tasks watched now.
        transitions: What was told to the outbox, by tell.
        deliveries: Attempts at notifications, by platform, outcome and reason
            (empty when delivered).
        delivery_seconds: From an end seen to the platform's acceptance.
        edits: Edits of live cards and boards, by platform and outcome.
        pictures: Fetches of pictures, by outcome.
    """

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry(auto_describe=True)
        self.relay_requests = Counter(
            "mjwatch_relay_requests",
            "Requests to relays",
            ["relay", "route", "outcome"],
            registry=registry,
        )
        self.looks = Counter(
            "mjwatch_looks", "Tasks that people looked at", registry=registry
        )
        self.watches = Gauge("mjwatch_watches", "Tasks watched now", registry=registry)
        self.transitions = Counter(
            "mjwatch_transitions", "Changes worth telling", ["tell"], registry=registry
        )
        self.deliveries = Counter(
            "mjwatch_deliveries",
            "Attempts at telling",
            ["platform", "outcome", "reason"],
            registry=registry,
        )
        self.delivery_seconds = Histogram(
            "mjwatch_delivery_seconds",
            "From an end seen to the platform's acceptance of its ring",
            ["platform"],
            buckets=_RING_SECONDS,
            registry=registry,
        )
        self.edits = Counter(
            "mjwatch_edits",
            "Edits of live cards and boards",
            ["platform", "outcome"],
            registry=registry,
        )
        self.pictures = Counter(
            "mjwatch_pictures", "Fetches of pictures", ["outcome"], registry=registry
        )
        self._heartbeats = Gauge(
            "mjwatch_heartbeat_age_seconds",
            "Since the last good turn of a loop",
            ["loop"],
            registry=registry,
        )

    def asked(self, relay: str, route: str, outcome: str) -> None:
        """Count a question to a relay."""
        self.relay_requests.labels(relay, route, outcome).inc()

    def show_heartbeat(self, loop: str, age_seconds: Callable[[], float]) -> None:
        """Let each scrape ask how long ago a loop's last good turn was."""
        self._heartbeats.labels(loop=loop).set_function(age_seconds)

    def render(self) -> bytes:
        """Write everything in Prometheus' text format."""
        return generate_latest(self._registry)
