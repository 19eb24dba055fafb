"""A forum, through the whole program: all that is said about a task stays in its topic."""

from pathlib import Path

import pytest

from tests.fakes.program import running_program, until_ready
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

TASK = "1767225600000001"
NEW = ("sendMessage", "sendPhoto", "sendMediaGroup", "sendDocument", "sendVideo")


@pytest.mark.parametrize("named", [True, False], ids=["topic", "general"])
async def test_card_album_and_answers_stay_in_the_topic(
    tmp_path: Path, named: bool
) -> None:
    async with FakeRelay(kind="geeknow") as relay, FakeTelegram() as telegram:
        relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
        ana = telegram.user("Ana")
        forum = telegram.supergroup("Forum", {ana: "member"}, forum=True)
        other = telegram.topic(forum, "Elsewhere")
        topic = telegram.topic(forum, "Pictures") if named else None
        env = {
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
        }
        async with running_program(tmp_path, env) as app:
            await until_ready(app)
            await telegram.say(ana, forum, f"/watch {TASK}", thread=topic)
            await telegram.until(lambda: telegram.called("sendMessage"))
            relay.becomes(TASK, status="SUCCESS")
            await telegram.until(lambda: telegram.called("sendMediaGroup"))
            shown = await telegram.until(
                lambda: [m for m in telegram.messages(forum) if "U1" in m.labels]
            )
            press = await telegram.press(ana, shown[0], "U1")
            await press.wait_answer()
            await telegram.until(
                lambda: any(
                    "copy_text" in b for b in telegram.messages(forum)[-1].buttons
                )
            )

        calls = [call for method in NEW for call in telegram.called(method)]
        threads = {call.params.get("message_thread_id") for call in calls}
        assert threads == {topic}
        assert {each.thread for each in telegram.messages(forum)[2:]} == {topic}
        assert {call.status for call in calls} == {200}
        assert other not in threads
        assert telegram.broken_rules == []
        assert telegram.strays == []
