"""Answers that come packed: read whole, or not at all."""

import gzip
import json
import zlib
from collections.abc import Callable
from secrets import token_hex
from typing import Final

import pytest

from bot.domain.look import Look, Trouble, Unavailable, Unknown
from bot.domain.task import State
from bot.relay import RelayClient
from tests.contract.relay_client.conftest import NAME, ONE, state
from tests.fakes.relay import FakeRelay

TASK: Final = json.dumps({"id": ONE, "status": "SUCCESS"}).encode()


@pytest.mark.parametrize("left", [1, 5, 30, 70, -3000, -60, -20])
@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
async def test_what_is_left_of_a_packed_answer_is_no_answer(
    relay: FakeRelay,
    client: RelayClient,
    left: int,
    coding: str,
    pack: Callable[[bytes], bytes],
) -> None:
    task = {"id": ONE, "status": "SUCCESS", "prompt": token_hex(3000)}
    body = pack(json.dumps(task).encode())[:left]
    headers = {"Content-Encoding": coding}
    relay.fault(http=200, body=body, headers=headers, times=None)

    found = await client.fetch(ONE)

    assert found == Unavailable(relay=NAME, trouble=Trouble.BROKEN)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(TASK)),
        ("X-GZIP", gzip.compress(TASK)),
        ("gzip", gzip.compress(TASK[:9]) + gzip.compress(TASK[9:])),
        ("deflate", zlib.compress(TASK)),
        ("deflate", zlib.compress(TASK)[2:-4]),  # without its header, as some do
        ("identity", TASK),
    ],
    ids=["gzip", "x-gzip", "two parts", "deflate", "bare deflate", "plain"],
)
async def test_a_packed_answer_is_unpacked(
    relay: FakeRelay, client: RelayClient, coding: str, body: bytes
) -> None:
    relay.fault(http=200, body=body, headers={"Content-Encoding": coding})

    assert state(await client.fetch(ONE)) is State.SUCCEEDED


@pytest.mark.parametrize(
    ("body", "look"),
    [
        (b"", Unknown(relay=NAME)),
        (gzip.compress(b""), Unknown(relay=NAME)),
        (TASK, Unavailable(relay=NAME, trouble=Trouble.BROKEN)),
        (
            gzip.compress(bytes(9**8)),
            Unavailable(relay=NAME, trouble=Trouble.TOO_LARGE),
        ),
    ],
    ids=["nothing", "nothing packed", "not packed", "a bomb"],
)
async def test_a_packed_answer_is_what_is_in_it(
    relay: FakeRelay, client: RelayClient, body: bytes, look: Look
) -> None:
    relay.fault(http=200, body=body, headers={"Content-Encoding": "gzip"}, times=None)

    assert await client.fetch(ONE) == look
