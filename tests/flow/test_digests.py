"""Digests over a real memory: a crowd of ends is told once, whole, and in time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.delivery.options import DeliveryOptions
from bot.domain.attachment import Attachment, FileKind, MediaLimits
from bot.domain.buttonref import Verb, parse_ref
from bot.domain.notification import Deferred, Moved, Outcome, Reason, Refused
from bot.domain.subscription import Platform, StoredTask, Subscription
from bot.domain.transition import Tell
from bot.errors import PictureError, StoreError
from bot.media.picture import PictureProblem
from bot.ports import Pace
from tests.fakes.desk import ANN, BOB, CHAT, ELSEWHERE
from tests.fakes.messenger import FakeMessenger, Lost, Posted
from tests.fakes.telling import SOON, Shelf, Telling

SIX = 6
MB = 1024 * 1024
NOT_NOW = Deferred(after_seconds=30, reason=Reason.RATE_LIMITED, counts=False)
# A group of Telegram: a message a second, 18 a minute, each picture of an album one.
GROUP = Pace(
    edit_seconds=6.0,
    old_edit_seconds=30.0,
    calls_a_minute=18,
    ring_seconds=1.0,
    album_files=10,
    digest_lines=100,
)
UNHURRIED = DeliveryOptions(picture_wait_seconds=0.05, lane_wait_seconds=0.0)


class Files(Shelf):
    """Pictures with names and sizes of their own."""

    size_bytes: int = MB
    missing: frozenset[str] = frozenset()

    async def files(
        self,
        task: StoredTask,
        *,
        platform: Platform,
        limits: MediaLimits,
        original: bool = False,
    ) -> list[Attachment]:
        if task.task_id in self.missing:
            raise PictureError(PictureProblem.GONE)
        await super().files(task, platform=platform, limits=limits)
        name = f"{task.task_id}.png"
        kind = FileKind.PHOTO
        return [
            Attachment(kind=kind, position=0, name=name, size_bytes=self.size_bytes)
        ]


@pytest.fixture
def telling(telling: Telling) -> Telling:
    telling.shelf = Files()
    telling.shelf.ready.set()
    telling.restart()
    return telling


async def ends(telling: Telling, number: int = SIX) -> list[Subscription]:
    """Let so many tasks end in one chat at the same moment."""
    watched = [await telling.desk.watch(f"t{n}") for n in range(number)]
    await telling.ended(*watched)
    return watched


def verbs(posted: Posted) -> list[Verb]:
    refs = [parse_ref(b.ref or "") for row in posted.cards[-1].buttons for b in row]
    return [ref.verb for ref in refs if ref]


def lines(posted: Posted) -> list[str]:
    return [block.text for block in posted.cards[-1].blocks]


def names(files: Sequence[Attachment]) -> list[str]:
    return [file.name for file in files]


def told(messenger: FakeMessenger, chat: str) -> str:
    return " ".join(each.words for each in messenger.rings(chat))


async def test_five_ends_ring_five_times(telling: Telling) -> None:
    await ends(telling, 5)

    await telling.turns(3)

    assert len(telling.messenger.rings()) == 5


async def test_six_ends_ring_once_a_line_and_a_button_each(telling: Telling) -> None:
    await ends(telling)

    await telling.turns(3)

    [ring] = telling.messenger.rings()
    assert lines(ring)[0] == "6 tasks: ✅ 6"
    assert [line[:8] for line in lines(ring)[1:]] == [
        f"{n}. ✅ Don" for n in range(1, 7)
    ]
    assert verbs(ring) == [Verb.PICTURE] * 6
    assert ring.cards[-1].mentions == (ANN,)
    assert await telling.desk.store.running(CHAT, limit=9) == ([], 0)


async def test_everybody_who_asked_is_rung_once(telling: Telling) -> None:
    watched = [await telling.desk.watch(f"t{n}", by=ANN) for n in range(SIX)]
    await telling.desk.watch("t0", by=BOB)

    await telling.ended(*watched)
    await telling.turns(3)

    [ring] = telling.messenger.rings()
    assert ring.cards[-1].mentions == (ANN, BOB)


async def test_reasons_and_mixed_ends_are_said(telling: Telling) -> None:
    watched = [await telling.desk.watch(f"t{n}") for n in range(SIX)]
    await telling.ended(*watched[:4])
    await telling.desk.says(watched[4].task_key, Tell.LOST, ends=True)
    await telling.desk.says(watched[5].task_key, Tell.STUCK)

    await telling.turns(3)

    ring = telling.messenger.rings()[0]
    assert lines(ring)[0] == "6 tasks: ✅ 4 · ❓ 1 · 🐌 1"
    assert verbs(ring) == [Verb.PICTURE] * 4 + [Verb.OPEN] * 2
    assert (await telling.desk.store.running(CHAT, limit=9))[1] == 1


async def test_other_chats_are_told_alone(telling: Telling) -> None:
    watched = [await telling.desk.watch(f"t{n}") for n in range(SIX)]
    there = await telling.desk.watch("t0", to=ELSEWHERE)

    await telling.ended(*watched, there)
    await telling.turns(3)

    assert len(telling.messenger.rings(CHAT.chat)) == 1
    assert len(telling.messenger.rings(ELSEWHERE.chat)) == 1


async def test_a_digest_holds_twenty_five(telling: Telling) -> None:
    await ends(telling, 33)

    await telling.turns(3)

    rings = telling.messenger.rings()
    assert [len(verbs(ring)) for ring in rings] == [25, 8]


async def test_where_the_platform_holds_more_a_deep_crowd_is_few_messages(
    telling: Telling,
) -> None:
    telling.messenger.chat_pace = GROUP
    await ends(telling, 70)

    await telling.turns(3)

    [ring] = telling.messenger.rings()
    assert len(verbs(ring)) == 70


# --- pictures ---------------------------------------------------------------------------


async def test_pictures_at_hand_are_an_album(telling: Telling) -> None:
    watched = await ends(telling)

    await telling.turns(3)

    [ring] = telling.messenger.sent
    assert names(ring.files) == [f"t{n}.png" for n in range(6)]
    assert [file.position for file in ring.files] == list(range(6))
    held = await telling.desk.store.uploads(watched[3].task_key, CHAT.platform)
    assert held == {("photo", 0): "file-3"}


async def test_late_pictures_follow_silently(telling: Telling) -> None:
    telling.shelf.ready.clear()
    await ends(telling)
    await telling.dispatcher.turn()
    [ring] = telling.messenger.sent
    assert (ring.files, ring.loud) == ((), True)
    assert "The pictures follow" in ring.words

    telling.shelf.ready.set()
    await telling.turns(30)

    [_, album] = telling.messenger.sent
    assert not album.loud
    assert album.reply_to == ring.receipt
    assert len(album.files) == 6
    assert await telling.desk.lease() == []


async def test_pictures_that_never_come_are_waited_for_and_then_left(
    telling: Telling,
) -> None:
    telling.shelf.ready.clear()
    await ends(telling)

    await telling.turns(120, step=5)

    assert len(telling.messenger.sent) == 1
    assert await telling.desk.lease() == []


async def test_what_has_no_picture_is_left_out_of_the_album(telling: Telling) -> None:
    assert isinstance(telling.shelf, Files)
    telling.shelf.missing = frozenset({"t1", "t4"})
    await ends(telling)

    await telling.turns(30)

    [ring, album] = telling.messenger.sent
    assert ring.files == ()
    assert names(album.files) == ["t0.png", "t2.png", "t3.png", "t5.png"]


async def test_where_there_is_no_picture_at_all_nothing_follows(
    telling: Telling,
) -> None:
    telling.shelf.problem = PictureProblem.GONE
    await ends(telling)

    await telling.turns(30)

    assert len(telling.messenger.sent) == 1
    assert await telling.desk.lease() == []


async def test_pictures_too_large_for_one_message_come_in_several(
    telling: Telling,
) -> None:
    assert isinstance(telling.shelf, Files)
    telling.shelf.size_bytes = 40 * MB  # the place takes 100 MB in a message
    await ends(telling)

    await telling.turns(60)

    [_, *albums] = telling.messenger.sent
    assert [names(album.files) for album in albums] == [
        ["t0.png", "t1.png"],
        ["t2.png", "t3.png"],
        ["t4.png", "t5.png"],
    ]


async def test_a_ring_whose_album_is_refused_goes_without(telling: Telling) -> None:
    telling.messenger.says("send", Refused(reason=Reason.TOO_LARGE))
    await ends(telling)

    await telling.turns(3)

    [ring] = telling.messenger.rings()
    assert ring.files == ()
    assert verbs(ring) == [Verb.PICTURE] * 6


async def test_a_refused_album_is_left_to_its_buttons(telling: Telling) -> None:
    telling.shelf.ready.clear()
    await ends(telling)
    await telling.dispatcher.turn()
    telling.shelf.ready.set()
    telling.messenger.says("send", Refused(reason=Reason.INVALID))

    await telling.turns(30)

    assert len(telling.messenger.sent) == 1
    assert await telling.desk.lease() == []


async def test_a_deferred_album_comes_later(telling: Telling) -> None:
    telling.shelf.ready.clear()
    await ends(telling)
    await telling.dispatcher.turn()
    telling.shelf.ready.set()
    telling.messenger.says("send", NOT_NOW)

    await telling.turns(20)
    assert len(telling.messenger.sent) == 1
    await telling.turns(60)

    assert len(telling.messenger.sent) == 2


@pytest.mark.parametrize(("repeats", "albums"), [(True, 1), (False, 1)])
async def test_an_album_whose_answer_is_lost_is_seen_once(
    telling: Telling, *, repeats: bool, albums: int
) -> None:
    telling.shelf.ready.clear()
    await ends(telling)
    await telling.dispatcher.turn()
    telling.shelf.ready.set()
    telling.messenger.repeats = repeats
    telling.messenger.says("send", Lost())

    await telling.turns(120)

    assert len(telling.messenger.sent) == 1 + albums
    assert await telling.desk.lease() == []


async def test_a_defect_in_an_album_harms_no_digest(telling: Telling) -> None:
    telling.shelf.ready.clear()
    await ends(telling)
    await telling.dispatcher.turn()
    telling.shelf.problem = ValueError("a bug")

    await telling.turns(30)

    assert len(telling.messenger.rings()) == 1
    assert await telling.desk.lease() == []


# --- trouble ----------------------------------------------------------------------------


async def test_a_kill_after_sending_tells_nothing_twice(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", Lost())
    await telling.dispatcher.turn()
    telling.restart()
    await telling.desk.watch("t9")

    await telling.turns(120)

    assert len(telling.messenger.rings()) == 1
    assert await telling.desk.store.running(CHAT, limit=9, offset=1) == ([], 1)


async def test_long_after_the_key_is_forgotten_a_digest_is_looked_for(
    telling: Telling,
) -> None:
    await ends(telling)
    telling.messenger.says("send", Lost())
    await telling.dispatcher.turn()
    telling.clock.move(3600)

    await telling.turns(10)

    assert len(telling.messenger.rings()) == 1
    assert [call for call, *_ in telling.messenger.calls] == ["send", "find"]
    assert await telling.desk.lease() == []


async def test_a_digest_that_was_not_sent_is_found_missing_and_sent(
    telling: Telling,
) -> None:
    await ends(telling)
    notes = await telling.desk.lease()
    ids = [note.id for note in notes]
    await telling.desk.store.mark_digest(ids, digest=ids[0], at=telling.clock.now())
    telling.restart()
    telling.clock.move(3600)

    await telling.turns(10)

    [ring] = telling.messenger.rings()
    assert len(verbs(ring)) == 6


async def test_what_ends_meanwhile_joins_no_earlier_digest(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", NOT_NOW)
    await telling.dispatcher.turn()
    await telling.ended(await telling.desk.watch("new"))

    await telling.turns(60)

    heads = {lines(ring)[0] for ring in telling.messenger.rings()}
    assert heads == {"6 tasks: ✅ 6", "✅ Done · new"}


async def test_where_nobody_can_say_a_digest_is_repeated_silently_and_a_line_rings(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    telling.messenger.says("send", Lost())
    await ends(telling)

    await telling.turns(60)

    [first, short] = telling.messenger.rings()
    [stand_in] = [m for m in telling.messenger.sent if m.receipt == short.reply_to]
    assert stand_in.words == first.words
    assert lines(short) == ["6 tasks: ✅ 6", "You may have heard this already."]


async def test_a_stand_in_that_cannot_be_posted_yet_is_posted_later(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    telling.messenger.says("send", Lost(), NOT_NOW)
    await ends(telling)

    await telling.turns(20)
    before = len(telling.messenger.sent)
    await telling.turns(60)

    [first, short] = telling.messenger.rings()
    assert (before, len(telling.messenger.sent)) == (1, 3)
    assert (len(verbs(first)), verbs(short)) == (6, [])
    assert await telling.desk.lease() == []


async def test_where_nobody_can_say_a_board_becomes_the_digest(
    telling: Telling,
) -> None:
    telling.messenger.repeats = False
    watched = [await telling.desk.watch(f"t{n}") for n in range(SIX + 1)]
    await telling.live.turn()
    [board] = telling.messenger.sent
    telling.messenger.says("send", Lost())

    await telling.ended(*watched[:SIX])
    await telling.turns(60)
    await telling.live.turn()

    [lost, short] = telling.messenger.rings()
    anew = telling.messenger.sent[-1]
    assert len(verbs(lost)) == 6
    assert lines(board)[0] == "6 tasks: ✅ 6"
    assert short.reply_to == board.receipt
    assert verbs(short) == []
    assert "1 task is running" in anew.words


@pytest.mark.parametrize("reason", [Reason.TOO_LARGE, Reason.INVALID])
async def test_a_refused_digest_is_told_line_by_line(
    telling: Telling, reason: Reason
) -> None:
    telling.shelf.problem = PictureProblem.GONE
    await ends(telling)
    telling.messenger.says("send", Refused(reason=reason))

    await telling.turns(20)

    assert len(telling.messenger.rings()) == 6


async def test_a_defect_in_a_digest_is_told_around(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", ValueError("a bug"))

    await telling.turns(20)

    assert len(telling.messenger.rings()) == 6


async def test_memory_that_fails_brings_a_digest_back(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", StoreError("disk full"))

    await telling.turns(120)

    assert len(telling.messenger.rings()) == 1


@pytest.mark.parametrize(
    "outcome", [NOT_NOW, Moved(chat="999"), Refused(reason=Reason.TOKEN)]
)
async def test_a_digest_waits_and_follows(telling: Telling, outcome: Outcome) -> None:
    await ends(telling)
    telling.messenger.says("send", outcome)

    await telling.turns(120)

    [ring] = telling.messenger.rings()
    assert len(verbs(ring)) == 6


async def test_a_chat_that_is_gone_is_left_once(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", Refused(reason=Reason.GONE))

    await telling.turns(20)

    assert telling.messenger.rings() == []
    assert [person for person, _ in telling.messenger.personal] == [ANN]
    assert await telling.desk.lease() == []


async def test_a_stop_before_sending_leaves_no_trace(telling: Telling) -> None:
    telling.shelf.ready.clear()
    telling.restart(replace(SOON, picture_wait_seconds=60.0))
    await ends(telling)
    turn = asyncio.create_task(telling.dispatcher.turn())
    while not telling.shelf.asked:  # noqa: ASYNC110 - the shelf rings no bell
        await asyncio.sleep(0)
    turn.cancel()
    await asyncio.wait({turn})

    again = await telling.desk.lease()

    assert [(note.sending_since, note.attempts) for note in again] == [(None, 0)] * 6


async def test_a_stop_amid_sending_is_made_sure_of(telling: Telling) -> None:
    await ends(telling)
    telling.messenger.says("send", asyncio.Event())
    turn = asyncio.create_task(telling.dispatcher.turn())
    await telling.messenger.begun.wait()
    turn.cancel()
    await asyncio.wait({turn})

    again = await telling.desk.lease()

    assert all(note.sending_since for note in again)
    assert {note.digest for note in again} == {again[0].id}
