"""Receipts of writes: what an answer must hold at least. Pure.

A receipt is sealed, so that nobody can make the gateway wait for what was never written.
"""

import base64
import binascii
import hmac
from dataclasses import astuple, dataclass
from typing import Final
from uuid import UUID

import orjson

from parallax.errors import InvalidParameter

LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far a client's data were when something had been written: columns of `client_state`; 0: any will do."""

    client: UUID
    position: int = 0
    usage_version: int = 0
    links: int = 0
    traits: int = 0


@dataclass(frozen=True, slots=True)
class Receipts:
    """Makes and reads receipts with one key."""

    key: bytes

    def make(self, receipt: Receipt) -> str:
        client, *figures = astuple(receipt)
        body = client.bytes + orjson.dumps(figures)
        return base64.urlsafe_b64encode(self._seal(body) + body).rstrip(b"=").decode()

    def read(self, text: object, argument: str = "after") -> Receipt:
        """InvalidParameter for what is no receipt of this installation."""
        raw = b""
        if isinstance(text, str) and len(text) <= LONGEST and text.isascii():
            try:
                raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            except (binascii.Error, ValueError):
                raw = b""
        seal, body = raw[:12], raw[12:]
        if not body or not hmac.compare_digest(seal, self._seal(body)):
            shown = text[:LONGEST] if isinstance(text, str) else None
            raise InvalidParameter(argument, shown, "is not a receipt; use `receipt` of a mutation's answer as it is")
        return Receipt(UUID(bytes=body[:16]), *orjson.loads(body[16:]))

    def _seal(self, body: bytes) -> bytes:
        return hmac.digest(self.key, b"receipt\0" + body, "sha256")[:12]
