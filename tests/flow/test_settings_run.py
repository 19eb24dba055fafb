"""`mjwatch run` as an operator meets it: settings, doors that do not open, the end."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from tests.fakes.discord import FakeDiscord
from tests.fakes.outside import outside_command, outside_program
from tests.fakes.ports import held_port
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

TASK = "1767225600000001"


def relay_of(relay: FakeRelay) -> dict[str, str]:
    return {"RELAY_URL": relay.url, "RELAY_KEY": relay.key}


def discord_of(discord: FakeDiscord, **changes: str) -> dict[str, str]:
    given = {"DISCORD_TOKEN": discord.token, "DISCORD_API_URL": discord.url}
    return given | changes


def telegram_of(telegram: FakeTelegram, **changes: str) -> dict[str, str]:
    given = {"TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
    return given | changes


async def test_a_refused_token_shuts_one_door_alone(tmp_path: Path) -> None:
    async with FakeRelay() as relay, FakeDiscord() as discord, FakeTelegram() as tg:
        relay.task(TASK, status="SUCCESS")
        settings = relay_of(relay) | discord_of(discord, DISCORD_TOKEN="not-the-one")
        async with outside_program(tmp_path, settings | telegram_of(tg)) as program:
            down = await program.says("discord.down")
            await tg.until(lambda: tg.called("getUpdates"))
            await discord.until(lambda: len(discord.made("GET", "/users/@me")) > 1)
            ready = await program.probe("/readyz")
            alive = await program.probe("/healthz")
            ana = tg.user("Ana")
            await tg.say(ana, None, f"/status {TASK}")
            await tg.until(lambda: tg.messages(tg.private(ana)))

    assert down["trouble"] == "the token was refused; look at DISCORD_TOKEN"
    assert ready == (503, f"discord: {down['trouble']}\n")
    assert alive == (200, "ok\n")
    assert len(list(program.said("discord.down"))) == 1
    assert "not-the-one" not in str(program.lines)


async def test_updates_are_brought_to_the_public_address(tmp_path: Path) -> None:
    with held_port() as port:
        public = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "WEB_PORT": str(port)}
        async with FakeRelay() as relay, FakeTelegram() as tg:
            relay.task(TASK, status="SUCCESS")
            settings = relay_of(relay) | telegram_of(tg, **public)
            async with outside_program(tmp_path, settings) as program:
                await program.until_ready()
                ana = tg.user("Ana")
                await tg.say(ana, None, f"/status {TASK}")
                await tg.until(lambda: tg.messages(tg.private(ana)))

    assert tg.updates.hook_answers == [200]


async def test_without_a_web_server_updates_are_fetched(tmp_path: Path) -> None:
    public = {"PUBLIC_URL": "https://mjwatch.example.com", "WEB": "off"}
    async with FakeRelay() as relay, FakeTelegram() as tg:
        settings = relay_of(relay) | telegram_of(tg, **public)
        async with outside_program(tmp_path, settings):
            await tg.until(lambda: tg.called("getUpdates"))

    assert tg.called("setWebhook") == []


async def test_two_platforms_that_are_down_are_waited_for(tmp_path: Path) -> None:
    async with FakeRelay() as relay:
        nobody = "http://127.0.0.1:9"
        settings = relay_of(relay) | {
            "DISCORD_TOKEN": "a", "DISCORD_API_URL": f"{nobody}/api/v10",
            "TELEGRAM_TOKEN": "1:a", "TELEGRAM_API_URL": nobody,
        }  # fmt: skip
        async with outside_program(tmp_path, settings) as program:
            await program.says("discord.down")
            await program.says("telegram.trouble")
            code, text = await program.probe("/readyz")
            assert await program.probe("/healthz") == (200, "ok\n")

    assert code == 503
    first, second = sorted(text.splitlines())
    assert first.startswith("discord: Discord cannot be reached")
    assert second == "telegram: cannot be reached"
    assert program.stopped_with == 0


async def test_a_platform_that_comes_back_opens_its_door(tmp_path: Path) -> None:
    async with FakeRelay() as relay, FakeTelegram() as telegram:
        away = telegram.fault("getMe", status=502, body="bad gateway", times=None)
        settings = relay_of(relay) | telegram_of(telegram)
        async with outside_program(tmp_path, settings) as program:
            await program.says("telegram.trouble")
            assert (await program.probe("/readyz"))[0] == 503
            telegram.faults.remove(away)
            await program.until_ready()


async def test_a_relay_that_is_down_keeps_nobody_from_being_ready(
    tmp_path: Path,
) -> None:
    async with FakeTelegram() as telegram:
        settings = telegram_of(telegram) | {"RELAY_URL": "http://127.0.0.1:9"}
        async with outside_program(tmp_path, settings) as program:
            await program.until_ready()


async def test_a_stop_is_quick_whatever_hangs(tmp_path: Path) -> None:
    async with FakeRelay() as relay, FakeTelegram() as tg, FakeDiscord() as discord:
        relay.task(TASK, status="IN_PROGRESS", hold=True)
        settings = relay_of(relay) | telegram_of(tg) | discord_of(discord)
        async with outside_program(tmp_path, settings) as program:
            await program.until_ready()
            ana = tg.user("Ana")
            await tg.say(ana, None, f"/watch {TASK}")
            await tg.until(lambda: tg.messages(tg.private(ana)))
            silence = asyncio.Event()
            relay.fault(hang=silence, times=None)
            tg.fault("sendMessage", hang=silence, times=None)
            tg.fault("editMessageText", hang=silence, times=None)
            discord.fault("*", hold=silence, times=100)
            asked = relay.count()
            await relay.until(lambda: relay.count() > asked)
            code = await program.stop()
            silence.set()

    assert code == 0
    assert program.printed == b""


async def test_the_log_goes_to_standard_error_and_the_web_can_be_off(
    tmp_path: Path,
) -> None:
    async with FakeRelay() as relay, FakeTelegram() as telegram:
        settings = relay_of(relay) | telegram_of(telegram) | {"WEB": "off"}
        async with outside_program(tmp_path, settings) as program:
            await telegram.until(lambda: telegram.called("getUpdates"))

    assert program.printed == b""
    assert list(program.said("program.stopping"))
    assert not list(program.said("web.listening"))


async def test_secrets_come_from_files_and_a_chat_speaks_the_default_language(
    tmp_path: Path,
) -> None:
    async with FakeRelay() as relay, FakeTelegram() as telegram:
        relay.task(TASK, status="SUCCESS")
        (tmp_path / "token").write_text(telegram.token + "\n")
        (tmp_path / "key").write_text(relay.key + "\r\n")
        settings = {
            "RELAYS__MAIN__URL": relay.url,
            "RELAYS__MAIN__KEY_FILE": str(tmp_path / "key"),
            "TELEGRAM_TOKEN_FILE": str(tmp_path / "token"),
            "TELEGRAM_API_URL": telegram.url,
            "DEFAULT_LANGUAGE": "zh-CN",
        }
        async with outside_program(tmp_path, settings) as program:
            await program.until_ready()
            ana = telegram.user("Ana", language=None)
            await telegram.say(ana, None, f"/status {TASK}")
            chat = telegram.private(ana)
            await telegram.until(lambda: telegram.messages(chat))

    assert "完成" in telegram.messages(chat)[0].words
    assert relay.calls("fetch")[0].headers["Authorization"] == f"Bearer {relay.key}"
    assert relay.key not in str(program.lines)
    assert telegram.token not in str(program.lines)


WRONG: Mapping[str, tuple[dict[str, str], str]] = {
    "POLL_SECONDS": ({"POLL_SECONDS": "0.1"}, "from 0.5 to 60"),
    "WEB_PORT": ({"WEB_PORT": "a lot"}, "from 0 (any free one) to 65535"),
    "RELAY_AUTH": ({"RELAY_AUTH": "basic"}, "bearer"),
    "TELEGRAM_TOKEN": ({"TELEGRAM_TOKEN": "a b"}, "one line, without spaces"),
    "RELAY_KEY": ({"RELAY_KEY_FILE": "/nowhere"}, "readable file"),
    "DATABASE_URL": ({"DATABASE_URL": "mysql://x"}, "sqlite:///FILE"),
    "ALLOW": ({"ALLOW": "everybody"}, "discord:guild:ID"),
    "RELAY_PROXY": ({"RELAY_PROXY": "socks5://x:1"}, "http"),
}


async def test_every_wrong_setting_has_its_line_and_nothing_starts(
    tmp_path: Path,
) -> None:
    settings = {"RELAY_URL": "relay.test", "TELEGRAM_TOKEN": "1:secret-token"}
    for wrong, _ in WRONG.values():
        settings |= wrong
    code, out, err = await outside_command(tmp_path, settings, "run")

    lines = err.splitlines()
    assert (code, out) == (2, "")
    assert {line.split()[0].removesuffix("_FILE") for line in lines} == set(WRONG)
    assert len(lines) == len(WRONG)
    assert all(
        any(line.startswith(name) and words in line for line in lines)
        for name, (_, words) in WRONG.items()
    )
    assert not (tmp_path / "data").exists()


async def test_nothing_set_says_what_is_needed(tmp_path: Path) -> None:
    code, out, err = await outside_command(tmp_path, {}, "run")

    assert (code, out) == (2, "")
    relay, door = err.splitlines()
    assert "RELAY_URL" in relay
    assert "DISCORD_TOKEN or TELEGRAM_TOKEN" in door


async def test_a_name_that_is_nearly_ours_is_a_warning(tmp_path: Path) -> None:
    async with FakeRelay() as relay:
        relay.task(TASK)
        settings = relay_of(relay) | {"RELAY_PREFX": "/mj", "RELAY_KEY": ""}
        code, _, err = await outside_command(tmp_path, settings, "run")

    assert code == 2
    assert "RELAY_PREFX is not a setting; did you mean RELAY_PREFIX?" in err


async def test_a_port_that_is_taken_is_a_line_too(tmp_path: Path) -> None:
    async with FakeRelay() as relay:
        settings = relay_of(relay) | {
            "TELEGRAM_TOKEN": "1:a",
            "TELEGRAM_API_URL": relay.url,
            "WEB_PORT": str(relay.port),
        }
        code, out, err = await outside_command(tmp_path, settings, "run")

    assert (code, out) == (2, "")
    assert "WEB_PORT" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert "crash" not in err


async def test_a_stop_in_the_middle_of_the_start_is_a_stop(tmp_path: Path) -> None:
    async with FakeRelay() as relay, FakeTelegram() as telegram:
        settings = relay_of(relay) | telegram_of(telegram)
        async with outside_program(tmp_path, settings) as program:
            await program.says("access.open_to_everybody")

            assert await program.stop() == 0

    assert list(program.said("crash")) == []


async def test_open_to_everybody_is_said_at_the_start(tmp_path: Path) -> None:
    async with FakeRelay() as relay, FakeTelegram() as telegram:
        settings = relay_of(relay) | telegram_of(telegram)
        async with outside_program(tmp_path, settings) as program:
            said = await program.says("access.open_to_everybody")

    assert said["setting"] == "ALLOW"
