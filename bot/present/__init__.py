"""From domain to cards in the reader's language; pure."""
