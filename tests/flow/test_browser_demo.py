"""A newcomer's first minute: the demo from its one line to a copied customId.

The README's pictures are made here: `MJWATCH_PICTURES=docs/pictures` keeps them.
"""

import asyncio
import os
import re
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.fakes.chromium import PATH, WHY_NOT, open_chromium, open_tab
from tests.fakes.measured import MEASURED
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.ports import held_port

pytestmark = [
    pytest.mark.skipif(PATH is None, reason=WHY_NOT),
    pytest.mark.slow,
]

ROOT: Final = Path(__file__).parents[2]
PICTURE_BYTES: Final = 200_000
RUN_MS: Final = 90_000  # the shown task lives for half a minute
FOUND_MS: Final = 90_000  # a page that lost its server asks ever more rarely


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    wanted = os.getenv("MJWATCH_PICTURES")
    folder = ROOT / wanted if wanted else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Demo:
    """`mjwatch demo` in a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/chat"
        self._folder = folder
        self._port = port
        self._program: Process | None = None

    async def start(self) -> None:
        """Start it, again where an open page looks for it."""
        surroundings = {
            **MEASURED,
            "PATH": os.getenv("PATH", ""),
            "PYTHONPATH": str(ROOT),
            "WEB_PORT": str(self._port),
        }
        self._program = program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "demo"),
            cwd=self._folder,
            env=surroundings,
            stdout=asyncio.subprocess.PIPE,
        )
        assert program.stdout
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = (await program.stdout.readline()).decode()
        assert line.strip() == f"Open {self.url}"

    async def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self._program and self._program.returncode is None:
            self._program.kill()
            await self._program.wait()

    async def stop(self) -> None:
        """Ask it to end."""
        assert self._program
        self._program.terminate()
        assert await self._program.wait() == 0


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    with held_port() as port:
        program = Demo(tmp_path, port)
        try:
            await program.start()
            yield program
            await program.stop()
        finally:
            await program.kill()


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
    demo: Demo, pictures: Path
) -> None:
    url = demo.url
    async with (
        open_chromium() as chromium,
        open_tab(chromium, url) as page,
        open_tab(chromium, url, width=1100, height=960, scheme="dark") as wide,
        open_tab(chromium, url, scheme="dark", locale="zh-CN") as chinese,
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


async def test_a_killed_demo_goes_on_in_the_open_page(demo: Demo) -> None:
    async with open_chromium() as chromium, open_tab(chromium, demo.url) as page:
        await page.get_by_role("button", name="Watch one run").click()
        bar = page.get_by_role("progressbar")
        await expect(bar).to_have_attribute(
            "aria-valuenow", re.compile("[3-9][0-9]"), timeout=RUN_MS
        )

        await demo.kill()
        await expect(page.locator("#lost")).to_be_visible()
        await page.locator("#line").fill("/feed")
        await page.keyboard.press("Enter")
        await expect(page.locator(".unsent")).to_have_count(1)
        await demo.start()

        await expect(page.locator("#lost")).to_be_hidden(timeout=FOUND_MS)
        await expect(page.locator(".unsent")).to_have_count(0)
        feed = page.locator("article").filter(has_text="notifyHook")
        await expect(feed).to_contain_text(f"{demo.url.removesuffix('/chat')}/w/")
        again = page.get_by_role("button", name="U2")
        await again.click(timeout=RUN_MS)
        await expect(page.locator(".report code")).to_contain_text("upsample::2::")
        await page.reload()
        await expect(again).to_have_count(1)
        await expect(bar).to_have_count(0)
        await expect(page.locator(".own", has_text="/feed")).to_have_count(1)


async def drawn(page: Page) -> None:
    """Wait until the newest picture stands there whole."""
    picture = page.locator("img[alt^=Picture]").last
    await expect(picture).to_have_js_property("complete", value=True)
    await expect(picture).not_to_have_js_property("naturalWidth", 0)
