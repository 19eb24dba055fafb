"""Buttons, free text and suggestions asked of the real core."""

from dataclasses import replace

import pytest

from bot.commands.reply import How
from bot.domain.attachment import MediaLimits
from tests.fakes.commanding import ANN, BOB, CHAT, Commanding, ref, words
from tests.fakes.relay import FakeRelay
from tests.fakes.relay.answers import Json
from tests.flow.core.conftest import ONE, watching

ROOM = 10 * 1024 * 1024


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
    relay.task(ONE, status="SUCCESS")
    before = await desk.commands.status(ANN, ONE)
    now: list[Json] = [{"customId": "MJ::JOB::upsample::1::new", "label": "U1"}]
    relay.becomes(ONE, status="SUCCESS", buttons=now)
    after = await desk.commands.status(ANN, ONE)

    stale = await desk.commands.press(ANN, ref(before, "U1"))
    fresh = await desk.commands.press(ANN, ref(after, "U1"))

    assert stale.report is None
    assert stale.private
    assert "changed" in words(stale)
    assert fresh.report == "MJ::JOB::upsample::1::new"


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


async def test_a_preview_is_never_taken_for_the_picture(
    desk: Commanding, relay: FakeRelay
) -> None:
    relay.task(ONE, status="IN_PROGRESS", imageUrl=f"{relay.url}/mj/image/{ONE}?rand=1")
    wants = replace(await desk.store.settings(ANN.destination), previews=True)
    await desk.store.save_settings(ANN.destination, wants)
    limits = MediaLimits(
        photo_bytes=ROOM, document_bytes=ROOM, video_bytes=ROOM, total_bytes=ROOM
    )
    card = await desk.commands.status(ANN, ONE)
    assert card.picture is not None

    files = await desk.commands.files(card.picture, platform=CHAT, limits=limits)
    relay.becomes(ONE, status="SUCCESS")
    await desk.commands.status(ANN, ONE)
    await desk.commands.keep_uploads(card.picture, CHAT, files, {0: "file-1"})
    again = await desk.commands.files(card.picture, platform=CHAT, limits=limits)

    assert [f.file_id for f in again] == [None]


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
