"""Rings over a real memory: in time, with their picture, and to everybody."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.domain.notification import (
    Deferred,
    Moved,
    Reason,
    Refused,
)
from bot.domain.subscription import ChatSettings, Place
from bot.media.picture import PictureProblem
from tests.fakes.desk import ANN, BOB, CHAT, ELSEWHERE, THREAD
from tests.fakes.telling import PICTURE, Telling


async def test_a_ring_answers_its_card_mentions_who_asked_and_holds_the_picture(
    telling: Telling,
) -> None:
    watched = await telling.desk.watch(card="c1")
    await telling.ended(watched)
    assert await telling.turns(0) == 1
    (ring,) = telling.messenger.rings()
    assert (ring.reply_to, ring.files) == ("c1", (PICTURE,))
    assert ring.cards[-1].mentions == (ANN,)
    assert await telling.turns(30) == 0
    known = await telling.desk.store.uploads(watched.task_key, CHAT.platform)
    assert known == {("photo", 0): "file-0"}


async def test_a_silent_chat_is_told_without_a_sound(telling: Telling) -> None:
    await telling.desk.store.save_settings(CHAT, ChatSettings(silent=True))
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    assert [each.loud for each in telling.messenger.sent] == [False]


async def test_a_late_picture_holds_up_no_ring_and_is_put_in_later(
    telling: Telling,
) -> None:
    telling.shelf.ready.clear()
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    (ring,) = telling.messenger.rings()
    assert not ring.files

    telling.shelf.ready.set()
    await telling.turns(10)
    assert telling.messenger.rings() == [ring]
    assert ring.files == (PICTURE,)


async def test_a_picture_that_never_comes_is_given_up_with_a_word(
    telling: Telling,
) -> None:
    telling.shelf.ready.clear()
    await telling.ended(await telling.desk.watch())
    await telling.turns(120, step=3)
    (ring,) = telling.messenger.rings()
    tries = telling.parts.options.picture_tries
    assert telling.shelf.asked == tries + 2
    assert "arrives" not in ring.words
    assert len(ring.cards) == 2


async def test_a_picture_at_hand_goes_along_however_late_the_ring_is(
    telling: Telling,
) -> None:
    await telling.ended(await telling.desk.watch())
    telling.clock.move(3600)
    await telling.turns(0)
    assert telling.messenger.rings()[0].files == (PICTURE,)


@pytest.mark.parametrize("problem", list(PictureProblem))
async def test_no_picture_is_told_with_the_reason_and_a_way_to_try_again(
    telling: Telling, problem: PictureProblem
) -> None:
    telling.shelf.problem = problem
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    (ring,) = telling.messenger.rings()
    assert "picture" in ring.words.lower()


async def test_a_text_result_waits_for_no_picture(telling: Telling) -> None:
    telling.shelf.problem = PictureProblem.NOT_READY
    watched = await telling.desk.watch()
    await telling.ended(watched, action="DESCRIBE", prompt="1. a boat", image_url=None)
    await telling.turns(0)
    assert telling.shelf.asked == 0
    assert len(telling.messenger.rings()) == 1


async def test_a_picture_too_large_for_the_place_is_told_with_the_way_to_the_original(
    telling: Telling,
) -> None:
    telling.messenger.says("send", Refused(reason=Reason.TOO_LARGE))
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    (ring,) = telling.messenger.rings()
    assert ring.files == ()
    assert "riginal" in ring.words


@pytest.mark.parametrize("late", [False, True])
async def test_an_upload_that_is_refused_later_is_made_again(
    telling: Telling, *, late: bool
) -> None:
    refused = Refused(reason=Reason.INVALID)
    if late:
        telling.shelf.ready.clear()
    telling.shelf.held = "file-of-another-bot"
    telling.messenger.says("edit" if late else "send", refused)
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    telling.shelf.ready.set()
    await telling.turns(10)
    (ring,) = telling.messenger.rings()
    assert ring.files == (PICTURE,)
    assert "riginal" not in ring.words


async def test_where_no_pictures_may_be_sent_it_is_told_without(
    telling: Telling,
) -> None:
    telling.messenger.says("send", Refused(reason=Reason.FORBIDDEN))
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    (ring,) = telling.messenger.rings()
    assert ring.files == ()
    assert "may not send pictures" in ring.words


async def test_one_chat_told_to_wait_delays_no_other(telling: Telling) -> None:
    later = Deferred(after_seconds=30, reason=Reason.RATE_LIMITED, counts=False)
    telling.messenger.says("send", later, chat=CHAT.chat)
    here = await telling.desk.watch()
    there = await telling.desk.watch("t2", to=ELSEWHERE)
    await telling.ended(here, there)
    await telling.turns(0)
    assert [r.to for r in telling.messenger.rings()] == [ELSEWHERE]
    await telling.turns(28)
    assert len(telling.messenger.rings()) == 1
    await telling.turns(3)
    assert len(telling.messenger.rings(CHAT.chat)) == 1


async def test_a_platform_that_is_down_is_left_alone_and_told_the_backlog_after(
    telling: Telling,
) -> None:
    down = Deferred(after_seconds=60, reason=Reason.UNAVAILABLE, whole_platform=True)
    telling.messenger.says("send", down)
    (first, *others) = await telling.watch_many(5, chats=5)
    await telling.ended(first)
    await telling.turns(0)
    await telling.ended(*others)
    await telling.turns(58)
    assert len(telling.messenger.calls) == 1
    await telling.turns(5)
    assert len(telling.messenger.rings()) == 5


async def test_a_refused_token_loses_nothing(telling: Telling) -> None:
    telling.messenger.says("send", *[Refused(reason=Reason.TOKEN)] * 40)
    await telling.ended(await telling.desk.watch())
    await telling.turns(20 * 61, step=61)
    assert telling.messenger.rings() == []
    await telling.turns(30 * 61, step=61)
    assert len(telling.messenger.rings()) == 1


async def test_trouble_of_one_chat_is_tried_for_a_day_and_more_and_more_rarely(
    telling: Telling,
) -> None:
    broken = Deferred(after_seconds=1, reason=Reason.UNAVAILABLE)
    telling.messenger.says("send", *[broken] * 10_000)
    await telling.ended(await telling.desk.watch())
    await telling.turns(23 * 3600, step=300)
    calls = len(telling.messenger.calls)
    assert 250 < calls < 400
    await telling.turns(2 * 3600, step=300)
    over = len(telling.messenger.calls)
    await telling.turns(3600, step=300)
    assert len(telling.messenger.calls) == over
    assert await telling.desk.store.next_due_at(CHAT.platform) is None


async def test_a_chat_that_moved_is_told_under_its_new_name(telling: Telling) -> None:
    telling.messenger.says("send", Moved(chat="-100500"))
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    await telling.turns(0)
    assert [r.to.chat for r in telling.messenger.rings()] == ["-100500"]


async def test_one_who_blocked_us_is_left_in_peace(telling: Telling) -> None:
    private = replace(CHAT, place=Place.PRIVATE)
    telling.messenger.says("send", Refused(reason=Reason.BLOCKED))
    first = await telling.desk.watch(to=private)
    await telling.desk.watch("t2", to=private)
    await telling.ended(first)
    await telling.turns(5)
    assert (await telling.desk.store.running(private, limit=9))[1] == 0
    assert telling.messenger.personal == []


@pytest.mark.parametrize("reason", [Reason.GONE, Reason.FORBIDDEN])
async def test_who_asked_in_a_chat_that_is_closed_to_us_is_told_once(
    telling: Telling, reason: Reason
) -> None:
    tries = 6 if reason is Reason.FORBIDDEN else 1  # without the picture, too
    telling.messenger.says("send", *[Refused(reason=reason)] * tries)
    first = await telling.desk.watch()
    await telling.desk.watch("t2", by=BOB)
    await telling.ended(first)
    await telling.turns(30)
    assert [call for call, *_ in telling.messenger.calls].count("send") == tries
    assert {person for person, _ in telling.messenger.personal} == {ANN, BOB}
    assert len(telling.messenger.personal) == 2
    assert (await telling.desk.store.running(CHAT, limit=9))[1] == 0


async def test_the_log_names_the_right_that_is_missing(telling: Telling) -> None:
    refused = Refused(reason=Reason.FORBIDDEN, detail="send messages")
    telling.messenger.says("send", refused, refused)
    await telling.ended(await telling.desk.watch())

    with capture_logs() as logged:
        await telling.turns(0)

    [line] = [each for each in logged if each["event"] == "delivery.refused"]
    assert (line["reason"], line["detail"]) == ("forbidden", "send messages")


async def test_a_thread_that_is_gone_takes_the_chat_not_along(
    telling: Telling,
) -> None:
    telling.messenger.says("send", Refused(reason=Reason.GONE))
    inside = await telling.desk.watch(to=THREAD)
    await telling.desk.watch("t2", to=CHAT)
    await telling.ended(inside)
    await telling.turns(5)
    left, _ = await telling.desk.store.running(CHAT, limit=9)
    assert [each.task.task_id for each in left] == ["t2"]


async def test_a_poison_row_is_moved_out_of_the_way_and_delays_nobody(
    telling: Telling,
) -> None:
    telling.messenger.says("send", RuntimeError("boom"), chat=CHAT.chat)
    bad = await telling.desk.watch()
    good = await telling.desk.watch("t2", to=ELSEWHERE)
    await telling.ended(bad, good)
    await telling.turns(30)
    assert [r.to for r in telling.messenger.rings()] == [ELSEWHERE]
    dead = telling.metrics.render().decode()
    assert 'outcome="dead",platform="discord",reason="poison"' in dead


async def test_an_amendment_whose_message_is_gone_is_over(telling: Telling) -> None:
    telling.shelf.ready.clear()
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    telling.messenger.sent.clear()
    telling.shelf.ready.set()
    await telling.turns(10)
    assert telling.messenger.sent == []
    assert await telling.desk.store.next_due_at(CHAT.platform) is None


async def test_a_picture_too_large_for_an_edit_is_left_out_of_it(
    telling: Telling,
) -> None:
    telling.shelf.ready.clear()
    await telling.ended(await telling.desk.watch())
    await telling.turns(0)
    telling.shelf.ready.set()
    telling.messenger.says("edit", Refused(reason=Reason.TOO_LARGE))
    await telling.turns(10)
    (ring,) = telling.messenger.rings()
    assert not ring.files
    assert "riginal" in ring.words


async def test_a_ring_is_put_back_if_its_chat_is_to_rest_while_it_waits(
    telling: Telling,
) -> None:
    await telling.ended(await telling.desk.watch())
    telling.parts.lanes.pause(CHAT, until=telling.clock.monotonic() + 60)
    await telling.turns(50)
    assert telling.messenger.calls == []
    await telling.turns(20)
    assert len(telling.messenger.rings()) == 1
