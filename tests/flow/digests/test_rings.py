"""Digests over a real memory: a crowd of ends is told once, whole, and in time."""

from bot.domain.buttonref import Verb
from bot.domain.transition import Tell
from bot.ports import Pace
from tests.fakes.desk import ANN, BOB, CHAT, ELSEWHERE
from tests.fakes.telling import Telling
from tests.flow.digests.conftest import SIX, ends, lines, verbs

# A group of Telegram: a message a second, 18 a minute, each picture of an album one.
GROUP = Pace(
    edit_seconds=6.0,
    old_edit_seconds=30.0,
    calls_a_minute=18,
    ring_seconds=1.0,
    album_files=10,
    digest_lines=100,
)


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
