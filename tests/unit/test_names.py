"""What counts as an id: in a command's argument and in free text."""

import pytest

from bot.domain.names import TaskName, find_in_text, parse_argument
from bot.domain.task import RelayName, TaskId

LONG = "1767225600000123"


def names(*ids: str) -> tuple[TaskName, ...]:
    return tuple(TaskName(TaskId(each)) for each in ids)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (LONG, [LONG]),
        ("a", ["a"]),
        ("x" * 64, ["x" * 64]),
        ("task_1234567890", ["task_1234567890"]),
        ("one two", ["one", "two"]),
        ("one,two;three\nfour", ["one", "two", "three", "four"]),
        ("one，two；three、four", ["one", "two", "three", "four"]),  # noqa: RUF001 - as typed in Chinese
        ("one one two", ["one", "two"]),
        ("https://relay.example/mj/task/abc/fetch", ["abc"]),
        ("https://relay.example/fast/mj/task/abc/fetch", ["abc"]),
        ("relay.example/mj/task/abc/fetch", ["abc"]),
        ("https://relay.example/mj/image/abc?access=x.1.2", ["abc"]),
        ("<https://relay.example/mj/image/abc>", ["abc"]),
        ("", []),
        (" ,; ", []),
    ],
)
def test_an_argument_is_a_row_of_ids_and_links(text: str, ids: list[str]) -> None:
    assert parse_argument(text) == names(*ids)


@pytest.mark.parametrize(
    "text",
    [
        "a/b",
        "a.b",
        "任务",
        "x" * 65,
        "a:b:c",
        ":a",
        f"{LONG} ../../etc",
        "https://relay.example/mj/task/abc",
        "https://example.org",
        "https://relay.example/mj/image/" + "x" * 65,
        "a" * 4000,
    ],
)
def test_one_token_that_is_neither_spoils_the_whole_argument(text: str) -> None:
    assert parse_argument(text) is None


def test_a_relay_may_stand_before_the_id() -> None:
    assert parse_argument("Dmx:abc") == (TaskName(TaskId("abc"), RelayName("dmx")),)


@pytest.mark.parametrize("text", ["dmx:abc", "abc"])
def test_a_name_reads_back_as_itself(text: str) -> None:
    (name,) = parse_argument(text) or ()

    assert str(name) == text


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (f"look at {LONG}, please", [LONG]),
        (f"({LONG})", [LONG]),
        (f"任务{LONG}完成了吗", [LONG]),
        (f"任务:{LONG}", [LONG]),
        (f"任务：{LONG}。", [LONG]),  # noqa: RUF001 - as typed in Chinese
        ("is task_9c2 done?", ["task_9c2"]),
        ("ab12345678", ["ab12345678"]),
        (f'{{"code":1,"result":"{LONG}"}}', [LONG]),
        ("see https://relay.example/mj/task/abc/fetch now", ["abc"]),
        ("看https://relay.example/mj/image/abc吧", ["abc"]),
        ("GET https://r/mj/task/a/fetch and https://r/mj/image/b", ["a", "b"]),
        (f"{LONG} and {LONG}", [LONG]),
        (f"task_1 then https://r/mj/image/b then {LONG}", ["task_1", "b", LONG]),
    ],
)
def test_free_text_gives_what_stands_out(text: str, ids: list[str]) -> None:
    assert find_in_text(text) == names(*ids)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words and 2026",
        "a1234567",
        "abcdefghij1234567",
        "task_",
        "on 2026-11-22",
        f"<@{LONG}> <@!{LONG}> <@&{LONG}> <#{LONG}>",
        f"<:smile:{LONG}> <a:wave:{LONG}> </status:{LONG}>",
        "<t:1767225600:R>",
        f"https://example.org/{LONG}?id={LONG}",
        f"{LONG}@example.org",
        "+8613800138000",
        "x" * 65 + "12345678",
        "Authorization: Bearer sk-1234567890abcdef1234567890",
        "sk-1234567890abcdef1234567890",
        "mj-api-secret: 1234567890abcdef",
    ],
)
def test_free_text_without_a_task_gives_nothing(text: str) -> None:
    assert find_in_text(text) == ()


def test_a_pasted_curl_is_its_id_and_never_its_key() -> None:
    text = (
        f"curl https://relay.example/mj/task/{LONG}/fetch "
        "-H 'Authorization: Bearer sk-1234567890abcdef1234567890'"
    )

    assert find_in_text(text) == names(LONG)


@pytest.mark.parametrize("relay", ["", "dmx:"])
def test_a_key_is_no_id(relay: str) -> None:
    key = f"{relay}sk-1234567890abcdef1234567890"

    assert parse_argument(key) is None
    assert parse_argument(f"{LONG} {key}") is None
    assert parse_argument("sk-1") == names("sk-1")


def test_free_text_knows_a_relay_by_its_name() -> None:
    found = find_in_text(f"dmx:{LONG}", relays=[RelayName("dmx")])

    assert found == (TaskName(TaskId(LONG), RelayName("dmx")),)


def test_a_word_before_a_colon_is_no_relay() -> None:
    assert find_in_text(f"id:{LONG}", relays=[RelayName("dmx")]) == names(LONG)


def test_without_a_list_every_such_word_is_a_relay() -> None:
    (name,) = find_in_text(f"dmx:{LONG}")

    assert name.relay == "dmx"


def test_hostile_length_takes_no_hostile_time() -> None:
    assert find_in_text("https://a/mj/" * 400 + "1-" * 2000) == ()
