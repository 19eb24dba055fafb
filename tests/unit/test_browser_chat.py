"""The chat over the wire: what is typed and pressed, and what the pages are told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from adapters.browser import stream
from adapters.browser.guard import TOKEN_HEADER
from adapters.browser.limits import HERE, PLATFORM, YOU
from bot.commands.reply import How, Reply, Suggestion
from bot.domain.attachment import Attachment, FileKind
from bot.domain.subscription import SubscriptionId
from bot.domain.task import TaskKey
from bot.errors import RelayTroubleError, StoreError
from bot.i18n import translator
from bot.ports import Letter
from bot.present.card import Block, Card, CardButton, Span
from tests.fakes.commands import card
from tests.fakes.console import Console, open_console

REF = "m1b.7.0.00000000"
PRESSED = Card(
    blocks=(Block((Span("a card"),)),), buttons=((CardButton(label="U1", ref=REF),),)
)


class Tab:
    """An open page: posts what a page posts, reads what it is told."""

    def __init__(self, session: ClientSession, console: Console) -> None:
        self._session, self._console = session, console
        self.hello: dict[str, Any] = {}
        self.place = ""
        self.fresh = False
        self.messages: dict[int, dict[str, Any]] = {}
        self._keys = 0

    async def read(self, socket: ClientWebSocketResponse) -> str:
        """Take in one thing that is told; names it."""
        told = await socket.receive_json(timeout=5)
        if told["is"] == "hello":
            self.hello = told
        elif told["is"] == "news":
            self.place, self.fresh = told["place"], told["fresh"]
            self.messages |= {each["id"]: each for each in told["messages"]}
        return str(told["is"])

    async def post(self, path: str, **body: object) -> tuple[int, Any]:
        self._keys += 1
        headers = {
            "Origin": self._console.origin,
            TOKEN_HEADER: str(self.hello["token"]),
        }
        whole = {"locale": "en-US", "key": f"k{self._keys}", **body}
        url = f"{self._console.origin}/chat/{path}"
        async with self._session.post(url, json=whole, headers=headers) as answer:
            good = answer.status == 200
            return answer.status, await (answer.json() if good else answer.text())

    async def say(self, text: str, **body: object) -> dict[str, Any]:
        status, answer = await self.post("say", text=text, **body)
        assert status == 200, answer
        return dict(answer)

    async def press(self, message: int, ref: str = REF) -> dict[str, Any]:
        status, answer = await self.post("press", ref=ref, message=message)
        assert status == 200, answer
        return dict(answer)

    async def look(self) -> list[dict[str, Any]]:
        """What a page that is opened now sees."""
        async with self._socket() as socket:
            self.messages = {}
            await self.read(socket)
            await self.read(socket)
        return list(self.messages.values())

    async def titles(self) -> list[str]:
        shown = await self.look()
        return [m["card"]["title"] for m in shown if m["who"] == "bot"]

    @asynccontextmanager
    async def _socket(
        self, since: str = "", locale: str = "en-US"
    ) -> AsyncIterator[ClientWebSocketResponse]:
        url = f"{self._console.origin}/chat/socket"
        async with self._session.ws_connect(
            url,
            params={"since": since, "locale": locale},
            headers={"Origin": self._console.origin},
        ) as socket:
            yield socket

    listening = _socket


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with open_console(tmp_path) as opened:
        yield opened


@pytest.fixture
async def tab(console: Console) -> AsyncIterator[Tab]:
    async with ClientSession() as session:
        made = Tab(session, console)
        await made.look()
        yield made


async def begin(console: Console, imagine: Callable[[str], Any]) -> None:
    """Open the console again, with a simulated relay behind it."""
    console.imagine = imagine
    await console.close()
    await console.open()


# --- typing ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ("/status a b", "status", "a b"),
        ("/STATUS a", "status", "a"),
        ("\uff0fstatus a", "status", "a"),
        ("/watch a\nb", "watch", "a\nb"),
        ("/watch", "watch", ""),
        ("/unwatch a", "unwatch", "a"),
        ("/seed a", "seed", "a"),
        ("/list", "list", ""),
        ("/recent", "recent", ""),
        ("/settings", "settings", ""),
        ("/help", "help", ""),
        ("/start", "help", ""),
        ("task_1234567890 please", "free_text", "task_1234567890 please"),
    ],
)
async def test_a_line_reaches_its_command(
    tab: Tab, console: Console, line: str, name: str, text: str
) -> None:
    await tab.say(line)

    asked = console.commands.asked[-1]
    assert (asked.name, asked.text) == (name, text)
    assert asked.caller.person == YOU
    assert asked.caller.destination == HERE
    assert asked.caller.manages
    assert asked.caller.private


async def test_line_and_answer_stand_in_the_chat(tab: Tab) -> None:
    await tab.say("/list")

    line, answer = await tab.look()
    assert (line["who"], line["text"]) == ("you", "/list")
    assert (answer["who"], answer["card"]["title"]) == ("bot", "list")


async def test_free_text_with_ids_is_a_status(tab: Tab, console: Console) -> None:
    console.commands.found = Reply(card=card("found it"))

    await tab.say("look at task_1234567890")

    assert await tab.titles() == ["found it"]


@pytest.mark.parametrize("line", ["hello", "/", "/ status", "/imagine a boat", "/nope"])
async def test_what_is_no_command_gets_a_kind_line(tab: Tab, line: str) -> None:
    await tab.say(line)

    (title,) = await tab.titles()
    assert title.endswith("/help shows what I can do.")


async def test_the_same_line_twice_by_a_shaky_line_is_one(
    tab: Tab, console: Console
) -> None:
    await tab.say("/list", key="same")
    await tab.say("/list", key="same")

    assert len(await tab.look()) == 2


async def test_a_live_card_is_handed_over(tab: Tab, console: Console) -> None:
    reply = Reply(card=card("live"), subscription=SubscriptionId(35), version=4)
    console.commands.says("watch", reply)

    await tab.say("/watch a")

    sent = Letter(card=card("live"), to=HERE, key="mjw-23-card")
    found = await console.messenger.find(sent, since=console.clock.now())
    assert console.commands.attached == [(35, found)]
    assert console.commands.versions == [4]


async def test_further_cards_follow(tab: Tab, console: Console) -> None:
    console.commands.says("help", Reply(card=card("1"), more=(card("2"), card("3"))))

    await tab.say("/help")

    assert await tab.titles() == ["1", "2", "3"]


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": " "},
        {"text": 5},
        {"text": "x" * 4_001},
        {"text": "x", "key": "no/slash"},
        {"text": "x", "key": ""},
        {"text": "x", "locale": None},
    ],
)
async def test_an_odd_post_is_refused(tab: Tab, body: dict[str, object]) -> None:
    status, text = await tab.post("say", **body)

    assert status == 400
    assert text.count("\n") == 1


async def test_half_a_sign_does_no_harm(tab: Tab) -> None:
    await tab.say("/status \ud83d")

    assert await tab.titles() == ["status ?"]


async def test_memory_that_does_not_answer_is_said(tab: Tab, console: Console) -> None:
    console.commands.failing["list"] = StoreError("locked")

    status, text = await tab.post("say", text="/list")

    assert (status, text) == (503, "Memory does not answer.\n")


# --- the demo -------------------------------------------------------------------


async def test_imagine_starts_a_task_once_and_watches_it(
    tab: Tab, console: Console
) -> None:
    begun: list[str] = []

    async def imagine(prompt: str) -> str:
        begun.append(prompt)
        return "task_1"

    await begin(console, imagine)
    await tab.look()
    await tab.say("/imagine a boat", key="same")
    await tab.say("/imagine a boat", key="same")

    assert begun == ["a boat"]
    assert console.commands.texts("watch") == ["task_1", "task_1"]


async def test_imagine_needs_a_prompt(tab: Tab, console: Console) -> None:
    async def imagine(prompt: str) -> str:
        return prompt

    await begin(console, imagine)
    await tab.look()
    await tab.say("/imagine")

    (title,) = await tab.titles()
    assert "/imagine a lighthouse" in title
    assert "imagine" in tab.hello["commands"]


async def test_a_relay_that_does_not_take_it_is_said(
    tab: Tab, console: Console
) -> None:
    async def imagine(prompt: str) -> str:
        raise RelayTroubleError(prompt)

    await begin(console, imagine)
    await tab.look()
    await tab.say("/imagine a boat")

    assert await tab.titles() == [translator("en")("page.imagine_failed")]


# --- suggestions ----------------------------------------------------------------


async def suggested(tab: Tab, text: str) -> list[str]:
    _, answer = await tab.post("suggest", text=text)
    return [each["value"] for each in answer["suggestions"]]


async def test_commands_are_suggested_by_their_beginning(tab: Tab) -> None:
    assert await suggested(tab, "/s") == ["/status ", "/seed ", "/settings "]
    assert await suggested(tab, "\uff0funw") == ["/unwatch "]
    assert await suggested(tab, "hello") == []
    assert await suggested(tab, "/list ") == []


async def test_ids_are_suggested_for_the_last_word(tab: Tab, console: Console) -> None:
    console.commands.suggestions = [Suggestion(value="task_9", label="a boat")] * 20

    values = await suggested(tab, "/status abc, ta")

    assert values == ["/status abc, task_9"] * 8
    assert console.commands.texts("suggest") == ["ta"]


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


def test_the_platform_is_named() -> None:
    assert PLATFORM == "browser"


@pytest.mark.parametrize(
    "line", ["/key canary-7f3a", "/KEY canary-7f3a", "curl -H 'Bearer canary-7f3a'"]
)
async def test_a_key_that_is_typed_does_not_stay(
    tab: Tab, console: Console, line: str
) -> None:
    await tab.say(line)

    kept = b"".join(f.read_bytes() for f in console.folder.rglob("*") if f.is_file())
    assert b"canary" not in kept
