"""Run the fake relay as a process: ``python -m tests.fakes.relay --port 9001``.

Prints one line of JSON on standard output once both ports are open; ends on SIGTERM.
"""

import argparse
import asyncio
import json
import signal
import sys

from tests.fakes.relay.kinds import KINDS
from tests.fakes.relay.server import FakeRelay
from tests.fakes.relay.world import KEY


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.relay")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cdn-port", type=int, default=0)
    parser.add_argument("--kind", choices=sorted(KINDS), default="geeknow")
    parser.add_argument("--prefix", default="/mj")
    parser.add_argument("--key", action="append", help=f"a good key; else {KEY}")
    parser.add_argument("--hold", action="store_true", help="looks advance nothing")
    asyncio.run(_serve(parser.parse_args()))


async def _serve(options: argparse.Namespace) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    relay = FakeRelay(
        options.kind,
        port=options.port,
        cdn_port=options.cdn_port,
        prefix=options.prefix,
        keys=options.key or [KEY],
        hold=options.hold,
    )
    async with relay:
        where = {"url": relay.url, "cdn_url": relay.cdn_url, "key": relay.key}
        sys.stdout.write(json.dumps(where) + "\n")
        sys.stdout.flush()
        await ended.wait()


main()
