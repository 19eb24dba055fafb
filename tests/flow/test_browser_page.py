"""The chat page in a real Chromium: typing, pressing, rings, tabs, trouble, looks."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import (  # type: ignore[import-untyped] # ships no types
    Axe,
)
from PIL import Image
from playwright.async_api import Browser, Page, expect

from bot.commands.reply import How, Reply, Suggestion
from bot.domain.attachment import Attachment, FileKind
from bot.domain.buttonref import parse_ref
from bot.domain.subscription import SubscriptionId
from bot.domain.task import Button, TaskKey
from bot.present.build import Reader, explain_card, report_card, task_card
from bot.present.card import Block, Card, CardButton, Shape, Span
from tests.fakes.chromium import PATH, WHY_NOT, Scheme, open_chromium, open_tab
from tests.fakes.commands import FakeCommands, card
from tests.fakes.console import Console, open_console
from tests.unit import card_samples as samples

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(PATH is None, reason=WHY_NOT),
    pytest.mark.slow,
]

HOSTILE = '<img src=x onerror="document.title=1"> <script>alert(1)</script> **b** @here'
LONG_ID = "task_" + "7" * 59
CUSTOM_ID = "MJ::JOB::upsample::1::3f1c9a52"
ZH = Reader(language="zh", now=samples.NOW)


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


async def test_a_typed_command_is_answered(page: Page, console: Console) -> None:
    await say(page, "/status abc")

    await expect(page.locator(".own .line")).to_have_text("/status abc")
    await expect(page.locator("article h2")).to_have_text("status abc")
    assert console.commands.texts("status") == ["abc"]


async def test_pasted_lines_stay_apart(page: Page, console: Console) -> None:
    await page.evaluate("navigator.clipboard.writeText('/status a1\\nb2\\r\\nc3')")
    await page.focus("#line")
    await page.keyboard.press("Control+V")
    await page.keyboard.press("Enter")

    await expect(page.locator("article h2")).to_have_text("status a1 b2 c3")


async def test_commands_and_ids_are_suggested_by_keyboard(
    page: Page, console: Console
) -> None:
    console.commands.suggestions = [Suggestion(value="task_1", label="a boat")]
    await page.focus("#line")
    await page.keyboard.type("/wa")
    await page.get_by_role("option", name="/watch").wait_for()
    await page.keyboard.press("Tab")
    await page.get_by_role("option", name="a boat").wait_for()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    await expect(page.locator("#line")).to_have_value("/watch task_1")
    await expect(page.locator("#suggestions")).to_be_hidden()


async def test_a_chip_is_a_line_said(page: Page, console: Console) -> None:
    await page.get_by_role("button", name="A finished grid").click()

    await expect(page.locator(".own .line")).to_have_text("/status t1")


async def test_the_bar_of_a_live_card_moves_in_place(
    page: Page, console: Console
) -> None:
    console.commands.says(
        "watch", Reply(card=running(20), subscription=SubscriptionId(5))
    )
    await say(page, "/watch 1767225600000123")
    bar = page.get_by_role("progressbar")
    await expect(bar).to_have_attribute("aria-valuenow", "20")
    receipt = console.commands.attached[0][1]

    await console.messenger.edit(receipt, running(70), to=console.here)

    await expect(bar).to_have_attribute("aria-valuenow", "70")
    await expect(page.locator("article")).to_have_count(1)


async def test_an_edit_takes_nobodys_focus(page: Page, console: Console) -> None:
    receipt = await console.tell(running(20), "k1")
    refresh = page.get_by_role("button", name="Refresh")
    await refresh.focus()

    await console.messenger.edit(receipt, running(50), to=console.here)

    await expect(page.get_by_role("progressbar")).to_have_attribute(
        "aria-valuenow", "50"
    )
    await expect(refresh).to_be_focused()


async def test_a_ring_is_said_aloud_and_scrolled_to(
    page: Page, console: Console
) -> None:
    await console.tell(running(20), "k1")
    await page.locator("article").first.wait_for()

    await console.tell(replace(done(), mentions=(console.you,)), "k2", loud=True)

    await expect(page.locator("#said")).to_contain_text("Done")
    await expect(page.locator(".rang")).to_have_text("🔔 @you")
    await expect(page.get_by_role("button", name="U1")).to_be_in_viewport()


async def test_whoever_reads_further_up_is_not_dragged_away(
    page: Page, console: Console
) -> None:
    for number in range(9):
        await console.tell(running(number), f"k{number}")
    await expect(page.locator("article").last).to_be_in_viewport()
    await page.locator("#scroll").evaluate("(node) => node.scrollTo(0, 0)")
    await expect(page.locator("#welcome")).to_be_in_viewport()

    await console.tell(done(), "k-done", loud=True)

    newest = page.get_by_role("button", name="New messages")
    await expect(newest).to_be_visible()
    await expect(page.locator("#welcome")).to_be_in_viewport()
    await newest.click()
    await expect(page.get_by_role("button", name="U1")).to_be_in_viewport()


async def test_a_picture_that_comes_late_keeps_the_end_in_view(
    page: Page, console: Console, tmp_path: Path
) -> None:
    receipt = await console.tell(done(), "k1")
    await expect(page.get_by_role("button", name="U1")).to_be_in_viewport()

    await console.messenger.edit(
        receipt, done(), to=console.here, files=(picture(tmp_path),)
    )

    image = page.get_by_role("img", name="Picture: ✅ Done")
    await expect(image).to_have_js_property("naturalWidth", 400)
    await expect(page.locator(".foot").last).to_be_in_viewport(ratio=1)


async def test_a_pressed_button_puts_its_custom_id_one_tap_from_the_clipboard(
    page: Page, console: Console
) -> None:
    reporting(console.commands)
    await console.tell(done(), "k1")
    await page.get_by_role("button", name="U1").click()
    copy = page.locator(".report .copy")
    await expect(copy).to_be_focused()

    await page.keyboard.press("Enter")

    await expect(copy).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == CUSTOM_ID
    pressed = parse_ref(console.commands.texts("press")[0])
    assert pressed
    assert pressed.task_key == 7


async def test_a_finished_picture_comes_into_its_card(
    page: Page, console: Console, tmp_path: Path
) -> None:
    console.commands.says("status", Reply(card=done(), picture=TaskKey(7)))
    console.commands.pictures = [picture(tmp_path)]
    gate = console.commands.hold("files")
    await say(page, "/status 1767225600000123")
    await expect(page.locator(".coming")).to_be_visible()

    gate.set()

    image = page.get_by_role("img", name="Picture: ✅ Done")
    await expect(image).to_have_js_property("naturalWidth", 400)
    await expect(page.locator(".coming")).to_have_count(0)


async def test_an_album_stands_side_by_side(
    page: Page, console: Console, tmp_path: Path
) -> None:
    files = tuple(picture(tmp_path, number) for number in range(4))
    receipt = await console.tell(done(), "k1")

    await console.messenger.edit(receipt, done(), to=console.here, files=files)

    await expect(page.locator(".album img")).to_have_count(4)


async def test_a_file_that_is_no_picture_can_be_saved(
    page: Page, console: Console, tmp_path: Path
) -> None:
    file = replace(picture(tmp_path), kind=FileKind.DOCUMENT)
    receipt = await console.tell(done(), "k1")

    await console.messenger.edit(receipt, done(), to=console.here, files=(file,))

    link = page.get_by_role("link", name="Save 1767225600000123.png")
    await expect(link).to_have_attribute("download", "1767225600000123.png")


async def test_other_peoples_markup_stays_text(page: Page, console: Console) -> None:
    title = await page.title()
    quote = Block((Span(HOSTILE),), Shape.QUOTE)
    button = CardButton(label=HOSTILE, copy=HOSTILE)
    hostile = Card(blocks=(quote,), buttons=((button,),))

    await console.tell(hostile, "k1")

    await expect(page.locator("blockquote")).to_have_text(HOSTILE)
    await expect(page.locator("article img, article script")).to_have_count(0)
    assert await page.title() == title


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


async def test_everything_can_be_reached_by_keyboard(
    page: Page, console: Console
) -> None:
    reporting(console.commands)
    await console.tell(done(), "k1")
    await page.get_by_role("button", name="U1").wait_for()

    reached = [await _tab(page) for _ in range(13)]

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


async def _tab(page: Page) -> str:
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
