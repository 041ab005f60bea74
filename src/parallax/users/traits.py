"""Writes which users have which value of a trait, within the transaction of the client's one writer (I8)."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from parallax.db import Transaction
from parallax.engine.bitmaps import BitMap, deserialized, serialized
from parallax.engine.traits import Values
from parallax.scopes import statement

HERE = str(Path(__file__).parent / "writing" / "_")
TRAIT_USERS_HELD = statement(HERE, "trait_users_held")
TRAIT_USERS_PUT = statement(HERE, "trait_users_put")
TRAIT_USERS_REMOVE = statement(HERE, "trait_users_remove")


async def write_traits(
    transaction: Transaction, client: UUID, before: Mapping[int, Values], after: Mapping[int, Values], version: int
) -> bool:
    """Moves users from the values that they had to those that they have; a user that one side lacks has none there.

    Whether anything moved.
    """
    come: dict[tuple[str, str], list[int]] = defaultdict(list)
    gone: dict[tuple[str, str], list[int]] = defaultdict(list)
    for user in before.keys() | after.keys():
        was, now = set(before.get(user, {}).items()), set(after.get(user, {}).items())
        for held in now - was:
            come[held].append(user)
        for held in was - now:
            gone[held].append(user)
    keys = sorted(come.keys() | gone.keys())
    if not keys:
        return False
    names, hashes = [name for name, _ in keys], [_hash(text) for _, text in keys]
    rows = await transaction.rows(TRAIT_USERS_HELD, client, names, hashes)
    held_bits = {row["number"] - 1: row["bits"] for row in rows}
    put, empty = [], []
    for place, key in enumerate(keys):
        bits = (deserialized(held_bits.get(place)) - BitMap(gone[key])) | BitMap(come[key])
        if bits:
            put.append((key[0], hashes[place], key[1], len(bits), serialized(bits)))
        else:
            empty.append((key[0], hashes[place]))
    if put:
        await transaction.run(TRAIT_USERS_PUT, client, version, *map(list, zip(*put, strict=True)))
    if empty:
        await transaction.run(TRAIT_USERS_REMOVE, client, *map(list, zip(*empty, strict=True)))
    return True


def _hash(text: str) -> bytes:
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()
