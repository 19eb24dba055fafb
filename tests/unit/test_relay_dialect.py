"""What a relay's answer means, beyond the wire cases."""

import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from bot.domain.look import Trouble
from bot.domain.task import TaskId
from bot.relay.batch import Batch
from bot.relay.dialect import Rows, read_list, read_seed, read_task
from bot.relay.families import Family, family_of
from bot.relay.reply import Miss, Problem, Reply

AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
TASK: Final = {"id": "1", "status": "SUCCESS", "progress": "100%"}
ONE: Final = TaskId("1")


def reply(status: int, told: object = "", **headers: str) -> Reply:
    body = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status=status, headers=named, body=body.encode(), at=AT)


def error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "new_api_error"}}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, ""),
        (200, " \n"),
        (200, "null"),
        (204, ""),
        (400, {"description": "task_no_found ", "type": "upstream_error", "code": 4}),
        (400, {"error": "midjourney_task_not_found"}),
        (200, {"code": 3, "description": "关联任务不存在或已失效", "result": None}),
        (404, error("task not found")),
        (404, {"code": 404, "message": "任务不存在"}),
        (404, error("Task 123 does not exist")),
        (404, "task not found"),
        (404, {"code": 4041, "message": "no record of it"}),
        (410, error("task expired")),
        (400, {"error": {"message": "", "code": "task_not_exist"}}),
    ],
)
def test_the_id_is_unknown(status: int, told: object) -> None:
    assert read_task(reply(status, told)) == Miss()


@pytest.mark.parametrize(
    ("status", "told", "trouble"),
    [
        (200, "<!doctype html>", Trouble.WRONG_PATH),
        (200, "\ufeff <html>", Trouble.WRONG_PATH),
        (200, "[1,", Trouble.BROKEN),
        (200, "ok", Trouble.BROKEN),
        (200, {}, Trouble.BROKEN),
        (200, {"status": "error", "message": "x"}, Trouble.BROKEN),
        (200, {"success": False, "message": "并发数已达上限"}, Trouble.BUSY),
        (200, {"success": False, "message": "账户余额不足"}, Trouble.QUOTA),
        (404, {"error": {"message": ""}}, Trouble.WRONG_PATH),
        (301, "", Trouble.WRONG_PATH),
        (400, {"description": "do_request_failed ", "code": 5}, Trouble.BROKEN),
        (400, {"description": "quota_not_enough ", "code": 4}, Trouble.QUOTA),
        (400, {"description": "负载已饱和", "code": 30}, Trouble.BUSY),
        (401, "", Trouble.BAD_KEY),
        (401, error("该令牌额度已用尽"), Trouble.QUOTA),
        (401, "Invalid token.", Trouble.BAD_KEY),
        (402, "", Trouble.QUOTA),
        (403, "", Trouble.EDGE),
        (403, "<html>", Trouble.EDGE),
        (403, error("no"), Trouble.FORBIDDEN),
        (403, error("用户已被封禁"), Trouble.BANNED),
        (404, "", Trouble.WRONG_PATH),
        (404, "404 page not found", Trouble.WRONG_PATH),
        (404, "<html>task not found", Trouble.WRONG_PATH),
        (404, {"detail": "Not Found"}, Trouble.WRONG_PATH),
        (404, error("Invalid URL (GET /mj/task/1/fetch)"), Trouble.WRONG_PATH),
        (404, error("The model `mj` does not exist"), Trouble.WRONG_PATH),
        (405, "", Trouble.WRONG_PATH),
        (413, "", Trouble.TOO_LARGE),
        (429, "", Trouble.BUSY),
        (500, error("task not found"), Trouble.BROKEN),
        (503, error("quota"), Trouble.BROKEN),
    ],
)
def test_a_problem_and_no_verdict(status: int, told: object, trouble: Trouble) -> None:
    found = read_task(reply(status, told))

    assert isinstance(found, Problem)
    assert found.trouble is trouble


@pytest.mark.parametrize(
    "told",
    [
        TASK,
        [TASK],
        {"code": 1, "description": "ok", "result": TASK},
        {"code": 200, "msg": "ok", "data": {"list": [TASK]}},
    ],
)
def test_a_task_in_a_wrapper_is_found(told: object) -> None:
    assert read_task(reply(200, told)) == TASK


def test_half_a_character_does_not_lose_the_task() -> None:
    found = read_task(reply(200, '{"id":"1","status":"SUCCESS","prompt":"\\ud83d"}'))

    assert found == {"id": "1", "status": "SUCCESS", "prompt": "\ufffd"}


