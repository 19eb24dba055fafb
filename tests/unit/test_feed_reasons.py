"""What a feed says of what it did not take: the text, the reason, the relay's words."""

import json
from typing import Any

import pytest

from bot.domain.feed import (
    IDS_LIMIT,
    SHOWN_LIMIT,
    Feed,
    FeedBody,
    FeedId,
    FeedReason,
    Unwatched,
    Whom,
    digest_of,
    read_body,
)
from bot.domain.names import TaskName
from bot.domain.task import Snapshot, State, TaskId
from tests.fakes.clock import NOON
from tests.fakes.desk import ANN, CHAT

NOT_AN_ID = FeedReason.NOT_AN_ID


def refused(body: str | bytes | dict[str, Any]) -> list[tuple[str, FeedReason, str]]:
    """Text, reason and the relay's words of each thing refused."""
    raw = json.dumps(body).encode() if isinstance(body, dict) else body
    read = read_body(raw.encode() if isinstance(raw, str) else raw)
    return [(each.text, each.reason, each.said) for each in read.refused]


def said(answer: dict[str, Any]) -> str:
    """The relay's words of an answer that says no."""
    [(text, reason, words)] = refused(answer)
    assert (text, reason) == ("", FeedReason.NOT_ACCEPTED)
    return words


def feed(state_prefix: str = "", action: str = "") -> Feed:
    return Feed(
        id=FeedId(1),
        name="feed1",
        destination=CHAT,
        person=ANN,
        state_prefix=state_prefix,
        action=action,
        created_at=NOON,
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("../../etc/passwd", "../../etc/passwd"),
        ("NULL", "NULL"),
        ("dmx:none", "dmx:none"),
        ("no such task1", "no"),
        ('{"ids": [null]}', ""),
        ('{"ids": [NaN]}', ""),
        ('{"ids": [-Infinity]}', ""),
        ('{"ids": [true]}', "bool"),
        ('{"ids": [[[["a1"]]]]}', "list"),
        ('{"ids": [[{"id": "a1"}]]}', "dict"),
        ('{"ids": " "}', ""),
        ("curl -H 'Authorization: Bearer sk-abcdefgh12'", ""),
    ],
)
def test_what_is_no_id_is_shown(body: str, text: str) -> None:
    assert refused(body)[0] == (text, NOT_AN_ID, "")


def test_nothing_is_shown_of_an_empty_body() -> None:
    assert refused("") == [("", FeedReason.EMPTY, "")]


def test_a_long_text_is_shown_in_part() -> None:
    [(shown, _, _)] = refused("?" * 500)
    assert shown == "?" * (SHOWN_LIMIT - 1) + "…"


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    [(shown, _, _)] = refused("<" + " " * (4 * SHOWN_LIMIT - 1) + "behind")
    assert "behind" not in shown


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ('[[["a1"]]]', ["a1"]),
        ('[[{"id": "a1"}]]', ["a1"]),
        ('[{"ids": ["a1"]}]', ["a1"]),
        ('[{"id": ["a1"], "status": "X"}]', ["a1"]),
        ('[{"id": ["a1"]}]', ["a1"]),
        ('{"code": 1, "result": [["a1"]]}', ["a1"]),
        ('[[[["a1"]]]]', []),
        ('[[{"ids": ["a1"]}]]', []),
        ('[[{"id": ["a1"], "status": "X"}]]', []),
        ('[[{"id": ["a1"]}]]', []),
        ('[{"code": 1, "result": [["a1"]]}]', []),
    ],
)
def test_three_levels_are_read(body: str, ids: list[str]) -> None:
    assert [str(name) for name in read_body(body.encode()).names] == ids


@pytest.mark.parametrize("form", ["{}", '{{"ids": "{}"}}'])
def test_a_thousand_tokens_are_read_and_the_rest_is_left_out(form: str) -> None:
    whole = form.format("a1 " * 1000)
    assert refused(whole) == []
    assert refused(form.format("a1 " * 1001)) == [("1", FeedReason.TOO_MANY, "")]


def test_what_is_left_out_is_counted_together() -> None:
    texts = [" ".join(f"a{n}" for n in range(IDS_LIMIT + 3)), "b1"]
    assert refused(json.dumps({"ids": texts})) == [("4", FeedReason.TOO_MANY, "")]
    listed = ["a1"] * 1000 + ["b1"] * 7
    assert refused(json.dumps(listed)) == [("7", FeedReason.TOO_MANY, "")]
    nested = [["a1"] * 1001, ["a1"] * 1002]
    assert refused(json.dumps(nested)) == [("1003", FeedReason.TOO_MANY, "")]
    plain = " ".join(f"a{n}" for n in range(IDS_LIMIT + 5)) + " a1" * 1000
    assert refused(plain) == [("6", FeedReason.TOO_MANY, "")]
    quoted = json.dumps({"ids": plain})
    assert refused(quoted) == [("6", FeedReason.TOO_MANY, "")]


