"""A newcomer's first minute: the demo from its one line to a copied customId.

The README's pictures are made here: `MJWATCH_PICTURES=docs/pictures` keeps them.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.fakes.chromium import PATH, WHY_NOT, open_chromium, open_tab
from tests.fakes.measured import MEASURED

pytestmark = [
    pytest.mark.skipif(PATH is None, reason=WHY_NOT),
    pytest.mark.slow,
    pytest.mark.timeout(150),
]

ROOT: Final = Path(__file__).parents[2]
PICTURE_BYTES: Final = 200_000
RUN_MS: Final = 90_000  # the shown task lives for half a minute


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    wanted = os.getenv("MJWATCH_PICTURES")
    folder = ROOT / wanted if wanted else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[str]:
    async with _running(tmp_path) as url:
        yield url


@asynccontextmanager
async def _running(folder: Path) -> AsyncIterator[str]:
    """Run the demo in a folder of its own; gives the address that it prints."""
    surroundings = {
        **MEASURED,
        "PATH": os.getenv("PATH", ""),
        "PYTHONPATH": str(ROOT),
        "WEB_PORT": "0",
    }
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo"),
        cwd=folder,
        env=surroundings,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert program.stdout
        async with asyncio.timeout(30):
            line = (await program.stdout.readline()).decode()
        assert line.startswith("Open http://127.0.0.1:")
        yield line.removeprefix("Open ").strip()
        program.terminate()
        assert await program.wait() == 0
    finally:
        if program.returncode is None:
            program.kill()


async def keep(page: Page, path: Path) -> None:
    """Take a picture, in as few colours as it needs to be small."""
    await page.evaluate("document.activeElement?.blur()")
    await page.mouse.move(0, 0)
    await page.screenshot(path=path)
    assert await asyncio.to_thread(_shrink, path) < PICTURE_BYTES


def _shrink(path: Path) -> int:
    with Image.open(path) as taken:
        small = taken.convert("RGB").quantize(255, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    return path.stat().st_size


async def test_a_newcomer_sees_one_run_and_copies_a_custom_id(
    demo: str, pictures: Path
) -> None:
    async with (
        open_chromium() as chromium,
        open_tab(chromium, demo) as page,
        open_tab(chromium, demo, width=1100, height=960, scheme="dark") as wide,
        open_tab(chromium, demo, scheme="dark", locale="zh-CN") as chinese,
    ):
        await keep(chinese, pictures / "chat-welcome-zh.png")
        await page.get_by_role("button", name="Watch one run").click()
        bar = page.get_by_role("progressbar")
        half = re.compile("[4-9][0-9]")
        await expect(bar).to_have_attribute("aria-valuenow", half, timeout=RUN_MS)
        await keep(page, pictures / "chat-running.png")

        await page.reload()
        await page.get_by_role("button", name="U2").click(timeout=RUN_MS)
        copy = page.locator(".report .copy")
        await expect(copy).to_be_focused()
        await page.keyboard.press("Enter")
        await drawn(page)
        await keep(page, pictures / "chat-report.png")
        await wide.bring_to_front()
        await drawn(wide)
        await expect(wide.locator(".foot").last).to_be_in_viewport()
        await keep(wide, pictures / "chat-wide-dark.png")

        copied = await page.evaluate("navigator.clipboard.readText()")

    assert copied.startswith("MJ::JOB::upsample::2::")


async def drawn(page: Page) -> None:
    """Wait until the newest picture stands there whole."""
    picture = page.locator("img[alt^=Picture]").last
    await expect(picture).to_have_js_property("complete", value=True)
    await expect(picture).not_to_have_js_property("naturalWidth", 0)
