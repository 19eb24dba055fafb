"""Each simulated relay over loopback: routes, states, list, seed, pictures, submits."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from PIL import Image

from bot.demo import KINDS, SHOWCASE, Simulator, open_simulator
from bot.demo.client import imagine_on
from bot.domain.look import Seen, Unknown
from bot.domain.task import RelayName, Snapshot, State, TaskId
from bot.relay import Batch, RelayClient, RelayOptions, open_relays
from tests.fakes.clock import MovedClock

STATES = {
    2: State.PENDING,
    3: State.PENDING,
    4: State.RUNNING,
    5: State.FAILED,
    6: State.CANCELLED,
    7: State.NEEDS_INPUT,
    8: State.RUNNING,
    16: State.PENDING,
}
TEXTS = {12, 13}
GRID, ALBUM, FILM, UPSCALE = 1, 10, 11, 9


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(params=list(KINDS))
async def simulator(
    request: pytest.FixtureRequest, clock: MovedClock
) -> AsyncIterator[Simulator]:
    async with open_simulator(kind=request.param, clock=clock, seed=7) as opened:
        yield opened


@pytest.fixture
async def http(simulator: Simulator) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(simulator.url) as session:
        yield session


@pytest.fixture
async def client(simulator: Simulator, clock: MovedClock) -> AsyncIterator[RelayClient]:
    options = RelayOptions(name=RelayName("demo"), hosts=(simulator.url,))
    async with AsyncExitStack() as stack:
        relays = await stack.enter_async_context(open_relays([options], clock=clock))
        yield relays.default


def id_of(simulator: Simulator, number: int) -> TaskId:
    found = next(i for i, _ in simulator.showcase if i.endswith(f"{number:03d}"))
    return TaskId(found)


async def fetched(http: aiohttp.ClientSession, task_id: str) -> dict[str, Any]:
    async with http.get(f"/mj/task/{task_id}/fetch") as answer:
        shown: dict[str, Any] = await answer.json()
    return shown


async def submitted(http: aiohttp.ClientSession, path: str, **body: str) -> str:
    async with http.post(f"/mj/submit/{path}", json=body) as answer:
        shown = await answer.json(content_type=None)
    assert shown["code"] == 1, shown
    return str(shown["result"])


async def snapshot_of(client: RelayClient, task_id: str) -> Snapshot:
    look = await client.fetch(TaskId(task_id))
    assert isinstance(look, Seen)
    return look.snapshot


@pytest.mark.parametrize("number", [each.number for each in SHOWCASE])
async def test_the_product_understands_every_ready_made_task(
    simulator: Simulator, client: RelayClient, number: int
) -> None:
    look = await client.fetch(id_of(simulator, number))

    assert isinstance(look, Seen)
    assert look.snapshot.state is STATES.get(number, State.SUCCEEDED)
    assert bool(look.snapshot.buttons) is look.snapshot.state.terminal & (
        look.snapshot.state is State.SUCCEEDED
    )
    assert bool(look.snapshot.fail_reason) is (look.snapshot.state is State.FAILED)


async def test_the_product_understands_the_list(
    simulator: Simulator, client: RelayClient
) -> None:
    ids = [TaskId(task_id) for task_id, _ in simulator.showcase]

    batch = await client.fetch_many(ids)

    assert isinstance(batch, Batch)
    assert sorted(probe.id for probe in batch.probes) == sorted(ids)
    assert batch.snapshot(ids[0]).state is State.SUCCEEDED


async def test_the_product_is_told_that_an_id_is_unknown(client: RelayClient) -> None:
    look = await client.fetch(TaskId("task_4711"))

    assert isinstance(look, Unknown)


async def test_a_seed_is_told_of_what_is_finished(
    simulator: Simulator, client: RelayClient
) -> None:
    seed = await client.seed(id_of(simulator, GRID))
    early = await client.seed(id_of(simulator, 3))

    assert isinstance(seed, str)
    assert seed.isdigit()
    assert not isinstance(early, str)


async def test_an_unknown_id_has_no_seed(http: aiohttp.ClientSession) -> None:
    async with http.get("/mj/task/task_4711/image-seed") as answer:
        shown = await answer.json()

    assert (answer.status, shown["description"]) == (400, "task_no_found ")


@pytest.mark.parametrize("number", [GRID, UPSCALE, 14, 15])
async def test_a_finished_picture_can_be_had_and_decoded(
    simulator: Simulator, http: aiohttp.ClientSession, number: int
) -> None:
    shown = await fetched(http, id_of(simulator, number))

    async with http.get(shown["imageUrl"]) as answer:
        body = await answer.read()

    with Image.open(BytesIO(body)) as picture:
        picture.load()
    assert picture.size == (1024, 1024)
    assert answer.content_type == f"image/{str(picture.format).lower()}"


async def test_the_image_route_is_as_that_relay_has_it(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    path = f"/mj/image/{id_of(simulator, GRID)}"
    async with http.get(path, allow_redirects=False) as answer:
        got = (answer.status, answer.content_type.split("/")[0])

    expected = {"geeknow": (302, "application"), "dmxapi": (200, "text")}
    assert got == expected.get(simulator.kind, (200, "image"))


async def test_there_is_no_picture_before_there_is_one(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    known, unknown = f"/mj/image/{id_of(simulator, 3)}", "/mj/image/task_4711"
    statuses = [(await http.get(path)).status for path in (known, unknown)]

    assert statuses == ([200, 200] if simulator.kind == "dmxapi" else [500, 400])


async def test_an_album_has_four_pictures(
    simulator: Simulator, client: RelayClient, http: aiohttp.ClientSession
) -> None:
    look = await client.fetch(id_of(simulator, ALBUM))
    assert isinstance(look, Seen)

    bodies = {await (await http.get(u)).read() for u in look.snapshot.image_urls}

    assert len(bodies) == 4


async def test_a_video_is_a_film(
    simulator: Simulator, client: RelayClient, http: aiohttp.ClientSession
) -> None:
    look = await client.fetch(id_of(simulator, FILM))
    assert isinstance(look, Seen)

    async with http.get(look.snapshot.video_urls[0]) as answer:
        body = await answer.read()

    assert (answer.content_type, body[4:8]) == ("video/mp4", b"ftyp")


async def test_a_file_that_is_none_is_gone(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    place = f"/cdn/attachments/{id_of(simulator, GRID)}"
    paths = [f"{place}/0.mp4", f"{place}/9.png", "/cdn/attachments/none/0.png"]

    statuses = [(await http.get(path)).status for path in paths]

    assert statuses == [404, 404, 404]


async def test_a_submitted_prompt_is_watched_to_its_picture(
    client: RelayClient, clock: MovedClock, http: aiohttp.ClientSession
) -> None:
    task_id = await submitted(http, "imagine", prompt="a boat", state="mine")

    early = await snapshot_of(client, task_id)
    clock.move(40)
    done = await snapshot_of(client, task_id)

    assert early.state is State.PENDING
    assert (done.state, len(done.buttons)) == (State.SUCCEEDED, 9)
    assert done.image_url


async def test_the_chat_pages_own_prompt_is_submitted_as_any(
    simulator: Simulator, client: RelayClient
) -> None:
    imagine = imagine_on(simulator.url, simulator.prefix)

    seen = await snapshot_of(client, await imagine("a boat"))

    assert seen.prompt == "a boat"


async def test_a_button_makes_a_child(
    simulator: Simulator,
    client: RelayClient,
    clock: MovedClock,
    http: aiohttp.ClientSession,
) -> None:
    parent = await fetched(http, id_of(simulator, GRID))
    pressed = parent["buttons"][1]["customId"]

    child = await submitted(
        http, "action", taskId=id_of(simulator, GRID), customId=pressed
    )
    clock.move(40)
    look = await client.fetch(TaskId(child))

    assert isinstance(look, Seen)
    assert (look.snapshot.action, len(look.snapshot.buttons)) == ("UPSCALE", 15)


async def test_a_custom_zoom_waits_for_words_and_runs_on(
    simulator: Simulator,
    client: RelayClient,
    clock: MovedClock,
    http: aiohttp.ClientSession,
) -> None:
    parent = await fetched(http, id_of(simulator, UPSCALE))
    zoom = next(
        b["customId"] for b in parent["buttons"] if "CustomZoom" in b["customId"]
    )
    child = TaskId(
        await submitted(http, "action", taskId=id_of(simulator, UPSCALE), customId=zoom)
    )
    clock.move(60)
    waiting = await client.fetch(child)

    same = await submitted(http, "modal", taskId=child, prompt="wider")
    clock.move(60)
    done = await client.fetch(child)

    assert same == child
    assert isinstance(waiting, Seen)
    assert isinstance(done, Seen)
    assert waiting.snapshot.state is State.NEEDS_INPUT
    assert (done.snapshot.state, done.snapshot.prompt) == (State.SUCCEEDED, "wider")


@pytest.mark.parametrize("action", ["describe", "shorten"])
async def test_text_actions_end_with_text(
    client: RelayClient, clock: MovedClock, http: aiohttp.ClientSession, action: str
) -> None:
    task_id = await submitted(http, action, prompt="a boat on a lake")
    clock.move(60)

    look = await client.fetch(TaskId(task_id))

    assert isinstance(look, Seen)
    assert look.snapshot.action == action.upper()
    assert (look.snapshot.image_url, bool(look.snapshot.prompt)) == (None, True)


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("imagine", b"{}", "prompt_is_required"),
        ("imagine", b"[", "prompt_is_required"),
        ("imagine", b"\xff", "prompt_is_required"),
        ("shorten", b'{"prompt": 7}', "prompt_is_required"),
        ("action", b'{"taskId": "none"}', "task_not_found"),
        ("modal", b'{"taskId": 1}', "task_not_found"),
    ],
)
async def test_a_bad_submit_is_refused(
    http: aiohttp.ClientSession, path: str, body: bytes, reason: str
) -> None:
    async with http.post(f"/mj/submit/{path}", data=body) as answer:
        shown = await answer.json()

    assert (answer.status, shown["description"].strip()) == (400, reason)


@pytest.mark.parametrize(
    ("number", "custom_id", "reason"),
    [
        (3, "x", "task_status_not_success"),
        (GRID, "", "custom_id_is_required"),
        (GRID, "MJ::JOB::upsample::1::other", "unknown_action"),
        (FILM, "MJ::BOOKMARK::x", "unknown_action"),
    ],
)
async def test_a_press_that_cannot_be_is_refused(
    simulator: Simulator,
    http: aiohttp.ClientSession,
    number: int,
    custom_id: str,
    reason: str,
) -> None:
    body = {"taskId": id_of(simulator, number), "customId": custom_id}

    async with http.post("/mj/submit/action", json=body) as answer:
        shown = await answer.json()

    assert shown["description"].startswith(reason)


async def test_words_for_a_task_that_waits_for_none_are_refused(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    body = {"taskId": id_of(simulator, GRID), "prompt": "wider"}

    async with http.post("/mj/submit/modal", json=body) as answer:
        shown = await answer.json(content_type=None)

    assert shown["code"] == 4


async def test_ids_that_are_no_text_are_refused(http: aiohttp.ClientSession) -> None:
    async with http.post("/mj/task/list-by-condition", json={"ids": [1]}) as answer:
        shown = await answer.json()

    assert (answer.status, shown["description"]) == (400, "do_request_failed ")


async def test_unknown_ids_are_left_out_of_a_list(
    http: aiohttp.ClientSession,
) -> None:
    async with http.post("/mj/task/list-by-condition", json={"ids": ["x"]}) as answer:
        shown = await answer.json()

    assert shown == []


async def test_only_crazyrouters_list_is_slim(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    ids = {"ids": [id_of(simulator, GRID)]}

    async with http.post("/mj/task/list-by-condition", json=ids) as answer:
        (row,) = await answer.json()

    assert ("buttons" in row) is (simulator.kind != "crazyrouter")


async def test_an_unknown_route_is_answered_as_there(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    paths = ["/mj/nothing", "/mj/submit/dance"]
    statuses = [(await http.post(path, json={})).status for path in paths]

    assert statuses == [404 if simulator.kind == "crazyrouter" else 200] * 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer sk-demo"}, 200),
        ({"mj-api-secret": "sk-demo"}, 200),
    ],
)
async def test_a_key_that_is_set_is_asked_for(
    headers: dict[str, str], status: int
) -> None:
    async with (
        open_simulator(kind="geeknow", key="sk-demo") as guarded,
        aiohttp.ClientSession(guarded.url) as session,
    ):
        path = f"/mj/task/{id_of(guarded, GRID)}/fetch"
        async with session.get(path, headers=headers) as answer:
            assert answer.status == status
        async with session.get(f"/mj/image/{id_of(guarded, GRID)}") as picture:
            assert picture.status == 200
