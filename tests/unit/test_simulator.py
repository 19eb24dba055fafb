"""The simulated relay's rules: lives, ready-made tasks, presses, pictures."""

from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.demo import KINDS, SHOWCASE
from bot.demo.art.film import FRAMES, WINDOW, film_of
from bot.demo.art.scenery import draw_scene
from bot.demo.buttons import upscale_offers
from bot.demo.gallery import Order, draw
from bot.demo.life import Life, moment_of
from bot.demo.world import World
from bot.media.video import mp4_sides
from tests.fakes.clock import MovedClock

LIVE = Life(queue_seconds=4, work_seconds=26, previews=True)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def world(clock: MovedClock) -> World:
    return World(kind=KINDS["quickrouter"], clock=clock, seed=1)


@pytest.mark.parametrize(
    ("seconds", "status", "percent"),
    [
        (0, "NOT_START", 0),
        (2, "SUBMITTED", 0),
        (4, "IN_PROGRESS", 0),
        (17, "IN_PROGRESS", 46),
        (29.9, "IN_PROGRESS", 93),
        (30, "SUCCESS", 100),
        (1e9, "SUCCESS", 100),
    ],
)
def test_a_task_comes_along_with_time(
    seconds: float, status: str, percent: int
) -> None:
    moment = moment_of(LIVE, seconds)

    assert (moment.status, moment.percent) == (status, percent)


@given(st.lists(st.floats(0, 100), min_size=2))
def test_percent_never_falls(instants: list[float]) -> None:
    shown = [moment_of(LIVE, seconds).percent for seconds in sorted(instants)]

    assert all(earlier <= later for earlier, later in pairwise(shown))


@given(st.floats(0, 1e6))
def test_a_failure_never_gets_beyond_where_it_stops(seconds: float) -> None:
    moment = moment_of(Life(end="FAILURE", stops_at=31), seconds)

    assert moment.percent <= 31


def test_a_preview_is_seen_only_while_it_runs() -> None:
    seen = [moment_of(LIVE, seconds).preview for seconds in (5, 20, 31)]

    assert seen == [False, True, False]


def test_a_frozen_task_stands_still() -> None:
    frozen = Life(freezes_seconds=20)

    assert moment_of(frozen, 20) == moment_of(frozen, 1e9)


def test_the_slow_one_is_at_the_same_place_after_a_restart(clock: MovedClock) -> None:
    slow = f"{KINDS['quickrouter'].first_id}004"
    clock.move(3600)
    before = World(kind=KINDS["quickrouter"], clock=clock, seed=1).find(slow)
    after = World(kind=KINDS["quickrouter"], clock=clock, seed=1).find(slow)

    assert before is not None
    assert before == after


def test_a_live_one_begins_when_it_is_asked_for(
    world: World, clock: MovedClock
) -> None:
    clock.move(3 * 3600)

    task = world.find(f"{KINDS['quickrouter'].first_id}002")

    assert task is not None
    assert task.moment(clock.now()).status == "NOT_START"
    assert task.moment(clock.now() + timedelta(seconds=31)).status == "SUCCESS"


def test_ids_of_the_showcase_differ() -> None:
    numbers = [each.number for each in SHOWCASE]

    assert len(set(numbers)) == len(numbers)


def test_new_ids_differ_though_no_time_goes_by(world: World) -> None:
    ids = {world.submit("a boat") for _ in range(5)}

    assert len(ids) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_submitted_task_takes_five_to_forty_seconds(
    kind: str, clock: MovedClock
) -> None:
    world = World(kind=KINDS[kind], clock=clock, seed=3)
    task = world.find(world.submit("a boat"))

    assert task is not None
    assert task.moment(clock.now() + timedelta(seconds=4.9)).status != "SUCCESS"
    assert task.moment(clock.now() + timedelta(seconds=40)).status == "SUCCESS"


def test_a_prompt_that_speaks_of_failing_fails(world: World, clock: MovedClock) -> None:
    task = world.find(world.submit("please fail"))

    assert task is not None
    assert task.moment(clock.now() + timedelta(minutes=1)).status == "FAILURE"


def test_old_submits_are_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.demo.world.SUBMITTED_LIMIT", 2)

    ids = [world.submit("a boat") for _ in range(3)]

    assert [world.find(each) is not None for each in ids] == [False, True, True]


def test_a_submitted_task_goes_on_after_a_kill(
    clock: MovedClock, tmp_path: Path
) -> None:
    memory = tmp_path / "data" / "relay.jsonl"
    first = World(kind=KINDS["crazyrouter"], clock=clock, seed=0, memory=memory)
    task_id = first.submit("a boat")
    parent = first.find(task_id)
    assert parent is not None
    child = first.press(parent, "MJ::JOB::upsample::2::x")
    with memory.open("ab") as file:
        file.write(b'{"task_id": "cut sh')

    again = World(kind=KINDS["crazyrouter"], clock=clock, seed=0, memory=memory)

    assert again.find(task_id) == first.find(task_id)
    assert again.find(child) == first.find(child)


def test_an_upscale_shows_the_tile_it_was_made_from(world: World) -> None:
    parent = world.find(f"{KINDS['quickrouter'].first_id}001")
    assert parent is not None
    custom_id = parent.offers[2].custom_id

    child = world.find(world.press(parent, custom_id))

    assert child is not None
    assert (child.action, child.tile, child.seed) == ("UPSCALE", 3, parent.seed)
    assert len(child.offers) == 15


def test_an_upscale_offers_fifteen_some_too_long_for_a_chat() -> None:
    lengths = [len(each.custom_id) for each in upscale_offers("u" * 36)]

    assert len(lengths) == 15
    assert max(lengths) == 79


def test_a_picture_is_the_same_whenever_it_is_drawn() -> None:
    one, other = (draw(Order(scene="a boat", seed=5)) for _ in range(2))

    assert one == other


def test_another_prompt_and_another_seed_give_another_picture() -> None:
    drawn = {
        draw_scene(prompt, seed, (64, 64)).tobytes()
        for prompt, seed in (("a boat", 1), ("a boat", 2), ("a sea", 1))
    }

    assert len(drawn) == 3


@pytest.mark.parametrize("prompt", ["lake 船", "sea", "dunes", "forest", "night moon"])
@pytest.mark.parametrize("size", [(64, 64), (333, 97), (16, 200)])
def test_every_place_can_be_drawn_at_any_size(
    prompt: str, size: tuple[int, int]
) -> None:
    assert draw_scene(prompt, 1, size).size == size


def test_a_grid_measures_a_thousand_pixels() -> None:
    with Image.open(BytesIO(draw(Order(scene="a boat", seed=1, form="WEBP")))) as file:
        assert (file.size, file.format) == ((1024, 1024), "WEBP")


def test_the_film_is_a_whole_mp4(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"

    film.write_bytes(draw(Order(scene="a boat", seed=1, film=True)))

    assert mp4_sides(film) == WINDOW


def test_further_frames_cost_next_to_nothing() -> None:
    picture = draw_scene("a boat", 1, (640, 512))

    length = len(film_of(picture))

    assert length - 640 * 512 * 3 // 2 < FRAMES * 1000
