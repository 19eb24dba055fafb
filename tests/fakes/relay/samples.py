"""Whole task objects as the four relays' pages show them, and four open servers.

Shapes are faithful, values invented. ``https://relay.example`` stands for the
relay, ``https://cdn.example`` for the host of direct pictures.
"""

from copy import deepcopy
from typing import Any, Final

from tests.fakes.relay.cases import CASES

Wire = dict[str, Any]  # a task object as JSON holds it

PAGES: Final = ("crazyrouter", "quickrouter", "geeknow", "dmxapi")
RELAY: Final = "https://relay.example"
CDN: Final = "https://cdn.example"
SUBMITTED_MS: Final = 1767225600000
JOB: Final = "3f1c9a52-0b7d-4e68-9a41-5d2e7c8b6f10"
SIGNED: Final = "ex=6958a0c0&is=69574f40&hm=5c0ffee5c0ffee5c0ffee5c0ffee5c0f&"


def grid(job: str = JOB, *, pressed: tuple[str, ...] = ()) -> list[Wire]:
    """Give the nine buttons of a grid: U1-U4, reroll, V1-V4; pressed ones are blue."""
    ups = [(f"MJ::JOB::upsample::{n}::{job}", f"U{n}") for n in range(1, 5)]
    varied = [(f"MJ::JOB::variation::{n}::{job}", f"V{n}") for n in range(1, 5)]
    reroll = [(f"MJ::JOB::reroll::0::{job}::SOLO", "")]
    return [
        {
            "customId": custom_id,
            "emoji": "" if label else "🔄",
            "label": label,
            "type": 2,
            "style": 1 if label in pressed else 2,
        }
        for custom_id, label in ups + reroll + varied
    ]


def _crazyrouter() -> Wire:
    """Buttons without type, emoji the label once more; no times; a short hash."""
    buttons = [
        {
            "customId": button["customId"].replace(JOB, "a1b2c3d4"),
            "emoji": button["label"] or "🔄",
            "label": button["label"] or "🔄",
            "style": 2,
        }
        for button in grid()
    ]
    return {
        "id": "task_1234567890",
        "action": "IMAGINE",
        "status": "SUCCESS",
        "progress": "100%",
        "prompt": "a lighthouse made of glass, morning fog --ar 16:9",
        "promptEn": "a lighthouse made of glass, morning fog --ar 16:9",
        "imageUrl": f"{CDN}/images/task_1234567890.png",
        "failReason": "",
        "buttons": buttons,
    }


def _quickrouter() -> Wire:
    return {
        "id": "1767225600000200",
        "action": "IMAGINE",
        "customId": "",
        "botType": "",
        "prompt": "一只纸船",
        "promptEn": "a paper boat",
        "description": "Submit success",
        "state": "",
        "submitTime": SUBMITTED_MS,
        "startTime": SUBMITTED_MS + 1_200,
        "finishTime": SUBMITTED_MS + 27_800,
        "imageUrl": f"{CDN}/attachments/118000000000000001/1767225600000200"
        f"/u_a_paper_boat_3f1c9a52.png?{SIGNED}",
        "status": "SUCCESS",
        "progress": "100%",
        "failReason": "",
        "buttons": grid(),
        "maskBase64": "",
        "properties": {"finalPrompt": "a paper boat --v 7", "finalZhPrompt": ""},
    }


def _geeknow() -> Wire:
    """The page's own object: done, and yet no finish time and no buttons."""
    image = f"{RELAY}/mj/image/1767225600000300"
    return {
        "id": "1767225600000300",
        "action": "IMAGINE",
        "customId": "",
        "botType": "MID_JOURNEY",
        "prompt": "paper boat on a lake",
        "promptEn": "paper boat on a lake",
        "description": "/imagine paper boat on a lake",
        "state": "order-4711",
        "submitTime": SUBMITTED_MS,
        "startTime": SUBMITTED_MS + 900,
        "finishTime": 0,
        "imageUrl": image,
        "imageUrls": [f"{CDN}/1767225600000300/0_{n}.png" for n in range(4)],
        "videoUrl": "",
        "videoUrls": None,
        "status": "SUCCESS",
        "progress": "100%",
        "failReason": "",
        "buttons": None,
        "maskBase64": "",
        "properties": {"finalPrompt": "paper boat on a lake", "finalZhPrompt": ""},
    }


