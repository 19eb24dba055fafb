"""Missing rights by the names that Discord's own settings give them."""

import discord
import pytest

from adapters.discord.rights import missing_names

RIGHTS = {
    "view_channel": ("View Channel", "查看频道"),
    "send_messages": ("Send Messages", "发送消息"),
    "embed_links": ("Embed Links", "嵌入链接"),
    "attach_files": ("Attach Files", "添加文件"),
}


@pytest.mark.parametrize("right", RIGHTS)
def test_each_right_has_its_name(right: str) -> None:
    lacking = discord.Permissions.all()
    lacking.update(administrator=False, **{right: False})

    told = [
        missing_names(lacking, thread=False, language=each) for each in ("en", "zh")
    ]

    assert tuple(told) == RIGHTS[right]


def test_in_a_thread_another_right_counts() -> None:
    lacking = discord.Permissions.all()
    lacking.update(administrator=False, send_messages=False)
    assert missing_names(lacking, thread=True) == ""

    lacking.update(send_messages_in_threads=False)
    assert missing_names(lacking, thread=True) == "Send Messages in Threads"


def test_who_may_all_lacks_nothing() -> None:
    assert missing_names(discord.Permissions.all(), thread=False) == ""
    administrator = discord.Permissions(administrator=True)
    assert missing_names(administrator, thread=True) == ""
