"""What a file is and how large its picture, from its first bytes."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.media.header import Header, read_header
from bot.media.picture import Mime
from tests.fakes.relay.pictures import draw

SIZE = (321, 123)


@pytest.mark.parametrize(
    ("form", "mime"),
    [
        ("PNG", Mime.PNG),
        ("JPEG", Mime.JPEG),
        ("WEBP", Mime.WEBP),
        ("GIF", Mime.GIF),
    ],
)
def test_type_and_sides_are_read(form: str, mime: Mime) -> None:
    assert read_header(draw("1", SIZE, form)) == Header(
        mime=mime, width=SIZE[0], height=SIZE[1]
    )


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {"lossless": True}),
        ("RGBA", {"quality": 80}),
        ("RGB", {"quality": 80, "exif": b"Exif\x00\x00"}),
    ],
)
def test_every_kind_of_webp_is_read(mode: str, options: dict[str, object]) -> None:
    file = BytesIO()
    Image.new(mode, SIZE, (1, 2, 3, 4)[: len(mode)]).save(file, "WEBP", **options)

    assert read_header(file.getvalue()) == Header(
        mime=Mime.WEBP, width=SIZE[0], height=SIZE[1]
    )


@pytest.mark.parametrize("extra", [b"\xff", b"\xff\x01", b"\xff\xfe\x00\x04ab"])
def test_a_jpegs_size_is_found_behind_other_markers(extra: bytes) -> None:
    drawn = draw("1", SIZE, "JPEG")

    header = read_header(drawn[:2] + extra + drawn[2:])

    assert header == Header(mime=Mime.JPEG, width=SIZE[0], height=SIZE[1])


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\x00\x00\x00\x18ftypisom", Mime.MP4),
        (b"\x1a\x45\xdf\xa3\x01", Mime.WEBM),
        (b"\xff\xd8\xff\xe0", Mime.JPEG),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00JUNK", Mime.PNG),
        (b"RIFF\x00\x00\x00\x00WEBPJUNK", Mime.WEBP),
    ],
)
def test_where_the_size_is_not_said_the_type_still_is(head: bytes, mime: Mime) -> None:
    assert read_header(head) == Header(mime=mime)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"<html>",
        b"<svg/>",
        b'{"error":"x"}',
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\x00\x00\x00\x18ftypavif",
        b"\x00\x00\x00\x18ftypheic",
        b"BM\x00\x00",
        b"%PDF-1.7",
    ],
)
def test_what_chats_do_not_show_is_no_picture(head: bytes) -> None:
    assert read_header(head) is None


@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF"]),
    st.binary(max_size=300),
)
def test_any_bytes_have_a_type_or_none(magic: bytes, rest: bytes) -> None:
    header = read_header(magic + rest)

    assert header is None or header.pixels >= 0