def _dmxapi() -> Wire:
    return {
        "id": "1767225600000400",
        "action": "IMAGINE",
        "status": "SUCCESS",
        "prompt": "宫崎骏风格的纸船 --ar 3:2",
        "promptEn": f"{CDN}/ref/lake.png a paper boat in the style of an old film --ar 3:2",
        "description": "/imagine 宫崎骏风格的纸船 --ar 3:2",
        "state": "",
        "submitTime": SUBMITTED_MS,
        "startTime": SUBMITTED_MS + 2_000,
        "finishTime": SUBMITTED_MS + 39_000,
        "progress": "100%",
        "imageUrl": f"{CDN}/attachments/118000000000000001/1767225600000400"
        f"/u_a_paper_boat_{JOB}.png?{SIGNED}",
        "imageHeight": 0,
        "imageWidth": 0,
        "failReason": "",
        "mode": "FAST",
        "proxy": "",
        "botType": "MID_JOURNEY",
        "buttons": grid(pressed=("U1",)),
        "properties": {
            "notifyHook": "https://caller.example/hook/s3cret-path",
            "finalPrompt": "a paper boat in the style of an old film --ar 3:2",
            "finalZhPrompt": "宫崎骏风格的纸船",
            "messageId": "118000000000000011",
            "messageHash": JOB,
            "progressMessageId": "118000000000000012",
            "messageContent": "**a paper boat --ar 3:2** - <@118000000000000013> (fast)",
            "flags": 0,
            "nonce": "1767225600000401",
            "discordInstanceId": "118000000000000014",
            "discordChannelId": "118000000000000015",
            "botType": "MID_JOURNEY",
        },
    }


def _newapi() -> Wire:
    """A gateway's object: the relay's own image address, two properties."""
    made = _quickrouter()
    text_id = "1767225600000500"
    return {
        **made,
        "id": text_id,
        "imageUrl": f"{RELAY}/mj/image/{text_id}",
        "videoUrl": "",
        "videoUrls": None,
    }


def _of_case(name: str) -> Wire:
    """Take an open server's object from the wire cases, its picture on our CDN."""
    body: Wire = deepcopy(CASES[name].body)
    image = f"{CDN}/attachments/118000000000000001/{body['id']}/boat.png?{SIGNED}"
    pictures = [{"url": image, "thumbnail": None}]
    several = {"imageUrls": pictures} if "imageUrls" in body else {}
    return {**body, "imageUrl": image, **several}


def _begun(done: Wire) -> Wire:
    """Give the same task on its way; what is not known yet is spelled as that page does."""
    blank = None if done.get("failReason", "") is None else ""
    begun: Wire = {"status": "IN_PROGRESS", "progress": "31%", "imageUrl": blank}
    unset = 0 if isinstance(done.get("state"), str) and blank == "" else None
    for name, value in (
        ("finishTime", unset),
        ("buttons", [] if done.get("buttons") else None),
        ("imageUrls", []),
        ("isCompleted", False),
        ("useTime", "-"),
    ):
        begun |= {name: value} if name in done else {}
    return {**done, **begun}


SAMPLES: Final[dict[str, Wire]] = {  # finished
    "crazyrouter": _crazyrouter(),
    "quickrouter": _quickrouter(),
    "geeknow": _geeknow(),
    "dmxapi": _dmxapi(),
    "newapi": _newapi(),
    "onehub": _newapi(),
    "novicezk": _of_case("nv_success_no_buttons_field"),
    "trueai": _of_case("ta_full_success"),
}
RUNNING: Final[dict[str, Wire]] = {kind: _begun(done) for kind, done in SAMPLES.items()}
