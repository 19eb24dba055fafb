"""A relay without the seed route is no relay at a wrong address."""

import pytest

from bot.domain.look import Trouble, Unavailable
from bot.relay import RelayClient
from tests.contract.relay_client.conftest import NAME, ONE, TWO
from tests.fakes.relay import FakeRelay

PAGE = "<html>"
NO_ROUTE = {"timestamp": "2026", "status": 404, "error": "Not Found", "path": "/mj"}


@pytest.mark.parametrize(("http", "body"), [(200, PAGE), (404, PAGE), (404, NO_ROUTE)])
async def test_where_the_seed_route_alone_is_missing_there_is_no_seed(
    relay: FakeRelay, client: RelayClient, http: int, body: object
) -> None:
    relay.task(ONE)
    relay.fault(http=http, body=body, route="seed", times=None)

    assert await client.seed(ONE) == Unavailable(relay=NAME, trouble=Trouble.NO_SEED)
    assert await client.seed(TWO) == Unavailable(relay=NAME, trouble=Trouble.NO_SEED)


@pytest.mark.parametrize(("http", "body"), [(200, PAGE), (404, NO_ROUTE)])
async def test_a_wrong_address_is_still_one(
    relay: FakeRelay, client: RelayClient, http: int, body: object
) -> None:
    relay.fault(http=http, body=body, times=None)

    assert await client.seed(ONE) == Unavailable(relay=NAME, trouble=Trouble.WRONG_PATH)
