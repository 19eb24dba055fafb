"""What Discord's own menus say of the commands: names and descriptions."""

from typing import Final

import discord
from discord import app_commands
from discord.app_commands import locale_str

_CHINESE: Final = "zh"


def said(english: str, chinese: str) -> locale_str:
    """A text in both languages."""
    return locale_str(english, **{_CHINESE: chinese})


NAMES: Final = {
    "status": said("status", "状态"),
    "watch": said("watch", "关注"),
    "unwatch": said("unwatch", "取消关注"),
    "list": said("list", "列表"),
    "recent": said("recent", "最近"),
    "seed": said("seed", "种子"),
    "key": said("key", "密钥"),
    "feed": said("feed", "投递"),
    "settings": said("settings", "设置"),
    "help": said("help", "帮助"),
    "allow": said("allow", "允许"),
    "deny": said("deny", "禁止"),
    "claim": said("claim", "认领"),
}
DESCRIPTIONS: Final = {
    "status": said("How a task stands", "查看任务状态"),
    "watch": said("A live card, and a ring when it ends", "实时卡片 + 结束提醒"),
    "unwatch": said("Stop watching a task", "取消关注一个任务"),
    "list": said("The tasks watched here", "这里正在关注的任务"),
    "recent": said("The last finished tasks here", "这里最近结束的任务"),
    "seed": said("The image seed of a task", "查看图片种子"),
    "key": said("Use your own relay key", "使用自己的中转站密钥"),
    "feed": said("An address that programs post ids to", "供程序投递任务的地址"),
    "settings": said("Settings of this chat", "本聊天的设置"),
    "help": said("What I can do", "我会做什么"),
    "allow": said("Let a server or person in", "允许某个服务器或用户"),
    "deny": said("Keep a server or person out", "禁止某个服务器或用户"),
    "claim": said("Become the one who runs me", "成为运行这个机器人的人"),
}
IDS_NAME: Final = said("ids", "任务")
IDS: Final = said("Task ids or relay links", "任务 id 或中转站链接")
PRIVATE_NAME: Final = said("private", "仅自己可见")
PRIVATE: Final = said("Only you see the answer", "只有你能看到回复")
FORGET_NAME: Final = said("forget", "清除")
FORGET: Final = said("Erase the key that is stored", "清除已保存的密钥")
WHOM_NAME: Final = said("names", "名单")
WHOM: Final = said("As in ALLOW, or: here", "写法同 ALLOW 设置 / here 指这里")
CODE_NAME: Final = said("code", "验证码")
CODE: Final = said("From the log of the start", "启动日志里的验证码")
WISH_NAME: Final = said("wish", "要求")
WISH: Final = said(
    "renew, remove, state=PREFIX, action=NAME", "renew、remove、state=前缀、action=名称"
)
MENU: Final = said("Task status", "任务状态")


class MenuWords(app_commands.Translator):
    """Gives Discord the Chinese texts along with the English ones."""

    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,  # noqa: ARG002 - the same anywhere
    ) -> str | None:
        """Say a text in a language; None where English does."""
        if locale is not discord.Locale.chinese:
            return None
        chinese = string.extras.get(_CHINESE)
        return None if chinese is None else str(chinese)
