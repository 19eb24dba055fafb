"""Whatever a program posts, it is read without a crash and within bounds."""

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.feed import IDS_LIMIT, REFUSED_LIMIT, FeedBody, read_body
from bot.domain.names import parse_argument

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                ["ids", "for", "id", "code", "result", "status", "error", "success"]
            )
            | st.text(),
            inner,
        )
    ),
    max_leaves=20,
)


def is_sound(body: FeedBody) -> bool:
    """Never silent, never too much, and every name an id."""
    bounded = len(body.names) <= IDS_LIMIT and len(body.refused) <= REFUSED_LIMIT + 1
    named = all(parse_argument(str(name)) == (name,) for name in body.names)
    return bounded and named and bool(body.names or body.refused)


@given(st.binary(max_size=2000))
def test_any_bytes_are_read(body: bytes) -> None:
    assert is_sound(read_body(body))


@given(st.text(max_size=2000))
def test_any_text_is_read(body: str) -> None:
    assert is_sound(read_body(body.encode("utf-8", "surrogatepass")))


@given(JSON)
def test_any_json_is_read(value: object) -> None:
    assert is_sound(read_body(json.dumps(value).encode()))


@given(st.lists(st.from_regex(r"[a-z0-9_]{1,20}[0-9]", fullmatch=True), min_size=1))
def test_ids_come_back_in_order_each_once(ids: list[str]) -> None:
    wanted = list(dict.fromkeys(ids))[:IDS_LIMIT]

    assert [str(n) for n in read_body("\n".join(ids).encode()).names] == wanted
    assert [
        str(n) for n in read_body(json.dumps({"ids": ids}).encode()).names
    ] == wanted
