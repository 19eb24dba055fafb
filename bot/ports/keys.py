"""The ports to people's own relay keys, and to whom operators let in.

A key is in memory only while it is used; what is stored of it is sealed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.subscription import Destination
from bot.domain.task import AccountId, RelayName, TaskKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose tasks are seen on a relay.

    Attributes:
        owner: A person's key, `platform:id`; "": the operator.
        sealed: The owner's relay key as it is stored; None: there is none.
    """

    id: AccountId
    relay: RelayName
    owner: str
    sealed: bytes | None = field(default=None, repr=False)

    @property
    def about(self) -> str:
        """What a sealed key is bound to; the same in a restored database."""
        return f"{self.relay}\n{self.owner}"


class Vault(Protocol):
    """Seals keys."""

    def seal(self, text: str, *, about: str) -> bytes:
        """Encrypt a key for what it is about."""

    def open(self, sealed: bytes, *, about: str) -> str:
        """Decrypt it.

        Raises:
            CredentialError: It cannot be read with this SECRET_KEY.
        """


class KeyMemory(Protocol):
    """People's own keys, sealed."""

    async def save_key(self, account: AccountId, sealed: bytes) -> None:
        """Keep an account's key in place of an earlier one."""

    async def forget_keys(
        self, owner: str, relay: RelayName | None = None
    ) -> list[RelayName]:
        """Erase a person's keys, or the one of a relay; name their relays.

        With the last one, no chat uses that person's account any more.
        """

    async def watches_with_key(self, owner: str, relay: RelayName | None = None) -> int:
        """Count the tasks that are watched with a person's keys, or one of them."""

    async def account_of(self, account: AccountId) -> Account | None:
        """Fetch one account."""

    async def accounts_with_key(self, owners: Collection[str]) -> list[Account]:
        """List the accounts of these people that have a key, by relay."""

    async def refused_keys(self) -> list[Account]:
        """List the people's accounts whose relay refuses their key now."""

    async def known_here(self, key: TaskKey, destination: Destination) -> bool:
        """Whether the chat watches or watched a task, or somebody looked at it here."""


class AccessMemory(Protocol):
    """Whom operators let in, and who the operators are."""

    async def save_allowed(self, name: str, *, may: bool, at: datetime) -> None:
        """Keep an operator's word about a name as in ALLOW."""

    async def allowed(self) -> Mapping[str, bool]:
        """All such words; False: denied."""

    async def operators(self) -> frozenset[str]:
        """Those who claimed to be operators, as `platform:id`."""

    async def operator_names(self) -> Mapping[str, str]:
        """By which names operators go, as far as they have met us."""

    async def name_operator(self, person: str, name: str) -> None:
        """Keep the name of an operator, whose key is `platform:id`."""

    async def offer_claim(self, digest: str) -> None:
        """Let whoever knows what this is the digest of become an operator, once."""

    async def claim(self, digest: str, person: str) -> bool:
        """Make a person operator and take the offer back; False if it is not this."""
