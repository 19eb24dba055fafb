"""The wire cases of tests/data/relay-cases.jsonl, and how to serve one verbatim."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.fakes.relay.answers import Answer
from tests.fakes.relay.pictures import cut, draw

FILE: Final = Path(__file__).parents[2] / "data" / "relay-cases.jsonl"
CDN_PATH: Final = "<cdn>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One exchange with a real server's shapes, and what a good client understands."""

    name: str
    endpoint: str
    http_status: int
    headers: dict[str, str]
    body: Any
    expect: str

    def target(self, task_id: str) -> tuple[str, str]:
        """Give method and path of the request this case answers.

        Raises:
            ValueError: The case is a call to the client, not to the relay.
        """
        method, _, path = self.endpoint.partition(" ")
        if path.startswith("<imageUrl"):
            return method, CDN_PATH
        if path.startswith("<"):
            raise ValueError(f"{self.name} is not a relay's answer")
        return method, path.replace("{id}", task_id)

    @property
    def task_id(self) -> str:
        """The id to ask for: the body's own, else "1"."""
        found = self.body.get("id") if isinstance(self.body, dict) else None
        return "1" if found is None else str(found)

    def answer(self) -> Answer:
        """Give the answer letter for letter; described binaries become real ones."""
        hop_by_hop = "Transfer-Encoding"
        headers = {k: v for k, v in self.headers.items() if k != hop_by_hop}
        body = self._bytes()
        chunked = hop_by_hop in self.headers
        return Answer(
            status=self.http_status, headers=headers, body=body, chunked=chunked
        )

    def _bytes(self) -> bytes:
        if not isinstance(self.body, str):
            return json.dumps(self.body, ensure_ascii=False).encode()
        if not self.body.startswith("<binary"):
            return self.body.encode()
        if "52 49 46 46" in self.body:  # RIFF: WebP
            return draw(self.name, form="WEBP")
        return cut(draw(self.name)) if "without" in self.body else draw(self.name)


def load(file: Path = FILE) -> dict[str, Case]:
    """Read the cases, by name, in the file's order."""
    rows = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    cases = (Case(**{"headers": {}, **row}) for row in rows)
    return {case.name: case for case in cases}


CASES: Final = load()
