"""Submit to the simulated relay as any program would: by HTTP."""

from collections.abc import Awaitable, Callable

import aiohttp


def imagine_on(url: str, prefix: str) -> Callable[[str], Awaitable[str]]:
    """Make a function that starts a task from a prompt and gives its id."""

    async def imagine(prompt: str) -> str:
        body = {"prompt": prompt}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{url}{prefix}/submit/imagine", json=body) as answer,
        ):
            told = await answer.json(content_type=None)
        return str(told["result"])

    return imagine
