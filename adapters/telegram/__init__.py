"""The Telegram door: the Bot API, spoken through python-telegram-bot."""
