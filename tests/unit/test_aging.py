"""Facts that are kept for a while carry since when, in an order that text has, too."""

from datetime import UTC, datetime, timedelta

from bot.domain.aging import dated, dating, undated

AT = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_dated_fact_gives_back_what_it_says() -> None:
    assert dated("two words", AT) == "001795305600 two words"
    assert undated(dated("two words", AT)) == "two words"


def test_an_earlier_instant_is_lower_as_text() -> None:
    early = datetime(1969, 1, 1, tzinfo=UTC)
    instants = [early, AT - timedelta(days=9000), AT, AT + timedelta(seconds=1)]
    written = [dating(each) for each in instants]
    assert written == sorted(written)
    assert written[0] == "000000000000"
