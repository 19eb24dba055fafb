"""Names of who may use the bot, and the claim of the first operator."""

import pytest

from bot.domain.access import claim_digest, read_names

CLAIMED = "8be1c8a7b4a4f7cb3fa8817a9e992e0e938e308cf3815d191cc3876d1eed6f42"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("discord:user:12", ("discord:user:12",)),
        (" Discord:Guild:7\ntelegram:-100 ", ("discord:guild:7", "telegram:-100")),
        (
            "telegram:1,telegram:2;telegram:3",
            ("telegram:1", "telegram:2", "telegram:3"),
        ),
        (
            "telegram:1\uff0ctelegram:2\uff1btelegram:3\u3001telegram:4",
            ("telegram:1", "telegram:2", "telegram:3", "telegram:4"),
        ),
        ("telegram:1 TELEGRAM:1", ("telegram:1",)),
    ],
)
def test_names_are_read_in_order_and_once(text: str, names: tuple[str, ...]) -> None:
    assert read_names(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "discord:12",
        "discord:user:",
        "telegram:user:1",
        "telegram:1x",
        f"telegram:{'1' * 21}",
        "telegram:1 somebody",
    ],
)
def test_one_wrong_name_spoils_all(text: str) -> None:
    assert read_names(text) is None


def test_a_claim_is_the_same_however_it_is_typed() -> None:
    typed = {claim_digest(code) for code in ("ABCD-1234", "abcd 1234", " AbCd1234\n")}

    assert typed == {CLAIMED}  # codes that were given out are kept as this
    assert claim_digest("ABCD1235") not in typed
