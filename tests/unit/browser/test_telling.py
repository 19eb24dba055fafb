"""The chat over the wire: what pages are told, and in which language."""

from dataclasses import replace

import pytest
from aiohttp import WSMsgType

from adapters.browser import stream
from tests.fakes.commands import card
from tests.fakes.console import Console
from tests.fakes.tab import Tab

# --- what pages are told --------------------------------------------------------


async def test_a_page_goes_on_where_it_was(tab: Tab, console: Console) -> None:
    await console.tell(card("old"), "k1")
    await tab.look()
    await console.tell(card("new"), "k2")
    place, tab.messages = tab.place, {}

    async with tab.listening(since=place) as socket:
        await tab.read(socket)
        await tab.read(socket)

    assert [m["card"]["title"] for m in tab.messages.values()] == ["new"]
    assert not tab.fresh


async def test_a_page_goes_on_after_a_restart(tab: Tab, console: Console) -> None:
    await console.tell(card("old"), "k1")
    await tab.look()
    await console.close()
    await console.open()
    place, tab.messages = tab.place, {}
    await console.tell(card("new"), "k2")

    async with tab.listening(since=place) as socket:
        await tab.read(socket)
        await tab.read(socket)

    assert [m["card"]["title"] for m in tab.messages.values()] == ["new"]


@pytest.mark.parametrize("since", ["", "x.1", "{epoch}.999", "{epoch}.x", "{epoch}.²"])
async def test_a_page_of_another_history_begins_anew(
    tab: Tab, console: Console, since: str
) -> None:
    await console.tell(card("a"), "k1")
    await tab.look()
    epoch = tab.place.partition(".")[0]

    async with tab.listening(since=since.format(epoch=epoch)) as socket:
        await tab.read(socket)
        await tab.read(socket)

    assert tab.fresh


async def test_all_pages_hear_of_a_change(tab: Tab, console: Console) -> None:
    async with tab.listening() as one, tab.listening() as two:
        for socket in (one, one, two, two):
            await tab.read(socket)

        await console.tell(card("a"), "k1")

        assert [await tab.read(one), await tab.read(two)] == ["news", "news"]


async def test_silence_is_filled_with_beats(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.01)

    async with tab.listening() as socket:
        told = [await tab.read(socket) for _ in range(3)]

    assert told == ["hello", "news", "beat"]


async def test_too_many_tabs_are_turned_away(
    tab: Tab, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SOCKETS", 0)

    url = f"{console.origin}/chat/socket"
    async with tab._session.get(url, headers={"Origin": console.origin}) as answer:
        assert answer.status == 503


async def test_a_stop_sends_pages_away(tab: Tab, console: Console) -> None:
    async with tab.listening() as socket:
        await tab.read(socket)
        await tab.read(socket)

        await console.close()

        told = await socket.receive()
        assert (told.type, told.data) == (WSMsgType.CLOSE, 1001)


# --- language -------------------------------------------------------------------


async def test_a_browser_is_spoken_to_in_its_language(tab: Tab) -> None:
    async with tab.listening(locale="zh-TW") as socket:
        await tab.read(socket)

    assert tab.hello["language"] == "zh"
    assert tab.hello["words"]["send"] == "发送"
    assert tab.hello["chips"][0]["label"] == "画一张图"


async def test_a_chosen_language_holds_for_all_and_for_cards(
    tab: Tab, console: Console
) -> None:
    async with tab.listening() as socket:
        await tab.read(socket)
        await tab.read(socket)

        await tab.post("language", language="zh")

        assert await tab.read(socket) == "hello"
    await tab.say("/list")
    assert tab.hello["language"] == "zh"
    assert console.commands.asked[-1].caller.locale == "zh"


async def test_a_chosen_language_outlives_a_restart(tab: Tab, console: Console) -> None:
    await tab.post("language", language="zh")
    await console.close()
    await console.open()

    await tab.look()

    assert tab.hello["language"] == "zh"


async def test_a_language_we_do_not_speak_is_refused(tab: Tab) -> None:
    status, _ = await tab.post("language", language="tlh")

    assert status == 400


async def test_a_chip_without_words_shows_its_line(tab: Tab, console: Console) -> None:
    console.chips = (replace(console.chips[0], line="/status x", name="none"),)
    await console.close()
    await console.open()

    await tab.look()

    assert tab.hello["chips"] == [{"line": "/status x", "label": "/status x"}]
