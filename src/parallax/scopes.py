"""Statements and scopes: what is asked of the database, and whose rows the question may touch. Pure."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from uuid import UUID

SEAL_S = 3600
"""How long a sealed scope opens rows."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL that stands in a file of this package."""

    name: str
    text: str


def statement(beside: str, name: str, **slots: str) -> Statement:
    """`name`.sql beside the Python file `beside`; `{slot}`s are filled from our own constants only, never from values."""
    text = (Path(beside).parent / f"{name}.sql").read_text()
    for slot, filling in slots.items():
        text = text.replace("{" + slot + "}", filling)
    return Statement(name, text)


@dataclass(frozen=True, slots=True)
class Scope:
    """The clients that a question may touch; `every` opens the lists of all clients and apps to an operator."""

    clients: frozenset[UUID] = frozenset()
    every: bool = False

    @classmethod
    def of(cls, *clients: UUID) -> Self:
        return cls(frozenset(clients))

    @property
    def text(self) -> str:
        return "*" if self.every else ",".join(sorted(str(client) for client in self.clients))


EVERYBODY = Scope(every=True)


def sealed(scope: Scope, key: bytes, now: float) -> str:
    """The text that `scope()` in the database believes until `SEAL_S` from now (see migrations/0001)."""
    claim = f"{scope.text}|{int(now) + SEAL_S}"
    inner = hashlib.sha256(key + claim.encode()).digest()
    return f"{claim}|{hashlib.sha256(key + inner).hexdigest()}"
