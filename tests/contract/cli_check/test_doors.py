"""`mjwatch check` of doors and proxies: tokens, platforms in trouble, intents."""

from bot.cli.exits import Exit
from tests.contract.cli_check.conftest import DEAD, Check, bad
from tests.fakes.discord import FakeDiscord
from tests.fakes.relay import FakeRelay
from tests.fakes.telegram import FakeTelegram


async def test_wrong_settings_are_findings_and_nothing_is_asked(check: Check) -> None:
    code, told = await check(RELAY_URL="http://a", POLL_SECONDS="soon")

    assert code is Exit.FAILED
    assert set(told) == {"settings"}
    assert "POLL_SECONDS" in told["settings"]["message"]


async def test_no_relay_is_told_and_no_door_is_noted(check: Check) -> None:
    code, told = await check()

    assert code is Exit.FAILED
    assert "RELAY_URL" in bad(told)["settings"]
    assert told["door"]["ok"]


async def test_good_tokens_are_named(check: Check) -> None:
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        _, told = await check(**doors(discord, telegram))

    assert "mjwatch" in told["discord"]["message"]
    assert "@mjwatch_bot" in told["telegram"]["message"]
    assert told["discord"]["ok"]
    assert told["telegram"]["ok"]
    assert not discord.refusals
    assert not telegram.refusals


async def test_bad_tokens_are_told(check: Check) -> None:
    wrong = {"DISCORD_TOKEN": "wrong.token", "TELEGRAM_TOKEN": "12345:wrong-token"}
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        _, told = await check(**doors(discord, telegram) | wrong)

    assert "refused → set DISCORD_TOKEN" in bad(told)["discord"]
    assert "refused → set TELEGRAM_TOKEN" in bad(told)["telegram"]


async def test_platforms_that_are_away_are_told(check: Check) -> None:
    _, told = await check(
        DISCORD_TOKEN="some.token",
        DISCORD_API_URL=f"{DEAD}/api/v10",
        TELEGRAM_TOKEN="12345:some-token",
        TELEGRAM_API_URL=DEAD,
    )

    assert "cannot be reached" in bad(told)["discord"]
    assert "cannot be reached" in bad(told)["telegram"]


async def test_platforms_in_trouble_are_told(check: Check) -> None:
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        discord.fault("GET /users/@me", status=429, via=False, times=9)
        telegram.fault("getMe", retry_after=30)
        _, limited = await check(**doors(discord, telegram))
        telegram.fault("getMe", status=400, body="what?")
        discord.fault("GET /users/@me", status=403)
        _, odd = await check(**doors(discord, telegram))

    assert "no requests" in bad(limited)["discord"]
    assert "too many requests" in bad(limited)["telegram"]
    assert "telegram" in bad(odd)


async def test_a_webhook_of_somebody_else_is_told(check: Check) -> None:
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        other = "https://other.example.com/secret-path"
        info = {"url": other, "has_custom_certificate": False}
        hook = {"ok": True, "result": info | {"pending_update_count": 0}}
        telegram.fault("getWebhookInfo", status=200, body=hook, times=None)
        _, told = await check(**doors(discord, telegram))

    assert "other.example.com" in bad(told)["telegram"]
    assert "secret-path" not in str(told)


async def test_listening_needs_the_intent(check: Check) -> None:
    async with FakeDiscord() as discord, FakeTelegram() as telegram:
        _, told = await check(**doors(discord, telegram), LISTEN="on")

    assert ("LISTEN=off" in str(told["discord"]["hint"])) is not told["discord"]["ok"]


async def test_a_proxy_that_is_away_is_told(check: Check) -> None:
    async with FakeRelay() as relay:
        _, told = await check(
            RELAY_URL=relay.url, RELAY_PROXY="http://user:hunter22@127.0.0.1:9"
        )

    assert "RELAY_PROXY" in bad(told)["proxy 127.0.0.1:9"]
    assert "RELAY_PROXY" in bad(told)["relay: reachable"]
    assert "hunter22" not in str(told)


def doors(discord: FakeDiscord, telegram: FakeTelegram) -> dict[str, str]:
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.url,
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
    }
