"""`mjwatch check` of a relay: every failure has its clear line and the right setting."""

from pathlib import Path
from typing import Any, Final

import pytest

from bot.cli import relaycheck
from bot.cli.exits import Exit
from bot.relay import trial
from tests.contract.cli_check.conftest import DEAD, Check, bad
from tests.fakes.proxy import FakeProxy, tls_fronts
from tests.fakes.relay import KINDS, FakeRelay

PAGE: Final = "<html><body>Sorry, you have been blocked</body></html>"
NO_IMAGE: Final = {"dmxapi", "novicezk", "trueai"}
BY_SECRET: Final = {"onehub", "novicezk", "trueai"}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_relay_is_found_good(kind: str, check: Check) -> None:
    async with FakeRelay(kind) as relay:
        code, told = await check(RELAY_URL=relay.url, RELAY_KEY=relay.key)

    assert (code, bad(told)) == (Exit.FOUND, {})
    style = "mj-api-secret" if kind in BY_SECRET else "bearer"
    assert told["relay: key"]["message"] == f"accepted, as {style}"
    assert told["relay: list endpoint"]["message"] == "is there"
    assert ("not there" in told["relay: image proxy"]["message"]) is (kind in NO_IMAGE)
    assert all(len(seen.key_styles) < 2 for seen in relay.requests)
    assert relay.count("submit") == 0


@pytest.mark.parametrize("place", ["/mj", "/mj-fast/mj", "", "/api/mj"])
@pytest.mark.parametrize("kind", ["geeknow", "onehub", "novicezk", "trueai"])
async def test_a_wrong_prefix_is_told_with_the_right_one(
    kind: str, place: str, check: Check
) -> None:
    async with FakeRelay(kind, prefix=place) as relay:
        code, told = await check(
            RELAY_URL=relay.url, RELAY_KEY=relay.key, RELAY_PREFIX="/v2/wrong"
        )

    expected = "/mj-fast/mj" if (kind, place) == ("onehub", "/api/mj") else place or "/"
    assert code is Exit.FAILED
    assert f"RELAY_PREFIX={expected}:" in bad(told)["relay: prefix"]
    assert set(bad(told)) == {"relay: prefix"}


async def test_a_path_too_much_in_the_address_is_told(check: Check) -> None:
    async with FakeRelay() as relay:
        _, told = await check(
            RELAYS__GEEK__URL=f"{relay.url}/v1", RELAYS__GEEK__KEY=relay.key
        )

    assert f"RELAYS__GEEK__URL={relay.url}:" in bad(told)["relay geek: prefix"]


@pytest.mark.parametrize(
    ("kind", "auth", "instead"),
    [("onehub", "bearer", "mj-api-secret"), ("geeknow", "mj-api-secret", "bearer")],
)
async def test_the_other_style_of_key_is_named(
    kind: str, auth: str, instead: str, check: Check
) -> None:
    async with FakeRelay(kind) as relay:
        _, told = await check(
            RELAYS__Main__URL=relay.url,
            RELAYS__Main__KEY=relay.key,
            RELAYS__Main__AUTH=auth,
        )

    assert f"RELAYS__Main__AUTH={instead} " in bad(told)["relay main: key"]


async def test_a_wrong_key_and_a_missing_one_are_told_apart(check: Check) -> None:
    async with FakeRelay() as relay:
        _, missing = await check(RELAY_URL=relay.url)
        _, wrong = await check(RELAY_URL=relay.url, RELAY_KEY="sk-wrongKey0123456789")

    assert bad(missing)["relay: key"] == "the relay asks for a key → set RELAY_KEY"
    assert "refuses the key → look at RELAY_KEY" in bad(wrong)["relay: key"]


async def test_a_key_that_is_not_needed_and_wrong(check: Check) -> None:
    async with FakeRelay("quickrouter") as relay:
        _, told = await check(RELAY_URL=relay.url, RELAY_KEY="sk-wrongKey0123456789")

    assert "RELAY_AUTH=none" in bad(told)["relay: key"]


