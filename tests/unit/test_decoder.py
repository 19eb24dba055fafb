"""What the child process does with a picture, asked in this process."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.media.decoder import answer, serve
from tests.fakes.relay.pictures import cut, draw, encode


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "picture"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_whole_picture_is_decoded(form: str, file: Path) -> None:
    file.write_bytes(draw("1", (64, 48), form))

    assert _check(file) == {"width": 64, "height": 48}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (cut(draw("1")), "cut_short"),
        (cut(draw("1", form="JPEG")), "cut_short"),
        (draw("1")[:-12], "cut_short"),
        (b"GIF89a", "not_a_picture"),
        (b"no picture at all", "not_a_picture"),
        (b"", "not_a_picture"),
    ],
)
def test_a_broken_picture_is_an_answer(body: bytes, problem: str, file: Path) -> None:
    file.write_bytes(body)

    assert _check(file) == {"problem": problem}


def test_too_many_pixels_are_not_decoded(file: Path) -> None:
    file.write_bytes(draw("1", (64, 48)))

    assert _check(file, max_pixels=64 * 48 - 1) == {"problem": "too_many_pixels"}


def test_a_missing_file_is_an_answer(file: Path) -> None:
    assert _check(file) == {"problem": "not_ready"}


def test_a_picture_is_scaled_to_its_sides(file: Path) -> None:
    file.write_bytes(draw("1", (1000, 500)))

    assert _recode(file, max_sides_sum=600) == {"width": 400, "height": 200}


def test_a_picture_is_made_smaller_until_it_fits(file: Path) -> None:
    noise = Image.effect_noise((800, 600), 90).convert("RGB")
    file.write_bytes(encode(noise, "PNG"))

    size = _recode(file, max_bytes=90_000)

    assert size["width"] < 800
    assert file.with_suffix(".jpg").stat().st_size <= 90_000


def test_a_picture_that_would_be_too_small_is_given_up(file: Path) -> None:
    file.write_bytes(draw("1", (800, 600)))

    assert _recode(file, max_bytes=100) == {"problem": "too_large"}


def test_what_was_transparent_becomes_dark(file: Path) -> None:
    file.write_bytes(encode(Image.new("RGBA", (400, 400), (255, 255, 255, 0)), "PNG"))

    _recode(file)

    with Image.open(file.with_suffix(".jpg")) as made:
        assert made.getpixel((10, 10)) == pytest.approx((49, 51, 56), abs=2)


def test_each_line_gets_a_line(file: Path) -> None:
    file.write_bytes(draw("1", (64, 48)))
    out = StringIO()

    serve([json.dumps(_checking(file))] * 2, out, cpu_seconds=0)

    assert out.getvalue() == '{"width": 64, "height": 48}\n' * 2


def _check(file: Path, *, max_pixels: int = 40_000_000) -> dict[str, Any]:
    return answer({**_checking(file), "max_pixels": max_pixels})


def _checking(file: Path) -> dict[str, Any]:
    return {"do": "check", "path": str(file), "max_pixels": 40_000_000}


def _recode(
    file: Path, *, max_bytes: int = 10**7, max_sides_sum: int = 10_000
) -> dict[str, Any]:
    return answer(
        {
            "do": "recode",
            "path": str(file),
            "into": str(file.with_suffix(".jpg")),
            "max_bytes": max_bytes,
            "max_sides_sum": max_sides_sum,
        }
    )
