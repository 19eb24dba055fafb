"""What `mjwatch status` prints: the raw object, words and colours, what no id can be."""

import json
from pathlib import Path

import pytest

from tests.fakes.outside import outside_command
from tests.fakes.relay import FakeRelay
from tests.flow.cli_asking.conftest import TASK, Ask


async def test_raw_is_the_relays_object_without_what_nobody_may_see(
    relay: FakeRelay, ask: Ask
) -> None:
    hidden = {"notifyHook": "https://x.test/hook", "messageContent": "<@1> hi"}
    relay.task(TASK, status="SUCCESS", extra="kept", properties=hidden)

    said = await ask(raw=True)

    assert said.code == 0
    assert said.json["extra"] == "kept"
    assert not hidden.keys() & said.json["properties"].keys()
    assert "hook" not in said.out


async def test_raw_of_an_unknown_task_is_the_same_answer(ask: Ask) -> None:
    said = await ask(raw=True)

    assert (said.code, said.json["error"]) == (3, "unknown_task")


@pytest.mark.parametrize(
    "link",
    [
        "https://relay.example/mj/task/1767225600000001/fetch",
        "https://relay.example/mj-fast/mj/task/1767225600000001/fetch?x=1",
        "relay.example/mj/image/1767225600000001",
        " 1767225600000001 ",
    ],
)
async def test_a_link_is_an_id(link: str, relay: FakeRelay, ask: Ask) -> None:
    relay.task(TASK, status="SUCCESS")

    said = await ask(link)

    assert (said.code, said.json["task_id"]) == (0, TASK)


@pytest.mark.parametrize(
    "rubbish", ["", "a/b", "1 2", "..", "任务", "x" * 65, "nobody:123", "1\x00"]
)
async def test_what_can_be_no_id_asks_nobody(
    rubbish: str, relay: FakeRelay, ask: Ask
) -> None:
    said = await ask(rubbish)

    assert (said.code, said.out) == (2, "")
    assert said.err.strip()
    assert relay.requests == []


@pytest.mark.parametrize("status", ["SUCCESS", "FAILURE", None])
async def test_on_a_terminal_the_first_line_has_a_colour(
    status: str | None, relay: FakeRelay, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    if status:
        relay.task(TASK, status=status)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    said = await ask(as_json=False)

    first, *rest = said.out.splitlines()
    assert first.startswith("\x1b[1;")
    assert "\x1b" not in "".join(rest)


async def test_words_and_no_colours_where_nobody_asked_for_json(
    relay: FakeRelay, tmp_path: Path
) -> None:
    relay.task(TASK, status="SUCCESS")
    settings = {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}

    found = await outside_command(tmp_path, settings, "status", TASK)
    unknown = await outside_command(tmp_path, settings, "status", "9" * 16)

    assert (found[0], unknown[0]) == (0, 3)
    assert "Done" in found[1]
    assert "\x1b" not in found[1] + unknown[1]
    assert "does not know this id for the key I use" in unknown[1]


async def test_words_name_the_picture_and_the_custom_ids(
    relay: FakeRelay, ask: Ask
) -> None:
    relay.task(TASK, status="SUCCESS")

    words, told = await ask(as_json=False), (await ask()).json

    rest = words.out.splitlines()
    first, *others = told["buttons"]
    assert f"{first['label']}  {first['custom_id']}" in rest
    assert all(
        rest[-len(others) + i].endswith(o["custom_id"]) for i, o in enumerate(others)
    )
    assert told["image_url"] in rest


@pytest.mark.parametrize("words", [(), ("--json",)])
async def test_an_output_that_is_not_utf8_is_no_failure(
    words: tuple[str, ...], relay: FakeRelay, tmp_path: Path
) -> None:
    relay.task(TASK, status="SUCCESS", prompt="纸船 🚣")
    settings = {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}
    ascii_alone = {"PYTHONIOENCODING": "ascii"}

    code, out, _ = await outside_command(
        tmp_path, settings | ascii_alone, "status", TASK, *words
    )

    assert code == 0
    assert json.loads(out)["prompt"] == "纸船 🚣" if words else "Done" in out
