"""What the relay client does on the wire: keys, hosts, lists, patience."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any, Final, Literal

import pytest
from structlog.testing import capture_logs

from bot.domain.look import Denied, Look, Seen, Trouble, Unavailable, Unknown
from bot.domain.names import TaskName
from bot.domain.task import RelayName, State, TaskId
from bot.relay import AuthStyle, Batch, RelayClient, RelayOptions, Relays, open_relay
from bot.relay.client import LIST_RESTS_SECONDS
from tests.fakes.relay import FakeRelay

ONE, TWO, THREE = TaskId("task_1"), TaskId("task_2"), TaskId("task_3")
IDS: Final = (ONE, TWO, THREE)
NAME: Final = RelayName("relay")
OWN_KEY: Final = "sk-personalKey0123456789abcdefghijklmnopqrstuvwxyz99"
DEAD: Final = "http://127.0.0.1:9"  # the discard port; nobody listens
MANY: Final = tuple(TaskId(f"task_{n}") for n in range(40))


class FakeClock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


Opening = Callable[..., AbstractAsyncContextManager[RelayClient]]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def relay() -> AsyncIterator[FakeRelay]:
    async with FakeRelay(hold=True) as server:
        yield server


def options(relay: FakeRelay, **changes: Any) -> RelayOptions:  # noqa: ANN401 - any option
    plain = RelayOptions(
        name=NAME,
        hosts=(relay.url,),
        key=relay.key,
        rate_per_second=1000,
        retry_pauses_seconds=(0, 0),
    )
    return replace(plain, **changes)


@pytest.fixture
def opening(relay: FakeRelay, clock: FakeClock) -> Opening:
    return lambda **changes: open_relay(options(relay, **changes), clock=clock)


@pytest.fixture
async def client(opening: Opening) -> AsyncIterator[RelayClient]:
    async with opening() as opened:
        yield opened


def state(look: Look) -> State:
    assert isinstance(look, Seen)
    return look.snapshot.state


def batch(found: object) -> Batch:
    assert isinstance(found, Batch)
    return found


def known(found: object) -> set[str]:
    return {probe.task_id for probe in batch(found).probes}


def styles(relay: FakeRelay) -> Iterator[tuple[str, ...]]:
    return (seen.key_styles for seen in relay.requests)


async def test_bearer_comes_first_and_alone(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE)

    look = await client.fetch(ONE)

    assert state(look) is State.RUNNING
    assert list(styles(relay)) == [("authorization",)]
    assert relay.requests[0].headers["User-Agent"]


async def test_a_401_brings_the_other_style_which_is_remembered(
    clock: FakeClock,
) -> None:
    async with FakeRelay("onehub", hold=True) as relay:
        relay.task(ONE)

        async with open_relay(options(relay), clock=clock) as client:
            first, second = await client.fetch(ONE), await client.fetch(ONE)
            facts = client.facts()

    assert state(first) is state(second) is State.RUNNING
    assert list(styles(relay)) == [
        ("authorization",),
        ("mj-api-secret",),
        ("mj-api-secret",),
    ]
    assert facts == {"auth": "mj-api-secret"}


async def test_what_was_found_out_outlives_a_restart(clock: FakeClock) -> None:
    async with FakeRelay("onehub", hold=True) as relay:
        relay.task(ONE)

        async with open_relay(options(relay), clock=clock) as client:
            client.restore({"auth": "mj-api-secret", "list_missing_since": "rubbish"})
            look = await client.fetch(ONE)

    assert state(look) is State.RUNNING
    assert list(styles(relay)) == [("mj-api-secret",)]


async def test_a_configured_style_is_the_only_one(
    relay: FakeRelay, opening: Opening
) -> None:
    async with opening(auth=AuthStyle.MJ_API_SECRET) as client:
        look = await client.fetch(ONE)

    assert look == Denied(relay=NAME, trouble=Trouble.BAD_KEY)
    assert list(styles(relay)) == [("mj-api-secret",)]


@pytest.mark.parametrize("changes", [{"key": None}, {"auth": AuthStyle.NONE}])
async def test_without_a_key_no_header_goes_out(
    relay: FakeRelay, opening: Opening, changes: dict[str, Any]
) -> None:
    relay.auth = "none"
    relay.task(ONE)

    async with opening(**changes) as client:
        look = await client.fetch(ONE)

    assert state(look) is State.RUNNING
    assert list(styles(relay)) == [()]


async def test_a_personal_key_sees_its_own_tasks(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.keys.add(OWN_KEY)
    relay.task(ONE, owner=OWN_KEY)

    ours, theirs = await client.fetch(ONE), await client.fetch(ONE, key=OWN_KEY)

    assert ours == Unknown(relay=NAME)
    assert state(theirs) is State.RUNNING


async def test_a_key_that_no_header_can_hold_is_never_sent(
    relay: FakeRelay, client: RelayClient
) -> None:
    look = await client.fetch(ONE, key="sk-x\r\nHost: evil")

    assert look == Denied(relay=NAME, trouble=Trouble.BAD_KEY)
    assert relay.requests == []


async def test_the_key_does_not_follow_a_redirect_to_another_host(
    relay: FakeRelay, client: RelayClient
) -> None:
    async with FakeRelay() as stranger:
        relay.fault(http=302, headers={"Location": f"{stranger.url}/mj/task/1/fetch"})

        look = await client.fetch(ONE)

    assert look == Unavailable(relay=NAME, trouble=Trouble.WRONG_PATH)
    assert stranger.requests == []


async def test_a_redirect_on_the_same_host_is_followed_once(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(TWO)
    relay.fault(http=307, headers={"Location": f"/mj/task/{TWO}/fetch"})

    look = await client.fetch(ONE)

    assert state(look) is State.RUNNING


async def test_a_dead_host_is_passed_over_and_the_good_one_kept(
    relay: FakeRelay, opening: Opening
) -> None:
    relay.task(ONE, imageUrl=None, imageUrls=[], status="SUCCESS")

    async with opening(hosts=(DEAD, relay.url)) as client:
        with capture_logs() as logs:
            first, second = await client.fetch(ONE), await client.fetch(ONE)
        assert isinstance(first, Seen)
        sources = client.pictures(first.snapshot)

    assert state(second) is State.SUCCEEDED
    assert [entry["event"] for entry in logs] == ["relay.host_changed"]
    assert [s.url for s in sources[0]] == [f"{relay.url}/mj/image/{ONE}"]


async def test_a_host_that_fails_is_passed_over_too(
    relay: FakeRelay, clock: FakeClock
) -> None:
    relay.task(ONE)
    async with FakeRelay() as ill:
        ill.fault(http=502, body="<html>", times=None)
        both = options(relay, hosts=(ill.url, relay.url))

        async with open_relay(both, clock=clock) as client:
            look = await client.fetch(ONE)

    assert state(look) is State.RUNNING


async def test_one_or_two_are_fetched_and_three_listed(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE)
    relay.task(TWO)

    two = await client.fetch_many([ONE, TWO])
    three = await client.fetch_many(IDS)

    assert known(two) == known(three) == {ONE, TWO}
    assert batch(three).missing == (THREE,)
    assert (relay.count("fetch"), relay.count("list")) == (2, 1)


async def test_a_full_object_is_there_on_demand(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE, status="SUCCESS", prompt="a boat")

    found = batch(await client.fetch_many(IDS))

    assert found.snapshot(ONE).prompt == "a boat"
    assert not found.snapshot(ONE).slim


@pytest.mark.parametrize("listing", ["404", "html", "spa"])
async def test_a_missing_list_is_found_out_and_remembered_for_a_day(
    relay: FakeRelay,
    client: RelayClient,
    clock: FakeClock,
    listing: Literal["404", "html", "spa"],
) -> None:
    relay.listing = listing
    relay.task(ONE)

    first, second = await client.fetch_many(IDS), await client.fetch_many(IDS)
    remembered = relay.count("list")
    clock.seconds += timedelta(days=1, seconds=1).total_seconds()
    await client.fetch_many(IDS)

    assert known(first) == known(second) == {ONE}
    assert set(batch(second).missing) == {TWO, THREE}
    assert "list_missing_since" in client.facts()
    assert (remembered, relay.count("list")) == (1, 2)


@pytest.mark.parametrize("body", ["boom", [json.dumps({"id": ONE})]])
async def test_a_list_that_alone_is_ill_keeps_nobody_waiting(
    relay: FakeRelay, client: RelayClient, clock: FakeClock, body: object
) -> None:
    relay.task(ONE)
    http = 500 if body == "boom" else 200
    relay.fault(http=http, body=body, route="list", times=None)

    found = [await client.fetch_many(IDS) for _ in range(3)]
    asked = relay.count("list")
    clock.seconds += LIST_RESTS_SECONDS
    await client.fetch_many(IDS)

    assert [known(each) for each in found] == [{ONE}] * 3
    assert set(batch(found[0]).missing) == {TWO, THREE}
    assert (asked, relay.count("list")) == (1, 2)


@pytest.mark.parametrize("missing", [20, 60, 3000])
async def test_what_is_left_of_a_packed_answer_is_no_answer(
    relay: FakeRelay, client: RelayClient, missing: int
) -> None:
    task = {"id": ONE, "status": "SUCCESS", "prompt": token_hex(3000)}
    packed = gzip.compress(json.dumps(task).encode())[:-missing]
    gzipped = {"Content-Encoding": "gzip"}
    relay.fault(http=200, body=packed, headers=gzipped, times=None)

    found = await client.fetch(ONE)

    assert found == Unavailable(relay=NAME, trouble=Trouble.BROKEN)


async def test_a_relay_that_is_down_is_asked_for_one_more_at_most(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.fault(http=500, body="boom", times=None)

    found = await client.fetch_many(IDS)

    assert found == Unavailable(relay=NAME, trouble=Trouble.BROKEN)
    assert (relay.count("list"), relay.count("fetch")) == (1, 1)


async def test_a_wrong_prefix_is_no_missing_list(opening: Opening) -> None:
    async with opening(prefix="/wrong/mj") as client:
        found = await client.fetch_many(IDS)
        facts = client.facts()

    assert found == Unavailable(relay=NAME, trouble=Trouble.WRONG_PATH)
    assert facts == {}


async def test_a_list_that_is_too_long_is_halved(
    relay: FakeRelay, client: RelayClient
) -> None:
    for task_id in MANY:
        relay.task(task_id)
    relay.fault(http=413, route="list", times=2)

    found = await client.fetch_many(MANY)

    assert known(found) == set(MANY)
    assert [len(seen.ids) for seen in relay.calls("list")] == [40, 20, 10, 10, 10, 10]


async def test_a_list_that_is_never_understood_is_fetched_singly(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE)
    relay.fault(http=400, body={"code": 4}, route="list", times=None)

    found = await client.fetch_many(IDS)

    assert known(found) == {ONE}
    assert set(batch(found).missing) == {TWO, THREE}


async def test_the_relays_own_id_is_known_again_in_lists(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE, id="777")

    await client.fetch(ONE)
    found = batch(await client.fetch_many(IDS))

    assert known(found) == {ONE}
    assert found.snapshot(ONE).relay_id == "777"


async def test_an_endless_body_is_not_read(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.fault(http=200, body=b"[" + b" " * 3_000_000)

    look = await client.fetch(ONE)

    assert look == Unavailable(relay=NAME, trouble=Trouble.TOO_LARGE)


async def test_a_persons_look_tries_again(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE)
    relay.fault(reset=True)
    relay.fault(http=502)

    look = await client.fetch(ONE, person=True)

    assert state(look) is State.RUNNING
    assert relay.count("fetch") == 3


async def test_the_watchers_look_does_not(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.fault(reset=True)

    look = await client.fetch(ONE)

    assert look == Unavailable(relay=NAME, trouble=Trouble.UNREACHABLE)
    assert relay.count("fetch") == 1


async def test_silence_ends_in_time(relay: FakeRelay, opening: Opening) -> None:
    relay.fault(hang=asyncio.Event(), times=None)

    async with opening(look_seconds=0.05) as client:
        look = await client.fetch(ONE, person=True)

    assert look == Unavailable(relay=NAME, trouble=Trouble.TIMEOUT)


async def test_a_relay_that_is_down_gets_one_probe_in_thirty_seconds(
    relay: FakeRelay, client: RelayClient, clock: FakeClock
) -> None:
    relay.task(ONE)
    outage = relay.fault(reset=True, times=None)
    for _ in range(5):
        await client.fetch(ONE)

    at_once = await client.fetch(ONE, person=True)
    asked_when_open = relay.count()
    clock.seconds += 30
    probe, after = await client.fetch(ONE, person=True), await client.fetch(ONE)
    asked_by_probe = relay.count() - asked_when_open
    outage.lift()
    clock.seconds += 30
    back = await client.fetch(ONE)

    assert at_once == Unavailable(
        relay=NAME, trouble=Trouble.UNREACHABLE, after_seconds=30
    )
    assert isinstance(probe, Unavailable)
    assert isinstance(after, Unavailable)
    assert (asked_when_open, asked_by_probe) == (5, 1)
    assert state(back) is State.RUNNING


async def test_retry_after_is_honoured(
    relay: FakeRelay, client: RelayClient, clock: FakeClock
) -> None:
    relay.task(ONE)
    relay.fault(http=429, headers={"Retry-After": "7"})

    busy, held = await client.fetch(ONE), await client.fetch(ONE, person=True)
    clock.seconds += 7
    later = await client.fetch(ONE)

    expected = Unavailable(relay=NAME, trouble=Trouble.BUSY, after_seconds=7)
    assert busy == held == expected
    assert state(later) is State.RUNNING
    assert relay.count() == 2


async def test_the_log_hears_of_the_first_failure_and_the_recovery(
    relay: FakeRelay, client: RelayClient
) -> None:
    relay.task(ONE)
    body = {"error": {"message": f"no <b>route</b> for {relay.key}"}}
    relay.fault(http=500, body=body, times=3)

    with capture_logs() as logs:
        for _ in range(5):
            await client.fetch(ONE)

    assert [entry["event"] for entry in logs] == [
        "relay.unavailable",
        "relay.recovered",
    ]
    assert logs[0]["said"] == "no route for •••"
    assert logs[1]["failures"] == 3


async def test_raw_leaves_out_what_nobody_is_to_see(
    relay: FakeRelay, client: RelayClient
) -> None:
    kept = {"finalPrompt": "a boat"}
    relay.task(ONE, properties={**kept, "notifyHook": "https://x/s", "userId": "1"})

    raw = await client.raw(ONE)

    assert isinstance(raw, dict)
    assert raw["properties"] == kept
    assert raw["id"] == ONE


async def test_a_task_is_looked_for_at_all_relays(
    relay: FakeRelay, clock: FakeClock
) -> None:
    async with FakeRelay("crazyrouter", hold=True) as second:
        second.task(ONE)
        other = options(second, name=RelayName("other"))

        async with (
            open_relay(options(relay), clock=clock) as a,
            open_relay(other, clock=clock) as b,
        ):
            relays = Relays([a, b])
            anywhere = await relays.look(TaskName(ONE))
            nowhere = await relays.look(TaskName(TWO))
            named = await relays.look(TaskName(ONE, NAME))
            second.fault(http=500, times=None)
            unsure = await relays.look(TaskName(TWO))

    assert isinstance(anywhere, Seen)
    assert anywhere.relay == "other"
    assert nowhere == named == Unknown(relay=NAME)
    assert unsure == Unavailable(relay=RelayName("other"), trouble=Trouble.BROKEN)


async def test_the_preferred_relay_is_believed_first(
    relay: FakeRelay, clock: FakeClock
) -> None:
    relay.task(ONE)
    async with FakeRelay("crazyrouter", hold=True) as second:
        second.task(ONE)
        other = options(second, name=RelayName("other"))

        async with (
            open_relay(options(relay), clock=clock) as a,
            open_relay(other, clock=clock) as b,
        ):
            relays = Relays([a, b])
            default = await relays.look(TaskName(ONE))
            preferred = await relays.look(TaskName(ONE), prefer=RelayName("other"))

    assert isinstance(default, Seen)
    assert isinstance(preferred, Seen)
    assert (default.relay, preferred.relay) == (NAME, "other")


async def test_a_preferred_relay_that_hangs_keeps_nobody_waiting(
    relay: FakeRelay, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.relay.relays.PREFERRED_SECONDS", 0.05)
    relay.fault(hang=asyncio.Event(), times=None)
    async with FakeRelay("crazyrouter", hold=True) as second:
        second.task(ONE)
        other = options(second, name=RelayName("other"))

        async with (
            asyncio.timeout(5),
            open_relay(options(relay), clock=clock) as a,
            open_relay(other, clock=clock) as b,
        ):
            found = await Relays([a, b]).look(TaskName(ONE))

    assert isinstance(found, Seen)
    assert found.relay == "other"


async def test_a_missing_image_route_is_remembered_for_a_day(
    relay: FakeRelay, client: RelayClient, clock: FakeClock
) -> None:
    relay.task(ONE, status="SUCCESS", imageUrl="https://cdn.example/1.png")
    look = await client.fetch(ONE)
    assert isinstance(look, Seen)

    client.image_route_missing()
    without = client.pictures(look.snapshot)[0]
    clock.seconds += timedelta(days=1, seconds=1).total_seconds()
    again = client.pictures(look.snapshot)[0]

    assert [source.relay_route for source in without] == [False]
    assert [source.relay_route for source in again] == [True, False]


async def test_an_address_that_cannot_be_one_is_said_to_be_wrong(
    opening: Opening,
) -> None:
    async with opening(hosts=("http://127.0.0.1:99999",)) as client:
        look = await client.fetch(ONE)

    assert look == Unavailable(relay=NAME, trouble=Trouble.WRONG_PATH)


async def test_a_bare_host_and_a_prefix_in_the_address_are_understood(
    relay: FakeRelay, opening: Opening
) -> None:
    relay.task(ONE)

    async with opening(hosts=(f"{relay.url}/mj/",)) as client:
        look = await client.fetch(ONE)

    assert state(look) is State.RUNNING
    assert options(relay, hosts=("api.example",)).bases == ("https://api.example",)
