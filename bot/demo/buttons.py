"""The follow-ups that a finished task offers, and what comes of pressing one."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from bot.demo.art.palette import dice_of


@dataclass(frozen=True, slots=True)
class Offer:
    """One button: customId, label, emoji, in the relay's order."""

    custom_id: str
    label: str
    emoji: str = ""


# What a press makes, by a word of the customId; the first that fits counts.
_ACTIONS: Final = (
    ("::upsample", "UPSCALE"),
    ("variation", "VARIATION"),
    ("::reroll", "REROLL"),
    ("::pan_", "PAN"),
    ("::CustomZoom", "CUSTOM_ZOOM"),
    ("::Outpaint", "ZOOM"),
    ("::Inpaint", "INPAINT"),
    ("::animate", "VIDEO"),
    ("::video", "VIDEO"),
    ("::PicReader", "IMAGINE"),
    ("::PromptAnalyzer", "IMAGINE"),
)
# These open a window first, on every server.
_ASK_FIRST: Final = ("::CustomZoom", "::Inpaint", "::PicReader", "::PromptAnalyzer")


def action_of(custom_id: str) -> str | None:
    """Name the action of a customId; None for one that no gateway takes."""
    return next((action for word, action in _ACTIONS if word in custom_id), None)


def asks_first(custom_id: str) -> bool:
    """Whether the press opens a window that waits for words."""
    return any(word in custom_id for word in _ASK_FIRST)


def number_in(custom_id: str) -> int:
    """Read which of the four pictures is meant; 0 if none."""
    parts = custom_id.split("::")
    found = parts[3:4] if parts[:2] == ["MJ", "JOB"] else []
    return int(found[0]) if found and found[0] in {"1", "2", "3", "4"} else 0


def grid_offers(job: str) -> tuple[Offer, ...]:
    """U1-U4, reroll, V1-V4."""
    ups = [Offer(f"MJ::JOB::upsample::{n}::{job}", f"U{n}") for n in range(1, 5)]
    varied = [Offer(f"MJ::JOB::variation::{n}::{job}", f"V{n}") for n in range(1, 5)]
    return (*ups, Offer(f"MJ::JOB::reroll::0::{job}::SOLO", "", "🔄"), *varied)


_UPSCALE: Final = (
    ("MJ::JOB::upsample_v7_2x_subtle::1::{}::SOLO", "Upscale (Subtle)", "upscale_1"),
    (
        "MJ::JOB::upsample_v7_2x_creative::1::{}::SOLO",
        "Upscale (Creative)",
        "upscale_1",
    ),
    ("MJ::JOB::low_variation::1::{}::SOLO", "Vary (Subtle)", "🪄"),
    ("MJ::JOB::high_variation::1::{}::SOLO", "Vary (Strong)", "🪄"),
    ("MJ::Inpaint::1::{}::SOLO", "Vary (Region)", "🖌️"),
    ("MJ::Outpaint::50::1::{}::SOLO", "Zoom Out 2x", "🔍"),
    ("MJ::Outpaint::75::1::{}::SOLO", "Zoom Out 1.5x", "🔍"),
    ("MJ::CustomZoom::{}", "Custom Zoom", "🔍"),
    ("MJ::JOB::pan_left::1::{}::SOLO", "", "⬅️"),
    ("MJ::JOB::pan_right::1::{}::SOLO", "", "➡️"),
    ("MJ::JOB::pan_up::1::{}::SOLO", "", "⬆️"),
    ("MJ::JOB::pan_down::1::{}::SOLO", "", "⬇️"),
    ("MJ::JOB::animate_high::1::{}::SOLO", "Animate (High motion)", "🎞️"),
    ("MJ::JOB::animate_low::1::{}::SOLO", "Animate (Low motion)", "🎞️"),
    ("MJ::JOB::reroll::0::{}::SOLO", "", "🔄"),
)


def upscale_offers(job: str) -> tuple[Offer, ...]:
    """The fifteen of a single picture, some longer than a chat's button can hold."""
    return tuple(Offer(form.format(job), label, sign) for form, label, sign in _UPSCALE)


def film_offers(job: str) -> tuple[Offer, ...]:
    """The two ways to go on with a film, and another take."""
    return (
        Offer(f"MJ::JOB::animate_high_extend::1::{job}", "Extend (High)", "🎞️"),
        Offer(f"MJ::JOB::animate_low_extend::1::{job}", "Extend (Low)", "🎞️"),
        Offer(f"MJ::JOB::reroll::0::{job}::SOLO", "", "🔄"),
    )


def describe_offers() -> tuple[Offer, ...]:
    """Four digits and all; the same in every task."""
    digits = [Offer(f"MJ::Job::PicReader::{n}", "", f"{n}️⃣") for n in range(1, 5)]
    return (*digits, Offer("MJ::Job::PicReader::all", "Imagine all", "🎉"))


def shorten_offers() -> tuple[Offer, ...]:
    """Five shorter prompts; the same in every task."""
    return tuple(
        Offer(f"MJ::Job::PromptAnalyzer::{n}", "", f"{n}️⃣") for n in range(1, 6)
    )


def job_of(task_id: str, *, short: bool) -> str:
    """Give the inner name that stands in a task's customIds: a UUID, or a short hash."""
    digits = dice_of("job", task_id)
    name = UUID(bytes=digits.randbytes(16), version=4)
    return name.hex[:8] if short else str(name)
