"""Presses: what a button asks for, and where its answer goes."""

from adapters.browser.answers import Answers
from adapters.browser.chat import Chat
from adapters.browser.render import Json
from bot.commands.commands import Commands
from bot.commands.reply import Caller


class Buttons:
    """Answers presses of our buttons.

    Args:
        commands: What may be asked.
        chat: Where the pressed cards are.
        answers: Shows what comes of it.
    """

    def __init__(self, commands: Commands, chat: Chat, answers: Answers) -> None:
        self._commands = commands
        self._chat = chat
        self._answers = answers

    async def press(self, caller: Caller, *, ref: str, message: int, key: str) -> Json:
        """Answer a press.

        Args:
            caller: Who presses.
            ref: What the button carries.
            message: The message whose button it is.
            key: Names this press.

        Returns:
            What only the presser's page shows: a notice, or where the report is.

        Raises:
            StoreError: The answer could not be kept.
        """
        pressed = message if self._chat.get(message) else None
        reply = await self._commands.press(caller, ref)
        return await self._answers.show(
            caller, reply, key=key, pressed=pressed, ref=ref
        )
