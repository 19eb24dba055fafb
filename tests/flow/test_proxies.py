"""The three proxy settings: everything of a service goes by its own proxy.

The services stand behind names that no resolver knows, so that going around a proxy
leads nowhere; the program runs as a process of its own, with its real clients.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fakes.discord import FakeDiscord
from tests.fakes.outside import Outside, outside_command, outside_program
from tests.fakes.proxy import FakeProxy, tls_fronts
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram

TASK = "1767225600000001"


@dataclass
class World:
    """The three services behind their public names.

    Attributes:
        environment: How the program is to find and trust them.
        ways: Where a proxy finds them.
    """

    relay: FakeRelay
    discord: FakeDiscord
    telegram: FakeTelegram
    environment: dict[str, str]
    ways: Mapping[str, int]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        relay = await stack.enter_async_context(FakeRelay(kind="newapi"))
        discord = await stack.enter_async_context(FakeDiscord())
        telegram = await stack.enter_async_context(FakeTelegram())
        ports = {
            "relay.test": port_of(relay.url),
            "discord.test": port_of(discord.url),
            "gateway.discord.test": port_of(discord.url),
            "telegram.test": port_of(telegram.url),
        }
        authority, ways = await stack.enter_async_context(tls_fronts(tmp_path, ports))
        ways["relay.test:80"] = ports["relay.test"]
        relay.url = "https://relay.test"
        discord.world.base = "https://gateway.discord.test"
        environment = {
            "SSL_CERT_FILE": str(authority),
            "RELAY_URL": relay.url,
            "RELAY_KEY": relay.key,
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": "https://discord.test/api/v10",
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": "https://telegram.test",
        }
        yield World(relay, discord, telegram, environment, ways)


async def test_each_service_is_reached_by_its_own_proxy_alone(
    world: World, tmp_path: Path
) -> None:
    async with (
        FakeProxy(world.ways) as to_discord,
        FakeProxy(world.ways, login="ana:s3cret") as to_telegram,
        FakeProxy(world.ways) as to_relay,
        FakeProxy(world.ways) as inherited,
    ):
        proxies = {
            "DISCORD_PROXY": to_discord.url,
            "TELEGRAM_PROXY": to_telegram.url,
            "RELAY_PROXY": to_relay.url,
            "HTTPS_PROXY": inherited.url,
            "ALL_PROXY": inherited.url,
        }
        async with running(tmp_path, world, proxies):
            await ring_everywhere(world)

        assert to_discord.targets == {"discord.test:443", "gateway.discord.test:443"}
        assert to_telegram.targets == {"telegram.test:443"}
        assert to_relay.targets == {"relay.test:443"}
        assert inherited.passages == []


async def test_the_machines_proxy_is_taken_but_for_what_it_spares(
    world: World, tmp_path: Path
) -> None:
    telegram, relay = port_of(world.telegram.url), world.ways["relay.test:80"]
    straight = {
        "RELAY_URL": f"http://127.0.0.1:{relay}",
        "TELEGRAM_API_URL": f"http://127.0.0.1:{telegram}",
        "NO_PROXY": "127.0.0.0/8,localhost",
    }
    world.relay.url = straight["RELAY_URL"]
    async with FakeProxy(world.ways, login="ana:s3cret") as inherited:
        proxies = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), inherited.url)
        async with running(tmp_path, world, straight | proxies) as program:
            await ring_everywhere(world)

        assert inherited.targets == {"discord.test:443", "gateway.discord.test:443"}
        assert "s3cret" not in json.dumps(program.lines)


async def test_a_plain_address_goes_by_the_proxy_as_well(
    world: World, tmp_path: Path
) -> None:
    world.relay.task(TASK, status="SUCCESS")
    async with FakeProxy(world.ways) as proxy:
        environment = {"RELAY_URL": "http://relay.test", "RELAY_KEY": world.relay.key}
        environment["RELAY_PROXY"] = proxy.url
        code, out, _ = await outside_command(
            tmp_path, environment, "status", TASK, "--json"
        )

    assert (code, json.loads(out)["state"]) == (0, "succeeded")
    assert [(p.method, p.target) for p in proxy.passages] == [("GET", "relay.test:80")]


@pytest.mark.parametrize("login", ["ana:wr0ng", None])
async def test_a_proxy_that_refuses_us_is_gone_round_by_nobody(
    login: str | None, world: World, tmp_path: Path
) -> None:
    world.relay.task(TASK, status="SUCCESS")
    async with FakeProxy(world.ways, login="ana:s3cret") as proxy:
        url = proxy.url.replace("ana:s3cret@", f"{login}@" if login else "")
        environment = world.environment | {"RELAY_PROXY": url}
        code, out, err = await outside_command(
            tmp_path, environment, "status", TASK, "--json"
        )

    assert (code, json.loads(out)["error"]) == (5, "unavailable")
    assert proxy.targets == set()
    assert world.relay.requests == []
    assert "wr0ng" not in out + err


@asynccontextmanager
async def running(
    folder: Path, world: World, settings: Mapping[str, str]
) -> AsyncIterator[Outside]:
    async with outside_program(folder, world.environment | dict(settings)) as program:
        await program.until_ready()
        yield program


async def ring_everywhere(world: World) -> None:
    """Watch a task at both doors, and let it end; each rings with the picture."""
    relay, discord, telegram = world.relay, world.discord, world.telegram
    relay.task(TASK, status="IN_PROGRESS", progress="40%", hold=True)
    ana = telegram.user("Ana")
    chat = telegram.private(ana)
    await telegram.say(ana, chat, f"/watch {TASK}")
    await discord.slash(discord.user, "watch", {"ids": TASK})
    await telegram.until(lambda: telegram.messages(chat))
    await discord.until(lambda: discord.messages(discord.channel))
    relay.becomes(TASK, status="SUCCESS")
    await telegram.until(lambda: any(m.media for m in telegram.messages(chat)))
    await discord.until(lambda: any(m.files for m in discord.messages(discord.channel)))


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
