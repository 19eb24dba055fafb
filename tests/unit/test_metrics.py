"""Metrics: their names, and that every registry is one's own."""

import re

from bot.telemetry.metrics import Metrics


def test_everything_is_named_after_the_program() -> None:
    metrics = Metrics()
    metrics.relay_requests.labels(relay="a", route="list", outcome="ok").inc()
    metrics.show_heartbeat("watcher", lambda: 2.5)

    text = metrics.render().decode()

    names = re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE)
    assert [name for name in names if not name.startswith("mjwatch_")] == []
    assert 'mjwatch_relay_requests_total{outcome="ok",relay="a",route="list"} 1' in text
    assert 'mjwatch_heartbeat_age_seconds{loop="watcher"} 2.5' in text


def test_two_programs_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()

    first.looks.inc()

    assert b"mjwatch_looks_total 1.0" in first.render()
    assert b"mjwatch_looks_total 0.0" in second.render()


def test_no_label_is_an_id() -> None:
    metrics = Metrics()
    counted = [each for each in vars(metrics).values() if hasattr(each, "_labelnames")]

    labels = {label for each in counted for label in each._labelnames}

    assert labels == {
        "relay",
        "route",
        "outcome",
        "tell",
        "platform",
        "reason",
        "loop",
    }


def test_a_heartbeats_age_is_asked_at_each_scrape() -> None:
    metrics = Metrics()
    ages = iter([1.0, 9.0])
    metrics.show_heartbeat("dispatcher", lambda: next(ages))

    first, second = metrics.render(), metrics.render()

    assert b'{loop="dispatcher"} 1.0' in first
    assert b'{loop="dispatcher"} 9.0' in second
