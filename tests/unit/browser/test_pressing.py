"""The chat over the wire: what is pressed, and the pictures that come."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.browser.limits import HERE
from bot.commands.reply import How, Reply
from bot.domain.attachment import Attachment, FileKind
from bot.domain.task import TaskKey
from bot.present.card import Block, Card, CardButton, Span
from tests.fakes.commands import card
from tests.fakes.console import Console
from tests.fakes.tab import REF, Tab

PRESSED = Card(
    blocks=(Block((Span("a card"),)),), buttons=((CardButton(label="U1", ref=REF),),)
)


# --- pressing -------------------------------------------------------------------


async def test_a_report_stands_on_the_pressed_card(tab: Tab, console: Console) -> None:
    number = int(await console.tell(PRESSED, "k1"))
    reply = Reply(
        card=card("MJ::1"), how=How.REPORT, report="MJ::1", more=(card("U1"),)
    )
    console.commands.says("press", reply)

    shown = await tab.press(number)

    (message,) = await tab.look()
    assert shown == {"report": number}
    assert message["report"]["text"] == "MJ::1"
    assert console.commands.texts("press") == [REF]


async def test_a_report_goes_with_its_button(tab: Tab, console: Console) -> None:
    receipt = await console.tell(PRESSED, "k1")
    reply = Reply(card=card("MJ::1"), how=How.REPORT, report="MJ::1")
    console.commands.says("press", reply)
    await tab.press(int(receipt))

    await console.messenger.edit(receipt, card("other"), to=HERE)

    (message,) = await tab.look()
    assert "report" not in message


async def test_an_edit_takes_the_pressed_cards_place(
    tab: Tab, console: Console
) -> None:
    number = int(await console.tell(PRESSED, "k1"))
    console.commands.says("press", Reply(card=card("page 2"), how=How.EDIT))

    await tab.press(number)

    assert await tab.titles() == ["page 2"]


async def test_a_card_that_is_gone_is_answered_anew(tab: Tab, console: Console) -> None:
    console.commands.says("press", Reply(card=card("page 2"), how=How.EDIT))

    await tab.press(99)

    assert await tab.titles() == ["page 2"]


async def test_an_answer_to_a_press_replies_to_its_card(
    tab: Tab, console: Console
) -> None:
    number = int(await console.tell(PRESSED, "k1"))

    await tab.press(number)

    assert (await tab.look())[1]["reply"] == number


async def test_a_notice_is_for_the_presser_alone(tab: Tab, console: Console) -> None:
    number = int(await console.tell(PRESSED, "k1"))
    console.commands.says("press", Reply(card=card("no"), how=How.NOTICE))

    shown = await tab.press(number)

    assert shown["notice"]["title"] == "no"
    assert len(await tab.look()) == 1


async def test_an_odd_press_is_refused(tab: Tab) -> None:
    status, _ = await tab.post("press", ref=REF, message="1")

    assert status == 400


# --- pictures -------------------------------------------------------------------


def picture(folder: Path) -> Attachment:
    path = folder / "a.png"
    path.write_bytes(b"\x89PNG")
    return Attachment(kind=FileKind.PHOTO, position=0, name="t.png", path=path)


async def test_a_picture_comes_into_its_card(
    tab: Tab, console: Console, tmp_path: Path
) -> None:
    console.commands.says("status", Reply(card=card("done"), picture=TaskKey(7)))
    console.commands.pictures = [picture(tmp_path)]

    await tab.say("/status a")

    shown = (await tab.look())[1]
    assert [each["name"] for each in shown["files"]] == ["t.png"]
    assert "waiting" not in shown
    served = shown["files"][0]["served"]
    url = f"{console.origin}/chat/files/{served}"
    async with tab._session.get(url) as answer:
        assert await answer.read() == b"\x89PNG"
        assert answer.content_type == "image/png"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_picture_that_cannot_be_had_is_told_on_the_card(
    tab: Tab, console: Console
) -> None:
    console.commands.says("status", Reply(card=card("done"), picture=TaskKey(7)))
    console.commands.picture_error = "not_ready"

    await tab.say("/status a")

    assert await tab.titles() == ["no picture: not_ready"]


@pytest.mark.parametrize(("original", "offered"), [(False, ["reduced"]), (True, [])])
async def test_of_a_picture_that_was_shrunk_the_original_is_offered(
    tab: Tab, console: Console, tmp_path: Path, original: bool, offered: list[str]
) -> None:
    reply = Reply(card=card("done"), picture=TaskKey(7), original=original)
    console.commands.says("status", reply)
    console.commands.pictures = [replace(picture(tmp_path), reduced=True)]

    await tab.say("/status a")

    assert console.commands.problems == offered
    assert (await tab.look())[1]["files"]


async def test_a_kill_while_a_picture_was_on_its_way_leaves_no_wait(
    tab: Tab, console: Console
) -> None:
    console.commands.says("status", Reply(card=card("done"), picture=TaskKey(7)))
    console.commands.hold("files")
    async with tab.listening() as socket:
        asking = asyncio.create_task(tab.post("say", text="/status a"))
        while not any(each.get("waiting") for each in tab.messages.values()):
            await tab.read(socket)
        asking.cancel()
    await console.close()
    await console.open()

    assert [each.get("waiting") for each in await tab.look()] == [None, None]
