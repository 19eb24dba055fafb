"""Relay keys at rest: sealed with a key made of SECRET_KEY, for one account alone.

A sealed key is a version byte, four bytes that name the sealing key, a nonce and the
ciphertext. The account is bound in: a row copied to another account does not open.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import CredentialError

_VERSION: Final = b"\x01"
_NAME_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32
_HEAD_BYTES: Final = len(_VERSION) + _NAME_BYTES + _NONCE_BYTES


class Vault:
    """Seals and opens relay keys.

    Args:
        secret: SECRET_KEY.
    """

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(_derived(secret, b"mjwatch relay keys 1", _KEY_BYTES))
        self._name = _derived(secret, b"mjwatch key name 1", _NAME_BYTES)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name.hex()})"

    def seal(self, text: str, *, about: str) -> bytes:
        """Encrypt a key for an account; the same key looks different each time."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _VERSION + self._name + nonce
        return head + self._cipher.encrypt(nonce, text.encode(), _bound(about))

    def open(self, sealed: bytes, *, about: str) -> str:
        """Decrypt an account's key.

        Raises:
            CredentialError: It was sealed with another SECRET_KEY, for another
                account, or is damaged.
        """
        if not self.sealed(sealed):
            raise CredentialError("a stored key was sealed with another SECRET_KEY")
        nonce = sealed[_HEAD_BYTES - _NONCE_BYTES : _HEAD_BYTES]
        try:
            text = self._cipher.decrypt(nonce, sealed[_HEAD_BYTES:], _bound(about))
        except (InvalidTag, ValueError):  # a changed byte, or a stump
            raise CredentialError("a stored key is damaged") from None
        return text.decode()

    def sealed(self, sealed: bytes) -> bool:
        """Whether this vault has sealed it."""
        return sealed[: _HEAD_BYTES - _NONCE_BYTES] == _VERSION + self._name


def _derived(secret: str, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(secret.encode())


def _bound(about: str) -> bytes:
    return _VERSION + about.encode("utf-8", "surrogatepass")