@pytest.mark.parametrize(
    ("headers", "told", "seconds"),
    [
        ({"retry_after": "7"}, "", 7.0),
        ({"retry_after": "0"}, "", 0.0),
        ({"retry_after": "Thu, 01 Jan 2026 00:00:30 GMT"}, "", 30.0),
        ({"retry_after": "soon"}, "", None),
        ({"retry_after": "1e99"}, "", 3600.0),
        ({}, {"retryAfter": 30}, 30.0),
        ({}, {"error": {"retry_after": "5"}}, 5.0),
        ({}, {"retryAfter": -1}, None),
    ],
)
def test_a_wait_that_is_asked_for(
    headers: dict[str, str], told: object, seconds: float | None
) -> None:
    found = read_task(reply(429, told, **headers))

    assert isinstance(found, Problem)
    assert found.after_seconds == seconds


@pytest.mark.parametrize(
    "told",
    [
        [TASK],
        [None, "x", TASK],
        {"code": 1, "result": [TASK]},
        {"data": {"items": [TASK]}},
        {"code": "1", "result": [TASK]},
        {"code": 1, "result": TASK},
        [{**TASK, "id": 1}],
        [{"id": 1}, TASK],
    ],
)
def test_a_list_in_any_dress_is_read(told: object) -> None:
    found = read_list(reply(200, told))
    batch = Batch()

    assert isinstance(found, Rows)
    batch.add_page(found, [ONE], {})
    assert [probe.task_id for probe in batch.probes] == [ONE]
    assert batch.snapshot(ONE).progress == 100


@pytest.mark.parametrize(
    "told",
    ["", "[1,", '["x"]', [{"error": "x"}], {"success": False, "data": []}, {}, "7"],
)
def test_a_list_that_is_none_is_no_miss(told: object) -> None:
    found = read_list(reply(200, told))

    assert isinstance(found, Problem)


def test_an_empty_list_in_an_envelope_that_says_good_is_a_list() -> None:
    for code in (0, 1, "1", 200):
        assert read_list(reply(200, {"code": code, "data": []})) == Rows(
            probes=[], objects=[]
        )
    assert isinstance(read_list(reply(200, {"code": "-7", "data": []})), Problem)


def test_an_answer_that_was_too_long_to_read_is_no_verdict() -> None:
    cut = Reply(status=200, body=b"[", cut=True, at=AT)

    for found in (read_task(cut), read_list(cut), read_seed(cut)):
        assert isinstance(found, Problem)
        assert found.trouble is Trouble.TOO_LARGE
    many = read_list(cut)
    assert isinstance(many, Problem)
    assert many.splits  # half as many ids may fit


@pytest.mark.parametrize(
    ("body", "family"),
    [
        ("", Family.EMPTY),
        ("null", Family.NULL),
        ("<html>", Family.PAGE),
        ("no", Family.TEXT),
        ("[]", Family.LIST),
        ("7", Family.OTHER),
        (json.dumps(TASK), Family.TASK),
    ],
)
def test_an_answers_envelope_has_a_name(body: str, family: Family) -> None:
    assert family_of(reply(200, body)) is family


def test_half_a_character_does_not_lose_a_list() -> None:
    text = '[{"id":"1","status":"SUCCESS","progress":"100%","prompt":"\\ud83d"}]'
    batch = Batch()

    found = read_list(reply(200, text))

    assert isinstance(found, Rows)
    batch.add_page(found, [ONE], {})
    assert batch.snapshot(ONE).prompt == "\ufffd"


@pytest.mark.parametrize("status", [400, 413])
def test_fewer_ids_may_be_answered(status: int) -> None:
    found = read_list(reply(status, {"code": 4, "description": "do_request_failed"}))

    assert isinstance(found, Problem)
    assert found.splits


@pytest.mark.parametrize(
    ("told", "seed"),
    [
        ({"code": 1, "result": "123"}, "123"),
        ({"code": 1, "result": 123}, "123"),
        ({"code": 1, "result": {"seed": 123}}, "123"),
        ("123", "123"),
    ],
)
def test_a_seed(told: object, seed: str) -> None:
    assert read_seed(reply(200, told)) == seed


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("<html>", Trouble.WRONG_PATH),
        ({"code": 4, "description": "任务不存在"}, None),
        ({"success": False, "message": "task_no_seed"}, Trouble.NO_SEED),
    ],
)
def test_no_seed_and_why(told: object, found: Trouble | None) -> None:
    seen = read_seed(reply(200, told))

    assert seen == Miss() if found is None else isinstance(seen, Problem)
    assert getattr(seen, "trouble", None) is found


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, ""),
        (200, {"code": 1, "result": ""}),
        (200, {"code": 1, "result": "soon"}),
        (200, {"code": 1, "result": True}),
        (400, {"code": 4, "description": "关联任务状态错误"}),
        (400, {"code": 5, "description": "unmarshal_response_body_failed"}),
    ],
)
def test_a_seed_that_is_not_there(status: int, told: object) -> None:
    found = read_seed(reply(status, told))

    assert isinstance(found, Problem)
    assert found.trouble is Trouble.NO_SEED
