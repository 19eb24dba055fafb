"""The dispatcher: rings and live cards, each chat at its own pace."""
