"""Keys at rest: opened by the same secret for the same account, and by nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import CredentialError
from storage.vault import Vault

KEY = "a-relay-key-of-somebody-0123456789"
MINE = "relay\ntelegram:1"


@given(st.text(alphabet=st.characters(codec="utf-8")), st.text())
def test_what_is_sealed_opens_again(key: str, about: str) -> None:
    vault = Vault("secret")

    assert vault.open(vault.seal(key, about=about), about=about) == key


def test_the_same_key_never_looks_the_same() -> None:
    vault = Vault("secret")

    assert vault.seal(KEY, about=MINE) != vault.seal(KEY, about=MINE)


def test_nothing_of_the_key_shows() -> None:
    vault = Vault("secret")

    sealed = vault.seal(KEY, about=MINE)

    assert KEY.encode() not in sealed
    assert KEY not in repr(vault)
    assert "secret" not in repr(vault)


def test_a_row_moved_to_another_account_does_not_open() -> None:
    vault = Vault("secret")
    sealed = vault.seal(KEY, about=MINE)

    with pytest.raises(CredentialError, match="damaged"):
        vault.open(sealed, about="relay\ntelegram:2")


def test_another_secret_is_told_from_damage() -> None:
    sealed = Vault("secret").seal(KEY, about=MINE)

    with pytest.raises(CredentialError, match="another SECRET_KEY"):
        Vault("another").open(sealed, about=MINE)


@pytest.mark.parametrize("position", [0, 1, 5, 17, -1])
def test_one_changed_byte_is_noticed(position: int) -> None:
    vault = Vault("secret")
    sealed = bytearray(vault.seal(KEY, about=MINE))
    sealed[position] ^= 1

    with pytest.raises(CredentialError):
        vault.open(bytes(sealed), about=MINE)


@pytest.mark.parametrize("length", [0, 1, 5, 17, 20])
def test_a_stump_is_noticed(length: int) -> None:
    vault = Vault("secret")
    sealed = vault.seal(KEY, about=MINE)

    with pytest.raises(CredentialError):
        vault.open(sealed[:length], about=MINE)


def test_an_error_holds_no_key() -> None:
    sealed = Vault("secret").seal(KEY, about=MINE)

    with pytest.raises(CredentialError) as caught:
        Vault("another").open(sealed, about=MINE)

    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None
