"""The chat page in a real Chromium: many tabs, reloads, a server that was away."""

from playwright.async_api import Browser, Page, expect

from bot.commands.reply import How, Reply
from tests.fakes.chromium import open_tab
from tests.fakes.commands import card
from tests.fakes.console import Console
from tests.flow.browser_page.conftest import (
    CUSTOM_ID,
    MARKS,
    done,
    reporting,
    running,
    say,
)

pytestmark = MARKS


async def test_all_tabs_share_one_chat(
    chromium: Browser, page: Page, console: Console
) -> None:
    async with open_tab(chromium, console.url) as other:
        await say(page, "/status abc")

        await expect(other.locator("article h2")).to_have_text("status abc")

        await say(other, "/list")

        await expect(page.locator("article h2").nth(1)).to_have_text("list")


async def test_the_history_is_there_after_a_reload(
    page: Page, console: Console
) -> None:
    reporting(console.commands)
    await say(page, "/status abc")
    await console.tell(done(), "k1")
    await page.get_by_role("button", name="U1").click()
    await page.locator(".report").wait_for()

    await page.reload()

    await expect(page.locator("#messages > li")).to_have_count(3)
    await expect(page.locator(".report code")).to_have_text(CUSTOM_ID)


async def test_the_page_finds_back_by_itself_when_the_server_was_away(
    page: Page, console: Console
) -> None:
    await say(page, "/status before")
    await page.locator("article").wait_for()

    await console.close()
    await expect(page.locator("#lost")).to_be_visible()
    await say(page, "/status meanwhile")
    await expect(page.locator(".unsent")).to_have_count(1)
    await console.open()

    await expect(page.locator("#lost")).to_be_hidden()
    await expect(page.locator(".unsent")).to_have_count(0)
    await expect(page.locator("article h2")).to_have_text(
        ["status before", "status meanwhile"]
    )


async def test_a_button_works_after_the_server_came_back(
    page: Page, console: Console
) -> None:
    reporting(console.commands)
    await console.tell(done(), "k1")
    await page.get_by_role("button", name="U1").wait_for()
    await console.close()
    await expect(page.locator("#lost")).to_be_visible()
    await console.open()
    await expect(page.locator("#lost")).to_be_hidden()

    await page.get_by_role("button", name="U1").click()

    await expect(page.locator(".report code")).to_have_text(CUSTOM_ID)


async def test_a_ring_while_nobody_looks_shows_in_the_title(
    page: Page, console: Console
) -> None:
    await say(page, "/status abc")
    await page.locator("article").wait_for()
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => true, configurable: true})"
    )

    await console.tell(done(), "k1", loud=True)

    await expect(page).to_have_title("(1) mjwatch")


async def test_a_notice_is_shown_and_said(page: Page, console: Console) -> None:
    console.commands.says("press", Reply(card=card("Not yours."), how=How.NOTICE))
    await console.tell(running(20), "k1")

    await page.get_by_role("button", name="Stop").click()

    await expect(page.locator("#toast-words")).to_have_text("Not yours.")
    await expect(page.locator("#said")).to_have_text("Not yours.")


async def test_the_language_is_the_browsers_until_it_is_chosen(
    chromium: Browser, console: Console
) -> None:
    async with open_tab(chromium, console.url, locale="zh-CN") as page:
        await expect(page.locator("#welcome h2")).to_contain_text("你好")

        await page.get_by_role("button", name="English").click()

        await expect(page.locator("#welcome h2")).to_contain_text("Hello")
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await page.reload()
        await expect(page.locator("#welcome h2")).to_contain_text("Hello")
