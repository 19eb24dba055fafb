"""What a server said is made safe to show, whatever it nests."""

from bot.domain.scrub import scrub


def test_tags_nested_deeper_than_we_look_leave_no_tag_behind() -> None:
    nested = "<b" * 12 + ">" * 12

    assert "<b" not in scrub(f"failed {nested} at last")


def test_a_short_key_of_ours_blots_out_no_words() -> None:
    assert scrub("an apple a day", secrets=["sk-app"]) == "an apple a day"


def test_a_key_of_ours_is_blotted_out_with_and_without_its_prefix() -> None:
    said = scrub("no quota for zq81mmxt", secrets=["sk-zq81mmxt"])

    assert said == "no quota for •••"
