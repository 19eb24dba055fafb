"""A real Chromium on the chat page, and what its tests put into the chat."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace
from PIL import Image
from playwright.async_api import Browser, Page

from bot.commands.reply import How, Reply
from bot.domain.attachment import Attachment, FileKind
from bot.present.card import Card
from bot.present.reader import Reader
from bot.present.reports import explain_card, report_card
from bot.present.task_card import task_card
from tests.fakes.chromium import PATH, WHY_NOT, open_chromium, open_tab
from tests.fakes.commands import FakeCommands
from tests.fakes.console import Console, open_console
from tests.unit import card_samples as samples

MARKS = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(PATH is None, reason=WHY_NOT),
    pytest.mark.slow,
]
CUSTOM_ID = "MJ::JOB::upsample::1::3f1c9a52"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with open_chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with open_console(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def page(chromium: Browser, console: Console) -> AsyncIterator[Page]:
    async with open_tab(chromium, console.url) as opened:
        yield opened


def running(percent: int) -> Card:
    snapshot = replace(samples.RUNNING, progress=percent)
    return task_card(samples.task(snapshot), samples.EN, watched=True)


def done(reader: Reader = samples.EN) -> Card:
    return task_card(samples.task(samples.DONE), reader, watched=False)


def picture(
    folder: Path, number: int = 0, kind: FileKind = FileKind.PHOTO
) -> Attachment:
    path = folder / f"picture-{number}.png"
    Image.new("RGB", (400, 300 + number), (40, 60, 120)).save(path)
    return Attachment(
        kind=kind,
        position=number,
        name=f"{samples.ID}.png",
        path=path,
        size_bytes=path.stat().st_size,
        width=400,
        height=300 + number,
    )


def reporting(commands: FakeCommands) -> None:
    task = samples.task(samples.DONE)
    reply = Reply(
        card=report_card(task, 0, samples.EN),
        how=How.REPORT,
        report=CUSTOM_ID,
        more=(explain_card(task, 0, samples.EN),),
    )
    commands.says("press", reply)


async def say(page: Page, line: str) -> None:
    await page.fill("#line", line)
    await page.keyboard.press("Enter")
