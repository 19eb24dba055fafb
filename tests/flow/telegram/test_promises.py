"""The door in the whole program: what a chat sees of a task, whatever Telegram does."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import Chat, FakeTelegram, Message, User
from tests.flow.telegram.house import TASK, House, program

OTHER = "1767225600000002"
# What a busy machine may take from a call to its arrival; how long the pace is to the
# second is tried on a moved clock.
ON_ITS_WAY_SECONDS = 1.0
EDITS = ("editMessageText", "editMessageMedia", "editMessageCaption")

pytestmark = pytest.mark.slow


@pytest.fixture
def ana(house: House) -> User:
    return house.telegram.user("Ana")


@pytest.fixture
def chat(house: House, ana: User) -> Chat:
    return house.telegram.private(ana)


# --- the ring -------------------------------------------------------------------------


async def test_the_ring_answers_the_card_and_mentions_all_who_asked(
    house: House, ana: User
) -> None:
    bob = house.telegram.user("Bob", username="bob_b")
    group = house.telegram.supergroup("Team", {ana: "member", bob: "member"})
    live = await house.watch(ana, group)
    await house.watch(bob, group)

    house.relay.becomes(TASK, status="SUCCESS")
    await house.telegram.until(lambda: house.rings(group))
    [ring] = house.rings(group)
    await house.telegram.until(lambda: "\n" not in live.words)  # it has shrunk

    assert live.silent
    assert ring.reply_to is live
    assert ring.media
    assert ring.media.kind == "photo"
    assert set(house.telegram.mentions(ring)) == {ana, bob}
    assert {"U1", "V4"} <= set(ring.labels)
    assert TASK in ring.words


async def test_an_upload_serves_every_later_look(
    house: House, ana: User, chat: Chat
) -> None:
    await house.watch(ana, chat)
    house.relay.becomes(TASK, status="SUCCESS")
    await house.telegram.until(lambda: house.rings(chat))
    uploads = len([call for call in house.telegram.calls if call.files])

    bob = house.telegram.user("Bob")
    there = house.telegram.private(bob)
    await house.telegram.say(bob, there, f"/status {TASK}")
    await house.telegram.until(
        lambda: any(m.media for m in house.telegram.messages(there))
    )

    assert uploads == len([call for call in house.telegram.calls if call.files]) == 1


LOST: dict[str, Any] = {
    "cut": {"reset": True},
    "gateway": {"status": 502, "body": "<html>Bad Gateway</html>"},
    "closing": {"status": 500},
    "odd": {"status": 200, "body": {"ok": True, "result": True}},
}


@pytest.mark.parametrize("trouble", LOST)
async def test_a_ring_that_may_be_there_is_not_sent_again(
    house: House, ana: User, chat: Chat, trouble: str
) -> None:
    live = await house.watch(ana, chat)
    house.telegram.fault("sendPhoto", after_effect=True, **LOST[trouble])

    house.relay.becomes(TASK, status="SUCCESS")
    await house.telegram.until(lambda: len(house.rings(chat)) == 2)
    _, short = house.rings(chat)

    assert len(house.telegram.called("sendPhoto")) == 1
    assert short.media is None
    assert short.reply_to is live
    assert live.media
    assert "U1" in live.labels


async def test_an_album_that_may_be_there_is_not_sent_again(
    house: House, ana: User, chat: Chat
) -> None:
    live = await house.watch(ana, chat)
    house.telegram.fault("sendMediaGroup", after_effect=True, reset=True)
    shown = [f"{house.relay.url}/mj/image/{TASK}?n={number}" for number in range(3)]

    house.relay.becomes(TASK, status="SUCCESS", imageUrls=shown)
    await house.telegram.until(
        lambda: any("heard this" in each.words for each in house.rings(chat))
    )

    assert live.media
    assert len(house.telegram.called("sendMediaGroup")) == 1
    assert house.telegram.called("sendPhoto") == []


# --- what Telegram may do to a chat ---------------------------------------------------


@pytest.mark.parametrize("method", ["editMessageText", "sendPhoto"])
async def test_a_chat_that_asks_for_rest_has_it_alone(
    house: House, ana: User, chat: Chat, method: str
) -> None:
    bob = house.telegram.user("Bob")
    there = house.telegram.private(bob)
    await house.watch(ana, chat)
    await house.watch(bob, there)
    flood = house.telegram.fault(method, chat=chat, retry_after=3)

    house.relay.becomes(TASK, status="IN_PROGRESS", progress="60%")
    if method == "sendPhoto":
        house.relay.becomes(TASK, status="SUCCESS")
    await house.telegram.until(lambda: flood.hits)
    await house.telegram.say(ana, chat, "/help")
    await house.telegram.until(
        lambda: house.telegram.called(method, chat)[-1].status == 200
    )
    refused, later = house.telegram.called(method, chat)[-2:]

    between = [
        call
        for call in house.telegram.calls
        if call.chat_id == chat.id and refused.at < call.at < refused.at + 3
    ]
    assert between == []
    assert later.at - refused.at >= 3
    assert any(call.at < later.at for call in house.telegram.called(method, there))


def answers(house: House, chat: Chat, to: Message) -> list[Message]:
    return [each for each in house.telegram.messages(chat) if each.reply_to is to]


async def test_a_group_that_has_become_a_supergroup_is_told_there(
    house: House, ana: User
) -> None:
    group = house.telegram.group("Team", {ana: "member"})
    await house.watch(ana, group)
    fresh = await house.telegram.migrate(group, tell=False)

    house.relay.becomes(TASK, status="SUCCESS")
    await house.telegram.until(lambda: house.rings(fresh))

    assert len(house.rings(fresh)) == 1
    assert house.rings(group) == []
    await house.telegram.say(ana, fresh, "/recent")
    await house.telegram.until(lambda: house.telegram.messages(fresh)[-1].buttons)


GONE = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "kicked": (403, "Forbidden: bot was kicked from the supergroup chat"),
    "deactivated": (403, "Forbidden: user is deactivated"),
    "chat not found": (400, "Bad Request: chat not found"),
}


@pytest.mark.parametrize("how", GONE)
async def test_a_chat_that_is_closed_to_us_ends_its_watches_and_nobody_elses(
    house: House, ana: User, chat: Chat, how: str
) -> None:
    bob = house.telegram.user("Bob")
    there = house.telegram.private(bob)
    await house.watch(ana, chat)
    await house.watch(ana, chat, OTHER)
    await house.watch(bob, there)
    status, words = GONE[how]
    body = {"ok": False, "error_code": status, "description": words}
    closed = house.telegram.fault("*", chat=chat, status=status, body=body, times=None)

    house.relay.becomes(TASK, status="SUCCESS")
    await house.telegram.until(lambda: house.rings(there))
    await house.telegram.until(lambda: closed.hits)
    tries = closed.hits
    closed.lift()
    asked = await house.telegram.say(ana, chat, "/list")
    listed = await house.telegram.until(lambda: answers(house, chat, asked))

    assert tries <= 3
    assert OTHER not in listed[0].words
    assert [each for each in house.rings(chat) if each.media] == []


# --- presses --------------------------------------------------------------------------


async def test_from_the_ring_to_the_clipboard_in_two_taps_also_after_a_restart(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="newapi") as relay, FakeTelegram() as telegram:
        ana = telegram.user("Ana")
        chat = telegram.private(ana)
        async with program(tmp_path, relay, telegram) as house:
            await house.watch(ana, chat)
            relay.becomes(TASK, status="SUCCESS")
            await telegram.until(lambda: house.rings(chat))
        [ring] = house.rings(chat)

        async with program(tmp_path, relay, telegram) as house:
            before = len(telegram.calls)
            press = await telegram.press(ana, ring, "U2", inaccessible=True)
            toast = (await press.wait_answer())["text"]
            await telegram.until(lambda: telegram.messages(chat)[-1].reply_to is ring)
            report = telegram.messages(chat)[-1]
            again = await telegram.press(ana, ring, "V1")
            second = (await again.wait_answer())["text"]
            await telegram.until(lambda: second in report.words)

        made = [
            call.method
            for call in telegram.calls[before:]
            if call.chat_id or "Call" in call.method
        ]
        copies = [b["copy_text"]["text"] for b in report.buttons if "copy_text" in b]
        code = {e["type"] for e in report.entities}
        rows = (report.markup or {})["inline_keyboard"]

    assert made[0] == "answerCallbackQuery"
    assert toast.startswith("MJ::")
    assert toast in copies
    assert second in copies
    assert len(copies) >= 8
    assert {"code", "pre"} & code
    assert max(map(len, rows)) == 4
    assert report is telegram.messages(chat)[-1]
    assert (await telegram.press(ana, report, "U2")).copied == toast


async def test_a_live_card_that_somebody_deletes_is_made_anew(
    house: House, ana: User
) -> None:
    chat = house.telegram.private(ana)
    card = await house.watch(ana, chat)
    card.deleted = True

    house.relay.becomes(TASK, status="IN_PROGRESS", progress="60%")
    await house.telegram.until(lambda: house.telegram.messages(chat))
    [anew] = house.telegram.messages(chat)
    shown = anew.words
    house.relay.becomes(TASK, status="SUCCESS")
    await house.telegram.until(lambda: house.rings(chat))

    [ring] = house.rings(chat)
    assert "60%" in shown
    assert anew.silent
    assert ring.reply_to is anew


# --- the pace -------------------------------------------------------------------------


@pytest.mark.parametrize("private", [True, False])
async def test_all_cards_of_a_chat_share_its_pace(
    house: House, ana: User, private: bool
) -> None:
    here = (
        house.telegram.private(ana)
        if private
        else house.telegram.group("Team", {ana: "member"})
    )
    await house.watch(ana, here)
    await house.watch(ana, here, OTHER)
    least = 3 if private else 6

    def edits() -> list[float]:
        found = [c for method in EDITS for c in house.telegram.called(method, here)]
        return sorted(call.at for call in found)

    percent = 40
    while len(edits()) < 3:
        percent += 1
        for task in (TASK, OTHER):
            house.relay.becomes(task, status="IN_PROGRESS", progress=f"{percent}%")
        seen = house.relay.count() + 1
        await house.relay.until(lambda n=seen: house.relay.count() > n)  # type: ignore[misc] # bound now

    gaps = [later - earlier for earlier, later in pairwise(edits())]
    assert min(gaps) >= least - ON_ITS_WAY_SECONDS
    assert house.telegram.refusals == []
    texts = [m.words for m in house.telegram.messages(here)]
    assert len(texts) == 2


async def test_a_ring_goes_before_the_groups_next_edit(house: House, ana: User) -> None:
    group = house.telegram.group("Team", {ana: "member"})
    await house.watch(ana, group)
    await house.watch(ana, group, OTHER)
    house.relay.becomes(OTHER, status="IN_PROGRESS", progress="60%")
    await house.telegram.until(lambda: house.telegram.called("editMessageText", group))
    house.relay.becomes(OTHER, status="IN_PROGRESS", progress="70%")
    house.relay.becomes(TASK, status="SUCCESS")
    await house.telegram.until(lambda: house.rings(group))

    first, *later = house.telegram.called("editMessageText", group)
    [ring] = house.telegram.called("sendPhoto", group)
    assert first.at < ring.at
    assert all(ring.at < edit.at for edit in later)
