"""What an object of Sensor Tower is called, and how one name leads to the others."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import strawberry

from parallax.links.inputs import STORES
from parallax.links.keys import Store, checked_key
from parallax.metrics.catalog import SourceSystem
from parallax.vendor_data.reading import At, account_of, read
from parallax.vendors.sensor_tower.mapping import UNIFIED_APPS, Product
from parallax.vendors.sensor_tower.vendor import VENDOR
from parallax.vendors.vendor import Account

NAMES: Final = {store: name for name, store in STORES.items()}
"""As in StoreAppKeyInput, and in the ids of objects."""


class StoreKey(NamedTuple):
    """An app or a publisher as a client's question, link or id names it: by its id in a store, or over all of them."""

    client: UUID
    store: Store
    key: str

    def told(self) -> dict[str, str]:
        """For an id."""
        return {NAMES[self.store]: self.key}


@strawberry.type
class Named:
    """What every object of Sensor Tower begins with, and the families' fields hang on."""

    named: strawberry.Private[StoreKey]


def key_told(client: UUID, said: Mapping[str, Any]) -> StoreKey:
    """An app's, out of an id. Raises ValueError, InvalidParameter for what `told` never gave."""
    named = named_in(client, said)
    return named._replace(key=checked_key("id", named.key, SourceSystem.SENSOR_TOWER, named.store).key)


def named_in(client: UUID, said: Mapping[str, Any]) -> StoreKey:
    """Of whatever kind, out of an id. Raises ValueError."""
    [(store, key)] = [(store, said[name]) for store, name in NAMES.items() if name in said]
    if not isinstance(key, str):
        raise ValueError("a key is a text")
    return StoreKey(client, store, key)


async def account(at: At, client: UUID) -> Account:
    """Whom we are to Sensor Tower. Raises SourceRejected where nothing is connected."""
    return await account_of(at, client, SourceSystem.SENSOR_TOWER)


async def products_of(at: At, client: UUID, named: Sequence[StoreKey]) -> dict[StoreKey, Product | None]:
    """All names of each product, by one call for all that are asked for in a turn; None for one that nobody knows.

    What is not in it was not looked up, for little is left of the quota or for a failure that is told.
    """
    pieces = {key: UNIFIED_APPS.piece(key.store, key.key) for key in named}
    found = await read(at, await account(at, client), UNIFIED_APPS, list(pieces.values()))
    kept = {} if found is None else found.kept
    return {
        key: None if (part := kept[piece].part) is None else UNIFIED_APPS.read(part)
        for key, piece in pieces.items()
        if piece in kept
    }


async def product_of(at: At, named: StoreKey) -> Product | None:
    """All names of one. None: not looked up, for little is left of the quota.

    Raises SourceRejected for an id that nobody knows.
    """
    found = await products_of(at, named.client, [named])
    if named in found and found[named] is None:
        raise VENDOR.rejected(f"knows no app whose {NAMES[named.store]} id is {named.key}")
    return found.get(named)


async def ids_in(at: At, named: StoreKey, store: Store) -> tuple[str, ...]:
    """What the product is called in a store: several ids where it has several editions there, none where it is not sold.

    Without a call where it is named by the id that is wanted. Raises SourceRejected for an id that nobody knows.
    """
    if store is Store.UNIFIED and named.store is Store.UNIFIED:
        return (named.key,)
    product = await product_of(at, named)
    return () if product is None else product.ids(store)
