"""The fake Discord's hand-written rules, and the fake as a process of its own."""

import asyncio
import json
import sys

import aiohttp
import pytest

from tests.fakes.discord import UploadedFile
from tests.fakes.discord.command_rules import check_choices, check_commands
from tests.fakes.discord.emoji import drawable
from tests.fakes.discord.errors import ApiError
from tests.fakes.discord.rules import Place, check_message


def button(**keys: object) -> dict[str, object]:
    inner = {"type": 2, "style": 1, "label": "x", "custom_id": "a", **keys}
    return {"components": [{"type": 1, "components": [inner]}]}


REFUSED: list[tuple[dict[str, object], int]] = [
    ({"content": ""}, 50006),
    ({"content": "x" * 2001}, 50035),
    ({"contnt": "x"}, 50035),
    ({"content": "x", "nonce": "n" * 26}, 50035),
    ({"embeds": [{"description": "x" * 3001}] * 2}, 50035),
    ({"embeds": [{"title": "x", "image": {"url": "ftp://x/y"}}]}, 50035),
    ({"embeds": [{"title": "x", "image": {"url": "attachment://no.png"}}]}, 50035),
    ({"embeds": [{"titel": "x"}]}, 50035),
    (button(emoji={"name": "upscale_1"}), 50035),
    (button(custom_id="a" * 101), 50035),
    (button(custom_id=None), 50035),
    (button(label="x" * 81), 50035),
    (button(label=""), 50035),
    (button(lable="x"), 50035),
    ({"components": button()["components"] * 2}, 50035),  # type: ignore[operator]  # a list
    ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": [1]}}, 50035),
    ({"content": "x", "attachments": [{"id": 0, "filename": "a"}]}, 50035),
    ({"content": "x", "flags": 1 << 15}, 50035),
]


@pytest.mark.parametrize(("body", "code"), REFUSED)
def test_refused_messages(body: dict[str, object], code: int) -> None:
    with pytest.raises(ApiError) as caught:
        check_message(body, Place("create"))
    assert caught.value.code == code


def test_large_files_are_refused() -> None:
    file = UploadedFile("a.png", b"12345", "image/png")
    body = {"attachments": [{"id": 0}]}
    check_message(body, Place("create", 5, files={"files[0]": file}))
    with pytest.raises(ApiError) as caught:
        check_message(body, Place("create", 4, files={"files[0]": file}))
    assert caught.value.status == 413


@pytest.mark.parametrize("text", ["🔄", "❤️", "1️⃣", "🇩🇪", "👨‍👩‍👧", "👍🏽"])
def test_drawable_emoji(text: str) -> None:
    assert drawable(text)


@pytest.mark.parametrize("text", ["U1", "upscale_1", "", "↻", "🔄🔄", None])
def test_text_is_no_emoji(text: str | None) -> None:
    assert not drawable(text)


def command(**keys: object) -> dict[str, object]:
    return {"name": "status", "description": "x", "type": 1, **keys}


def option(name: str, **keys: object) -> dict[str, object]:
    return {"name": name, "description": "x", "type": 3, **keys}


@pytest.mark.parametrize(
    "wrong",
    [
        command(name="Status"),
        command(description=""),
        command(options=[option("a"), option("b", required=True)]),
        command(options=[option("a"), option("a")]),
        command(descripton="x"),
        command(
            options=[
                option(
                    f"o{n}" + "x" * 29,
                    choices=[{"name": "n" * 100, "value": "v" * 100}] * 25,
                )
                for n in range(2)
            ]
        ),
    ],
)
def test_refused_commands(wrong: dict[str, object]) -> None:
    check_commands([command(options=[option("a", required=True), option("b")])])
    with pytest.raises(ApiError):
        check_commands([wrong])


def test_choice_values_end_at_a_hundred() -> None:
    check_choices([{"name": "x", "value": "v" * 100}])
    with pytest.raises(ApiError):
        check_choices([{"name": "x", "value": "v" * 101}])


async def test_stands_alone() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.discord", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    where = json.loads(await process.stdout.readline())
    async with aiohttp.ClientSession() as http:
        said = {"user": "Bo", "text": "hi", "channel": "news"}
        async with http.post(f"{where['control']}/say", json=said) as answered:
            assert (await answered.json())["content"] == "hi"
        async with http.get(f"{where['control']}/state") as answered:
            assert "news" in (await answered.json())["channels"]
    process.terminate()
    assert await process.wait() == 0
