"""Credentials of vendors at rest, and the one door to cryptography: AES-GCM with keys from PARALLAX_SECRET_KEY.

Sealed is: version, id of the key, nonce, ciphertext with its tag. What a text was sealed for (`about`: whose it is, and
what for) is part of the tag: a row that was copied to another client does not open.

cryptography takes 30 MB and half a second: it is loaded when something is sealed or opened for the first time.
"""

import asyncio
import secrets
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final
from uuid import UUID

from parallax.settings import derived

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION: Final = b"\x01"
ID_BYTES, NONCE_BYTES = 8, 12
HEAD: Final = len(VERSION) + ID_BYTES


class Unopened(Exception):
    """It was sealed with a key that is not here, or for another purpose, or is damaged."""


class Seals:
    """Seals with the first key; opens what any of them sealed."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {key_id(key): derived(key, "credentials") for key in keys}
        self._first = key_id(keys[0])

    def seal(self, text: str, about: bytes) -> bytes:
        head, nonce = VERSION + self._first, secrets.token_bytes(NONCE_BYTES)
        return head + nonce + self._cipher(self._first).encrypt(nonce, text.encode(), head + about)

    def open(self, sealed: bytes, about: bytes) -> str:
        """Raises Unopened."""
        from cryptography.exceptions import InvalidTag

        head, nonce, rest = sealed[:HEAD], sealed[HEAD : HEAD + NONCE_BYTES], sealed[HEAD + NONCE_BYTES :]
        if head[:1] != VERSION or head[1:] not in self._keys:
            raise Unopened
        try:
            return self._cipher(head[1:]).decrypt(nonce, rest, head + about).decode()
        except (InvalidTag, ValueError):  # ValueError: of a nonce that was cut
            raise Unopened from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key sealed it."""
        return sealed[:HEAD] == VERSION + self._first

    def _cipher(self, of: bytes) -> "AESGCM":
        return _aes_gcm()(self._keys[of])


@cache
def _aes_gcm() -> "type[AESGCM]":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM


async def loaded() -> None:
    """Before something is sealed or opened where others wait: loads what it takes beside them."""
    if not _aes_gcm.cache_info().currsize:
        await asyncio.to_thread(_aes_gcm)


def key_id(key: bytes) -> bytes:
    """Tells keys apart and tells nothing about them."""
    return derived(key, "id")[:ID_BYTES]


def of_credential(client: UUID, system: str) -> bytes:
    return client.bytes + system.encode()


def of_link(client: UUID, system: str, link: UUID) -> bytes:
    return of_credential(client, system) + link.bytes
