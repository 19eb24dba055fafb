"""One result that cannot be told is out of everybody's way, counted, and told of."""

from pathlib import Path

import pytest

from bot.delivery import notices
from tests.chaos.poison import WAYS, poison
from tests.fakes.relay import FakeRelay
from tests.fakes.rooms import rooms

BAD = "1767225600000999"


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
async def test_poison_is_counted_told_to_the_operator_and_delays_nobody(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "LOOK_SECONDS", 0.2)
    poison(monkeypatch, way, BAD)
    async with (
        FakeRelay(kind="newapi") as relay,
        rooms(tmp_path, relay, operated=True) as here,
    ):
        await here.watch(BAD)
        await here.watch()
        relay.becomes(BAD, status="FAILURE", failReason="no luck")
        await here.telegram.until(lambda: here.telegram.messages(here.desk))
        await here.ends()
        metrics = here.app.metrics.render().decode()
        said = [m.words for m in here.telegram.messages(here.desk)]

    assert any("could not be delivered" in words for words in said)
    assert [m.words for m in here.rings() if BAD in m.words] == []
    for platform in ("discord", "telegram"):
        labels = f'outcome="dead",platform="{platform}",reason="poison"'
        assert f"{{{labels}}} 1.0" in metrics
