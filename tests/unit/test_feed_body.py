"""What programs post: every body of the contract, and a reason for what names no task."""

import json
from datetime import UTC, datetime

import pytest

from bot.domain.feed import (
    IDS_LIMIT,
    REFUSED_LIMIT,
    TOKEN,
    Feed,
    FeedId,
    FeedReason,
    Whom,
    digest_of,
    read_body,
    read_whom,
)
from bot.domain.task import Snapshot, State, TaskId
from tests.fakes.desk import ANN, CHAT
from tests.fakes.relay import CASES

A, B = "1767225600000123", "task_1234567890"
DIGEST = "688f640ba2296d9334f87bf44f5cdfc62c0b5efa58f76e4c39f766efd57f1b9d"


def ids(body: bytes) -> list[str]:
    return [str(name) for name in read_body(body).names]


def reasons(body: bytes) -> list[FeedReason]:
    return [each.reason for each in read_body(body).refused]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (A.encode(), [A]),
        (f"{A}\n{B}\n".encode(), [A, B]),
        (f"{A}, {B};{A}".encode(), [A, B]),
        (f"\ufeff{A}".encode(), [A]),
        (b"0123456789012345", ["0123456789012345"]),
        (b"gemini:abc1", ["gemini:abc1"]),
        (f"https://relay.example/mj/task/{A}/fetch?x=1".encode(), [A]),
        (b"abc", ["abc"]),
        (json.dumps(A).encode(), [A]),
        (f"ids={A}".encode(), [A]),
        (f"ids={A}%2C{B}&for=%40ann".encode(), [A, B]),
        (f"ids={A}&ids={B}".encode(), [A, B]),
        (f"id={A}".encode(), [A]),
        (f"taskId={A}&status=SUCCESS".encode(), [A]),
        (f"for=ann&result={A}".encode(), [A]),
        (f'{{"code":1,"result":"{A}"}}\n{{"code":1,"result":"{B}"}}'.encode(), [A, B]),
        (f'{{"code":1,"result":"{A}"}}{{"code":1,"result":"{B}"}}'.encode(), [A, B]),
        (json.dumps({"ids": [A, B]}).encode(), [A, B]),
        (json.dumps({"ids": f"{A},{B}"}).encode(), [A, B]),
        (json.dumps({"ids": 1320098173412546}).encode(), ["1320098173412546"]),
        (json.dumps([A, {"id": B, "status": "SUCCESS"}]).encode(), [A, B]),
        (b'{"ids": [12345678901234567890123]}', ["12345678901234567890123"]),
        (json.dumps({"code": 1, "result": A}).encode(), [A]),
        (b'{"code":1,"result":1320098173412546}', ["1320098173412546"]),
        (b'{"code":1,"result":9007199254740993.0}', ["9007199254740993"]),
        (b'{"code":1,"result":1.320098173412546e15}', ["1320098173412546"]),
        (json.dumps({"code": "1", "result": f"{A},{B}"}).encode(), [A, B]),
        (json.dumps({"code": 1, "result": [A, B]}).encode(), [A, B]),
        (json.dumps({"code": 0, "result": A}).encode(), [A]),
        (json.dumps({"id": A}).encode(), [A]),
        (json.dumps({"taskId": A}).encode(), [A]),
        (b'{"id": 1320098173412546, "status": "SUCCESS"}', ["1320098173412546"]),
    ],
)
def test_ids_are_read_in_every_shape(body: bytes, wanted: list[str]) -> None:
    assert ids(body) == wanted
    assert reasons(body) == []


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("imagine_ok_text_plain", ["1767225600000123"]),
        ("imagine_result_number", ["1320098173412546"]),
        ("imagine_queued_22", ["1767225600000141"]),
        ("action_modal_21", ["1767225600000151"]),
        ("action_modal_21_zh", ["1767225600000153"]),
        ("action_existed_21_nv", ["1767225600000154"]),
        ("action_ok", ["1767225600000150"]),
        ("modal_ok_same_id", ["1767225600000151"]),
        ("action_picreader_all_ids", [f"176722560000016{n}" for n in range(1, 5)]),
        ("hook_duplicate_terminal", ["1767225600000201"]),
        ("hook_out_of_order", ["1767225600000201"]),
        ("hook_forged_unknown_id", ["999"]),
    ],
)
def test_a_relays_answer_is_read_as_it_comes(name: str, wanted: list[str]) -> None:
    body = read_body(CASES[name].answer().body)

    assert [str(each) for each in body.names] == wanted
    assert body.refused == ()
    assert body.hook is name.startswith("hook_")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("imagine_no_account_3", "code 3 无可用的账号实例"),
        ("imagine_queue_full_23", "code 23 队列已满"),
        ("imagine_banned_24", "code 24 可能包含敏感词"),
        ("imagine_na_quota", "code 4 quota_not_enough"),
        ("imagine_na_code30", "code 30 当前分组负载已饱和"),
        ("na_503_no_channel", "code model_not_found 当前分组"),
        ("ta_200_success_false", "code -1 并发数已达上限"),
        ("action_unknown_customid", "Invalid request, unknown_action"),
    ],
)
def test_a_refused_submit_says_the_relays_reason(name: str, said: str) -> None:
    body = read_body(CASES[name].answer().body)

    assert body.names == ()
    assert [each.reason for each in body.refused] == [FeedReason.NOT_ACCEPTED]
    assert body.refused[0].message.startswith("the relay did not accept the task: ")
    assert said in body.refused[0].message


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", FeedReason.EMPTY),
        (b" \n", FeedReason.EMPTY),
        (b"<html><body>502 Bad Gateway 12345678</body></html>", FeedReason.NOT_AN_ID),
        (b"../../etc/passwd", FeedReason.NOT_AN_ID),
        (b"for=ann", FeedReason.EMPTY),
        (b"ids=", FeedReason.EMPTY),
        (b"ids=%2e%2e%2f", FeedReason.NOT_AN_ID),
        (b"ids=" + b"&a=1" * 300, FeedReason.NOT_AN_ID),
        (
            b"--d74496d66958873e\r\nContent-Disposition: form-data\r\n\r\n12345678\r\n",
            FeedReason.NOT_AN_ID,
        ),
        (b'{"ids": ["1"]} and then a word', FeedReason.NOT_AN_ID),
        (b"null", FeedReason.NOT_AN_ID),
        (b"\xff\xfe\x00", FeedReason.NOT_AN_ID),
        (b'{"ids": ', FeedReason.NOT_AN_ID),
        (b'{"ids": []', FeedReason.NOT_AN_ID),
        (b'{"ids": [null]}', FeedReason.NOT_AN_ID),
        (b'{"ids": [1.5]}', FeedReason.NOT_AN_ID),
        (b'{"ids": [1.05e1]}', FeedReason.NOT_AN_ID),
        (b'{"ids": [1e999999999]}', FeedReason.NOT_AN_ID),
        (b'{"ids": [NaN]}', FeedReason.NOT_AN_ID),
        (b'{"ids": [""]}', FeedReason.NOT_AN_ID),
        (b'{"ids": [[[["a1"]]]]}', FeedReason.NOT_AN_ID),
        (b"[" * 100_000, FeedReason.NOT_AN_ID),
        (b"9" * 100_000, FeedReason.NOT_AN_ID),
        (b'{"ids": [' + b"9" * 100_000 + b"]}", FeedReason.NOT_AN_ID),
        (b"{}", FeedReason.NOT_AN_ID),
        (b'{"id": null, "status": "SUCCESS"}', FeedReason.NOT_AN_ID),
        (b'{"code":1,"result":null}', FeedReason.NOT_ACCEPTED),
        (b'{"code":1,"result":["https://c.example/a.png"]}', FeedReason.NOT_AN_ID),
        (b"curl -H 'Authorization: Bearer sk-abcdefgh12'", FeedReason.NOT_AN_ID),
    ],
)
def test_what_names_no_task_has_a_reason(body: bytes, reason: FeedReason) -> None:
    assert ids(body) == []
    assert reasons(body) == [reason]


