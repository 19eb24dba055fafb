"""Every command and press, asked of the real core with relays on loopback."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.access import AccessOptions
from bot.commands.reply import How
from bot.domain.attachment import MediaLimits
from bot.domain.subscription import Receipt
from bot.domain.task import RelayName
from bot.ports import Limits
from storage.store import SqlStore
from tests.fakes.clock import MovedClock
from tests.fakes.commanding import (
    ALONE,
    ANN,
    BOB,
    BOSS,
    CHAT,
    Commanding,
    commanding,
    labels,
    ref,
    words,
)
from tests.fakes.relay import FakeRelay

ONE, TWO = "1767225600000001", "1767225600000002"
ROOM = 10 * 1024 * 1024


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as opened:
        yield opened


@pytest.fixture
async def desk(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> AsyncIterator[Commanding]:
    async with commanding(store, clock, tmp_path / "p", [relay]) as opened:
        yield opened


async def watching(desk: Commanding, relay: FakeRelay) -> str:
    """Begin a watch by Ann; gives the card's Stop button."""
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
    reply = await desk.commands.watch(ANN, ONE)
    return ref(reply, "Stop")


# --- status --------------------------------------------------------------------


async def test_status_of_a_running_task_shows_how_it_stands(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")

    reply = await desk.commands.status(ANN, ONE)

    assert "40%" in words(reply)
    assert labels(reply) == ["Watch", "Refresh"]
    assert reply.picture is None


async def test_status_of_a_finished_task_brings_its_picture_and_buttons(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS")

    reply = await desk.commands.status(ANN, ONE)

    assert reply.picture is not None
    assert labels(reply)[:4] == ["U1", "U2", "U3", "U4"]
    assert labels(reply)[-3:] == ["Seed", "Details", "All customIds"]


async def test_several_ids_are_one_list_asked_for_at_once(
    desk: Commanding, relay: FakeRelay
) -> None:
    ids = [f"17672256000000{n:02}" for n in range(5)]
    for each in ids:
        relay.task(each, status="IN_PROGRESS", progress="10%")

    reply = await desk.commands.status(ANN, ", ".join(ids))

    assert all(each in words(reply) for each in ids)
    assert [r.route for r in relay.requests] == ["list"]


@pytest.mark.parametrize("odd", ["a/b", "../../etc/passwd", "id?x=1", "идет", "x.y"])
async def test_what_cannot_be_an_id_gets_one_line_and_asks_nobody(
    desk: Commanding, relay: FakeRelay, odd: str
) -> None:
    reply = await desk.commands.status(ANN, f"{ONE} {odd}")

    assert len(reply.card.blocks) == 1
    assert reply.private
    assert relay.requests == []


async def test_more_than_ten_ids_are_too_many(
    desk: Commanding, relay: FakeRelay
) -> None:
    reply = await desk.commands.status(ANN, " ".join(f"id{n}" for n in range(11)))

    assert "10" in words(reply)
    assert relay.requests == []


async def test_an_unknown_id_is_said_with_the_way_to_ones_own_key(
    desk: Commanding,
) -> None:
    reply = await desk.commands.status(ANN, "nobodyknows")

    assert "does not know this id for the key I use" in words(reply)
    assert labels(reply) == ["Use my own key"]


async def test_a_relay_that_is_down_still_shows_the_last_known_card(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")
    await desk.commands.status(ANN, ONE)
    relay.fault(http=503, times=None)

    reply = await desk.commands.status(ANN, ONE)

    assert "40%" in words(reply)
    assert "last" in words(reply).lower()


async def test_what_another_chat_saw_is_not_shown_when_the_relay_is_down(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", prompt="a secret plan")
    await desk.commands.status(ANN, ONE)
    relay.fault(http=503, times=None)
    elsewhere = replace(BOB, destination=replace(BOB.destination, chat="99"))

    reply = await desk.commands.status(elsewhere, ONE)

    assert "secret plan" not in words(reply)


async def test_a_pasted_call_is_understood_and_its_key_called_out(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")
    call = f"curl https://x/mj/task/{ONE}/fetch -H 'Authorization: Bearer sk-abc123456'"

    reply = await desk.commands.status(ANN, call)

    assert "40%" in words(reply)
    assert "sk-abc" not in words(reply)
    assert len(reply.more) == 1


async def test_the_default_relay_is_believed_first_and_the_knower_remembered(
    store: SqlStore, clock: MovedClock, tmp_path: Path
) -> None:
    async with FakeRelay(kind="newapi") as first, FakeRelay(kind="newapi") as second:
        second.task(ONE, status="IN_PROGRESS", progress="70%", hold=True)
        relays = [first, second]
        async with commanding(store, clock, tmp_path / "p", relays) as desk:
            reply = await desk.commands.status(ANN, ONE)
            first.task(ONE, status="IN_PROGRESS", progress="10%", hold=True)
            again = await desk.commands.status(ANN, ONE)

    assert "70%" in words(reply)
    assert "r2" in words(reply)
    assert "70%" in words(again)


async def test_a_relay_can_be_named_and_a_wrong_name_is_said(
    store: SqlStore, clock: MovedClock, tmp_path: Path
) -> None:
    async with FakeRelay(kind="newapi") as first, FakeRelay(kind="newapi") as second:
        first.task(ONE, status="IN_PROGRESS", progress="10%", hold=True)
        second.task(ONE, status="IN_PROGRESS", progress="70%", hold=True)
        relays = [first, second]
        async with commanding(store, clock, tmp_path / "p", relays) as desk:
            named = await desk.commands.status(ANN, f"r2:{ONE}")
            wrong = await desk.commands.status(ANN, f"r9:{ONE}")

    assert "70%" in words(named)
    assert "r1, r2" in words(wrong)


async def test_looks_are_limited_a_minute_and_a_person(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    access = AccessOptions(looks_a_minute=2)
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
    async with commanding(store, clock, tmp_path / "p", [relay], access=access) as desk:
        for _ in range(2):
            await desk.commands.status(ANN, ONE)

        third = await desk.commands.status(ANN, ONE)
        other = await desk.commands.status(BOB, ONE)
        clock.move(61)
        later = await desk.commands.status(ANN, ONE)

    assert "40%" not in words(third)
    assert "40%" in words(other)
    assert "40%" in words(later)


async def test_a_stranger_gets_one_line_that_tells_whom_to_ask(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    access = AccessOptions(allow=frozenset({"chat:2"}))
    async with commanding(store, clock, tmp_path / "p", [relay], access=access) as desk:
        refused = await desk.commands.status(ANN, ONE)
        let_in = await desk.commands.status(BOB, ONE)

    assert refused.private
    assert len(refused.card.blocks) == 1
    assert "does not know" in words(let_in)
    assert relay.count("fetch") == 1


# --- watch and unwatch ----------------------------------------------------------


async def test_watch_answers_with_the_live_card_and_its_subscription(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)

    reply = await desk.commands.watch(ANN, ONE)

    assert reply.subscription is not None
    assert labels(reply) == ["Stop", "Refresh"]
    running, total = await desk.store.running(ANN.destination, limit=5)
    assert (total, running[0].subscription.askers) == (1, (ANN.person,))


async def test_watching_twice_is_one_subscription_with_two_people(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", hold=True)
    first = await desk.commands.watch(ANN, ONE)
    assert first.subscription is not None
    await desk.commands.attach(first.subscription, Receipt("1"), first.version)

    second = await desk.commands.watch(BOB, ONE)

    assert second.subscription is None
    assert second.private
    running, total = await desk.store.running(ANN.destination, limit=5)
    assert total == 1
    assert running[0].subscription.askers == (ANN.person, BOB.person)


async def test_watching_a_finished_task_is_a_look_and_subscribes_nothing(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS")

    reply = await desk.commands.watch(ANN, ONE)

    assert reply.subscription is None
    assert reply.picture is not None
    assert (await desk.store.running(ANN.destination, limit=5))[1] == 0


async def test_an_id_nobody_knows_yet_is_watched_all_the_same(
    desk: Commanding,
) -> None:
    reply = await desk.commands.watch(ANN, "notyet12345678")

    assert reply.subscription is not None
    assert "Not seen yet" in words(reply)


async def test_a_relay_that_is_down_does_not_stop_a_watch(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.fault(http=503, times=None)

    reply = await desk.commands.watch(ANN, ONE)

    assert reply.subscription is not None


async def test_the_limits_of_watches_are_kind_sentences(
    store: SqlStore, clock: MovedClock, tmp_path: Path, relay: FakeRelay
) -> None:
    access = AccessOptions(watches=Limits(person_watches=1, chat_watches=2))
    async with commanding(store, clock, tmp_path / "p", [relay], access=access) as desk:
        await desk.commands.watch(ANN, "first12345678")
        person = await desk.commands.watch(ANN, "second12345678")
        await desk.commands.watch(BOB, "third12345678")
        chat = await desk.commands.watch(BOSS, "fourth12345678")

    assert person.subscription is chat.subscription is None
    assert "1" in words(person)
    assert "2" in words(chat)


async def test_watch_without_an_id_offers_what_was_looked_at_last(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", prompt="paper boat")
    await desk.commands.status(ANN, ONE)

    offered = await desk.commands.watch(ANN, "")
    nothing = await desk.commands.watch(BOB, "")

    assert any("paper boat" in label for label in labels(offered))
    assert labels(nothing) == []


async def test_the_last_asker_who_leaves_ends_the_watch(
    desk: Commanding, relay: FakeRelay
) -> None:
    await watching(desk, relay)
    await desk.commands.watch(BOB, ONE)

    await desk.commands.unwatch(ANN, ONE)
    left = (await desk.store.running(ANN.destination, limit=5))[1]
    await desk.commands.unwatch(BOB, ONE)

    assert left == 1
    assert (await desk.store.running(ANN.destination, limit=5))[1] == 0


async def test_somebody_else_may_not_stop_it_but_a_manager_may(
    desk: Commanding, relay: FakeRelay
) -> None:
    stop = await watching(desk, relay)

    refused = await desk.commands.press(BOB, stop)
    after_refusal = (await desk.store.running(ANN.destination, limit=5))[1]
    await desk.commands.press(BOSS, stop)

    assert "Only" in words(refused)
    assert after_refusal == 1
    assert (await desk.store.running(ANN.destination, limit=5))[1] == 0


async def test_several_ids_are_watched_at_once(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")
    relay.task(TWO, status="SUCCESS")

    reply = await desk.commands.watch(ANN, f"{ONE} {TWO}")

    running, total = await desk.store.running(ANN.destination, limit=5)
    assert (total, running[0].task.task_id) == (1, ONE)
    assert TWO in words(reply)


async def test_of_several_those_that_no_relay_knows_are_watched_and_said_so(
    desk: Commanding,
) -> None:
    reply = await desk.commands.watch(ANN, f"{ONE} {TWO}")

    assert (await desk.store.running(ANN.destination, limit=5))[1] == 2
    assert words(reply).count("Not seen yet") == 2


async def test_unwatch_without_an_id_lets_choose(
    desk: Commanding, relay: FakeRelay
) -> None:
    await watching(desk, relay)

    reply = await desk.commands.unwatch(ANN, "")

    assert len(labels(reply)) == 1


# --- lists, seed, settings, help ------------------------------------------------


async def test_a_list_shows_this_chat_alone_in_pages(desk: Commanding) -> None:
    for number in range(10):
        await desk.commands.watch(ANN, f"task_{number:010}")
    elsewhere = replace(BOB, destination=replace(BOB.destination, chat="99"))

    first = await desk.commands.list(ANN)
    second = await desk.commands.press(ANN, ref(first, labels(first)[-1]))
    other = await desk.commands.list(elsewhere)

    assert "task_0000000009" in words(first)
    assert "task_0000000001" in words(second)
    assert second.how is How.EDIT
    assert "task_" not in words(other)


async def test_a_seed_is_copyable_and_its_absence_is_said(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS")
    relay.tasks[ONE].seed = "4242"
    relay.task(TWO, status="SUCCESS")
    relay.tasks[TWO].seed = ""

    there = await desk.commands.seed(ANN, ONE)
    missing = await desk.commands.seed(ANN, TWO)

    assert "4242" in words(there)
    assert "seed" in words(missing).lower()


async def test_settings_are_for_managers_and_take_effect(
    desk: Commanding, relay: FakeRelay
) -> None:
    refused = await desk.commands.settings(ANN)
    card = await desk.commands.settings(BOSS)
    chinese = await desk.commands.press(BOSS, ref(card, "中文"))
    relay.task(ONE, status="IN_PROGRESS", progress="40%")
    status = await desk.commands.status(ANN, ONE)

    assert "manage" in words(refused)
    assert chinese.how is How.EDIT
    assert status.card.language == "zh"


async def test_a_chat_may_choose_its_relay(
    store: SqlStore, clock: MovedClock, tmp_path: Path
) -> None:
    async with (
        FakeRelay(kind="newapi") as first,
        FakeRelay(kind="newapi") as second,
        commanding(store, clock, tmp_path / "p", [first, second]) as desk,
    ):
        card = await desk.commands.settings(BOSS)
        await desk.commands.press(BOSS, ref(card, "r2"))
        reply = await desk.commands.watch(ANN, "unknown1234567")

    running, _ = await store.running(ANN.destination, limit=1)
    assert reply.subscription is not None
    assert running[0].task.relay == RelayName("r2")


async def test_help_is_in_the_readers_language(desk: Commanding) -> None:
    english = await desk.commands.help(ANN)
    chinese = await desk.commands.help(replace(ANN, destination=ALONE, locale="zh-CN"))

    assert "/watch" in words(english)
    assert chinese.card.language == "zh"


# --- presses --------------------------------------------------------------------


async def test_a_button_reports_its_customid_letter_for_letter(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS")
    card = await desk.commands.status(ANN, ONE)

    reply = await desk.commands.press(BOB, ref(card, "U3"))

    assert reply.how is How.REPORT
    assert reply.report is not None
    assert reply.report.startswith("MJ::JOB::upsample::3::")
    assert words(replace(reply, more=())) == reply.report


async def test_a_press_on_a_button_the_relay_has_changed_says_so(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS", buttons=None)
    await desk.commands.status(ANN, ONE)
    relay.task(TWO, status="SUCCESS")
    other = await desk.commands.status(ANN, TWO)
    forged = ref(other, "U1").replace("b.2.", "b.1.")

    reply = await desk.commands.press(ANN, forged)

    assert reply.report is None
    assert reply.private


@pytest.mark.parametrize("odd", ["", "x", "m1z.1.0.00000000", "m1b.zz.0.00000000"])
async def test_an_unknown_button_gets_a_kind_answer(desk: Commanding, odd: str) -> None:
    reply = await desk.commands.press(ANN, odd)

    assert reply.private
    assert words(reply)


async def test_details_and_customids_are_for_the_presser_alone(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS")
    card = await desk.commands.status(ANN, ONE)

    details = await desk.commands.press(BOB, ref(card, "Details"))
    ids = await desk.commands.press(BOB, ref(card, "All customIds"))

    assert details.private
    assert ids.private
    assert f"{relay.url}/mj/submit/action" in words(ids)
    assert "$RELAY_KEY" in words(ids)
    assert relay.key not in words(ids)


async def test_refresh_looks_again_and_edits_in_place(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.says(ONE, status="IN_PROGRESS", progress="40%")
    relay.says(ONE, status="IN_PROGRESS", progress="60%")
    card = await desk.commands.status(ANN, ONE)

    reply = await desk.commands.press(BOB, ref(card, "Refresh"))

    assert reply.how is How.EDIT
    assert "60%" in words(reply)


async def test_a_look_that_finds_the_end_tells_those_who_wait(
    desk: Commanding, relay: FakeRelay
) -> None:
    await watching(desk, relay)
    relay.becomes(ONE, status="SUCCESS")
    elsewhere = replace(BOB, destination=replace(BOB.destination, chat="99"))

    await desk.commands.status(elsewhere, ONE)

    assert await desk.store.next_due_at(CHAT) is not None


async def test_files_come_once_and_their_uploads_are_remembered(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="SUCCESS")
    card = await desk.commands.status(ANN, ONE)
    assert card.picture is not None
    limits = MediaLimits(
        photo_bytes=ROOM, document_bytes=ROOM, video_bytes=ROOM, total_bytes=ROOM
    )

    files = await desk.commands.files(card.picture, platform=CHAT, limits=limits)
    await desk.commands.keep_uploads(card.picture, CHAT, files, {0: "file-1"})
    again = await desk.commands.files(card.picture, platform=CHAT, limits=limits)

    assert files[0].path is not None
    assert files[0].name == f"{ONE}.png"
    assert [f.file_id for f in again] == ["file-1"]
    assert relay.count("image") == 1


async def test_free_text_is_a_status_if_it_names_a_task(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%")

    found = await desk.commands.free_text(ANN, f"how is {ONE} doing?")
    nothing = await desk.commands.free_text(ANN, "good morning 2026")

    assert found is not None
    assert "40%" in words(found)
    assert nothing is None


async def test_suggestions_are_the_chats_own_tasks(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", progress="40%", prompt="paper boat")
    await desk.commands.status(ANN, ONE)
    elsewhere = replace(ANN, destination=replace(ANN.destination, chat="99"))

    mine = await desk.commands.suggest(ANN, "1767")
    theirs = await desk.commands.suggest(elsewhere, "1767")

    assert [s.value for s in mine] == [ONE]
    assert "paper boat" in mine[0].label
    assert theirs == []
