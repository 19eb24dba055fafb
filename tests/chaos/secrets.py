"""Canaries: every secret is a word that must turn up nowhere."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tests.chaos.proxy import Way
from tests.chaos.report import Finding
from tests.chaos.stage import Stage

SECRET_KEY: Final = "canary-secret-key-of-this-machine-0123456789abcdef"
OTHER_KEY: Final = "sk-canaryOfTheOtherRelay0123456789abcdefghijklmnop"
PASTED_KEY: Final = "sk-canaryPastedByAPerson0123456789abcdefghijklmnop"
SETTINGS: Final = {
    "LOG_LEVEL": "debug",
    "SECRET_KEY": SECRET_KEY,
    "RELAYS__OTHER__URL": "http://127.0.0.1:1",
    "RELAYS__OTHER__KEY": OTHER_KEY,
}
TROUBLE_SECONDS: Final = 4.0
_TASK: Final = "1767225600000001"
_COMMANDS: Final = (
    ("check",),
    ("check", "--json"),
    ("status", _TASK, "--json"),
)


async def let_canaries_sing(stage: Stage) -> Finding:
    """Go through a day with trouble at DEBUG, and search all that came of it."""
    await stage.bot.start()
    await stage.bot.ready()
    await stage.watch(stage.new_wishes(6))
    heard = await _trouble(stage)
    await stage.end(stage.tasks)
    await stage.until_told()
    telegram = stage.chats[0]
    curl = f"curl https://relay.example/mj/task/{_TASK}/fetch -H 'Authorization: Bearer {PASTED_KEY}'"
    await telegram.say("c0", "status", curl)
    await asyncio.sleep(TROUBLE_SECONDS / 4)
    heard += await _probes(stage)
    heard.append(("process list", _process_list(stage)))
    probe = ("probe", stage.bot.settings["RELAY_URL"], "--key-env", "RELAY_KEY")
    for words in (*_COMMANDS, probe, (*probe, "--task", _TASK, "--json")):
        heard.append((" ".join(words), (await stage.bot.command(*words))[1]))
    await stage.bot.stop()
    heard += _left_behind(stage.bot.folder)
    heard.append(("cards", "\n".join(each.words for each in await stage.said())))
    found = [
        f"{where} holds {secret[:9]}..."
        for where, text in heard
        for secret in canaries(stage)
        if secret in text
    ]
    return Finding(
        what="canaries",
        times=len(canaries(stage)),
        tally=await stage.tally(),
        broken=found,
        remarks={"places searched": len(heard)},
    )


def canaries(stage: Stage) -> list[str]:
    """Every secret, also in parts that would do."""
    telegram = stage.bot.settings["TELEGRAM_TOKEN"]
    discord = stage.bot.settings["DISCORD_TOKEN"]
    keys = [stage.bot.settings["RELAY_KEY"], SECRET_KEY, OTHER_KEY, PASTED_KEY]
    return [telegram.partition(":")[2], discord.rpartition(".")[2], *keys]


async def _trouble(stage: Stage) -> list[tuple[str, str]]:
    """Let each line fail for a while; what is said then is worth reading."""
    heard: list[tuple[str, str]] = []
    for name, way in (
        ("relay", Way.RESET),
        ("telegram", Way.CUT),
        ("discord", Way.CUT),
    ):
        stage.proxies[name].behave(way)
        await asyncio.sleep(TROUBLE_SECONDS)
        heard += await _probes(stage)
        stage.proxies[name].behave(Way.PASS)
    return heard


async def _probes(stage: Stage) -> list[tuple[str, str]]:
    words = ("metrics", "readyz", "healthz")
    return [(word, (await stage.bot.probe(word))[1]) for word in words]


def _process_list(stage: Stage) -> str:
    assert stage.bot.process is not None
    command = Path(f"/proc/{stage.bot.process.pid}/cmdline")
    return command.read_text() if command.exists() else ""


def _left_behind(folder: Path) -> Iterable[tuple[str, str]]:
    """Every file: the log, the database and what lies beside it."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    return [(each.name, each.read_bytes().decode(errors="replace")) for each in files]
