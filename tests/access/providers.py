"""An identity provider: it signs tokens, honest ones and others, and publishes its keys at an address of its own."""

import asyncio
import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.gateways import NOW
from tests.seeds import NORDLYS

SECRET: Final = "correct horse battery staple, and more of it"
RSA: Final = RSAKey.generate_key(2048)
EC: Final = ECKey.generate_key("P-256")
AT: Final = datetime.fromisoformat(NOW)
AT_S: Final = int(AT.timestamp())
SIGNERS: Final[dict[str, Any]] = {"HS256": SECRET, "RS256": RSA, "ES256": EC}


def pem(key: RSAKey | ECKey) -> str:
    return key.as_pem(private=False).decode()


def jwk(key: RSAKey | ECKey, **more: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **more}


def claims(*, role: str = "VIEWER", client: UUID | str = NORDLYS, **other: Any) -> dict[str, Any]:
    """What an honest token says; a claim that is given as None is left out."""
    usual = {
        "iss": "https://issuer",
        "aud": "parallax",
        "sub": "ada",
        "exp": AT_S + 600,
        "parallax": {str(client): role},
    }
    return {name: value for name, value in {**usual, **other}.items() if value is not None}


def signed(said: Any, algorithm: str = "HS256", key: Any = None, **header: Any) -> str:
    """A token in that algorithm, whatever its header says of it. `key` may be the bytes or text of any HMAC secret."""
    head = {"typ": "JWT", "alg": algorithm, **header}
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    text = f"{_encoded(json.dumps(head).encode())}.{_encoded(payload)}"
    with_key = SIGNERS[algorithm] if key is None else key
    return f"{text}.{_encoded(_signature(text.encode(), algorithm, with_key))}"


def _signature(text: bytes, algorithm: str, key: Any) -> bytes:
    if isinstance(key, str | bytes):
        return hmac.digest(key.encode() if isinstance(key, str) else key, text, getattr(hashlib, f"sha{algorithm[2:]}"))
    return JWSRegistry.algorithms[algorithm].sign(text, key)


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at

    def passes(self, seconds: float) -> None:
        self.at += seconds


@dataclass
class Publisher:
    """Answers every request alike, and counts them. `answer` is a whole HTTP response; with None it stays silent."""

    url: str = ""
    fetches: int = 0
    answer: bytes | None = b""
    drips: bool = False
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def publishes(self, *keys: dict[str, Any]) -> None:
        self.says(json.dumps({"keys": keys}).encode())

    def says(self, body: bytes, status: str = "200 OK", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.answer = "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.fetches += 1
            if self.answer is None:
                await reader.read()  # until the other side has had enough
            elif self.drips:
                for byte in self.answer:
                    writer.write(bytes((byte,)))
                    await writer.drain()
                    await asyncio.sleep(0.02)  # a byte now and then is what makes it slow
            else:
                writer.write(self.answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def hang_up(self) -> None:
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def publishing(*keys: dict[str, Any]) -> AsyncIterator[Publisher]:
    """A JWK Set on loopback."""
    publisher = Publisher()
    publisher.publishes(*keys)
    server = await asyncio.start_server(publisher.serve, "127.0.0.1", 0)
    publisher.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
    try:
        yield publisher
    finally:
        server.close()
        publisher.hang_up()
        async with asyncio.timeout(5):
            await server.wait_closed()
