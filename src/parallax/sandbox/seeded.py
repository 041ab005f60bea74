"""Numbers that look like chance and are always the same: each is drawn from the words that it is about. Pure."""

import hashlib
import struct
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def hexed(length: int, *words: object) -> str:
    """`length` hexadecimal digits, at most 128."""
    return hashlib.blake2b("/".join(map(str, words)).encode()).hexdigest()[:length]


def fraction(*words: object) -> float:
    """At least 0, below 1."""
    text = "/".join(map(str, words)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=6).digest(), "big") / 2**48


def number(below: int, *words: object) -> int:
    return int(fraction(*words) * below)


def chosen(among: Sequence[T], *words: object) -> T:
    return among[number(len(among), *words)]


def wobble(spread: float, *words: object) -> float:
    """Around 1, between 1 - spread and 1 + spread; values near 1 come more often."""
    up, down = struct.unpack("=II", hashlib.blake2b("/".join(map(str, words)).encode(), digest_size=8).digest())
    return 1 + spread * float(up - down) / 2**32
