"""The browser door: a chat in a web page, on this machine alone."""
