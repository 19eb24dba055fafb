"""What tests around the fake need again and again."""

import io
from typing import Any

from PIL import Image

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.ext import Application, ApplicationBuilder
from tests.fakes.patience import PATIENCE_SECONDS
from tests.fakes.telegram.server import FakeTelegram

App = Application[Any, Any, Any, Any, Any, Any]


def picture(width: int = 40, height: int = 30, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, kind)
    return out.getvalue()


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(label, callback_data=f"1|{label}") for label in labels]
    return InlineKeyboardMarkup([row])


def build(telegram: FakeTelegram, token: str | None = None) -> App:
    return (
        ApplicationBuilder()
        .token(token or telegram.token)
        .base_url(f"{telegram.url}/bot")
        .base_file_url(f"{telegram.url}/file/bot")
        .read_timeout(PATIENCE_SECONDS)
        .build()
    )