def test_an_empty_list_is_nothing() -> None:
    assert reasons(b'{"ids": []}') == [FeedReason.EMPTY]


def test_a_sentence_names_no_tasks() -> None:
    assert ids(b"upstream said no to task1767225600000123") == ["task1767225600000123"]
    assert ids(b"no such user") == []


def test_a_pasted_call_is_read_as_its_id_and_the_key_is_nowhere() -> None:
    body = read_body(
        f"curl https://r.example/mj/task/{A}/fetch -H 'Authorization: Bearer sk-Ab12Cd34'".encode()
    )

    assert [str(name) for name in body.names] == [A]
    assert "Ab12" not in str(body)


def test_the_reason_repeats_no_key() -> None:
    body = read_body(b'{"code":4,"description":"bad key sk-Ab12Cd34Ef","result":null}')

    assert "Ab12" not in body.refused[0].message


def test_too_many_ids_are_counted() -> None:
    body = read_body(" ".join(f"id{n}" for n in range(IDS_LIMIT + 7)).encode())

    assert len(body.names) == IDS_LIMIT
    assert [(each.text, each.reason) for each in body.refused] == [
        ("7", FeedReason.TOO_MANY)
    ]


@pytest.mark.parametrize("body", [b"a1 " * 1001, b'{"ids": "' + b"a1 " * 1001 + b'"}'])
def test_reading_ends_somewhere(body: bytes) -> None:
    assert ids(body) == ["a1"]
    assert reasons(body) == [FeedReason.TOO_MANY]


