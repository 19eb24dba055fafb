"""The chat page in a real Chromium: typing, pressing, rings, pictures."""

from dataclasses import replace
from pathlib import Path

from playwright.async_api import Page, expect

from bot.commands.reply import Reply, Suggestion
from bot.domain.attachment import FileKind
from bot.domain.buttonref import parse_ref
from bot.domain.subscription import SubscriptionId
from bot.domain.task import TaskKey
from bot.present.card import Block, Card, CardButton, Shape, Span
from tests.fakes.console import Console
from tests.flow.browser_page.conftest import (
    CUSTOM_ID,
    MARKS,
    done,
    picture,
    reporting,
    running,
    say,
)

pytestmark = MARKS

HOSTILE = '<img src=x onerror="document.title=1"> <script>alert(1)</script> **b** @here'

# All that an element reads like from now on, however soon that is over.
WORDS_SHOWN = """(node) => { const words = [];
  new MutationObserver(() => words.push(node.textContent))
    .observe(node, { characterData: true, childList: true, subtree: true });
  return words; }"""


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
    words = await copy.evaluate_handle(WORDS_SHOWN)

    await page.keyboard.press("Enter")

    await page.wait_for_function("(words) => words.includes('Copied')", arg=words)
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
