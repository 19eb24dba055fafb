"""The fake relay answers as the real servers do, and as it is told."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.fakes.relay import ABSENT, CASES, KINDS, PAGES, RUNNING, SAMPLES, FakeRelay
from tests.fakes.relay.asking import fetch, get, listed
from tests.fakes.relay.kinds import Auth

ROOT = Path(__file__).parents[3]
SERVABLE = [n for n, case in CASES.items() if not case.endpoint.startswith("POST <")]


async def test_a_script_runs_and_its_last_state_repeats(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.says("1", status="IN_PROGRESS", progress="40%")
    relay.says("1", status="SUCCESS")

    seen = [await fetch(http, relay, "1") for _ in range(3)]

    assert [each["progress"] for each in seen] == ["40%", "100%", "100%"]
    assert seen[2]["imageUrl"] == relay.image_url("1")
    assert len(seen[2]["buttons"]) == 9


async def test_a_held_state_waits_to_be_advanced(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.says("1", status="IN_PROGRESS", hold=True)
    relay.says("1", status="CANCEL")

    before = [await fetch(http, relay, "1") for _ in range(2)]
    relay.advance("1")

    assert [each["status"] for each in before] == ["IN_PROGRESS"] * 2
    assert (await fetch(http, relay, "1"))["status"] == "CANCEL"


async def test_a_list_advances_the_same_script(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.task("2")
    relay.says("1", status="SUBMITTED")
    relay.says("1", status="SUCCESS")

    first = await listed(http, relay, "1", "2", "none")

    assert {each["id"]: each["status"] for each in first} == {
        "1": "SUBMITTED",
        "2": "IN_PROGRESS",
    }
    assert (await fetch(http, relay, "1"))["status"] == "SUCCESS"
    assert await listed(http, relay) == []


async def test_a_state_can_be_an_error_or_lack_a_field(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.says("1", http=503, body="down")
    relay.says("1", buttons=ABSENT, status="SUCCESS")

    url = f"{relay.url}/mj/task/1/fetch"

    assert await get(http, url) == (503, b"down")
    assert "buttons" not in await fetch(http, relay, "1")


async def test_lists_can_be_slim_or_missing(http: aiohttp.ClientSession) -> None:
    async with FakeRelay(kind="crazyrouter", auth="none") as relay:
        relay.task("task_1")

        slim = await listed(http, relay, "task_1")
        relay.listing = "404"
        async with http.post(f"{relay.url}/mj/task/list-by-condition") as answer:
            gone = answer.status

    assert set(slim[0]) == {"id", "action", "status", "progress", "imageUrl"}
    assert gone == 404


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("crazyrouter", 404, b"task not found"),
        ("newapi", 400, b"task_no_found "),
        ("onehub", 400, b"task_no_found "),
        ("novicezk", 200, b""),
        ("trueai", 204, b""),
    ],
)
async def test_each_kind_has_its_own_unknown_id(
    http: aiohttp.ClientSession, kind: str, status: int, body: bytes
) -> None:
    async with FakeRelay(kind=kind, auth="none") as relay:
        answered = await get(http, f"{relay.url}/mj/task/0/fetch")

    assert answered[0] == status
    assert body in answered[1]


@pytest.mark.parametrize(
    ("auth", "bearer", "secret", "both"),
    [
        ("bearer", 200, 401, 200),
        ("mj-api-secret", 401, 200, 200),
        ("either", 200, 200, 200),
        ("verbatim", 401, 200, 401),
        ("both-refused", 200, 200, 401),
        ("refused", 401, 401, 401),
        ("none", 200, 200, 200),
    ],
)
async def test_keys_are_read_as_the_server_reads_them(
    http: aiohttp.ClientSession, auth: Auth, bearer: int, secret: int, both: int
) -> None:
    async with FakeRelay(auth=auth) as relay:
        relay.task("1")
        url = f"{relay.url}/mj/task/1/fetch"
        one, other = (
            {"Authorization": f"Bearer {relay.key}"},
            {"mj-api-secret": relay.key},
        )

        statuses = [
            (await get(http, url, **headers))[0]
            for headers in (one, other, {**one, **other})
        ]

    assert statuses == [bearer, secret, both]


async def test_a_task_is_seen_by_the_key_that_submitted_it_alone(
    http: aiohttp.ClientSession,
) -> None:
    async with FakeRelay(kind="newapi", keys=("sk-a", "sk-b")) as relay:
        relay.task("1", owner="sk-a")
        url = f"{relay.url}/mj/task/1/fetch"

        own = await get(http, url, Authorization="Bearer sk-a")
        foreign = await get(http, url, Authorization="Bearer sk-b")

    assert (own[0], foreign[0]) == (200, 400)


@pytest.mark.parametrize("name", SERVABLE)
async def test_a_case_is_served_letter_for_letter(
    http: aiohttp.ClientSession, relay: FakeRelay, name: str
) -> None:
    case = CASES[name]
    task_id = relay.serves(case)

    method, path = case.target(task_id)
    url = relay.cdn_url + "/x.png" if path == "<cdn>" else relay.url + path
    async with http.request(method, url, allow_redirects=False) as answer:
        body = await answer.read()

    assert answer.status == case.http_status
    assert body == case.answer().body
    assert case.headers.items() <= dict(answer.headers).items()


async def test_requests_are_kept_with_what_they_asked(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.task("1")

    await listed(http, relay, "1", "2")
    await get(http, f"{relay.url}/mj/task/1/fetch?x=1", Authorization="Bearer k")

    first, second = relay.requests
    assert (first.route, first.ids, first.json) == (
        "list",
        ("1", "2"),
        {"ids": ["1", "2"]},
    )
    assert (second.query, second.key_styles) == ({"x": "1"}, ("authorization",))
    assert (relay.count("list"), relay.count(task_id="1")) == (1, 2)


async def test_unknown_paths_modes_and_prefixes(http: aiohttp.ClientSession) -> None:
    async with FakeRelay(kind="newapi", auth="none", prefix="/v2/mj") as relay:
        relay.task("1")

        bare = (await get(http, f"{relay.url}/v2/mj/task/1/fetch"))[1]
        mode = (await get(http, f"{relay.url}/mj-fast/mj/task/1/fetch"))[1]
        page = await get(http, f"{relay.url}/wrong")

    assert bare[:1] == mode[:1] == b"{"
    assert page[0] == 200
    assert page[1].startswith(b"<!doctype")


async def test_an_answer_can_have_another_id_than_the_one_asked_for(
    http: aiohttp.ClientSession,
) -> None:
    async with FakeRelay(kind="quickrouter") as relay:
        relay.task("1", status="SUCCESS")

        single = await fetch(http, relay, "1")
        rows = await listed(http, relay, "1")

    assert (single["id"], rows[0]["id"]) == ("91", "1")


async def test_an_image_address_follows_the_prefix(
    http: aiohttp.ClientSession,
) -> None:
    async with FakeRelay(kind="newapi", auth="none", prefix="/v2/mj") as relay:
        relay.task("1", status="SUCCESS")

        shown = await fetch(http, relay, "1")

        assert shown["imageUrl"] == relay.image_url("1")
        assert (await get(http, shown["imageUrl"]))[0] == 200


def test_a_call_to_the_client_is_not_served() -> None:
    with pytest.raises(ValueError, match="not a relay's answer"):
        FakeRelay().serves("hook_out_of_order")


async def test_a_submit_makes_a_task_of_that_key(http: aiohttp.ClientSession) -> None:
    async with FakeRelay(kind="crazyrouter") as relay:
        url = f"{relay.url}/mj/submit/imagine"
        key = {"Authorization": f"Bearer {relay.key}"}
        async with http.post(url, json={"prompt": "a boat"}, headers=key) as answer:
            made = await answer.json(content_type=None)

        assert made["code"] == 1
        assert relay.tasks[made["result"]].owner == relay.key


async def test_a_seed_is_there_when_the_task_is_done(
    http: aiohttp.ClientSession, relay: FakeRelay
) -> None:
    relay.task("1")
    url = f"{relay.url}/mj/task/1/image-seed"

    early = json.loads((await get(http, url))[1])
    relay.becomes("1", status="SUCCESS")
    relay.tasks["1"].seed = "42"
    late = json.loads((await get(http, url))[1])

    assert (early["code"], late["result"]) == (0, "42")


@pytest.mark.parametrize("kind", list(KINDS))
async def test_every_kind_runs_fails_and_finishes(
    http: aiohttp.ClientSession, kind: str
) -> None:
    async with FakeRelay(kind=kind, auth="none") as relay:
        states = ("SUBMITTED", "IN_PROGRESS", "FAILURE", "SUCCESS")
        relay.says("1", status="SUBMITTED")
        relay.says("1", status="IN_PROGRESS")
        relay.says("1", status="FAILURE")
        relay.says("1", status="SUCCESS")

        shown = [await fetch(http, relay, "1") for _ in states]

    assert [each["status"] for each in shown] == list(states)
    assert shown[2]["progress"] == KINDS[kind].failed_progress
    assert shown[3]["imageUrl"].startswith("http://127.0.0.1:")
    assert shown[0]["imageUrl"] in ("", None)


def test_samples_show_each_page_with_its_oddities() -> None:
    crazy, quick, geek, dmx = (SAMPLES[page] for page in PAGES)

    assert all(b["emoji"] == b["label"] and "type" not in b for b in crazy["buttons"])
    assert {"customId", "botType", "maskBase64", "state"} <= set(quick)
    assert quick["imageUrl"].endswith("&")
    assert (geek["buttons"], geek["finishTime"]) == (None, 0)
    assert "<@" in dmx["properties"]["messageContent"]
    assert (dmx["imageHeight"], dmx["imageWidth"]) == (0, 0)
    assert {RUNNING[page]["status"] for page in PAGES} == {"IN_PROGRESS"}


async def test_it_runs_as_a_process_with_a_control_api(
    http: aiohttp.ClientSession,
) -> None:
    command = (sys.executable, "-m", "tests.fakes.relay", "--hold")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    where = json.loads(await process.stdout.readline())
    url, key = where["url"], {"Authorization": f"Bearer {where['key']}"}
    script = [
        {"do": "task", "task_id": "1", "prompt": "a boat"},
        {"do": "says", "task_id": "1", "status": "SUCCESS"},
        {"do": "advance", "task_id": "1"},
        {"do": "fault", "route": "list", "http": 503},
    ]

    async with http.post(f"{url}/_control/script", json=script) as answer:
        done = answer.status
    async with http.post(f"{url}/_control/nonsense", json={}) as answer:
        refused = answer.status
    task = json.loads((await get(http, f"{url}/mj/task/1/fetch", **key))[1])
    log = json.loads((await get(http, f"{url}/_control/requests"))[1])
    process.send_signal(signal.SIGTERM)

    assert (done, refused, await process.wait()) == (200, 400, 0)
    assert (task["status"], task["prompt"]) == ("SUCCESS", "a boat")
    assert [(seen["route"], seen["ids"]) for seen in log] == [("fetch", ["1"])]