@pytest.mark.parametrize(
    ("fault", "line", "words"),
    [
        ({"http": 403, "body": PAGE}, "reachable", "such as Cloudflare"),
        ({"http": 502, "body": PAGE}, "reachable", "HTTP 502"),
        ({"http": 200, "body": PAGE}, "prefix", "a web page"),
        ({"http": 200, "body": {"hello": 1}}, "prefix", "HTTP 200"),
        ({"reset": True}, "reachable", "cannot be reached"),
        (
            {"http": 401, "body": {"error": {"message": "该令牌额度已用尽"}}},
            "key",
            "quota",
        ),
        ({"http": 403, "body": {"error": {"message": "no"}}}, "key", "forbids"),
        ({"http": 403, "body": {"error": {"message": "user banned"}}}, "key", "banned"),
        ({"http": 429, "headers": {"Retry-After": "7"}}, "key", "again in 7 s"),
    ],
)
async def test_each_trouble_has_its_line(
    fault: dict[str, Any], line: str, words: str, check: Check
) -> None:
    async with FakeRelay() as relay:
        relay.fault(times=None, **fault)
        code, told = await check(RELAY_URL=relay.url, RELAY_KEY=relay.key)

    assert code is Exit.FAILED
    assert words in bad(told)[f"relay: {line}"]


async def test_a_relay_that_hangs_does_not_hold_the_check_up(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "TRIAL_SECONDS", 0.1)
    async with FakeRelay() as relay:
        relay.fault(times=None, hang=relay.silence)
        _, slow = await check(RELAY_URL=relay.url, RELAY_KEY=relay.key)
        monkeypatch.setattr(relaycheck, "CHECK_SECONDS", 0.01)
        _, cut = await check(RELAY_URL=relay.url, RELAY_KEY=relay.key)
        relay.silence.set()

    assert "in time" in bad(slow)["relay: reachable"]
    assert "too slow" in bad(cut)["relay: reachable"]


async def test_https_where_the_relay_speaks_http_is_told_without_the_key(
    check: Check,
) -> None:
    async with FakeRelay() as relay:
        bare = relay.url.removeprefix("http://")
        _, told = await check(RELAY_URL=bare, RELAY_KEY=relay.key)

        assert relay.requests
        assert not any(seen.key_styles for seen in relay.requests)

    assert f"set RELAY_URL={relay.url}: by http" in bad(told)["relay: reachable"]


async def test_a_clock_that_is_far_off_is_told(check: Check) -> None:
    async with FakeRelay("quickrouter") as relay:
        date = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}
        relay.fault(http=204, headers=date, times=None, route="fetch")
        _, told = await check(RELAY_URL=relay.url)

    assert "behind this machine's" in bad(told)["relay: clock"]


async def test_hosts_that_stand_in_for_one_another_are_each_tried(check: Check) -> None:
    async with FakeRelay() as relay:
        _, told = await check(RELAY_URL=f"{relay.url},{DEAD}", RELAY_KEY=relay.key)

    assert set(bad(told)) == {f"relay at {DEAD}: reachable"}


async def test_missing_routes_are_no_fault(check: Check) -> None:
    async with FakeRelay("dmxapi") as relay:
        relay.listing = "404"
        code, told = await check(RELAY_URL=relay.url, RELAY_KEY=relay.key)

    assert code is Exit.FOUND
    assert "singly" in told["relay: list endpoint"]["message"]


async def test_why_a_relay_cannot_be_reached_is_told(
    check: Check, tmp_path: Path
) -> None:
    async with (
        FakeRelay() as relay,
        tls_fronts(tmp_path, {"relay.test": int(relay.url.rpartition(":")[2])}) as tls,
        FakeProxy(ways=tls[1], login="ann:pw") as proxy,
    ):
        relay_settings = {"RELAY_URL": "https://relay.test", "RELAY_PROXY": proxy.url}
        _, untrusted = await check(**relay_settings)
        proxy.login = "bob:pw"
        _, refused = await check(**relay_settings)

    assert "certificate is not trusted: " in bad(untrusted)["relay: reachable"]
    assert "the proxy answers HTTP 407" in bad(refused)["relay: reachable"]
