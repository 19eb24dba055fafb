"""A thousand clients that never finish hold up nobody: through the whole program."""

from http import HTTPStatus
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.crowd import PATH, answers, crowd
from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

TASK: Final = "1767225600000001"


@pytest.mark.slow
async def test_a_thousand_slow_clients_hold_up_nobody(tmp_path: Path) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
        ana = telegram.user("Ana")
        alone = telegram.private(ana)
        settings = {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}
        settings |= {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
        async with running_program(tmp_path, settings) as app:
            await until_ready(app)
            await telegram.say(ana, alone, "/feed")
            await telegram.until(lambda: telegram.messages(alone))
            found = PATH.search(telegram.messages(alone)[0].words)
            assert found is not None
            assert app.web_url is not None
            async with crowd(app.web_url, found[0]):
                ready, fed, heavy = await answers(app.web_url, found[0], TASK)
            relay.becomes(TASK, status="SUCCESS")
            await telegram.until(lambda: telegram.rings)

    assert (ready, fed) == (HTTPStatus.OK, HTTPStatus.OK)
    assert heavy == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
