"""Run the fake as a process: `python -m tests.fakes.telegram --port 8081`.

Prints one JSON line with its url and token, then serves until SIGTERM or SIGINT.
"""

import argparse
import asyncio
import json
import signal
import sys

from tests.fakes.telegram.control import Control
from tests.fakes.telegram.server import TOKEN, FakeTelegram


async def serve(port: int, token: str) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    telegram = FakeTelegram(token=token, port=port)
    Control(telegram)
    async with telegram:
        line = {"url": telegram.url, "token": telegram.token}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.telegram")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.token))


if __name__ == "__main__":
    main()
