"""The chat page for every eye and hand: keyboard, narrow screens, both schemes."""

from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped] # ships no types
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from bot.domain.task import Button
from bot.present.card import Block, Card, Shape, Span
from bot.present.reader import Reader
from bot.present.reports import report_card
from bot.present.task_card import task_card
from tests.fakes.chromium import Scheme, open_tab
from tests.fakes.console import Console
from tests.flow.browser_page.conftest import (
    CUSTOM_ID,
    MARKS,
    done,
    picture,
    reporting,
    say,
)
from tests.unit import card_samples as samples

pytestmark = MARKS

LONG_ID = "task_" + "7" * 59
ZH = Reader(language="zh", now=samples.NOW)


async def test_everything_can_be_reached_by_keyboard(
    page: Page, console: Console
) -> None:
    reporting(console.commands)
    await console.tell(done(), "k1")
    await page.get_by_role("button", name="U1").wait_for()

    reached = [await tab_on(page) for _ in range(13)]

    assert reached == [
        "Switch to Chinese: 中文",
        "Chat",
        "Make a picture",
        "A finished grid",
        "Copy 1767225600000123",
        "U1",
        "🔄",
        "Seed",
        "Details",
        "All customIds",
        "Message",
        "Send",
        "",
    ]


async def tab_on(page: Page) -> str:
    await page.keyboard.press("Tab")
    name: str = await page.evaluate(
        "() => { const on = document.activeElement; if (on === document.body) return '';"
        " return on.getAttribute('aria-label') ??"
        " [...on.childNodes].filter((n) => n.ariaHidden !== 'true')"
        ".map((n) => n.textContent).join(''); }"
    )
    return name


async def furnish(console: Console, folder: Path, reader: Reader) -> None:
    """Put one of everything into the chat."""
    task = samples.task(samples.DONE)
    many = tuple(
        Button(custom_id=f"{CUSTOM_ID}{n}", label=f"Zoom Out {n}.5x", emoji="🔍")
        for n in range(15)
    )
    crowded = samples.task(replace(samples.DONE, buttons=many))
    unbroken = Block((Span("W" * 300),), Shape.QUOTE)
    cards = [
        task_card(samples.task(), reader, watched=True),
        task_card(crowded, reader, watched=False),
        Card(blocks=(Block((Span(LONG_ID),)), unbroken)),
        report_card(task, 0, reader),
        done(reader),
    ]
    for number, each in enumerate(cards):
        await console.tell(each, f"k{number}", loud=number == 4)
    await console.messenger.edit(
        await console.tell(done(reader), "k-album"),
        done(reader),
        to=console.here,
        files=tuple(picture(folder, number) for number in range(3)),
    )


LOOKS: list[tuple[Scheme, str, int]] = [
    ("light", "en-US", 320),
    ("dark", "en-US", 390),
    ("light", "zh-CN", 390),
    ("dark", "zh-CN", 320),
    ("dark", "en-US", 1280),
    ("light", "en-US", 1280),
]


@pytest.mark.parametrize("look", LOOKS)
async def test_nothing_is_cut_off_and_axe_finds_nothing(
    chromium: Browser,
    console: Console,
    tmp_path: Path,
    look: tuple[Scheme, str, int],
) -> None:
    scheme, locale, width = look
    await furnish(console, tmp_path, ZH if locale == "zh-CN" else samples.EN)
    reporting(console.commands)
    async with open_tab(
        chromium, console.url, width=width, scheme=scheme, locale=locale
    ) as page:
        await page.get_by_role("button", name="U1").last.click()
        await page.locator(".report").wait_for()
        await say(page, "/list")
        await expect(page.locator("#line")).to_have_value("")
        await page.fill("#line", "/")
        await page.get_by_role("option").first.wait_for()

        found = await Axe().run(page)
        wider = await page.evaluate(TOO_WIDE)

    assert [(each["id"], each["nodes"]) for each in found.response["violations"]] == []
    assert wider == []


TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter((node) => node.offsetParent && !node.closest('pre, .unseen, .origin'))
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 0.5
    || node.getBoundingClientRect().left < -0.5
    || (node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0
        && getComputedStyle(node).overflowX !== 'visible'))
  .map((node) => node.outerHTML.slice(0, 120))"""
