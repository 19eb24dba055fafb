"""Ask a fake relay as a plain client would."""

import json

import aiohttp

from tests.fakes.relay import FakeRelay
from tests.fakes.relay.samples import Wire


async def get(
    http: aiohttp.ClientSession, url: str, **headers: str
) -> tuple[int, bytes]:
    """Status and body, redirects not followed."""
    async with http.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.read()


async def fetch(http: aiohttp.ClientSession, relay: FakeRelay, task_id: str) -> Wire:
    """One task's object."""
    _, body = await get(http, f"{relay.url}{relay.prefix}/task/{task_id}/fetch")
    shown: Wire = json.loads(body)
    return shown


async def listed(
    http: aiohttp.ClientSession, relay: FakeRelay, *ids: str
) -> list[Wire]:
    """The objects of several tasks."""
    url = f"{relay.url}{relay.prefix}/task/list-by-condition"
    async with http.post(url, json={"ids": ids}) as answer:
        rows: list[Wire] = await answer.json(content_type=None)
        return rows
