"""The chat over the wire: what is typed, what the demo begins, what is suggested."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.browser.limits import HERE, PLATFORM, YOU
from bot.commands.reply import Reply, Suggestion
from bot.domain.subscription import SubscriptionId
from bot.errors import RelayTroubleError, StoreError
from bot.i18n import translator
from bot.ports import Letter
from tests.fakes.commands import card
from tests.fakes.console import Console
from tests.fakes.tab import Tab


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


# --- names and keys -------------------------------------------------------------


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