@pytest.mark.parametrize(
    ("number", "ids"),
    [("12.0", ["12"]), ("12.", []), ("1.2e1", ["12"]), ("1.25e1", []), ("1e-1", [])],
)
def test_a_number_is_read_whole_or_not_at_all(number: str, ids: list[str]) -> None:
    read = read_body(f'{{"ids": [{number}]}}'.encode())
    assert [str(name) for name in read.names] == ids


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 4, "result": "1767225600000123"},
        {"code": "-1", "result": "1767225600000123"},
        {"code": 1, "success": False, "result": "1767225600000123"},
        {"success": False, "result": "1767225600000123"},
        {"code": 1, "result": ""},
        {"code": 1},
        {"success": True},
        {"error": "no"},
    ],
)
def test_an_answer_that_says_no_names_no_task(answer: dict[str, Any]) -> None:
    assert [reason for _, reason, _ in refused(answer)] == [FeedReason.NOT_ACCEPTED]


@pytest.mark.parametrize(
    "answer",
    [
        {"id": "a1", "code": 1},
        {"code": 1, "success": True, "result": "a1"},
        {"result": "a1", "status": "SUCCESS"},
    ],
)
def test_an_answer_that_says_yes_names_one(answer: dict[str, Any]) -> None:
    read = read_body(json.dumps(answer).encode())
    assert read == FeedBody(names=(TaskName(TaskId("a1")),))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"code": 4, "description": "busy"}, "code 4 busy"),
        ({"code": 4, "message": "busy"}, "code 4 busy"),
        ({"code": 4, "description": "", "message": "busy"}, "code 4 busy"),
        ({"code": 4, "description": 7, "message": "busy"}, "code 4 7"),
        ({"code": 4, "description": ["x"], "message": "busy"}, "code 4 busy"),
        ({"error": "no more"}, "no more"),
        ({"error": {"code": "quota", "message": "no more"}}, "code quota no more"),
        ({"error": {"message": "no more"}, "code": 3}, "no more"),
        ({"error": ["x"], "code": ["y"]}, ""),
        ({"code": "", "message": "no"}, "no"),
        ({"code": 4}, "code 4"),
    ],
)
def test_the_relays_own_words_are_kept(answer: dict[str, Any], words: str) -> None:
    assert said(answer) == words


def test_the_relays_words_are_cut_at_two_hundred() -> None:
    assert said({"message": "x" * 200, "code": None}) == "x" * 200
    assert said({"message": "x" * 201, "code": None}) == "x" * 199 + "…"


@pytest.mark.parametrize(
    "wire",
    [
        {"ids": ["a1"], "for": "@ana"},
        {"id": "a1", "for": "@ana"},
        {"code": 1, "result": "a1", "for": "@ana"},
    ],
)
def test_whom_to_mention_may_stand_beside_any_id(wire: dict[str, Any]) -> None:
    assert read_body(json.dumps(wire).encode()).whom == Whom(name="ana")
    first = [wire, {**wire, "for": None}]
    assert read_body(json.dumps(first).encode()).whom == Whom(name="ana")


def test_a_reason_says_what_it_means_and_what_the_relay_said() -> None:
    plain = Unwatched(text="x", reason=FeedReason.TOLD)
    assert plain.message == "finished, and the chat was told before"
    told = Unwatched(text="x", reason=FeedReason.NOT_ACCEPTED, said="code 4")
    assert told.message == "the relay did not accept the task: code 4"


def test_a_token_is_digested_whatever_it_holds() -> None:
    lone = "\ud800"  # what no client can send, and a fuzzer does
    assert digest_of(lone) == digest_of("?")


def test_a_filter_wants_nothing_of_what_it_does_not_know() -> None:
    bare = Snapshot(task_id=TaskId("1"), state=State.RUNNING)
    assert not feed(action="XXXX").wants(bare)
    assert not feed(state_prefix="XX").wants(bare)
    assert feed().wants(bare)
    assert [feed().filtered, feed("a").filtered, feed(action="B").filtered] == [
        False,
        True,
        True,
    ]
