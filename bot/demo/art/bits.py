"""Write H.264's bit strings: fixed widths, and its variable-length numbers."""


class Bits:
    """A string of bits in the making."""

    def __init__(self) -> None:
        self._text: list[str] = []

    def fixed(self, value: int, width: int) -> "Bits":
        """Add a number of so many bits."""
        self._text.append(f"{value:0{width}b}")
        return self

    def ue(self, *values: int) -> "Bits":
        """Add unsigned Exp-Golomb numbers."""
        for value in values:
            coded = f"{value + 1:b}"
            self._text.append("0" * (len(coded) - 1) + coded)
        return self

    def se(self, *values: int) -> "Bits":
        """Add signed Exp-Golomb numbers."""
        return self.ue(*(2 * v - 1 if v > 0 else -2 * v for v in values))

    def repeat(self, pattern: str, times: int) -> "Bits":
        """Add a pattern of 0 and 1 many times."""
        self._text.append(pattern * times)
        return self

    def aligned(self) -> bytes:
        """Give the bytes so far, filled up with zeros."""
        text = "".join(self._text)
        length = -(-len(text) // 8)
        return int(text.ljust(length * 8, "0"), 2).to_bytes(length, "big")

    def closed(self) -> bytes:
        """Give the bytes with the stop bit that ends every unit."""
        return self.fixed(1, 1).aligned()
