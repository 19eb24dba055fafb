"""The picture, from the relay's answer to the bytes that each platform received."""

import io
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from tests.fakes.relay import FakeRelay
from tests.fakes.relay.kinds import Picture
from tests.fakes.relay.pictures import draw
from tests.fakes.rooms import TASK, Rooms, rooms

OTHER = "1767225600000002"


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(kind="newapi") as server:
        yield server


def cdn_url(relay: FakeRelay, task: str = TASK) -> str:
    return f"{relay.cdn_url}/attachments/{task}/grid.png?ex=1&is=2&"


def telegram_bytes(here: Rooms) -> bytes:
    ring = next(m for m in here.rings() if m.media)
    assert ring.media is not None
    return ring.media.body


def discord_file(here: Rooms) -> tuple[str, bytes]:
    (file,) = next(m for m in here.shouts() if m.files).files
    return file.filename, file.content


def keys_at(relay: FakeRelay, route: str) -> list[tuple[str, ...]]:
    return [seen.key_styles for seen in relay.calls(route)]


async def test_an_address_of_the_image_proxy_is_taken_as_given_query_and_all(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        relay.picture(TASK, "signed", cdn="expired")
        await here.ends()

    assert telegram_bytes(here) == discord_file(here)[1] == draw(TASK)
    (asked,) = relay.calls("image")
    assert asked.query["sig"]
    assert keys_at(relay, "image") == [()]


async def test_a_localhost_that_the_relay_forgot_is_the_relay(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        await here.ends(imageUrl=f"http://localhost:3000/mj/image/{TASK}?v=7")

    assert telegram_bytes(here) == draw(TASK)
    (asked,) = relay.calls("image")
    assert asked.target == f"/mj/image/{TASK}?v=7"


async def test_an_address_elsewhere_waits_behind_the_image_proxy(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        await here.ends(imageUrl=cdn_url(relay))

    assert telegram_bytes(here) == discord_file(here)[1] == draw(TASK)
    assert (relay.count("image"), relay.count("cdn")) == (1, 0)


async def test_a_redirect_is_followed_without_the_key(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        relay.picture(TASK, "redirect")
        await here.ends()

    assert telegram_bytes(here) == draw(TASK)
    assert keys_at(relay, "image") == keys_at(relay, "cdn") == [()]


async def test_the_key_is_shown_to_the_relay_once_it_asks_for_it(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        relay.picture(TASK, "locked")
        await here.ends(imageUrl=cdn_url(relay))

    assert telegram_bytes(here) == draw(TASK)
    assert keys_at(relay, "image") == [(), ("authorization",)]
    assert relay.count("cdn") == 0


@pytest.mark.parametrize(
    "mode", ["missing", "not-ready", "html", "expired", "cut", "broken-off", "no-route"]
)
async def test_what_the_image_proxy_cannot_give_comes_from_the_address_as_given(
    mode: Picture, relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        relay.picture(TASK, mode)
        await here.ends(imageUrl=cdn_url(relay))

    assert telegram_bytes(here) == discord_file(here)[1] == draw(TASK)
    (asked,) = relay.calls("cdn")
    assert asked.target.endswith("?ex=1&is=2&")
    assert asked.key_styles == ()


async def test_a_relay_without_an_image_route_is_not_asked_again(
    tmp_path: Path,
) -> None:
    async with FakeRelay(kind="dmxapi") as relay, rooms(tmp_path, relay) as here:
        await here.watch()
        await here.ends(imageUrl=cdn_url(relay))
        asked = relay.count("image")
        await here.watch(OTHER)
        relay.becomes(OTHER, status="SUCCESS", imageUrl=cdn_url(relay, OTHER))
        await here.telegram.until(lambda: sum(bool(m.media) for m in here.rings()) == 2)

    assert asked > 0
    assert relay.count("image") == asked
    assert relay.count("image", OTHER) == 0


async def test_the_real_type_names_the_file(relay: FakeRelay, tmp_path: Path) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        relay.picture(TASK, "mislabelled")
        await here.ends()

    assert discord_file(here) == (f"{TASK}.webp", draw(TASK, form="WEBP"))


async def test_a_picture_that_hangs_holds_no_ring_up_and_is_put_in_later(
    relay: FakeRelay, tmp_path: Path
) -> None:
    settings = {"PICTURE_WAIT_SECONDS": "0.3"}
    async with rooms(tmp_path, relay, settings) as here:
        await here.watch()
        relay.picture(TASK, "hang")
        relay.becomes(TASK, status="SUCCESS")
        await here.rung(pictured=False)
        bare = (
            [bool(m.media) for m in here.rings()],
            [bool(m.files) for m in here.shouts()],
        )
        relay.silence.set()
        await here.rung()
        letters, shouts = len(here.rings()), len(here.shouts())

    assert bare == ([False], [False])
    assert (letters, shouts) == (1, 1)
    assert telegram_bytes(here) == discord_file(here)[1] == draw(TASK)
    assert relay.count("image") == 1


async def test_a_picture_that_cannot_be_had_is_told_and_may_be_tried_again(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        relay.picture(TASK, "missing", cdn="expired")
        relay.becomes(TASK, status="SUCCESS", imageUrl=cdn_url(relay))
        await here.rung(pictured=False)
        (ring,) = here.rings()
        said, labels = ring.words, ring.labels
        relay.picture(TASK, "plain")
        label = next(each for each in labels if "🖼" in each)
        await here.telegram.press(here.ana, ring, label)
        await here.telegram.until(lambda: any(m.media for m in here.letters()))

    assert "nothing at the picture's address" in said
    held = next(m.media for m in here.letters() if m.media)
    assert held.body == draw(TASK)


async def test_a_strangers_private_address_is_never_reached(tmp_path: Path) -> None:
    async with (
        FakeRelay(kind="dmxapi") as relay,
        rooms(tmp_path, relay, {"IMAGE_HOSTS": ""}) as here,
    ):
        await here.watch()
        relay.becomes(TASK, status="SUCCESS", imageUrl=cdn_url(relay))
        await here.rung(pictured=False)

    assert relay.count("cdn") == 0
    assert not any(m.media for m in here.rings())


async def test_a_picture_too_wide_for_telegram_is_made_smaller_and_offered_whole(
    relay: FakeRelay, tmp_path: Path
) -> None:
    size = (8400, 2100)
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        relay.picture(TASK, "plain", size=size)
        await here.ends()
        ring = next(m for m in here.rings() if m.media)
        assert ring.media is not None
        with Image.open(io.BytesIO(ring.media.body)) as shown:
            sides = shown.size
        label = next(each for each in ring.labels if "📎" in each)
        await here.telegram.press(here.ana, ring, label)
        await here.telegram.until(
            lambda: any(m.media and m.media.kind == "document" for m in here.letters())
        )

    assert sum(sides) <= 10_000
    assert ring.media.kind == "photo"
    whole = next(
        m.media for m in here.letters() if m.media and m.media.kind == "document"
    )
    assert (whole.name, whole.body) == (f"{TASK}.png", draw(TASK, size))
    assert discord_file(here) == (f"{TASK}.png", draw(TASK, size))


async def test_a_strip_that_telegram_would_crop_goes_as_a_document(
    relay: FakeRelay, tmp_path: Path
) -> None:
    size = (4200, 100)
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        relay.picture(TASK, "plain", size=size)
        await here.ends()

    (ring,) = [m for m in here.rings() if m.media]
    assert ring.media is not None
    assert (ring.media.kind, ring.media.body) == ("document", draw(TASK, size))
    assert ring.media.name == f"{TASK}.png"


async def test_one_picture_for_many_chats_comes_once_and_goes_up_once(
    relay: FakeRelay, tmp_path: Path
) -> None:
    async with rooms(tmp_path, relay) as here:
        await here.watch()
        telegram = here.telegram
        people = [telegram.user(name) for name in ("Bo", "Cy", "Di")]
        chats = [telegram.private(each) for each in people]
        for who, chat in zip(people, chats, strict=True):
            await telegram.say(who, chat, f"/watch {TASK}")
            await telegram.until(partial(telegram.messages, chat))
        await here.ends()
        await telegram.until(
            lambda: all(any(m.media for m in telegram.messages(c)) for c in chats)
        )

    uploads = [call for call in telegram.calls if call.files]
    assert relay.count("image") + relay.count("cdn") == 1
    assert len(uploads) == 1
