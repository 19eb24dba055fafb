"""What delivery counts; labels are closed sets."""

from datetime import datetime

from bot.domain.notification import Notification, Outcome
from bot.domain.subscription import Platform
from bot.domain.transition import Tell
from bot.telemetry.metrics import Metrics


def told(
    metrics: Metrics, note: Notification, *, platform: Platform, at: datetime
) -> None:
    """Count a told notification, and how long after the end was seen."""
    metrics.deliveries.labels(platform, "delivered", "").inc()
    if note.tell is Tell.ENDED:
        seconds = (at - note.created_at).total_seconds()
        metrics.delivery_seconds.labels(platform).observe(max(seconds, 0.0))


def put_back(metrics: Metrics, reason: str, *, platform: Platform) -> None:
    """Count an attempt that is to be repeated."""
    metrics.deliveries.labels(platform, "deferred", reason).inc()


def given_up(metrics: Metrics, reason: str, *, platform: Platform) -> None:
    """Count a dead letter."""
    metrics.deliveries.labels(platform, "dead", reason).inc()


def edited(metrics: Metrics, outcome: Outcome, *, platform: Platform) -> None:
    """Count an edit of a live card."""
    metrics.edits.labels(platform, type(outcome).__name__.lower()).inc()
