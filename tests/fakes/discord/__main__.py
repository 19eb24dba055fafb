"""Runs the fake as a process: ``python -m tests.fakes.discord --port 8123``.

The first line on standard output is JSON with ``url``, ``control`` and ``token``.
"""

import argparse
import asyncio
import json
import signal
import sys

from tests.fakes.discord.control import Control
from tests.fakes.discord.server import TOKEN, FakeDiscord


async def serve(port: int, token: str) -> None:
    """Serve until the process is told to end."""
    discord = FakeDiscord(port, token)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    await discord.start(*Control(discord).routes())
    control = discord.world.base + "/_control"
    where = {"url": discord.url, "control": control, "token": token}
    sys.stdout.write(json.dumps(where) + "\n")
    sys.stdout.flush()
    try:
        await ended.wait()
    finally:
        await discord.stop()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.discord")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.token))


if __name__ == "__main__":
    main()
