"""A real Chromium without a screen, driven by Playwright; skips where there is none."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.fakes.patience import PATIENCE_SECONDS

PATH: Final = shutil.which("chromium") or shutil.which("chromium-browser")
WHY_NOT: Final = "no chromium on this machine (Debian: apt-get install chromium)"
_ARGS: Final = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS: Final = 1000 * PATIENCE_SECONDS
Scheme = Literal["light", "dark"]

expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def open_chromium() -> AsyncIterator[Browser]:
    """Start one; about half a second."""
    if PATH is None:
        pytest.skip(WHY_NOT)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=PATH, args=list(_ARGS), timeout=PATIENCE_MS
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_tab(
    browser: Browser,
    url: str,
    *,
    width: int = 390,
    height: int = 844,
    scheme: Scheme = "light",
    locale: str = "en-US",
) -> AsyncIterator[Page]:
    """Open the chat in a fresh profile; whatever it asks of other hosts is an error.

    So is any word on its console: a refused script or style says so there.
    """
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale=locale,
        permissions=["clipboard-read", "clipboard-write"],
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    try:
        await page.goto(url)
        await page.locator("#line:not([disabled])").wait_for()
        yield page
    finally:
        await context.close()
    origin = url.rsplit("/", 1)[0]
    assert [each for each in asked if not each.startswith(origin)] == []
    refused = [each for each in complaints if "ERR_CONNECTION" not in each]
    assert refused == []
