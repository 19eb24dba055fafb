"""One field of a task object at a time: odd values are as if absent."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from bot.domain.attachment import PictureSource
from bot.domain.scrub import scrub
from bot.domain.task import Button, Snapshot, State, TaskId
from bot.relay.captions import real_emoji
from bot.relay.pictures import Gallery
from bot.relay.public import DEPTH_LIMIT, public_object
from bot.relay.wire import read_snapshot
from tests.fakes.relay import CASES

ID: Final = TaskId("1")
U: Final = "3f1c9a52-0b7d-4e68-9a41-5d2e7c8b6f10"
GALLERY: Final = Gallery(
    bases=("https://relay.example",),
    prefix="/mj",
    trusted_hosts=frozenset({"mirror.lan"}),
    key_headers={"Authorization": "Bearer k"},
)


def read(**fields: Any) -> Snapshot:  # noqa: ANN401 - whatever a relay may send
    return read_snapshot(fields, ID)


def button(**fields: Any) -> Button:  # noqa: ANN401 - whatever a relay may send
    return read(buttons=[{"customId": "MJ::x", **fields}]).buttons[0]


def urls(pictures: tuple[tuple[PictureSource, ...], ...]) -> list[list[str]]:
    return [[source.url for source in sources] for sources in pictures]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("success", State.SUCCEEDED),
        ("Finished", State.SUCCEEDED),
        ("COMPLETED", State.SUCCEEDED),
        ("in-progress", State.RUNNING),
        ("started", State.RUNNING),
        ("failed", State.FAILED),
        ("CANCELLED", State.CANCELLED),
        ("modal", State.NEEDS_INPUT),
        (" submitted ", State.PENDING),
        ("unknown", State.PENDING),
        ("", State.PENDING),
        (None, State.PENDING),
        (3, State.PENDING),
        (["SUCCESS"], State.PENDING),
    ],
)
def test_a_status_word(word: object, state: State) -> None:
    assert read(status=word).state is state


@pytest.mark.parametrize(
    ("value", "percent"),
    [
        ("31%", 31),
        ("31", 31),
        ("31.9 %", 31),
        (32, 32),
        (0, 0),
        ("100%", 100),
        ("", None),
        ("paused", None),
        ("Waiting to start", None),
        ("101%", None),
        (-1, None),
        (1e300, None),
        (True, None),
        ({"p": 1}, None),
        (None, None),
    ],
)
def test_a_progress(value: object, percent: int | None) -> None:
    assert read(progress=value).progress == percent


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (1767225601000, datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)),
        ("1767225600000", datetime(2026, 1, 1, tzinfo=UTC)),
        (1767225600, datetime(2026, 1, 1, tzinfo=UTC)),
        (1767225600123, datetime(2026, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)),
        (0, None),
        (-5, None),
        (1000, None),
        (10**20, None),
        (None, None),
        ("2026-01-01T08:00:01+08:00", datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)),
        ("2026-01-01T00:00:00.5Z", datetime(2026, 1, 1, 0, 0, 0, 500000, tzinfo=UTC)),
        ("2026-01-01 00:00:00", None),  # of an unknown zone
        ("0001-01-01T00:00:00Z", None),
        ("01-01 00:00:00", None),
        (True, None),
    ],
)
def test_an_instant(value: object, at: datetime | None) -> None:
    assert read(submitTime=value).submitted_at == at


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0123", "0123"),
        (1767225600000310, "1767225600000310"),
        (10**30, "1" + "0" * 30),
        ("", None),
        (None, None),
        ([1], None),
        (17672256.0, "17672256"),
        (1.5, None),
    ],
)
def test_a_relays_own_id(value: object, text: str | None) -> None:
    assert read(id=value).relay_id == text


def test_addresses_of_strings_and_objects_are_the_full_size_ones() -> None:
    entries = ["https://a/1", {"url": "https://a/2", "thumbnail": "https://a/t"}]

    seen = read(imageUrls=[*entries, {"thumbnail": "https://a/t"}, 5, None, ""])

    assert seen.image_urls == ("https://a/1", "https://a/2")


def test_the_one_video_comes_first_and_once() -> None:
    many = [{"url": "https://a/2"}, {"url": "https://a/1"}]

    seen = read(videoUrl="https://a/1", videoUrls=many)

    assert seen.video_urls == ("https://a/1", "https://a/2")


def test_sizes_of_zero_are_unknown_and_either_name_counts() -> None:
    seen = read(imageWidth=0, imageHeight=0, width=1024, height="768")

    assert (seen.image_width, seen.image_height) == (1024, 768)


def test_empty_text_is_unknown() -> None:
    seen = read(action="", prompt=" ", botType="", state="", imageUrl="")

    assert seen == read()


def test_the_final_prompt_is_trimmed() -> None:
    assert read(properties={"finalPrompt": " a boat\n"}).final_prompt == "a boat"
    assert read(properties="odd").final_prompt is None


def test_a_reason_is_given_whatever_the_state() -> None:
    seen = read(status="IN_PROGRESS", failReason="<b>sk-a1b***x9z</b> is out")

    assert seen.fail_reason == "••• is out"


@pytest.mark.parametrize(
    ("fields", "label", "emoji"),
    [
        ({"label": "U1", "emoji": "U1"}, "U1", None),
        ({"label": "Upscale", "emoji": "upscale_1"}, "Upscale", None),
        ({"label": "", "emoji": "🔄"}, "🔄", "🔄"),
        ({"label": "Vary", "emoji": "🪄"}, "Vary", "🪄"),
        ({"label": "", "emoji": "U2"}, "U2", None),
        ({"label": None, "emoji": None}, "X", None),
        ({"label": 7, "emoji": ["x"]}, "7", None),
        ({"label": "\u202e\u200b", "emoji": {"name": "🔄"}}, "🔄", "🔄"),
    ],
)
def test_a_buttons_caption(
    fields: dict[str, Any], label: str, emoji: str | None
) -> None:
    seen = button(**fields)

    assert (seen.label, seen.emoji) == (label, emoji)


@pytest.mark.parametrize(
    ("custom_id", "name"),
    [
        (f"MJ::JOB::reroll::0::{U}::SOLO", "Reroll"),
        (f"MJ::JOB::upsample::2::{U}", "U2"),
        (f"MJ::JOB::variation::3::{U}", "V3"),
        (f"MJ::JOB::variation::1::{U}::SOLO", "Make Variations"),
        (f"MJ::JOB::upsample_v6r1_2x_creative::1::{U}::SOLO", "Upscale (Creative)"),
        (f"MJ::Outpaint::75::1::{U}::SOLO", "Zoom Out 1.5x"),
        (f"MJ::JOB::pan_up::1::{U}::SOLO", "Pan Up"),
        ("MJ::Job::PicReader::all", "Imagine all"),
        ("MJ::Picread::Retry", "Retry"),
        ("abc", "Abc"),
        ("::", "::"),
    ],
)
def test_a_name_for_want_of_a_label(custom_id: str, name: str) -> None:
    seen = read(buttons=[{"customId": custom_id, "label": "", "emoji": "reroll_1"}])

    assert seen.buttons[0].label == name
    assert seen.buttons[0].custom_id == custom_id


@pytest.mark.parametrize("style", [0, 6, None, "x", True, 2.5, {}])
def test_an_odd_style_is_the_plain_one(style: object) -> None:
    assert button(style=style).style == 2


@pytest.mark.parametrize(("style", "shown"), [(3, 3), ("4", 4), (" 1 ", 1)])
def test_a_style_is_a_number_or_its_digit(style: object, shown: int) -> None:
    assert button(style=style).style == shown


def test_buttons_without_a_custom_id_are_left_out() -> None:
    entries = [{"label": "Web", "style": 5}, {"customId": ""}, None, "x", []]

    assert read(buttons=entries).buttons == ()
    assert read(buttons={"customId": "x"}).buttons == ()


def test_only_an_object_without_buttons_at_all_is_slim() -> None:
    assert read(id="1").slim
    assert not read(buttons=None).slim


@pytest.mark.parametrize("name", ["ta_full_success", "na_describe_text_only"])
def test_custom_ids_are_kept_letter_for_letter(name: str) -> None:
    body = CASES[name].body

    seen = read_snapshot(body, ID)

    assert [b.custom_id for b in seen.buttons] == [
        b["customId"] for b in body["buttons"]
    ]


@pytest.mark.parametrize("text", ["🔄", "1️⃣", "⬅️", "🖌️", "👩‍🎨", "🇨🇳", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽"])
def test_these_are_emoji(text: str) -> None:
    assert real_emoji(text) == text


@pytest.mark.parametrize(
    "text", ["upscale_1", "U1", "", "1", "→", "\uf500", "🔄🔄", None]
)
def test_these_are_not(text: str | None) -> None:
    assert real_emoji(text) is None


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Authorization: Bearer abc123def", "Authorization: •••"),
        ("see https://u:p@x.example/a?sig=1&b=2 now", "see https://x.example/a now"),
        ("api_key=A1b2C3d4E5", "api_key: •••"),
        ("a < b, a > b", "a < b, a > b"),
        ("<<b>script>x</script>", "< script>x"),
        ("hi <@123> **bold** [here](https://evil.example)", "hi bold here"),
        ("two\nlines\u202e \u0007end", "two lines end"),
        ("unmarshal_response_body_failed", "unmarshal_response_body_failed"),
        ("[sk-a1b***x9z] RemainQuota = -12", "[•••] RemainQuota = •••"),
    ],
)
def test_a_servers_words_are_scrubbed(said: str, shown: str) -> None:
    assert scrub(said) == shown


def test_a_long_reason_is_cut() -> None:
    assert len(scrub("word " * 1000)) <= 1000


def test_the_relays_own_proxy_comes_first_as_given() -> None:
    url = "https://relay.example/mj-fast/mj/image/1?sig=9f"

    seen = GALLERY.pictures(read(status="SUCCESS", imageUrl=url))

    assert urls(seen) == [[url, "https://relay.example/mj/image/1"]]
    assert seen[0][0].trusted
    assert seen[0][0].key_headers


def test_a_forgotten_localhost_becomes_the_relay() -> None:
    url = "http://localhost:3000/mj/image/1?sig=9f"

    seen = GALLERY.pictures(read(status="SUCCESS", imageUrl=url))

    assert urls(seen) == [
        ["https://relay.example/mj/image/1?sig=9f", "https://relay.example/mj/image/1"]
    ]


def test_a_cdn_comes_after_the_image_route_and_without_the_key() -> None:
    url = "https://cdn.example/a.png?ex=1&"

    (sources,) = GALLERY.pictures(read(status="SUCCESS", imageUrl=url))

    assert [s.url for s in sources] == ["https://relay.example/mj/image/1", url]
    assert [s.relay_route for s in sources] == [True, False]
    assert (sources[1].trusted, sources[1].key_headers) == (False, {})


def test_a_host_that_the_operator_named_is_trusted() -> None:
    seen = GALLERY.pictures(read(imageUrl="http://mirror.lan/a.png"))

    assert seen[0][1].trusted


def test_an_album_is_taken_as_given() -> None:
    seen = GALLERY.pictures(
        read(
            imageUrl="https://c/0.png", imageUrls=["https://c/0.png", "https://c/1.png"]
        )
    )

    assert urls(seen)[1:] == [["https://c/1.png"]]


def test_a_video_in_place_of_the_image_is_a_video() -> None:
    snapshot = read(status="SUCCESS", imageUrl="https://c/0.mp4?x=1")

    assert GALLERY.pictures(snapshot) == ()
    assert urls(GALLERY.videos(snapshot)) == [["https://c/0.mp4?x=1"]]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "SUCCESS", "action": "DESCRIBE"},
        {"status": "FAILURE"},
        {"status": "IN_PROGRESS"},
        {"status": "SUCCESS", "videoUrl": "https://c/0.mp4"},
    ],
)
def test_where_no_picture_is_none_is_asked_for(fields: dict[str, Any]) -> None:
    assert GALLERY.pictures(read(**fields)) == ()


@pytest.mark.parametrize("url", ["javascript:x", "file:///etc/passwd", "http://[", "x"])
def test_rubbish_is_no_address(url: str) -> None:
    assert GALLERY.videos(read(videoUrl=url)) == ()


def test_raw_keeps_the_rest() -> None:
    body = CASES["ta_full_success"].body

    shown = public_object(body)

    assert shown["buttons"] == body["buttons"]
    assert shown["imageUrl"] == body["imageUrl"]
    assert shown["properties"]["finalPrompt"] == "a paper boat --v 7"
    assert "discordChannelId" not in shown["properties"]
    assert "instanceId" not in shown


def test_raw_goes_only_so_deep() -> None:
    deep: dict[str, Any] = {"kept": 1}
    for _ in range(100):
        deep = {"inner": deep}

    assert str(public_object(deep)).count("inner") == DEPTH_LIMIT