@pytest.mark.parametrize(
    "body", ['"{}"', '{{"ids": ["{}"]}}', '{{"result": "{}"}}', "{}"]
)
def test_a_key_is_no_id_and_is_not_repeated(body: str) -> None:
    key = "sk-1234567890abcdef1234567890"

    read = read_body(body.format(key).encode())

    assert read.names == ()
    assert reasons(body.format(key).encode()) == [FeedReason.NOT_AN_ID]
    assert "123456" not in read.refused[0].text


def test_what_is_refused_is_not_listed_for_ever() -> None:
    assert len(reasons(b"?! " * 500)) == REFUSED_LIMIT


@pytest.mark.parametrize(
    ("value", "whom"),
    [
        ("123456789", Whom(id="123456789")),
        ("<@123>", Whom(id="123")),
        ("<@!123>", Whom(id="123")),
        ("@ana", Whom(name="ana")),
        ("Ana", Whom(name="Ana")),
        ("", None),
        (None, None),
        (["@ana"], None),
        ("@everyone @here", None),
        ("a" * 65, None),
        ("a\u202eb", None),
    ],
)
def test_whom_to_mention(value: object, whom: Whom | None) -> None:
    assert read_whom(value) == whom


def test_for_is_read_beside_ids_and_not_in_a_hook() -> None:
    asked = read_body(json.dumps({"ids": [A], "for": 123456}).encode())
    hook = read_body(json.dumps({"id": A, "status": "X", "for": "@ana"}).encode())

    assert asked.whom == Whom(id="123456")
    assert hook.whom is None


def feed(state_prefix: str = "", action: str = "") -> Feed:
    return Feed(
        id=FeedId(1),
        name="feed1",
        destination=CHAT,
        person=ANN,
        state_prefix=state_prefix,
        action=action,
        created_at=datetime(2026, 11, 22, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("wish", "wanted"),
    [
        (feed(), True),
        (feed(state_prefix="team-a"), True),
        (feed(state_prefix="team-b"), False),
        (feed(action="IMAGINE"), True),
        (feed(action="VIDEO"), False),
        (feed(state_prefix="team-a", action="VIDEO"), False),
    ],
)
def test_a_filter_chooses_by_state_and_action(wish: Feed, wanted: bool) -> None:
    task = Snapshot(
        task_id=TaskId(A), state=State.RUNNING, action="imagine", custom_state="team-a7"
    )

    assert wish.wants(task) is wanted


def test_a_token_and_its_digest_are_a_promise() -> None:
    """From the first release with feeds: these must never change."""
    token = "kJ3v-0Xw_9yQ2mB7sT5uN8rL4pH6dF1aC0eG3iK5oM7"

    assert TOKEN.fullmatch(token)
    assert digest_of(token) == DIGEST


def test_a_form_names_whom_to_mention() -> None:
    assert read_body(f"ids={A}&for=%40ann".encode()).whom == Whom(name="ann")


def test_more_values_than_are_read_are_counted() -> None:
    body = read_body(b"[1]" * 1_002)

    assert (len(body.names), body.refused[-1].reason) == (1, FeedReason.TOO_MANY)
