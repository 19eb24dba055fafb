"""What delivery counts, and under which labels."""

from dataclasses import replace
from datetime import timedelta

from bot.delivery import counts
from bot.domain.notification import Delivered, Reason, Refused
from bot.domain.subscription import Platform, Receipt
from bot.domain.transition import Tell
from bot.telemetry.metrics import Metrics
from tests.unit.card_samples import NOW, note

ON = Platform("p")
SECONDS = "mjwatch_delivery_seconds"


def shown(metrics: Metrics) -> list[str]:
    """The lines of deliveries and edits that are not their instants."""
    lines = metrics.render().decode().splitlines()
    kinds = ("mjwatch_deliveries_total", "mjwatch_edits_total", f"{SECONDS}_sum")
    return [line for line in lines if line.startswith(kinds)]


def test_a_told_end_is_counted_with_its_seconds() -> None:
    metrics = Metrics()

    counts.told(metrics, note(), platform=ON, at=NOW + timedelta(seconds=3))

    assert shown(metrics) == [
        'mjwatch_deliveries_total{outcome="delivered",platform="p",reason=""} 1.0',
        f'{SECONDS}_sum{{platform="p"}} 3.0',
    ]


def test_a_clock_that_was_set_back_makes_no_negative_seconds() -> None:
    metrics = Metrics()

    counts.told(metrics, note(), platform=ON, at=NOW - timedelta(seconds=3))
    counts.told(metrics, note(), platform=ON, at=NOW + timedelta(seconds=0.5))

    assert shown(metrics)[-1] == f'{SECONDS}_sum{{platform="p"}} 0.5'


def test_only_ends_have_seconds() -> None:
    metrics = Metrics()
    stuck = replace(note(), tell=Tell.STUCK)

    counts.told(metrics, stuck, platform=ON, at=NOW + timedelta(seconds=3))

    assert len(shown(metrics)) == 1


def test_what_is_put_back_given_up_or_edited_has_its_label() -> None:
    metrics = Metrics()

    counts.put_back(metrics, Reason.TIMEOUT, platform=ON)
    counts.given_up(metrics, Reason.GONE, platform=ON)
    counts.edited(metrics, Delivered(receipt=Receipt("1")), platform=ON)
    counts.edited(metrics, Refused(reason=Reason.GONE), platform=ON)

    assert shown(metrics) == [
        'mjwatch_deliveries_total{outcome="deferred",platform="p",reason="timeout"} 1.0',
        'mjwatch_deliveries_total{outcome="dead",platform="p",reason="gone"} 1.0',
        'mjwatch_edits_total{outcome="delivered",platform="p"} 1.0',
        'mjwatch_edits_total{outcome="refused",platform="p"} 1.0',
    ]
